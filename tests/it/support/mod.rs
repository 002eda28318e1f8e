//! What behavior tests share: a real server on a free port with a folder of its own, and a Meta of the
//! tests' own that it calls and that calls it.
//!
//! Tests wait on conditions with a deadline; nothing sleeps for a guess.

mod app;
mod binary;
mod env;
mod looks;
mod meta;
mod node;
mod raw;
mod scenario;
mod seen;
mod wait;
mod webhook;

pub(crate) use api::simulator::bsuid;
pub(crate) use app::{Answer, AppOptions, TestApp};
pub(crate) use binary::{Said, vestnik_fed, vestnik_in};
pub(crate) use env::of_env;
pub(crate) use meta::{TestMeta, press};
pub(crate) use node::{not_run, packages, run_script};
pub(crate) use raw::Raw;
pub(crate) use scenario::ScenarioJson;
pub(crate) use seen::{keys, now, of_type};
pub(crate) use tests::lab::{APP_SECRET, VERIFY_TOKEN};
pub(crate) use wait::{DEADLINE, eventually};
pub(crate) use webhook::{Delivery, inbound_text, signed, status};

/// Meta's id of the number that most tests use.
pub(crate) const PHONE_NUMBER_ID: &str = "123456789012345";
/// The salon scenario of the seed.
pub(crate) const SALON: &str = include_str!("../../../domain/scenarios/salon.json");
