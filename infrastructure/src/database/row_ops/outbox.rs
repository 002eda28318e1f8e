//! Row operations of the outbox and wamid routes.

use std::collections::HashMap;

use application::ports::outbox::{OutboxState, Settlement, TURN_HOLD_SECONDS};
use application::ports::row_op::{OutboxInsert, RowOp};
use domain::ids::MessageId;
use domain::time::Timestamp;

use super::{Applied, Checked, Failed};
use crate::database::db::{Connection, query};
use crate::database::inbox::release_orphans;
use crate::database::outbox::sql::{
    HOLD_TURN, INSERT, INSERT_WAMID_ROUTES, QUEUED_OF_BOTS, SETTLE, STATES,
};
use crate::database::rows::{decode, json, signed, small, undecodable};
use crate::database::wakers::RowEffects;

type Known = HashMap<MessageId, (OutboxState, u32)>;

/// Which commits fail which precondition.
pub(crate) async fn check(
    tx: &mut Connection,
    _now: Timestamp,
    ops: &[Checked<'_>],
) -> Result<Failed, sqlx::Error> {
    let mut messages: Vec<MessageId> = Vec::new();
    for (_, op) in ops {
        match op {
            RowOp::OutboxSettle { message, .. } => messages.push(*message),
            RowOp::OutboxCancel { messages: canceled } => messages.extend(canceled),
            _ => {}
        }
    }
    let mut failed = others_queued(tx, ops).await?;
    if messages.is_empty() {
        return Ok(failed);
    }
    let rows: Vec<(String, String, i64)> =
        query(STATES).bind(json(&messages)?).fetch_all(tx).await?;
    let mut known = Known::with_capacity(rows.len());
    for (message, state, attempt) in rows {
        let state = OutboxState::parse(&state).ok_or_else(|| undecodable("outbox.state"))?;
        known.insert(decode(&message, "outbox.message")?, (state, small(attempt)));
    }
    failed.extend(
        ops.iter()
            .filter_map(|(commit, op)| refused(&known, op).map(|name| (*commit, name))),
    );
    Ok(failed)
}

/// The commits of conversations in which a bot's row is queued that the commit does not cancel.
async fn others_queued(tx: &mut Connection, ops: &[Checked<'_>]) -> Result<Failed, sqlx::Error> {
    let mut failed = Failed::new();
    for (commit, op) in ops {
        let RowOp::OutboxNoOther {
            conversation,
            canceled,
        } = op
        else {
            continue;
        };
        let queued: Vec<String> = query(QUEUED_OF_BOTS)
            .bind(conversation.to_string())
            .fetch_all(&mut *tx)
            .await?;
        for message in queued {
            if !canceled.contains(&decode(&message, "outbox.message")?) {
                failed.insert((*commit, "outbox_queued"));
            }
        }
    }
    Ok(failed)
}

fn refused(known: &Known, op: &RowOp) -> Option<&'static str> {
    let (holds, name) = match op {
        RowOp::OutboxSettle {
            message, attempt, ..
        } => {
            let holds = known
                .get(message)
                .is_some_and(|(state, begun)| match state {
                    OutboxState::Unknown => true,
                    OutboxState::Attempting => attempt.is_none_or(|attempt| attempt == *begun),
                    OutboxState::Queued => attempt.is_none(),
                    _ => false,
                });
            (holds, "outbox_attempt")
        }
        RowOp::OutboxCancel { messages } => {
            let queued = |message| matches!(known.get(message), Some((OutboxState::Queued, _)));
            (messages.iter().all(queued), "outbox_queued")
        }
        _ => return None,
    };
    (!holds).then_some(name)
}

/// Applies the operations of the winners.
pub(crate) async fn apply(
    tx: &mut Connection,
    now: Timestamp,
    ops: &[Applied<'_>],
) -> Result<RowEffects, sqlx::Error> {
    let mut inserts = Vec::new();
    let mut settled: Vec<(MessageId, &'static str)> = Vec::new();
    let mut routes = Vec::new();
    let mut held = Vec::new();
    let mut effects = RowEffects::default();
    for (_, op, first_position) in ops {
        match op {
            RowOp::OutboxInsert(insert) => {
                let position = signed(first_position + insert.event_index as u64);
                effects.queued_position = effects.queued_position.max(Some(position));
                inserts.push(row(insert, position));
            }
            RowOp::OutboxSettle {
                message,
                settlement,
                ..
            } => {
                settled.push((*message, state_of(*settlement).as_str()));
            }
            RowOp::OutboxCancel { messages } => {
                let canceled = OutboxState::Canceled.as_str();
                settled.extend(messages.iter().map(|message| (*message, canceled)));
            }
            RowOp::OutboxHoldTurn {
                conversation,
                turn,
                not_before,
            } => held.push((*conversation, *turn, *not_before)),
            RowOp::WamidRoute {
                wamid,
                message,
                conversation,
                contact,
            } => {
                routes.push((hex::encode(wamid.0), *message, *conversation, *contact));
            }
            _ => {}
        }
    }
    if !inserts.is_empty() {
        query(INSERT)
            .bind(json(&inserts)?)
            .bind(TURN_HOLD_SECONDS * 1_000_000)
            .execute(&mut *tx)
            .await?;
    }
    if !settled.is_empty() {
        query(SETTLE)
            .bind(json(&settled)?)
            .bind(now.as_micros())
            .execute(&mut *tx)
            .await?;
    }
    for (conversation, (session, turn), not_before) in held {
        query(HOLD_TURN)
            .bind(conversation.to_string())
            .bind(session.to_string())
            .bind(turn)
            .bind(not_before.as_micros())
            .execute(&mut *tx)
            .await?;
    }
    if !routes.is_empty() {
        query(INSERT_WAMID_ROUTES)
            .bind(json(&routes)?)
            .execute(&mut *tx)
            .await?;
        let wamids: Vec<&str> = routes.iter().map(|(wamid, ..)| wamid.as_str()).collect();
        effects.released_item = release_orphans(tx, now, &json(&wamids)?).await?;
    }
    Ok(effects)
}

type InsertRow = (
    MessageId,
    String,
    String,
    String,
    i64,
    i64,
    Option<String>,
    Option<u32>,
);

fn row(insert: &OutboxInsert, position: i64) -> InsertRow {
    (
        insert.message,
        insert.number.to_string(),
        insert.conversation.to_string(),
        insert.contact.to_string(),
        position,
        signed(insert.epoch),
        insert.turn.map(|(session, _)| session.to_string()),
        insert.turn.map(|(_, turn)| turn),
    )
}

/// The state that a settlement leads to.
pub(crate) const fn state_of(settlement: Settlement) -> OutboxState {
    match settlement {
        Settlement::Accepted => OutboxState::Accepted,
        Settlement::Rejected => OutboxState::Rejected,
        Settlement::Unknown => OutboxState::Unknown,
        Settlement::Reconciled => OutboxState::Reconciled,
    }
}
