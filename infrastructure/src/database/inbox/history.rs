//! What became of items, for people: handled ones as long as their deliveries are kept, held ones, open ones.

use application::ports::StoreError;
use application::ports::inbox::{HistoryPart, ItemFate, ItemRecord};
use domain::time::Timestamp;

use super::rows::{class_of, reason_name, reason_of};
use crate::database::context::unavailable;
use crate::database::db::{FromRow, Pool, Row, Statement, query};
use crate::database::rows::{json, parse, small};

macro_rules! history {
    ($order:literal) => {
        concat!(
            "select * from (\
               select id, delivery, class, phone_number_id, received_at, attempts, state, \
                 cast(null as text) as reason, done_at as settled_at, error, conversation \
               from inbox_items \
               union all \
               select id, delivery, class, phone_number_id, received_at, 0, 4, reason, held_at, error, \
                 cast(null as text) \
               from held_items\
             ) as items where id < $1 and id > $2 order by ",
            $order,
            " limit $3"
        )
    };
}

macro_rules! held {
    ($order:literal) => {
        concat!(
            "select id, delivery, class, phone_number_id, received_at, 0 as attempts, 4 as state, reason, \
               held_at as settled_at, error, cast(null as text) as conversation from held_items \
             where id < $1 and id > $2 and (cast($4 as text) is null or reason = $4) order by ",
            $order,
            " limit $3"
        )
    };
}

const HISTORY: Statement = Statement::portable("inbox_history", history!("id desc"));
const HISTORY_FROM_END: Statement = Statement::portable("inbox_history_from_end", history!("id"));
const HELD: Statement = Statement::portable("inbox_held_history", held!("id desc"));
const HELD_FROM_END: Statement = Statement::portable("inbox_held_history_from_end", held!("id"));

const NUMBERS_LAST_SEEN: Statement = Statement::of(
    "inbox_numbers_last_seen",
    "select phone_number_id, last_seen_at from number_activity \
     where phone_number_id in (select value from jsonb_each($1))",
    "select phone_number_id, last_seen_at from number_activity \
     where phone_number_id in (select value from jsonb_array_elements_text($1::jsonb) as row(value))",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[
    HISTORY,
    HISTORY_FROM_END,
    HELD,
    HELD_FROM_END,
    NUMBERS_LAST_SEEN,
];

struct HistoryRow {
    id: i64,
    delivery: i64,
    class: i64,
    phone_number_id: Option<String>,
    received_at: i64,
    attempts: i64,
    state: i64,
    reason: Option<String>,
    settled_at: Option<i64>,
    error: Option<String>,
    conversation: Option<String>,
}

impl FromRow for HistoryRow {
    fn from_row(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            delivery: row.try_get("delivery")?,
            class: row.try_get("class")?,
            phone_number_id: row.try_get("phone_number_id")?,
            received_at: row.try_get("received_at")?,
            attempts: row.try_get("attempts")?,
            state: row.try_get("state")?,
            reason: row.try_get("reason")?,
            settled_at: row.try_get("settled_at")?,
            error: row.try_get("error")?,
            conversation: row.try_get("conversation")?,
        })
    }
}

/// A part of the history.
pub(super) async fn read(reads: &Pool, part: &HistoryPart) -> Result<Vec<ItemRecord>, StoreError> {
    let statement = match (part.only_held, part.from_end) {
        (false, false) => HISTORY,
        (false, true) => HISTORY_FROM_END,
        (true, false) => HELD,
        (true, true) => HELD_FROM_END,
    };
    let mut asked = query(statement)
        .bind(part.below)
        .bind(part.above)
        .bind(i64::try_from(part.limit).unwrap_or(i64::MAX));
    if part.only_held {
        asked = asked.bind(part.reason.map(reason_name));
    }
    let rows: Vec<HistoryRow> = asked.fetch_all(reads).await.map_err(unavailable)?;
    rows.into_iter().map(HistoryRow::record).collect()
}

/// When Meta last delivered for each of these.
pub(super) async fn numbers_last_seen_at(
    reads: &Pool,
    phone_number_ids: &[String],
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let rows: Vec<(String, i64)> = query(NUMBERS_LAST_SEEN)
        .bind(json(phone_number_ids).map_err(unavailable)?)
        .fetch_all(reads)
        .await
        .map_err(unavailable)?;
    Ok(rows
        .into_iter()
        .map(|(id, micros)| (id, Timestamp::from_micros(micros)))
        .collect())
}

impl HistoryRow {
    fn record(self) -> Result<ItemRecord, StoreError> {
        let fate = match (self.reason, self.state) {
            (Some(reason), _) => ItemFate::Held(reason_of(&reason)),
            (None, 2) => ItemFate::AwaitsSend,
            (None, 3) => ItemFate::Done,
            (None, _) => ItemFate::Open,
        };
        let conversation = self
            .conversation
            .map(|text| parse(&text, "inbox_items.conversation"))
            .transpose()?;
        Ok(ItemRecord {
            item: self.id,
            delivery: self.delivery,
            class: class_of(self.class),
            phone_number_id: self.phone_number_id,
            received_at: Timestamp::from_micros(self.received_at),
            attempts: small(self.attempts),
            fate,
            settled_at: self.settled_at.map(Timestamp::from_micros),
            error: self.error,
            conversation,
        })
    }
}
