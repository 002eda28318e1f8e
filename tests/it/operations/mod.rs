//! What people who run the server look at: metrics and what is made of them, readiness, log lines, traces, nodes.

mod collector;
mod logs;
mod metrics;
mod metrics_address;
mod nodes;
mod ready;
mod rules;
mod served;
mod traces;
