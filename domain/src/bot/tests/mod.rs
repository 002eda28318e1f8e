//! Given events, when a command, then events or a refusal.

mod golden;
mod scenario;
mod scenario_graph;

use std::sync::Arc;

use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::scenario::Scenario;
use super::{BlobHash, Bot, BotCommand, BotError, BotEvent};
use crate::ids::NumberId;
use crate::stream::StreamAggregate;
use crate::time::Timestamp;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + seconds)
}

fn hash(digit: &str) -> BlobHash {
    BlobHash(digit.repeat(64))
}

const fn number(value: u128) -> NumberId {
    NumberId::new(Uuid::from_u128(value))
}

fn created() -> BotEvent {
    BotEvent::Created {
        at: at(0),
        name: "Салон".to_owned(),
    }
}

fn saved(revision: u32, digit: &str) -> BotEvent {
    BotEvent::DraftSaved {
        at: at(1),
        revision,
        definition: hash(digit),
    }
}

fn published(version: u32, digit: &str) -> BotEvent {
    BotEvent::Published {
        at: at(2),
        version,
        definition: hash(digit),
    }
}

fn given(events: Vec<BotEvent>) -> AggregateTestExecutor<Bot> {
    TestFramework::with(()).given(events)
}

fn create(name: &str) -> BotCommand {
    BotCommand::Create {
        now: at(0),
        name: name.to_owned(),
    }
}

fn save(digit: &str) -> BotCommand {
    let json = r#"{"nodes":[{"id":"1","type":"welcome","data":{"message":"Hi"}}],"edges":[]}"#;
    let scenario = Arc::new(Scenario::parse(json).expect("a valid scenario"));
    BotCommand::SaveDraft {
        now: at(1),
        definition: hash(digit),
        scenario,
    }
}

#[tokio::test]
async fn bot_is_created_with_its_name_trimmed() {
    given(vec![])
        .when_async(create(" Салон "))
        .await
        .then_expect_events(vec![created()]);
}

#[tokio::test]
async fn bot_is_created_once() {
    given(vec![created()])
        .when_async(create("Салон"))
        .await
        .then_expect_error(BotError::AlreadyCreated);
}

#[tokio::test]
async fn name_has_one_to_a_hundred_characters() {
    for name in ["", "  ", &"я".repeat(101)] {
        given(vec![])
            .when_async(create(name))
            .await
            .then_expect_error(BotError::InvalidName);
    }
    let name = "я".repeat(100);
    given(vec![])
        .when_async(create(&name))
        .await
        .then_expect_events(vec![BotEvent::Created {
            at: at(0),
            name: name.clone(),
        }]);
}

#[tokio::test]
async fn everything_else_needs_a_bot() {
    let commands = [
        save("a"),
        BotCommand::Publish { now: at(2) },
        BotCommand::Bind {
            now: at(2),
            numbers: vec![],
        },
        BotCommand::Activate { now: at(2) },
        BotCommand::Deactivate { now: at(2) },
    ];
    for command in commands {
        given(vec![])
            .when_async(command)
            .await
            .then_expect_error(BotError::NotFound);
    }
}

#[tokio::test]
async fn drafts_are_counted_and_the_same_again_is_none() {
    given(vec![created()])
        .when_async(save("a"))
        .await
        .then_expect_events(vec![saved(1, "a")]);
    given(vec![created(), saved(1, "a")])
        .when_async(save("b"))
        .await
        .then_expect_events(vec![saved(2, "b")]);
    given(vec![created(), saved(1, "a")])
        .when_async(save("a"))
        .await
        .then_expect_events(vec![]);
}

#[tokio::test]
async fn publishing_makes_the_draft_a_version_once() {
    let publish = BotCommand::Publish { now: at(2) };
    given(vec![created()])
        .when_async(publish.clone())
        .await
        .then_expect_error(BotError::NoDraft);
    given(vec![created(), saved(1, "a")])
        .when_async(publish.clone())
        .await
        .then_expect_events(vec![published(1, "a")]);
    given(vec![created(), saved(1, "a"), published(1, "a")])
        .when_async(publish.clone())
        .await
        .then_expect_events(vec![]);
    given(vec![
        created(),
        saved(1, "a"),
        published(1, "a"),
        saved(2, "b"),
    ])
    .when_async(publish)
    .await
    .then_expect_events(vec![published(2, "b")]);
}

