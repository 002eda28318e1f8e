//! The rules that must hold whatever dies, checked on what Meta's books and the log say.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;

/// A queued message is decided within this time.
const DECIDED_WITHIN_MICROS: i64 = 150 * 1_000_000;
/// Answers of Meta that allow another request for the same message.
const THROTTLED: [&str; 7] = ["429", "4", "613", "80007", "130429", "131056", "131057"];

/// A request in Meta's book.
#[derive(Clone, Debug)]
pub struct Request {
    /// The message it was for.
    pub send_id: String,
    /// What Meta did.
    pub outcome: String,
    /// Whether Meta took the message.
    pub applied: bool,
}

/// What an event of the log says, as far as the rules go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Received { wamid: String },
    Queued { message: String },
    Accepted { message: String },
    Rejected { message: String },
    Unknown { message: String },
    Canceled { message: String },
    Other,
}

/// An event of the log.
#[derive(Clone, Debug)]
pub struct Fact {
    pub position: u64,
    pub stream: String,
    pub sequence: u64,
    /// The item of the inbox it came from.
    pub item: Option<i64>,
    pub at_micros: i64,
    pub said: Said,
}

/// Everything the rules look at.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Customers' messages whose delivery got a 200, each once or more.
    pub acknowledged: Vec<String>,
    pub requests: Vec<Request>,
    pub log: Vec<Fact>,
}

/// Every violation, in words.
pub fn check(facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    positions(facts, &mut wrong);
    received(facts, &mut wrong);
    in_order(facts, &mut wrong);
    let requests = requests(facts, &mut wrong);
    decided(facts, &requests, &mut wrong);
    wrong
}

/// Positions are dense, sequences of a stream contiguous.
fn positions(facts: &Facts, wrong: &mut Vec<String>) {
    let mut versions: HashMap<&str, u64> = HashMap::new();
    for (place, fact) in (1_u64..).zip(&facts.log) {
        if fact.position != place {
            wrong.push(format!("position {} stands at {place}", fact.position));
        }
        let version = versions.entry(&fact.stream).or_default();
        *version += 1;
        if *version != fact.sequence {
            wrong.push(format!(
                "{}: sequence {} instead of {version}",
                fact.stream, fact.sequence
            ));
        }
    }
}

/// Each acknowledged message was received exactly once; one that was not acknowledged at most once.
fn received(facts: &Facts, wrong: &mut Vec<String>) {
    let mut times: HashMap<&str, u32> = HashMap::new();
    for fact in &facts.log {
        if let Said::Received { wamid } = &fact.said {
            *times.entry(wamid).or_default() += 1;
        }
    }
    let acknowledged: HashSet<&str> = facts.acknowledged.iter().map(String::as_str).collect();
    let lost = acknowledged
        .iter()
        .filter(|wamid| !times.contains_key(*wamid));
    wrong.extend(lost.map(|wamid| format!("lost: {wamid} was acknowledged and never received")));
    let doubled = times.iter().filter(|(_, times)| **times > 1);
    wrong.extend(doubled.map(|(wamid, times)| format!("doubled: {wamid} received {times} times")));
}

/// What customers wrote stands in each conversation in the order in which it was taken in.
fn in_order(facts: &Facts, wrong: &mut Vec<String>) {
    let mut last: HashMap<&str, i64> = HashMap::new();
    for fact in &facts.log {
        let Said::Received { wamid } = &fact.said else {
            continue;
        };
        let Some(item) = fact.item else {
            wrong.push(format!("{wamid} came from no item"));
            continue;
        };
        let before = last.entry(&fact.stream).or_default();
        if item < *before {
            wrong.push(format!("{}: item {item} after {before}", fact.stream));
        }
        *before = item.max(*before);
    }
}

/// At most one request per message beyond those that Meta answered with a throttling error.
fn requests<'a>(facts: &'a Facts, wrong: &mut Vec<String>) -> BTreeMap<&'a str, Vec<&'a Request>> {
    let mut real: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in &facts.requests {
        let of_message = real.entry(&request.send_id).or_default();
        if !THROTTLED.contains(&request.outcome.as_str()) {
            of_message.push(request);
        }
    }
    for (send_id, requests) in &real {
        if requests.len() > 1 {
            let outcomes: Vec<&str> = requests.iter().map(|one| one.outcome.as_str()).collect();
            wrong.push(format!("sent again: {send_id}: {outcomes:?}"));
        }
    }
    real
}

/// Each queued message ends once, in time, and as Meta's book says.
fn decided(facts: &Facts, requests: &BTreeMap<&str, Vec<&Request>>, wrong: &mut Vec<String>) {
    let mut queued: HashMap<&str, i64> = HashMap::new();
    let mut ends: HashMap<&str, Vec<&Fact>> = HashMap::new();
    for fact in &facts.log {
        match &fact.said {
            Said::Queued { message } => {
                if queued.insert(message, fact.at_micros).is_some() {
                    wrong.push(format!("queued twice: {message}"));
                }
            }
            Said::Accepted { message }
            | Said::Rejected { message }
            | Said::Unknown { message }
            | Said::Canceled { message } => ends.entry(message).or_default().push(fact),
            Said::Received { .. } | Said::Other => {}
        }
    }
    for (message, at) in &queued {
        let ends = ends.get(message).map_or(&[][..], Vec::as_slice);
        let [end] = ends else {
            let ends: Vec<&Said> = ends.iter().map(|fact| &fact.said).collect();
            wrong.push(format!(
                "queued {message} has {} ends: {ends:?}",
                ends.len()
            ));
            continue;
        };
        if end.at_micros - at > DECIDED_WITHIN_MICROS {
            wrong.push(format!(
                "late: {message} was decided after {} µs",
                end.at_micros - at
            ));
        }
        let requests = requests.get(message).map_or(&[][..], Vec::as_slice);
        let applied = requests.iter().any(|request| request.applied);
        let fits = match &end.said {
            Said::Accepted { .. } => applied,
            Said::Rejected { .. } => !applied && !requests.is_empty(),
            Said::Canceled { .. } => requests.is_empty(),
            _ => true,
        };
        if !fits {
            wrong.push(said_otherwise(message, &end.said, requests));
        }
    }
    let strangers = requests
        .keys()
        .filter(|message| !queued.contains_key(*message));
    wrong.extend(strangers.map(|message| format!("sent but never queued: {message}")));
}

fn said_otherwise(message: impl Display, said: &Said, requests: &[&Request]) -> String {
    format!("{message}: the log says {said:?}, Meta's book {requests:?}")
}

#[cfg(test)]
mod tests;
