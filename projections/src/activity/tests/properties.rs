//! However a log is cut into batches, and whatever of it is applied again, the facts are the same.

use std::cell::RefCell;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use domain::any_event::{AnyEvent, aggregate_type};
use domain::bot_session::{BotSessionEvent, HandOverCause};
use domain::conversation::{CancelReason, ChangeCause, ConversationEvent, Handler};
use domain::delivery::{DeliveryEvent, UnknownCause};
use domain::ids::ContactId;
use infrastructure::database::db::{Connection, query_text, script};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sqlx::{Connection as _, SqliteConnection};

use super::{by_bot, enter, handler, press};
use crate::activity::ActivityProjection;
use crate::runner::{Build, Projection};
use crate::testing::{
    Home, VecLog, at, conversation_id, homes, message_id, olga, session_started, uuid,
};

/// One step of a life: whose, what, and at which second.
type Step = (u128, u8, i64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((10_u128..13, 0_u8..19, -90_000_i64..90_000), 1..80)
}

/// Sizes of batches, each with how many earlier events are applied again with it.
fn cuts() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((1_usize..12, 0_usize..20), 1..30)
}

/// A log in which what is named exists.
fn life(steps: &[Step]) -> VecLog {
    let log = VecLog::default();
    for customer in 10..13 {
        log.customer(customer, "Анна", None, "79991112233");
        log.push(
            aggregate_type::BOT_SESSION,
            uuid(customer * 100),
            session_started(customer, 30),
        );
    }
    let mut last = [None; 13];
    for (message, (customer, what, seconds)) in (10_000_u128..).zip(steps.iter().copied()) {
        let place = usize::try_from(customer).unwrap();
        let conversation = |event| log.conversation(customer, event);
        let session = |event: BotSessionEvent| {
            log.push(aggregate_type::BOT_SESSION, uuid(customer * 100), event);
        };
        let passes = |to, cause, since: Option<i64>| handler(seconds, to, cause, since.map(at));
        match what {
            0 | 1 => log.received(customer, message, seconds, seconds / 2),
            2 | 3 => {
                log.queued(customer, message, seconds);
                last[place] = Some(message);
            }
            4 => {
                if let Some(message) = last[place] {
                    conversation(ConversationEvent::MessageCanceled {
                        message: message_id(message),
                        at: at(seconds),
                        reason: CancelReason::Closed,
                    });
                }
            }
            5 => {
                if let Some(message) = last[place] {
                    let unknown = DeliveryEvent::Unknown {
                        conversation: conversation_id(customer),
                        contact: ContactId::new(uuid(customer)),
                        at: at(seconds),
                        cause: UnknownCause::Timeout,
                    };
                    log.push(aggregate_type::DELIVERY, uuid(message), unknown);
                }
            }
            6 => conversation(passes(by_bot(), ChangeCause::BotStarted, None)),
            7 | 8 => {
                let cause = ChangeCause::HandedOver;
                conversation(passes(Handler::Nobody, cause, Some(seconds)));
            }
            9 => conversation(passes(
                Handler::Person(olga()),
                ChangeCause::TakenOver,
                None,
            )),
            10 => conversation(passes(Handler::Nobody, ChangeCause::HandedBack, None)),
            11 => conversation(ConversationEvent::Closed {
                at: at(seconds),
                by: olga(),
            }),
            12 => {
                let by = (seconds % 3 == 0).then(olga);
                conversation(ConversationEvent::Reopened {
                    at: at(seconds),
                    by,
                });
            }
            13 | 14 => session(enter(["welcome", "menu", "prices"][message as usize % 3])),
            15 => {
                log.received(customer, message, seconds, seconds - 60_000);
                session(press(message_id(message), "1", seconds));
            }
            16 => session(BotSessionEvent::Expired {
                at: at(seconds),
                wait: 1,
            }),
            17 => session(BotSessionEvent::Resumed {
                at: at(seconds),
                node: "menu".to_owned(),
                epoch: 3,
            }),
            _ => session(BotSessionEvent::HandedOver {
                at: at(seconds),
                node: None,
                cause: HandOverCause::Closed,
                code: None,
            }),
        }
    }
    log
}

/// Applies batches to new tables; everything the tables hold then.
async fn facts_after(
    connection: &mut Connection,
    batches: &[&[Arc<RecordedEvent>]],
) -> Vec<String> {
    let dialect = connection.dialect();
    for table in ActivityProjection.tables() {
        let text = format!("{}; {}", table.drop, table.create(dialect));
        script(text, &mut *connection).await.unwrap();
    }
    for batch in batches {
        ActivityProjection
            .apply(&mut *connection, Build(1), batch)
            .await
            .unwrap();
    }
    let mut facts = Vec::new();
    for table in ActivityProjection.tables() {
        let dump = query_text(table.name, table.dump(dialect).to_owned());
        let rows: Vec<String> = dump.fetch_all(&mut *connection).await.unwrap();
        // The databases write the same JSON with other spaces.
        let rows = rows.into_iter().map(|row| {
            let row: serde_json::Value = serde_json::from_str(&row).unwrap();
            format!("{} {row}", table.name)
        });
        facts.extend(rows);
    }
    facts
}

/// Checks one log in one way to cut it.
async fn check(
    connection: &mut Connection,
    steps: &[Step],
    cuts: Vec<(usize, usize)>,
) -> Result<(), TestCaseError> {
    let log = life(steps);
    let events = log.all();
    let mut batches: Vec<&[Arc<RecordedEvent>]> = Vec::new();
    let mut done = 0;
    for (size, again) in cuts.into_iter().cycle() {
        let to = (done + size).min(events.len());
        batches.push(&events[done.saturating_sub(again)..to]);
        done = to;
        if done == events.len() {
            break;
        }
    }
    let single: Vec<_> = events.chunks(1).collect();
    let memory = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let expected = facts_after(&mut memory.into(), &single).await;
    let is_message = |event: &&Arc<RecordedEvent>| {
        matches!(
            event.data,
            AnyEvent::Conversation(
                ConversationEvent::MessageReceived { .. } | ConversationEvent::MessageQueued { .. }
            )
        )
    };
    let is_counted = |fact: &&String| fact.starts_with("activity_messages ");
    prop_assert_eq!(
        expected.iter().filter(is_counted).count(),
        events.iter().filter(is_message).count()
    );
    prop_assert_eq!(facts_after(connection, &batches).await, expected.clone());
    prop_assert_eq!(facts_after(connection, &[&events]).await, expected);
    Ok(())
}

#[test]
fn batches_and_repetitions_change_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for home in homes() {
        let cases = match home {
            Home::File(_) => 48,
            Home::Server(_) => 12,
        };
        let connection = RefCell::new(runtime.block_on(home.connection()));
        let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
        let checked = runner.run(&(steps(), cuts()), |(steps, cuts)| {
            runtime.block_on(check(&mut connection.borrow_mut(), &steps, cuts))
        });
        checked.unwrap();
    }
}
