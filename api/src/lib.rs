//! The edge: REST, command line, configuration, and the one place that names concrete adapters.

pub mod config;
pub mod i18n;

pub mod problem;
pub mod simulator;
