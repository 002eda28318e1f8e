//! The runner: checkpoints, parked rows, unknown events, rebuilds.

mod places;

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::{AnyEvent, aggregate_type};
use domain::conversation::{ConversationEvent, Reaction};
use domain::delivery::{DeliveryEvent, UnknownCause};
use domain::ids::{ContactId, NumberId};
use infrastructure::database::db::{Connection, Pool, query_text};
use serde_json::json;

use super::{ApplyError, Build, Projection, ProjectionError, ProjectionState};
use crate::statements::all_projections;
use crate::table::{Row, Table};
use crate::testing::{Lab, at, conversation_id, homes, message_id, uuid};

crate::table::read_table! {
    /// Counts the events of a stream.
    CountRow in "count_rows" key "id" load "id" indexes "";
    id: text,
    count: int,
}

/// Counts events a stream; refuses those of one stream.
#[derive(Debug)]
struct Counter {
    version: u32,
    refuses: u128,
}

#[async_trait]
impl Projection for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn tables(&self) -> &'static [Table] {
        &[CountRow::TABLE]
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let ids = events
            .iter()
            .map(|event| event.stream.id.to_string())
            .collect();
        let mut rows =
            crate::fold::Fold::load(transaction, build, &ids, |row: &CountRow| row.id.clone())
                .await?;
        for event in events {
            if event.stream.id == uuid(self.refuses) {
                return Err(ApplyError::Refused("not this one"));
            }
            let id = event.stream.id.to_string();
            rows.upsert(id.clone(), event, |row| {
                row.id = id;
                row.count += 1;
            });
        }
        rows.save(transaction, build).await
    }
}

fn counter(version: u32, refuses: u128) -> Vec<Arc<dyn Projection>> {
    vec![Arc::new(Counter { version, refuses })]
}

fn started(lab: &Lab, stream: u128) {
    let event = ConversationEvent::Started {
        at: at(0),
        number: NumberId::new(uuid(1)),
        contact: ContactId::new(uuid(2)),
    };
    lab.log.conversation(stream, event);
}

async fn counts(lab: &Lab) -> Vec<(String, i64)> {
    let text = "select id, count from count_rows order by id".to_owned();
    query_text("counts", text)
        .fetch_all(lab.projections.reads().pool())
        .await
        .unwrap()
}

async fn count_of(lab: &Lab, stream: u128) -> i64 {
    let id = uuid(stream).to_string();
    counts(lab)
        .await
        .into_iter()
        .find(|row| row.0 == id)
        .map_or(0, |row| row.1)
}

#[tokio::test]
async fn a_restart_at_a_checkpoint_doubles_nothing() {
    for home in homes() {
        let mut lab = Lab::at(home, counter(1, 0)).await;
        started(&lab, 5);
        lab.catch_up().await;
        lab.reopen(counter(1, 0)).await;
        started(&lab, 5);
        lab.catch_up().await;
        assert_eq!(count_of(&lab, 5).await, 2);
    }
}

#[tokio::test]
async fn a_poisoned_stream_is_parked_and_its_neighbors_go_on() {
    for home in homes() {
        let mut lab = Lab::at(home, counter(1, 666)).await;
        for stream in [5, 666, 6, 666, 5] {
            started(&lab, stream);
        }
        lab.catch_up().await;
        assert_eq!(count_of(&lab, 5).await, 2);
        assert_eq!(count_of(&lab, 6).await, 1);
        assert_eq!(count_of(&lab, 666).await, 0);
        let status = lab.projections.list().remove(0);
        assert_eq!((status.position, status.lag), (5, 0));
        assert!(status.degraded.unwrap().contains("1 streams are parked"));

        lab.reopen(counter(1, 666)).await;
        started(&lab, 666);
        lab.catch_up().await;
        let status = lab.projections.list().remove(0);
        assert!(
            status.degraded.is_some(),
            "what is parked is remembered over a restart"
        );

        lab.reopen(counter(1, 0)).await;
        lab.projections.rebuild("counter", |_, _| {}).await.unwrap();
        assert_eq!(count_of(&lab, 666).await, 3);
        assert_eq!(lab.projections.list().remove(0).degraded, None);
    }
}

#[tokio::test]
async fn one_poisoned_projection_does_not_hold_up_another() {
    let mut known = all_projections();
    known.extend(counter(1, 5));
    let lab = Lab::with(known).await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.catch_up().await;
    assert!(
        lab.projections
            .reads()
            .conversation(conversation_id(5))
            .await
            .unwrap()
            .is_some()
    );
    let degraded: Vec<_> = lab
        .projections
        .list()
        .into_iter()
        .filter(|one| one.degraded.is_some())
        .collect();
    assert_eq!(degraded.len(), 1);
    assert_eq!(degraded[0].name, "counter");
}

#[tokio::test]
async fn an_event_of_an_unknown_type_stops_and_is_never_skipped() {
    let lab = Lab::with(counter(1, 0)).await;
    started(&lab, 5);
    lab.log.push(
        aggregate_type::CONVERSATION,
        uuid(5),
        AnyEvent::Unknown(json!({})),
    );
    started(&lab, 5);
    lab.catch_up().await;
    assert_eq!(count_of(&lab, 5).await, 1);
    let status = lab.projections.list().remove(0);
    assert_eq!((status.position, status.lag), (1, 2));
    assert!(status.degraded.unwrap().contains("position 2"));

    let rebuilt = lab.projections.rebuild("counter", |_, _| {}).await;
    assert!(matches!(rebuilt, Err(ProjectionError::UnknownEvent(2))));
    assert_eq!(count_of(&lab, 5).await, 1, "the live build serves on");
}

