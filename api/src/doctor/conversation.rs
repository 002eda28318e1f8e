//! Why the bot did or did not answer in a conversation: the last message of the customer, what was noted of
//! it, who handles the conversation, the number and the bot bound to it.

use domain::ids::ConversationId;
use projections::conversation::{ConversationView, HandlerView};
use projections::message::{MessageCursor, MessageStatus, MessageView};
use projections::number::NumberView;

use super::{Finding, State, numbers};
use crate::i18n::Text;
use crate::problem::{Problem, failures};
use crate::rest::App;

/// Messages that are looked at from the newest back.
const LOOK_BACK: usize = 200;

/// Explains one conversation; the first finding is the answer, those after it what it rests on.
pub(crate) async fn explain(app: &App, id: ConversationId) -> Result<Vec<Finding>, Problem> {
    let reads = app.reads();
    let conversation = reads
        .conversation(id)
        .await?
        .ok_or_else(|| Problem::new("not_found"))?;
    let page = reads.messages(id, MessageCursor::Newest, LOOK_BACK).await?;
    let number = reads.number(conversation.number).await?;
    let bots = reads.bots().await?;
    let mut findings = vec![answer(&conversation, &page.items, number.as_ref())];
    findings.push(numbers::outbound(app));
    if let Some(number) = &number {
        findings.push(numbers::bot(number, &bots));
        if numbers::is_live(number) {
            findings.push(numbers::token(app, number).await);
        }
    }
    Ok(findings)
}

pub(super) fn answer(
    conversation: &ConversationView,
    messages: &[MessageView],
    number: Option<&NumberView>,
) -> Finding {
    let Some(place) = messages.iter().rposition(|message| message.is_inbound) else {
        return said("D-WHY-NOTHING", State::Warning);
    };
    let message = &messages[place];
    if let Some(reason) = &message.unanswered_reason {
        return unanswered(reason);
    }
    let by_bot = |one: &&MessageView| !one.is_inbound && one.sender.kind == "bot";
    let answers = &messages[place..];
    // Where one bubble is refused those after it are canceled: the first one says why.
    let refused = answers
        .iter()
        .filter(by_bot)
        .find(|one| one.status == MessageStatus::Failed);
    if let Some(reply) = refused.or_else(|| answers.iter().rfind(by_bot)) {
        return replied(reply);
    }
    match &conversation.handler {
        HandlerView::Person { name, .. } => person(name),
        HandlerView::Bot { .. } => waits(conversation),
        HandlerView::Nobody if conversation.awaiting_people_since.is_some() => {
            said("D-WHY-AWAITING", State::Warning)
        }
        HandlerView::Nobody => nobody(number),
    }
}

/// The code with what the catalogue says it is about.
fn said(code: &str, state: State) -> Finding {
    let about = super::catalogue::find(code).map(|entry| entry.about.clone());
    Finding::new(code, state, about.unwrap_or_else(|| Text::same(code)))
}

fn unanswered(reason: &str) -> Finding {
    let (code, state) = match reason {
        "handled_by_person" => ("D-WHY-PERSON", State::Warning),
        "no_active_bot" => ("D-WHY-NO-BOT", State::Problem),
        "number_inactive" => ("D-WHY-NUMBER-OFF", State::Problem),
        "awaiting_people" => ("D-WHY-AWAITING", State::Warning),
        "before_question" => ("D-WHY-BEFORE-QUESTION", State::Warning),
        "unreadable" => ("D-WHY-UNREADABLE", State::Warning),
        "session_ended" => ("D-WHY-SESSION-ENDED", State::Warning),
        "too_old" => ("D-WHY-TOO-OLD", State::Warning),
        _ => ("D-WHY-BOT-FAILED", State::Problem),
    };
    said(code, state)
}

fn replied(reply: &MessageView) -> Finding {
    let status = reply.status.as_str();
    let error = reply.error.as_ref();
    let why = error.map_or_else(String::new, |error| match error.meta_code {
        Some(meta) => format!(" {} ({meta})", error.code),
        None => format!(" {}", error.code),
    });
    let text = Text::made(
        format!("the bot answered; its message is {status}{why}"),
        format!("бот ответил; состояние сообщения: {status}{why}"),
    );
    let finding = match reply.status {
        MessageStatus::Failed | MessageStatus::Canceled => Finding::problem("D-WHY-SEND", text),
        MessageStatus::Pending => Finding::warning("D-WHY-SEND", text),
        _ => return Finding::good("D-WHY-ANSWERED", text),
    };
    match error {
        Some(error) => finding.then(failures::find(&error.code).next_step.clone()),
        None => finding,
    }
}

fn person(name: &str) -> Finding {
    let text = Text::made(
        format!("{name} handles the conversation, so no bot answers"),
        format!("диалог ведёт {name}, поэтому бот не отвечает"),
    );
    Finding::warning("D-WHY-PERSON", text)
}

fn waits(conversation: &ConversationView) -> Finding {
    let step = conversation.bot.as_ref();
    let node = step.and_then(|step| step.node.as_deref()).unwrap_or("?");
    let name = step.and_then(|step| step.name.as_deref()).unwrap_or("?");
    Finding::good(
        "D-WHY-WAITS",
        Text::made(
            format!("bot {name} is at node {node} and waits for the customer"),
            format!("бот {name} на узле {node} и ждёт клиента"),
        ),
    )
}

fn nobody(number: Option<&NumberView>) -> Finding {
    match number {
        Some(number) if !number.is_active || number.removed_at.is_some() => {
            said("D-WHY-NUMBER-OFF", State::Problem)
        }
        Some(number) if number.bot.is_none() => said("D-WHY-NO-BOT", State::Problem),
        _ => said("D-WHY-PENDING", State::Warning),
    }
}
