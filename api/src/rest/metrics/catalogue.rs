//! Every metric there is, with what it means: the table of docs/metrics.md is made from here, and tests compare it
//! with what the program records and shows.

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; begins at 0 with each start.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations in buckets.
    Histogram,
}

impl Kind {
    /// As Prometheus writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric for people.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its label with the values that are known beforehand.
    pub label: Option<(&'static str, &'static [&'static str])>,
    /// What it says.
    pub meaning: &'static str,
}

const fn metric(name: &'static str, kind: Kind, meaning: &'static str) -> Metric {
    Metric {
        name,
        kind,
        label: None,
        meaning,
    }
}

const fn labeled(
    name: &'static str,
    kind: Kind,
    label: (&'static str, &'static [&'static str]),
    meaning: &'static str,
) -> Metric {
    Metric {
        name,
        kind,
        label: Some(label),
        meaning,
    }
}

use Kind::{Counter, Gauge, Histogram};

/// All of them, in the order of the table.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    labeled("vestnik_info", Gauge, ("version", &[env!("CARGO_PKG_VERSION")]), "Always 1; the program's version is its label."),
    labeled("unfinished_oldest_seconds", Gauge, ("what", &["inbox", "outbox", "bots"]), "Age of the oldest work that is not finished: a received item that is not handled, a message that may leave and has not, an event that the bots' manager has not taken. 0: nothing waits. Looked at every 5 seconds; `/readyz` fails where it is above READY_LIMIT_SECONDS."),
    labeled("webhook_answers_total", Counter, ("status", &["200", "401", "413", "503"]), "Meta's deliveries by the answer they got. 503: not stored, Meta delivers them again."),
    metric("webhook_ack_seconds", Histogram, "From the last byte of a delivery to its being on disk."),
    labeled("inbound_items_total", Counter, ("class", &["message", "status", "other"]), "Received items that were stored; repetitions are counted once."),
    labeled("inbound_handle_seconds", Histogram, ("class", &["message", "status", "lost"]), "Handling one item."),
    metric("inbound_parked_total", Counter, "Items set aside after five tries: `vestnik doctor` shows them (`D-HELD`)."),
    metric("inbound_orphans_total", Counter, "Statuses of messages that this installation has not sent, set aside for 30 days."),
    metric("inbox_orphans_dropped_total", Counter, "Such statuses that were dropped after 30 days."),
    metric("inbox_held_dropped_total", Counter, "Held items that were dropped when their time was over."),
    metric("identity_conflicts_total", Counter, "Messages whose identifiers belong to two customers."),
    metric("outbox_depth", Gauge, "Messages of this node's numbers that wait to be sent."),
    labeled("sends_total", Counter, ("outcome", &["accepted", "rejected", "unknown", "throttled", "auth_broken", "not_written", "canceled"]), "Attempts to send by what became of them, and messages that were canceled when they would have left."),
    metric("send_seconds", Histogram, "One attempt to send, Meta's answer included."),
    metric("sends_withheld_total", Counter, "Attempts given up before they began, because the number's lease had run out."),
    metric("sends_late_total", Counter, "Messages that left after their number's lease had run out: late, never twice."),
    labeled("projection_lag_events", Gauge, ("projection", &[]), "Events that a read model has not taken yet."),
    metric("leases_held", Gauge, "Pieces of work that this node has, where there are several nodes."),
    metric("leases_lost_total", Counter, "Leases that ran out while this node was silent."),
    metric("events_published_total", Counter, "Events that NATS has stored, since this node's start."),
    metric("events_published_lag", Gauge, "Events that NATS has not yet, on the node that publishes."),
    metric("events_published_failing_seconds", Gauge, "For how long publishing has failed; 0 while it works."),
];

/// Tells the recorder of all of them, so that each is shown from the start, at 0.
pub(super) fn register() {
    for one in METRICS {
        match one.kind {
            Counter => describe_counter!(one.name, one.meaning),
            Gauge => describe_gauge!(one.name, one.meaning),
            Histogram => describe_histogram!(one.name, one.meaning),
        }
        match one.label {
            None => begin(one, &[]),
            Some((name, values)) => {
                for value in values {
                    begin(one, &[(name, *value)]);
                }
            }
        }
    }
    gauge!("vestnik_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

fn begin(one: &Metric, labels: &[(&'static str, &'static str)]) {
    match one.kind {
        Counter => counter!(one.name, labels).increment(0),
        Gauge => gauge!(one.name, labels).increment(0.0),
        Histogram => drop(histogram!(one.name, labels)),
    }
}

/// The table as docs/metrics.md has it, in Markdown.
pub fn metrics_table() -> String {
    let head = "| metric | kind | label | meaning |\n|---|---|---|---|\n".to_owned();
    let rows = METRICS.iter().map(|one| {
        let label = one.label.map_or_else(String::new, |(name, values)| {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            match values.len() {
                0 | 1 => format!("`{name}`"),
                _ => format!("`{name}`: {}", values.join(", ")),
            }
        });
        let (name, kind, meaning) = (one.name, one.kind.as_str(), one.meaning);
        format!("| `{name}` | {kind} | {label} | {meaning} |\n")
    });
    [head].into_iter().chain(rows).collect()
}
