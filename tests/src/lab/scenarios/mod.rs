//! What the lab does to the product: each function is a scenario, its `n` how often the fault strikes.

pub mod clock;
pub mod disk;
pub mod failpoints;
pub mod followers;
pub mod graph;
pub mod kills;
pub mod mounts;
pub mod outages;
pub mod pauses;
pub mod power;
pub mod versions;

/// Customers' messages a second.
const RATE: u32 = 40;
/// Customers: enough that the pace of a pair holds nobody up.
const CUSTOMERS: u64 = 60;
/// What the simulated Cloud API does wrong besides, per mille.
const FAULTS: &str = "reset=20,error_after=20,error_before=10,bad_json=10,never=3,slow:400=30,\
                      130429=2,429=1,131056=5,reject:131026=10,fail_later:131026=10";
