//! What differs between a file and a server: other owners, lost connections, texts, prepared statements.

use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::aggregate_type;
use domain::contact::{ContactEvent, Identity};
use domain::ids::ContactId;
use infrastructure::database::db::{Connection, Row, query_text};

use super::{count_of, counter, started};
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection, ProjectionError};
use crate::statements::all_projections;
use crate::table::{Row as _, Table};
use crate::testing::{Home, Lab, VecLog, at, homes, open, uuid};

/// The server, where PostgreSQL is installed.
fn server() -> Option<Home> {
    homes()
        .into_iter()
        .find(|home| matches!(home, Home::Server(_)))
}

#[tokio::test]
async fn the_batch_of_a_second_owner_fails_as_a_whole() {
    let Some(home) = server() else { return };
    let lab = Lab::at(home, counter(1, 0)).await;
    let second = open(&lab.home, &lab.log, counter(1, 0)).await;
    started(&lab, 5);
    lab.catch_up().await;
    started(&lab, 5);
    let refused = second.step().await;
    assert!(
        matches!(
            refused,
            Err(ProjectionError::Apply(ApplyError::Moved("counter")))
        ),
        "{refused:?}"
    );
    assert_eq!(count_of(&lab, 5).await, 1, "nothing of it was kept");
    assert!(
        second.step().await.unwrap(),
        "it goes on from where the first one came"
    );
    assert_eq!(count_of(&lab, 5).await, 2);
    assert!(
        lab.projections.step().await.is_err(),
        "now the first one is second"
    );
    assert!(!lab.projections.step().await.unwrap());
}

#[tokio::test]
async fn a_connection_that_was_lost_is_made_anew() {
    let Some(home) = server() else { return };
    let lab = Lab::at(home, counter(1, 0)).await;
    started(&lab, 5);
    lab.catch_up().await;
    let mut killer = lab.home.connection().await;
    let kill = "select pg_terminate_backend(pid) from pg_stat_activity \
        where datname = current_database() and pid <> pg_backend_pid()";
    let killed: Vec<bool> = query_text("kill", kill.to_owned())
        .fetch_all(&mut killer)
        .await
        .unwrap();
    assert!(!killed.is_empty());
    started(&lab, 5);
    assert!(lab.projections.step().await.is_err());
    lab.catch_up().await;
    assert_eq!(count_of(&lab, 5).await, 2);
}

#[tokio::test]
async fn read_models_of_another_epoch_are_made_anew() {
    for home in homes() {
        let mut lab = Lab::at(home, counter(1, 0)).await;
        started(&lab, 5);
        lab.catch_up().await;
        lab.log = Arc::new(VecLog::restored());
        started(&lab, 6);
        lab.reopen(counter(1, 0)).await;
        lab.catch_up().await;
        assert_eq!((count_of(&lab, 5).await, count_of(&lab, 6).await), (0, 1));
    }
}

#[tokio::test]
async fn a_character_that_no_text_of_postgres_holds_stops_nothing() {
    for home in homes() {
        let lab = Lab::at(home, all_projections()).await;
        let id = ContactId::new(uuid(5));
        let registered = ContactEvent::Registered {
            contact: id,
            at: at(0),
            provider_at: at(0),
            personal: Identity {
                profile_name: Some("Ан\u{0}на \\u0000 \\\u{0}".to_owned()),
                ..Identity::default()
            }
            .into(),
        };
        lab.log.push(aggregate_type::CONTACT, uuid(5), registered);
        lab.catch_up().await;
        let reads = lab.projections.reads();
        let shown = reads.contact(id).await.unwrap().unwrap();
        assert_eq!(
            shown.name.as_deref(),
            Some("Ан\u{fffd}на \\u0000 \\\u{fffd}")
        );
        let degraded = lab
            .projections
            .list()
            .into_iter()
            .find_map(|one| one.degraded);
        assert_eq!(degraded, None);
        let found = reads
            .contact_slice(Some("АН\u{0}Н"), &slice())
            .await
            .unwrap();
        assert_eq!(found.edges.len(), 1, "as it is shown, so it is found");
    }
}

fn slice() -> crate::Slice {
    crate::Slice {
        limit: 5,
        ..crate::Slice::default()
    }
}

crate::table::read_table! {
    /// As the counter's rows, of a version with a column more.
    WideRow in "count_rows" key "id" load "id" indexes "";
    id: text,
    words: opt_text,
    count: int,
}

/// The counter in a later version.
#[derive(Debug)]
struct WideCounter;

#[async_trait]
impl Projection for WideCounter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        &[WideRow::TABLE]
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let key = |event: &RecordedEvent| event.stream.id.to_string();
        let ids = events.iter().map(|event| key(event)).collect();
        let mut rows = Fold::load(transaction, build, &ids, |row: &WideRow| row.id.clone()).await?;
        for event in events {
            rows.upsert(key(event), event, |row| {
                row.id = key(event);
                row.count += 1;
            });
        }
        rows.save(transaction, build).await
    }
}

#[tokio::test]
async fn what_was_prepared_for_a_build_does_not_outlive_it() {
    for home in homes() {
        let mut lab = Lab::at(home, counter(1, 0)).await;
        started(&lab, 5);
        lab.catch_up().await;
        lab.reopen(vec![Arc::new(WideCounter)]).await;
        let reads = lab.projections.reads().clone();
        let ask = || async {
            let text = "select * from count_rows".to_owned();
            let rows: Vec<Row> = query_text("counts", text)
                .fetch_all(reads.pool())
                .await
                .unwrap();
            let words = rows[0].try_get::<Option<String>, _>("words").is_ok();
            (words, rows[0].try_get::<i64, _>("count").unwrap())
        };
        assert_eq!(ask().await, (false, 1));
        lab.projections.build_missing().await;
        assert_eq!(ask().await, (true, 1));
    }
}
