//! The scenarios by name.

use std::fmt;

use clap::ValueEnum;
use tests::lab::scenarios::{
    clock, disk, failpoints, followers, graph, kills, outages, pauses, power, versions,
};
use tests::lab::{Outcome, Place, Run, run::postgres};

/// What the lab can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    KillSqlite,
    KillPostgres,
    FailpointsSqlite,
    FailpointsPostgres,
    Graph,
    TerminatedBackends,
    ImmediateRestarts,
    Stopped,
    StoppedAtLastLook,
    FullDisk,
    PowerCut,
    ClockSqlite,
    ClockPostgres,
    OlderVersion,
    Followers,
    HeldSnapshot,
    ControlDedupe,
    ControlFencing,
    ControlPowerCut,
}

/// What is said of one.
pub(crate) struct About {
    does: &'static str,
    counts: &'static str,
    needs: &'static str,
    /// `n` where none is given.
    pub(crate) small: u64,
    /// Whether it must find something wrong.
    pub(crate) is_control: bool,
}

const fn about(does: &'static str, counts: &'static str, needs: &'static str, small: u64) -> About {
    About {
        does,
        counts,
        needs,
        small,
        is_control: false,
    }
}

const fn control(
    does: &'static str,
    counts: &'static str,
    needs: &'static str,
    small: u64,
) -> About {
    About {
        is_control: true,
        ..about(does, counts, needs, small)
    }
}

impl Scenario {
    pub(crate) const ALL: &'static [Self] = &[
        Self::KillSqlite,
        Self::KillPostgres,
        Self::FailpointsSqlite,
        Self::FailpointsPostgres,
        Self::Graph,
        Self::TerminatedBackends,
        Self::ImmediateRestarts,
        Self::Stopped,
        Self::StoppedAtLastLook,
        Self::FullDisk,
        Self::PowerCut,
        Self::ClockSqlite,
        Self::ClockPostgres,
        Self::OlderVersion,
        Self::Followers,
        Self::HeldSnapshot,
        Self::ControlDedupe,
        Self::ControlFencing,
        Self::ControlPowerCut,
    ];

    pub(crate) const fn about(self) -> About {
        const SERVER: &str = "PostgreSQL";
        const ROOT: &str = "root";
        match self {
            Self::KillSqlite => about("kill -9 under load, on SQLite", "kills", "", 20),
            Self::KillPostgres => about("kill -9 under load, on PostgreSQL", "kills", SERVER, 20),
            Self::FailpointsSqlite => about(
                "the process ends at named points, on SQLite",
                "lives",
                "",
                20,
            ),
            Self::FailpointsPostgres => about(
                "the process ends at named points, on PostgreSQL",
                "lives",
                SERVER,
                20,
            ),
            Self::Graph => about("a third of Meta's answers goes wrong", "requests", "", 300),
            Self::TerminatedBackends => {
                about("pg_terminate_backend at random", "connections", SERVER, 40)
            }
            Self::ImmediateRestarts => about(
                "pg_ctl restart -m immediate under load",
                "restarts",
                SERVER,
                5,
            ),
            Self::Stopped => about("SIGSTOP past the lease", "stops", SERVER, 4),
            Self::StoppedAtLastLook => about(
                "SIGSTOP between the look at the lease and the request",
                "stops",
                SERVER,
                4,
            ),
            Self::FullDisk => about("the disk of the SQLite file is full", "times", ROOT, 5),
            Self::PowerCut => about("power cuts under the SQLite file", "cuts", ROOT, 10),
            Self::ClockSqlite => about("the clock jumps, on SQLite", "jumps", "libfaketime", 6),
            Self::ClockPostgres => about(
                "a node's clock jumps, on PostgreSQL",
                "jumps",
                "libfaketime, PostgreSQL",
                6,
            ),
            Self::OlderVersion => about(
                "an older node on a newer schema meets events it does not know",
                "such events",
                SERVER,
                3,
            ),
            Self::Followers => about("16 writers, readers on 3 nodes", "events", SERVER, 20_000),
            Self::HeldSnapshot => about(
                "appending while a snapshot is held open",
                "seconds",
                SERVER,
                10,
            ),
            Self::ControlDedupe => control("kill -9, dedupe off", "kills", "", 5),
            Self::ControlFencing => control("SIGSTOP, fencing off", "stops", SERVER, 4),
            Self::ControlPowerCut => control("power cuts, synchronous=NORMAL", "cuts", ROOT, 5),
        }
    }

    /// A line for `list`.
    pub(crate) fn described(self) -> String {
        let About {
            does,
            counts,
            needs,
            small,
            is_control,
        } = self.about();
        let must_fail = if is_control { "; must find faults" } else { "" };
        let needs = match needs {
            "" => String::new(),
            what => format!("; needs {what}"),
        };
        format!(
            "{:<22} {does}; n: {counts} ({small}){needs}{must_fail}",
            self.to_string()
        )
    }

    /// Runs it.
    pub(crate) async fn run(self, run: &mut Run) -> anyhow::Result<Outcome> {
        let sqlite = || Place::Sqlite(None);
        match self {
            Self::KillSqlite => kills::run(run, sqlite()).await,
            Self::KillPostgres => kills::run(run, postgres()?).await,
            Self::FailpointsSqlite => failpoints::run(run, sqlite()).await,
            Self::FailpointsPostgres => failpoints::run(run, postgres()?).await,
            Self::Graph => graph::run(run, sqlite()).await,
            Self::TerminatedBackends => outages::ended_connections(run).await,
            Self::ImmediateRestarts => outages::restarts(run).await,
            Self::Stopped => pauses::run(run, pauses::Fencing::On).await,
            Self::StoppedAtLastLook => pauses::at_the_last_look(run).await,
            Self::FullDisk => disk::run(run).await,
            Self::PowerCut => power::run(run, power::Synchronous::Full).await,
            Self::ClockSqlite => clock::run(run, sqlite()).await,
            Self::ClockPostgres => clock::run(run, postgres()?).await,
            Self::OlderVersion => versions::run(run).await,
            Self::Followers => followers::run(run).await,
            Self::HeldSnapshot => followers::snapshot(run).await,
            Self::ControlDedupe => kills::without_dedupe(run).await,
            Self::ControlFencing => pauses::run(run, pauses::Fencing::Off).await,
            Self::ControlPowerCut => power::run(run, power::Synchronous::Normal).await,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        formatter.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
