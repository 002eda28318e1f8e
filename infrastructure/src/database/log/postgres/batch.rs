//! Sending a batch to `append_batch_1`.

use application::ports::outbox::TURN_HOLD_SECONDS;
use domain::time::Timestamp;
use sqlx::PgConnection;

use super::columns::Columns;
use super::outcome::{AnswerRow, Answers};
use crate::database::db::Statement;
use crate::database::log::prepare::Prepared;

pub(crate) const APPEND_BATCH: Statement = Statement::for_postgres(
    "log_append_batch",
    "select out_commit, out_outcome, out_version, out_position, out_recorded_at, out_released_item \
     from append_batch_1($1::bigint, $2::bigint, $3::text[], $4::text[], $5::bigint[], $6::integer[], \
       $7::text[], $8::boolean[], $9::smallint[], $10::text[], \
       refused_by_lease($11::text[], $50::integer[], $51::text[], $52::bigint[]), \
       $12::integer[], $13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[], \
       $18::integer[], $19::text[], $20::bytea[], $21::integer[], $22::bigint[], \
       $23::integer[], $24::integer[], $25::text[], $26::text[], $27::text[], $28::text[], \
       $29::bigint[], $30::text[], $31::integer[], \
       $32::integer[], $33::text[], $34::integer[], $35::text[], $36::integer[], $37::text[], \
       $38::integer[], $39::text[], $40::text[], $41::integer[], $42::bigint[], \
       $43::integer[], $44::bytea[], $45::text[], $46::text[], $47::text[], \
       $48::integer[], $49::text[])",
);

/// Sends a batch and reads what became of it: one round trip. `refused` are the preconditions that are known
/// not to hold, by commit.
pub(super) async fn send(
    connection: &mut PgConnection,
    given: Option<Timestamp>,
    inputs: &[&Prepared],
    refused: &[Option<&'static str>],
) -> Result<Answers, sqlx::Error> {
    let Columns {
        commits,
        events,
        keys,
        items,
        inserts,
        settled,
        alone,
        held,
        routes,
        done,
        fences,
    } = Columns::of(inputs);
    let rows: Vec<AnswerRow> = sqlx::query_as(APPEND_BATCH.postgres)
        .bind(given.map(Timestamp::as_micros))
        .bind(TURN_HOLD_SECONDS * 1_000_000)
        .bind(commits.aggregate_type)
        .bind(commits.id)
        .bind(commits.expected)
        .bind(commits.count)
        .bind(commits.command)
        .bind(commits.remember)
        .bind(commits.lane)
        .bind(commits.subject)
        .bind(refused)
        .bind(events.commit)
        .bind(events.sequence)
        .bind(events.event_type)
        .bind(events.version)
        .bind(events.payload)
        .bind(events.metadata)
        .bind(keys.commit)
        .bind(keys.contact)
        .bind(keys.wrapped)
        .bind(items.commit)
        .bind(items.item)
        .bind(inserts.commit)
        .bind(inserts.index)
        .bind(inserts.message)
        .bind(inserts.number)
        .bind(inserts.conversation)
        .bind(inserts.contact)
        .bind(inserts.epoch)
        .bind(inserts.session)
        .bind(inserts.turn)
        .bind(settled.commit)
        .bind(settled.message)
        .bind(settled.attempt)
        .bind(settled.state)
        .bind(alone.commit)
        .bind(alone.conversation)
        .bind(held.commit)
        .bind(held.conversation)
        .bind(held.session)
        .bind(held.turn)
        .bind(held.not_before)
        .bind(routes.commit)
        .bind(routes.wamid)
        .bind(routes.message)
        .bind(routes.conversation)
        .bind(routes.contact)
        .bind(done.commit)
        .bind(done.command)
        .bind(fences.commit)
        .bind(fences.lease)
        .bind(fences.token)
        .fetch_all(connection)
        .await?;
    Answers::read(rows, inputs.len())
}
