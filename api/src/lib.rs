//! The edge: REST, command line, configuration, and the one place that names concrete adapters.

// The root of mutations is one type within another for each of its parts, which is deeper than 128.
#![recursion_limit = "256"]

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
mod search;
pub mod simulator;
mod traces;
mod vitals;