#[tokio::test]
async fn binding_names_all_numbers_in_order_and_the_same_again_is_none() {
    let bind = |numbers| BotCommand::Bind {
        now: at(3),
        numbers,
    };
    let bound = BotEvent::Bound {
        at: at(3),
        numbers: vec![number(1), number(2)],
    };
    given(vec![created()])
        .when_async(bind(vec![number(2), number(1), number(2)]))
        .await
        .then_expect_events(vec![bound.clone()]);
    given(vec![created(), bound.clone()])
        .when_async(bind(vec![number(2), number(1)]))
        .await
        .then_expect_events(vec![]);
    given(vec![created(), bound])
        .when_async(bind(vec![]))
        .await
        .then_expect_events(vec![BotEvent::Bound {
            at: at(3),
            numbers: vec![],
        }]);
}

#[tokio::test]
async fn one_number_comes_or_goes_and_the_others_stay() {
    let bound = |numbers| BotEvent::Bound { at: at(3), numbers };
    let more = |index| BotCommand::BindMore {
        now: at(3),
        number: number(index),
    };
    let less = |index| BotCommand::Unbind {
        now: at(3),
        number: number(index),
    };
    let both = vec![number(1), number(2)];
    let table = [
        (vec![], more(1), vec![bound(vec![number(1)])]),
        (vec![number(2)], more(1), vec![bound(both.clone())]),
        (both.clone(), more(1), vec![]),
        (both.clone(), less(1), vec![bound(vec![number(2)])]),
        (vec![number(2)], less(1), vec![]),
    ];
    for (before, command, expected) in table {
        given(vec![created(), bound(before)])
            .when_async(command)
            .await
            .then_expect_events(expected);
    }
}

#[tokio::test]
async fn switching_on_needs_a_version_and_happens_once() {
    let (activate, activated) = (
        BotCommand::Activate { now: at(4) },
        BotEvent::Activated { at: at(4) },
    );
    let ready = vec![created(), saved(1, "a"), published(1, "a")];
    given(vec![created(), saved(1, "a")])
        .when_async(activate.clone())
        .await
        .then_expect_error(BotError::NotPublished);
    given(ready.clone())
        .when_async(activate.clone())
        .await
        .then_expect_events(vec![activated.clone()]);
    given([ready, vec![activated]].concat())
        .when_async(activate)
        .await
        .then_expect_events(vec![]);
}

#[tokio::test]
async fn switching_off_happens_once() {
    let deactivate = BotCommand::Deactivate { now: at(5) };
    given(vec![
        created(),
        saved(1, "a"),
        published(1, "a"),
        BotEvent::Activated { at: at(4) },
    ])
    .when_async(deactivate.clone())
    .await
    .then_expect_events(vec![BotEvent::Deactivated { at: at(5) }]);
    given(vec![created()])
        .when_async(deactivate)
        .await
        .then_expect_events(vec![]);
}

#[test]
fn state_says_what_is_published() {
    use cqrs_es::Aggregate;
    let mut bot = Bot::default();
    for event in [
        created(),
        saved(1, "a"),
        published(1, "a"),
        saved(2, "b"),
        BotEvent::Bound {
            at: at(3),
            numbers: vec![number(1)],
        },
        BotEvent::Activated { at: at(4) },
    ] {
        bot.apply(event);
    }
    assert!(bot.exists() && bot.is_active());
    assert_eq!((bot.name(), bot.revision(), bot.version()), ("Салон", 2, 1));
    assert_eq!(
        (bot.draft(), bot.published()),
        (Some(&hash("b")), Some(&hash("a")))
    );
    assert_eq!(
        bot.numbers().iter().copied().collect::<Vec<_>>(),
        [number(1)]
    );
    assert_eq!((bot.subject(), bot.lane_key()), (None, None));
    assert!(bot.weight_bytes() > size_of::<Bot>());
}
