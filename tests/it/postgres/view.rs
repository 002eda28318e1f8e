//! The view that keeps the log readable with the query texts of postgres-es 0.5.

use std::collections::HashMap;

use application::ports::event_log::{Commit, EventLog as _, Metadata, NewEvent, StreamId};
use cqrs_es::EventEnvelope;
use cqrs_es::persist::SerializedEvent;
use domain::any_event::aggregate_type;
use domain::api_token::{ApiToken, ApiTokenEvent};
use domain::ids::CommandId;
use domain::time::Timestamp;
use serde_json::Value;
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;

use super::Installation;

/// As its `SqlQueryFactory` makes them for the table `cqrs_events`.
const EVENTS_OF_AN_AGGREGATE: &str = "
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
  FROM cqrs_events
  WHERE aggregate_type = $1 AND aggregate_id = $2
  ORDER BY sequence";
const EVENTS_OF_A_TYPE: &str = "
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
  FROM cqrs_events
  WHERE aggregate_type = $1
  ORDER BY sequence";
const LAST_EVENTS: &str = "
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
  FROM cqrs_events
  WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > 2
  ORDER BY sequence";

/// An event of a token, which the directory knows.
pub(super) fn revoked_at(seconds: i64) -> ApiTokenEvent {
    ApiTokenEvent::Revoked {
        at: Timestamp::from_seconds(seconds),
    }
}

/// A commit of a token's stream.
pub(super) fn commit(id: u128, events: &[ApiTokenEvent]) -> Commit {
    let new = |event: &ApiTokenEvent| NewEvent {
        event_type: "ApiTokenRevoked".to_owned(),
        event_version: "1".to_owned(),
        data: event.clone().into(),
    };
    Commit {
        stream: StreamId {
            aggregate_type: aggregate_type::API_TOKEN,
            id: Uuid::from_u128(id),
        },
        expected_version: 0,
        command_id: CommandId::new(Uuid::from_u128(id)),
        remember: false,
        events: events.iter().map(new).collect(),
        metadata: Metadata {
            actor: "cli".to_owned(),
            cause: Some(3),
        },
        subject: None,
        lane: 0,
        row_ops: Vec::new(),
    }
}

/// Reads the columns by name and type as postgres-es does.
fn read(row: &sqlx::postgres::PgRow) -> anyhow::Result<EventEnvelope<ApiToken>> {
    let event = SerializedEvent::new(
        row.try_get("aggregate_id")?,
        usize::try_from(row.try_get::<i64, _>("sequence")?)?,
        row.try_get("aggregate_type")?,
        row.try_get("event_type")?,
        row.try_get("event_version")?,
        row.try_get::<Value, _>("payload")?,
        row.try_get::<Value, _>("metadata")?,
    );
    Ok(EventEnvelope::try_from(event)?)
}

#[tokio::test]
async fn the_query_texts_of_postgres_es_read_the_log() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let node = installation.node().await?;
    let events: Vec<_> = (1..=3).map(revoked_at).collect();
    for id in [1, 2] {
        node.database.log.append(commit(id, &events)).await?;
    }
    let mut connection = sqlx::PgConnection::connect(&installation.server.url("postgres")).await?;
    let id = Uuid::from_u128(1).to_string();
    for (text, sequences) in [
        (EVENTS_OF_AN_AGGREGATE, vec![1, 2, 3]),
        (LAST_EVENTS, vec![3]),
    ] {
        let rows = sqlx::query(text)
            .bind(aggregate_type::API_TOKEN)
            .bind(&id)
            .fetch_all(&mut connection)
            .await?;
        let found: Vec<_> = rows.iter().map(read).collect::<Result<_, _>>()?;
        let read: Vec<_> = found.iter().map(|event| event.sequence).collect();
        assert_eq!(read, sequences);
        for event in &found {
            assert_eq!(event.aggregate_id, id);
            assert_eq!(event.payload, events[event.sequence - 1]);
            let texts = [("actor", "cli"), ("cause", "3")];
            let texts = texts.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(event.metadata, HashMap::from(texts));
        }
    }
    let all = sqlx::query(EVENTS_OF_A_TYPE)
        .bind(aggregate_type::API_TOKEN)
        .fetch_all(&mut connection)
        .await?;
    assert_eq!(all.len(), 6);
    node.stop().await;
    Ok(())
}
