//! The edge: REST, command line, configuration, and the one place that names concrete adapters.

pub mod auth;
pub mod bootstrap;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod embed;
pub mod graphql;
pub mod i18n;
mod logs;
pub mod problem;
pub mod rest;
pub mod simulator;
