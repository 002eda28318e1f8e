//! What a write made and the read models do not show yet: made up from the log, so that an answer with
//! `Vestnik-Stale: true` holds it all the same. Only what can be new is here; what was there before is shown as the
//! read models have it.

use application::use_cases::conversations::SendText;
use domain::any_event::AnyEvent;
use domain::conversation::ConversationEvent;
use domain::ids::{ConversationId, MessageId, NumberId};
use domain::number::{Number, NumberKind};
use domain::time::Timestamp;
use projections::number::{NumberStatus, NumberView};

use super::App;
use super::dto::Message;
use super::write::Outcome;
use crate::auth::Actor;
use crate::problem::Problem;

/// A number that was just added; `None` if there is none.
pub(super) async fn number(app: &App, id: NumberId) -> Result<Option<NumberView>, Problem> {
    let number = app.numbers.executor.load::<Number>(id.as_uuid()).await?;
    let (true, Some(details), Some(token)) = (number.exists(), number.details(), number.token())
    else {
        return Ok(None);
    };
    let (Some(created_at), Some(updated_at)) = (number.created_at(), number.updated_at()) else {
        return Ok(None);
    };
    let (status, status_reason) = match (number.auth_broken(), number.is_active()) {
        (Some(_), _) => (NumberStatus::Attention, Some("token_invalid")),
        (None, true) => (NumberStatus::Active, None),
        (None, false) => (NumberStatus::Off, None),
    };
    let kind = match number.kind() {
        NumberKind::Live => "live",
        NumberKind::Simulated => "simulated",
    };
    Ok(Some(NumberView {
        id,
        kind: kind.to_owned(),
        display_name: details.display_name.clone(),
        phone_number: details.phone_number.as_str().to_owned(),
        phone_number_id: details.phone_number_id.clone(),
        business_account: details.whatsapp_business_account_id.clone(),
        is_active: number.is_active(),
        token_last4: token.last4.clone(),
        token_set_at: token.set_at,
        status,
        status_reason,
        bot: app.directory.bot(id).map(|bound| bound.bot),
        webhook_last_seen_at: None,
        removed_at: None,
        created_at,
        updated_at,
    }))
}

/// A text that was just recorded; `None` if the log has none of this write.
pub(super) async fn message(
    app: &App,
    actor: &Actor,
    conversation: ConversationId,
    outcome: Outcome,
    text: SendText,
) -> Result<Option<Message>, Problem> {
    let id = MessageId::new(outcome.subject);
    let at = queued_at(app, id, outcome.position).await?;
    Ok(at.map(|at| Message::queued(id, conversation, actor, text, at)))
}

/// When a message was queued, by the commit that ends at a position.
async fn queued_at(app: &App, id: MessageId, last: u64) -> Result<Option<Timestamp>, Problem> {
    let mut position = last;
    let mut command = None;
    while let Some(event) = app.log.read_at(position).await? {
        if *command.get_or_insert(event.command_id) != event.command_id {
            break;
        }
        if let AnyEvent::Conversation(ConversationEvent::MessageQueued { message, at, .. }) =
            &event.data
            && *message == id
        {
            return Ok(Some(*at));
        }
        position = position.saturating_sub(1);
    }
    Ok(None)
}
