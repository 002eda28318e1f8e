//! Reading what there is to know about a message and its answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use application::ports::event_log::{RecordedEvent, StreamId};
use domain::any_event::{AnyEvent, aggregate_type};
use domain::bot_session::{BotSession, BotSessionEvent, RefusedReason};
use domain::conversation::{
    Author, CancelReason, Conversation, ConversationEvent, Handler, UnansweredReason,
};
use domain::ids::{ConversationId, MessageId, SessionId};
use projections::message::MessageView;

use crate::problem::Problem;
use crate::rest::App;

/// Runs of bots after the message that are looked at: the one that handled it, and those that followed.
const RUNS: usize = 4;

/// Everything that the diagnosis is made of.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that go with each other freely"
)]
pub(super) struct Facts {
    /// The customer's message.
    pub(super) message: Option<MessageId>,
    /// A person handled the conversation when it came.
    pub(super) came_to_person: bool,
    /// Why no bot answered it, as recorded.
    pub(super) unanswered: Option<UnansweredReason>,
    /// What a run of a bot made of it.
    pub(super) run: Option<Run>,
    /// What the run said to it.
    pub(super) replies: Vec<Reply>,
    /// A person wrote after it.
    pub(super) person_wrote: bool,
    /// It is the customer's last one, and a run of a bot waits for the next.
    pub(super) bot_waits: bool,
    /// It is the customer's last one, and the conversation was closed after it.
    pub(super) is_closed: bool,
    /// How the conversation stands.
    pub(super) now: Now,
}

/// What a run of a bot made of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// It began with it.
    Started,
    /// Took it as the answer to its question.
    Took,
    /// Did not take it.
    Refused(RefusedReason),
}

/// A message of the bot that answers.
#[derive(Debug)]
pub(super) struct Reply {
    /// As the read models show it; `None` where it never was queued.
    pub(super) view: Option<MessageView>,
    /// Why it was canceled.
    pub(super) canceled: Option<CancelReason>,
}

/// What would keep a bot from answering the next message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that go with each other freely"
)]
pub(super) struct Now {
    pub(super) number_is_removed: bool,
    pub(super) number_is_inactive: bool,
    pub(super) token_is_refused: bool,
    pub(super) has_no_bot: bool,
    pub(super) is_handled_by_person: bool,
    pub(super) awaits_people: bool,
    pub(super) sending_is_held: bool,
}

/// Reads the facts about a message, or about the last one of the conversation.
///
/// # Errors
/// The log or the read models failed.
pub(super) async fn read(
    app: &App,
    conversation: ConversationId,
    message: Option<MessageId>,
) -> Result<Facts, Problem> {
    let stream = |aggregate_type, id| StreamId { aggregate_type, id };
    let events = app
        .log
        .read_stream(
            stream(aggregate_type::CONVERSATION, conversation.as_uuid()),
            0,
        )
        .await?;
    let executor = &app.conversations.executor;
    let state = executor
        .load::<Conversation>(conversation.as_uuid())
        .await?;
    let mut facts = Facts {
        now: now(app, &state),
        ..Facts::default()
    };
    facts.now.sending_is_held = app.outbound.status().await?.freeze.is_some();
    let received = events.iter().enumerate().rev().find_map(|(index, event)| {
        let AnyEvent::Conversation(ConversationEvent::MessageReceived {
            message: id,
            handler,
            ..
        }) = &event.data
        else {
            return None;
        };
        let is_it = message.is_none_or(|message| message == *id);
        is_it.then_some((index, *id, handler))
    });
    let Some((index, id, handler)) = received else {
        return Ok(facts);
    };
    if last_received(&events) == Some(id) {
        facts.is_closed = state.is_closed();
        facts.bot_waits = bot_waits(app, &state).await?;
    }
    facts.message = Some(id);
    facts.came_to_person = matches!(handler, Handler::Person(_));
    let after = After::of(&events[index..], id, handler);
    facts.unanswered = after.unanswered;
    facts.person_wrote = after.person_wrote;
    for session in after.sessions {
        let stream = stream(aggregate_type::BOT_SESSION, session.as_uuid());
        let events = app.log.read_stream(stream, 0).await?;
        let Some((run, said)) = of_run(&events, id) else {
            continue;
        };
        let views = app.reads().messages_by_ids(&said).await?;
        facts.run = Some(run);
        facts.replies = said
            .into_iter()
            .map(|id| Reply {
                view: views.iter().find(|view| view.id == id).cloned(),
                canceled: after.canceled.get(&id).copied(),
            })
            .collect();
        // A message that met a session which had just ended is given to the next one.
        if run != Run::Refused(RefusedReason::SessionEnded) {
            break;
        }
    }
    Ok(facts)
}