#[tokio::test]
async fn a_new_version_is_built_beside_the_old_and_takes_over() {
    for home in homes() {
        let mut lab = Lab::at(home, counter(1, 0)).await;
        started(&lab, 5);
        lab.catch_up().await;
        lab.reopen(counter(2, 0)).await;
        assert_eq!(count_of(&lab, 5).await, 1, "the old build still shows");
        started(&lab, 5);
        lab.projections.build_missing().await;
        assert_eq!(count_of(&lab, 5).await, 2);
        let status = lab.projections.list().remove(0);
        assert_eq!(
            (status.version, status.build, status.state),
            (2, 2, ProjectionState::Live)
        );
    }
}

#[tokio::test]
async fn a_rebuild_follows_while_events_come_and_says_how_far_it_is() {
    for home in homes() {
        let lab = Lab::at(home, counter(1, 0)).await;
        for _ in 0..2_500 {
            started(&lab, 5);
        }
        lab.catch_up().await;
        let told = std::sync::Mutex::new(Vec::new());
        lab.projections
            .rebuild("counter", |done, total| {
                if done < 2_000 {
                    started(&lab, 6);
                }
                told.lock().unwrap().push((done, total));
            })
            .await
            .unwrap();
        lab.catch_up().await;
        assert_eq!(count_of(&lab, 6).await, 1);
        let told = told.into_inner().unwrap();
        assert_eq!(told.first(), Some(&(1_000, 2_500)));
        assert_eq!(told.last(), Some(&(2_501, 2_501)));
    }
}

#[tokio::test]
async fn an_unknown_name_is_refused() {
    let lab = Lab::with(counter(1, 0)).await;
    let rebuilt = lab.projections.rebuild("count", |_, _| {}).await;
    assert!(matches!(rebuilt, Err(ProjectionError::NoSuchProjection(name)) if name == "count"));
}

#[tokio::test]
async fn a_reader_waits_until_what_it_wrote_is_shown() {
    for home in homes() {
        let lab = Lab::at(home, counter(1, 0)).await;
        lab.projections.start().expect("a thread");
        started(&lab, 5);
        assert!(lab.projections.wait_for(1, Duration::from_secs(20)).await);
        assert_eq!(count_of(&lab, 5).await, 1);
        assert!(!lab.projections.wait_for(2, Duration::from_millis(1)).await);
    }
}

#[tokio::test]
async fn read_models_that_are_ahead_of_the_log_are_made_anew() {
    for home in homes() {
        let mut lab = Lab::at(home, counter(1, 0)).await;
        started(&lab, 5);
        lab.catch_up().await;
        lab.log = Arc::default();
        lab.reopen(counter(1, 0)).await;
        started(&lab, 6);
        lab.catch_up().await;
        assert_eq!(count_of(&lab, 5).await, 0);
        assert_eq!(count_of(&lab, 6).await, 1);
    }
}

/// A few customers writing, reacting, being answered; different at every step.
fn some_life(lab: &Lab, step: u128) {
    let customer = 10 + step % 7;
    if step < 7 {
        lab.log.customer(customer, "Анна", None, "79991112233");
        return;
    }
    let seconds = i64::try_from(step).unwrap();
    match step % 5 {
        0 => lab.log.queued(customer, 1_000 + step, seconds),
        1 => lab.log.conversation(
            customer,
            ConversationEvent::ReactionReceived {
                message: message_id(step),
                target: message_id(1_000 + step / 2),
                received_at: at(seconds),
                provider_at: at(seconds % 11),
                personal: Reaction {
                    emoji: Some("👍".to_owned()),
                    target_wamid: None,
                }
                .into(),
            },
        ),
        2 => lab.log.push(
            aggregate_type::DELIVERY,
            uuid(1_000 + step / 3),
            DeliveryEvent::Unknown {
                conversation: conversation_id(customer),
                contact: ContactId::new(uuid(customer)),
                at: at(seconds),
                cause: UnknownCause::Timeout,
            },
        ),
        _ => lab
            .log
            .received(customer, 1_000 + step, seconds, seconds / 2),
    }
}

#[tokio::test]
async fn a_rebuild_shows_the_same_as_the_live_build_at_any_cut() {
    for home in homes() {
        let lab = Lab::at(home, all_projections()).await;
        let mut random = 7_u128;
        let mut step = 0;
        for _ in 0..6 {
            random = (random * 48_271) % 2_147_483_647;
            for _ in 0..=random % 90 {
                some_life(&lab, step);
                step += 1;
            }
            lab.catch_up().await;
            for name in ["activity", "conversations", "messages", "contacts"] {
                let live = lab.projections.fingerprint(name).await.unwrap();
                lab.projections.rebuild(name, |_, _| {}).await.unwrap();
                assert_eq!(
                    lab.projections.fingerprint(name).await.unwrap(),
                    live,
                    "{name}"
                );
            }
        }
        assert!(step > 50, "the life was too short to prove anything");
    }
}

#[tokio::test]
async fn every_sqlite_statement_can_be_prepared() {
    use sqlx::{Executor, SqlSafeStr};
    let lab = Lab::new().await;
    let Pool::Sqlite(pool) = lab.projections.reads().pool() else {
        panic!("the lab has no file");
    };
    for statement in crate::statements() {
        let prepared = pool.prepare(statement.sqlite.into_sql_str());
        assert!(
            prepared.await.is_ok(),
            "{}: {}",
            statement.name,
            statement.sqlite
        );
    }
}
