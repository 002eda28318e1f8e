//! How events of deliveries and sessions change what is joined to a message.

use application::ports::event_log::RecordedEvent;
use domain::bot_session::BotSessionEvent;
use domain::delivery::{AcceptedMessage, DeliveryEvent, FailureCode, FailureText};
use domain::personal::Personal;
use domain::time::Timestamp;

use super::fold::code;
use super::{DeliveryRow, InputRow};
use crate::fold::Fold;
use crate::runner::ApplyError;

/// Applies an event of a delivery.
pub(super) fn delivery(
    rows: &mut Fold<String, DeliveryRow>,
    event: &RecordedEvent,
    data: &DeliveryEvent,
) -> Result<(), ApplyError> {
    let cause = match data {
        DeliveryEvent::Unknown { cause, .. } => Some(code(cause)?),
        _ => None,
    };
    let message = event.stream.id.to_string();
    rows.upsert(message.clone(), event, |row| {
        row.message = message;
        match data {
            DeliveryEvent::Accepted { at, personal, .. } => take(row, "accepted", *at, personal),
            DeliveryEvent::Reconciled { at, personal, .. } => {
                take(row, "reconciled", *at, personal);
            }
            DeliveryEvent::Rejected {
                at,
                code,
                meta_code,
                personal,
                ..
            } => {
                set_outcome(row, "rejected", *at);
                first(&mut row.rejected_at, *at);
                set_error(row, code, *meta_code, personal);
            }
            DeliveryEvent::Unknown { at, .. } => {
                set_outcome(row, "unknown", *at);
                row.unknown_cause = cause;
            }
            DeliveryEvent::Sent { report } => first(&mut row.sent_at, report.provider_at),
            DeliveryEvent::Delivered { report } => first(&mut row.delivered_at, report.provider_at),
            DeliveryEvent::Read { report } => first(&mut row.read_at, report.provider_at),
            DeliveryEvent::Played { report } => first(&mut row.played_at, report.provider_at),
            DeliveryEvent::Failed {
                report,
                code,
                meta_code,
                personal,
            } => {
                first(&mut row.failed_at, report.provider_at);
                set_error(row, code, *meta_code, personal);
            }
        }
    });
    Ok(())
}

fn first(known: &mut Option<i64>, at: Timestamp) {
    let at = at.as_micros();
    *known = Some(known.map_or(at, |known| known.min(at)));
}

fn set_outcome(row: &mut DeliveryRow, outcome: &str, at: Timestamp) {
    outcome.clone_into(&mut row.outcome);
    row.outcome_at = Some(at.as_micros());
}

fn take(row: &mut DeliveryRow, outcome: &str, at: Timestamp, personal: &Personal<AcceptedMessage>) {
    set_outcome(row, outcome, at);
    first(&mut row.taken_at, at);
    if let Some(message) = personal.open() {
        row.wamid = Some(message.wamid.clone());
    }
}

fn set_error(
    row: &mut DeliveryRow,
    code: &FailureCode,
    meta_code: Option<i64>,
    personal: &Personal<FailureText>,
) {
    row.error_code = Some(code.0.clone());
    row.error_meta_code = meta_code;
    row.error_title = personal.open().map(|text| text.title.clone());
    row.error_detail = personal.open().and_then(|text| text.detail.clone());
}

/// Applies an event of a session: whether it took a message as an answer.
pub(super) fn input(
    rows: &mut Fold<String, InputRow>,
    event: &RecordedEvent,
    data: &BotSessionEvent,
) -> Result<(), ApplyError> {
    let (message, refused) = match data {
        BotSessionEvent::InputTaken { message, .. } => (message.to_string(), None),
        BotSessionEvent::InputRefused {
            message, reason, ..
        } => (message.to_string(), Some(code(reason)?)),
        _ => return Ok(()),
    };
    rows.upsert(message.clone(), event, |row| {
        row.message = message;
        row.session = event.stream.id.to_string();
        row.refused_reason = refused;
    });
    Ok(())
}