fn last_received(events: &[Arc<RecordedEvent>]) -> Option<MessageId> {
    let mut newest_first = events.iter().rev();
    newest_first.find_map(|event| match &event.data {
        AnyEvent::Conversation(ConversationEvent::MessageReceived { message, .. }) => {
            Some(*message)
        }
        _ => None,
    })
}

async fn bot_waits(app: &App, state: &Conversation) -> Result<bool, Problem> {
    let Handler::Bot { session, .. } = state.handler() else {
        return Ok(false);
    };
    let executor = &app.conversations.executor;
    let session = executor.load::<BotSession>(session.as_uuid()).await?;
    Ok(session.wait().is_some())
}

fn now(app: &App, state: &Conversation) -> Now {
    let number = state.number();
    let row = number.and_then(|number| app.directory.number(number));
    Now {
        number_is_removed: row.as_ref().is_none_or(|number| number.row.is_removed),
        number_is_inactive: row.as_ref().is_some_and(|number| !number.row.is_active),
        token_is_refused: row.as_ref().is_some_and(|number| number.row.auth_broken),
        has_no_bot: number.is_none_or(|number| app.directory.bot(number).is_none()),
        is_handled_by_person: matches!(state.handler(), Handler::Person(_)),
        awaits_people: state.awaiting_people_since().is_some(),
        sending_is_held: false,
    }
}

/// What a conversation says from a message on.
#[derive(Debug, Default)]
struct After {
    unanswered: Option<UnansweredReason>,
    person_wrote: bool,
    canceled: BTreeMap<MessageId, CancelReason>,
    sessions: Vec<SessionId>,
}

impl After {
    fn of(events: &[Arc<RecordedEvent>], id: MessageId, handler: &Handler) -> Self {
        let mut after = Self::default();
        after.add_session(handler);
        for event in events {
            let AnyEvent::Conversation(event) = &event.data else {
                continue;
            };
            match event {
                ConversationEvent::LeftUnanswered {
                    message, reason, ..
                } if *message == id => after.unanswered = Some(*reason),
                ConversationEvent::HandlerChanged { handler, .. } => after.add_session(handler),
                ConversationEvent::MessageQueued {
                    author: Author::Person(_),
                    ..
                } => after.person_wrote = true,
                ConversationEvent::MessageCanceled {
                    message, reason, ..
                } => {
                    after.canceled.insert(*message, *reason);
                }
                _ => {}
            }
        }
        after
    }

    fn add_session(&mut self, handler: &Handler) {
        if let Handler::Bot { session, .. } = handler
            && self.sessions.len() < RUNS
            && !self.sessions.contains(session)
        {
            self.sessions.push(*session);
        }
    }
}

/// What a run made of a message and what it said then; `None` if it never met it.
fn of_run(events: &[Arc<RecordedEvent>], id: MessageId) -> Option<(Run, Vec<MessageId>)> {
    let mut met = None;
    let mut said = Vec::new();
    for event in events {
        let AnyEvent::BotSession(event) = &event.data else {
            continue;
        };
        match event {
            BotSessionEvent::Started { trigger, .. } if *trigger == Some(id) => {
                met = Some(Run::Started);
            }
            BotSessionEvent::InputTaken { message, .. } if *message == id => {
                met = Some(Run::Took);
            }
            BotSessionEvent::InputRefused {
                message, reason, ..
            } if *message == id => met = Some(Run::Refused(*reason)),
            // What is said from here on answers the next input.
            BotSessionEvent::InputTaken { .. } | BotSessionEvent::InputRefused { .. }
                if met.is_some() =>
            {
                break;
            }
            BotSessionEvent::MessageComposed { message, .. } if met.is_some() => {
                said.push(*message);
            }
            _ => {}
        }
    }
    met.map(|run| (run, said))
}
