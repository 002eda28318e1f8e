//! From facts to codes, and words for every code.

use std::collections::BTreeSet;

use domain::bot_session::RefusedReason;
use domain::conversation::{CancelReason, UnansweredReason};
use domain::ids::MessageId;
use uuid::Uuid;

use super::diagnosis::of;
use super::facts::{Facts, Now, Reply, Run};
use super::words;
use crate::i18n::Lang;

fn facts() -> Facts {
    Facts {
        message: Some(MessageId::new(Uuid::from_u128(1))),
        ..Facts::default()
    }
}

#[test]
fn the_recorded_reason_comes_first() {
    let mut facts = facts();
    facts.unanswered = Some(UnansweredReason::NoActiveBot);
    facts.now.has_no_bot = true;
    let diagnosis = of(&facts);
    assert_eq!(diagnosis.reasons, ["no_active_bot"]);
    assert_eq!(diagnosis.now, ["no_active_bot"]);
    assert!(!diagnosis.answered);
}

#[test]
fn what_the_log_does_not_tell_is_in_progress() {
    assert_eq!(of(&facts()).reasons, ["in_progress"]);
    assert_eq!(of(&Facts::default()).reasons, ["nothing_received"]);
}

#[test]
fn a_canceled_reply_says_by_what() {
    let mut facts = facts();
    facts.run = Some(Run::Started);
    facts.replies.push(Reply {
        view: None,
        canceled: Some(CancelReason::TakenOver),
    });
    assert_eq!(of(&facts).reasons, ["reply_canceled_taken_over"]);
}

#[test]
fn a_run_that_refused_or_says_nothing_is_named() {
    let mut facts = facts();
    facts.run = Some(Run::Refused(RefusedReason::NotUnderstood));
    assert_eq!(of(&facts).reasons, ["not_understood"]);
    facts.run = Some(Run::Took);
    assert_eq!(of(&facts).reasons, ["scenario_is_silent"]);
}

#[test]
fn a_removed_number_is_not_called_inactive_too() {
    let mut facts = facts();
    facts.now = Now {
        number_is_removed: true,
        number_is_inactive: true,
        ..Now::default()
    };
    assert_eq!(of(&facts).now, ["number_removed"]);
}

#[test]
fn every_code_has_words_in_both_languages() {
    let source = include_str!("diagnosis.rs");
    let quoted = source.split('"').skip(1).step_by(2);
    let codes: BTreeSet<&str> = quoted.collect();
    assert!(codes.len() > 20);
    for code in &codes {
        for lang in [Lang::En, Lang::Ru] {
            assert!(!words::of(code, lang).0.is_empty(), "{code} has no words");
        }
    }
    for (code, _, _) in words::WORDS {
        assert!(codes.contains(code), "{code} is never told");
    }
}
