//! placeholder

pub mod simulator;
