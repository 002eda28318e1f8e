//! Each rule sees what breaks it.

use super::{Fact, Facts, Request, Said, check};

fn good() -> Facts {
    let said = [
        Said::Received {
            wamid: "w1".to_owned(),
        },
        Said::Queued {
            message: "m1".to_owned(),
        },
        Said::Accepted {
            message: "m1".to_owned(),
        },
    ];
    let log = (1_u64..).zip(said).map(|(place, said)| Fact {
        position: place,
        stream: "conversation".to_owned(),
        sequence: place,
        item: Some(1),
        at_micros: 0,
        said,
    });
    Facts {
        acknowledged: vec!["w1".to_owned(), "w1".to_owned()],
        requests: vec![request("429", false), request("accepted", true)],
        log: log.collect(),
    }
}

fn request(outcome: &str, applied: bool) -> Request {
    Request {
        send_id: "m1".to_owned(),
        outcome: outcome.to_owned(),
        applied,
    }
}

fn append(facts: &mut Facts, said: Said) {
    let place = facts.log.len() as u64 + 1;
    facts.log.push(Fact {
        position: place,
        stream: "conversation".to_owned(),
        sequence: place,
        item: Some(1),
        at_micros: 0,
        said,
    });
}

#[test]
fn nothing_is_wrong_with_good_books() {
    assert_eq!(check(&good()), Vec::<String>::new());
}

#[test]
fn a_message_received_twice_is_seen() {
    let mut facts = good();
    append(
        &mut facts,
        Said::Received {
            wamid: "w1".to_owned(),
        },
    );
    assert_eq!(check(&facts), ["doubled: w1 received 2 times"]);
}

#[test]
fn a_lost_message_is_seen() {
    let mut facts = good();
    facts.acknowledged.push("w2".to_owned());
    assert_eq!(
        check(&facts),
        ["lost: w2 was acknowledged and never received"]
    );
}

#[test]
fn a_second_request_is_seen() {
    let mut facts = good();
    facts.requests.push(request("error_before", false));
    assert_eq!(
        check(&facts),
        ["sent again: m1: [\"accepted\", \"error_before\"]"]
    );
}

#[test]
fn a_message_without_an_end_is_seen() {
    let mut facts = good();
    append(
        &mut facts,
        Said::Queued {
            message: "m2".to_owned(),
        },
    );
    assert_eq!(check(&facts), ["queued m2 has 0 ends: []"]);
}

#[test]
fn a_refusal_of_what_meta_took_is_seen() {
    let mut facts = good();
    facts.log[2].said = Said::Rejected {
        message: "m1".to_owned(),
    };
    assert_eq!(check(&facts).len(), 1);
}

#[test]
fn a_gap_is_seen() {
    let mut facts = good();
    facts.log.remove(1);
    assert!(!check(&facts).is_empty());
}

#[test]
fn a_message_before_an_earlier_one_is_seen() {
    let mut facts = good();
    append(
        &mut facts,
        Said::Received {
            wamid: "w2".to_owned(),
        },
    );
    facts.log[3].item = Some(0);
    assert_eq!(check(&facts), ["conversation: item 0 after 1"]);
}

#[test]
fn a_late_end_is_seen() {
    let mut facts = good();
    facts.log[2].at_micros = super::DECIDED_WITHIN_MICROS + 1;
    assert_eq!(check(&facts).len(), 1);
}
