//! How events of a conversation change its facts: messages, changes, and waits for a person.

use application::ports::event_log::RecordedEvent;
use domain::conversation::{Author, ChangeCause, ConversationEvent, Handler, PersonKind};
use domain::ids::MessageId;
use domain::time::Timestamp;

use super::apply::{Facts, fact_id};
use super::model::{ConversationChange, Direction};
use super::{MessageFact, StandingFact};
use crate::message::code;
use crate::runner::ApplyError;
use crate::table::Row;

/// What a new handler means for people.
#[derive(Default)]
struct Passed {
    is_handed_over: bool,
    waits_since: Option<Timestamp>,
    bot: Option<String>,
}

impl Facts {
    /// Applies an event of a conversation.
    pub(super) fn conversation(
        &mut self,
        event: &RecordedEvent,
        data: &ConversationEvent,
    ) -> Result<(), ApplyError> {
        let id = event.stream.id.to_string();
        if let ConversationEvent::Started { at, number, .. } = data {
            self.standings.upsert(id.clone(), event, |row| {
                row.conversation.clone_from(&id);
                row.number = number.to_string();
                row.opening = Some(event.position.cast_signed());
            });
            return self.change(event, &id, *at, ConversationChange::Opened, (None, None));
        }
        match data {
            ConversationEvent::MessageReceived {
                message,
                provider_at,
                message_type,
                handler,
                ..
            } => {
                let bot = match handler {
                    Handler::Bot { bot, .. } => Some(bot.to_string()),
                    _ => None,
                };
                self.message(event, &id, *message, |row| {
                    row.at = provider_at.as_micros();
                    Direction::Inbound.as_str().clone_into(&mut row.direction);
                    message_type.as_str().clone_into(&mut row.message_type);
                    row.bot = bot;
                })?;
                self.opened_at(event, &id, *provider_at)
            }
            ConversationEvent::ReactionReceived { provider_at, .. }
            | ConversationEvent::EditReceived { provider_at, .. }
            | ConversationEvent::RevokeReceived { provider_at, .. }
            | ConversationEvent::NoticeReceived { provider_at, .. } => {
                self.opened_at(event, &id, *provider_at)
            }
            ConversationEvent::MessageQueued {
                message,
                at,
                author,
                message_type,
                ..
            } => {
                let bot = match author {
                    Author::Bot { bot, .. } => Some(bot.to_string()),
                    Author::Person(_) | Author::Automation(_) => None,
                };
                self.message(event, &id, *message, |row| {
                    row.at = at.as_micros();
                    Direction::Outbound.as_str().clone_into(&mut row.direction);
                    message_type.as_str().clone_into(&mut row.message_type);
                    row.bot = bot;
                })?;
                self.answered(event, &id, author, *at)
            }
            ConversationEvent::MessageCanceled { message, .. } => {
                let message = message.to_string();
                self.messages.update(message, event, |row| row.canceled = 1)
            }
            ConversationEvent::HandlerChanged {
                at,
                handler,
                cause,
                awaiting_people_since,
                ..
            } => self.passed(event, &id, (*at, *cause), handler, *awaiting_people_since),
            ConversationEvent::Closed { at, .. } => {
                self.change(event, &id, *at, ConversationChange::Closed, (None, None))
            }
            ConversationEvent::Reopened { at, by } => {
                if by.is_none() {
                    self.standings.update(id.clone(), event, |row| {
                        row.opening = Some(event.position.cast_signed());
                    })?;
                }
                self.change(event, &id, *at, ConversationChange::Reopened, (None, None))
            }
            _ => Ok(()),
        }
    }

    fn message(
        &mut self,
        event: &RecordedEvent,
        conversation: &str,
        message: MessageId,
        fill: impl FnOnce(&mut MessageFact),
    ) -> Result<(), ApplyError> {
        let number = self.number(conversation)?;
        let message = message.to_string();
        self.messages.upsert(message.clone(), event, |row| {
            row.id = message;
            row.number = number;
            fill(row);
        });
        Ok(())
    }

    fn change(
        &mut self,
        event: &RecordedEvent,
        conversation: &str,
        at: Timestamp,
        change: ConversationChange,
        (cause, bot): (Option<String>, Option<String>),
    ) -> Result<(), ApplyError> {
        let number = self.number(conversation)?;
        let id = fact_id(conversation, event.position.cast_signed());
        self.changes.upsert(id.clone(), event, |row| {
            row.id = id;
            row.number = number;
            row.at = at.as_micros();
            change.as_str().clone_into(&mut row.change);
            row.cause = cause;
            row.bot = bot;
        });
        Ok(())
    }

    /// What the customer did opened the conversation on the day of Meta's time, however late it came.
    fn opened_at(
        &mut self,
        event: &RecordedEvent,
        conversation: &str,
        provider_at: Timestamp,
    ) -> Result<(), ApplyError> {
        let Some(place) = self.settle(event, conversation, |row| row.opening.take())? else {
            return Ok(());
        };
        self.changes
            .update(fact_id(conversation, place), event, |row| {
                row.at = provider_at.as_micros();
            })
    }

    fn answered(
        &mut self,
        event: &RecordedEvent,
        conversation: &str,
        author: &Author,
        at: Timestamp,
    ) -> Result<(), ApplyError> {
        let is_person =
            matches!(author, Author::Person(person) if person.kind == PersonKind::Operator);
        let answered = self.settle(event, conversation, |row| {
            // What was opened by writing to the customer is not moved by the customer's answer.
            row.opening = None;
            if is_person { row.wait.take() } else { None }
        })?;
        let Some(place) = answered else {
            return Ok(());
        };
        self.waits
            .update(fact_id(conversation, place), event, |row| {
                row.micros = Some(at.as_micros().saturating_sub(row.at).max(0));
            })
    }

    fn passed(
        &mut self,
        event: &RecordedEvent,
        conversation: &str,
        (at, cause): (Timestamp, ChangeCause),
        handler: &Handler,
        awaiting_since: Option<Timestamp>,
    ) -> Result<(), ApplyError> {
        let mut passed = Passed::default();
        self.standings
            .update(conversation.to_owned(), event, |row| {
                passed = pass(
                    row,
                    event.position.cast_signed(),
                    cause,
                    handler,
                    awaiting_since,
                );
            })?;
        if let Some(since) = passed.waits_since {
            let number = self.number(conversation)?;
            let id = fact_id(conversation, event.position.cast_signed());
            self.waits.upsert(id.clone(), event, |row| {
                row.id = id;
                row.number = number;
                row.at = since.as_micros();
                row.bot.clone_from(&passed.bot);
            });
        }
        if !passed.is_handed_over {
            return Ok(());
        }
        let why = (Some(code(&cause)?), passed.bot);
        self.change(event, conversation, at, ConversationChange::HandedOver, why)
    }

    /// Takes the name of an unsettled fact; a standing that names none is not touched.
    fn settle(
        &mut self,
        event: &RecordedEvent,
        conversation: &str,
        take: impl FnOnce(&mut StandingFact) -> Option<i64>,
    ) -> Result<Option<i64>, ApplyError> {
        let known = self.standings.get(&conversation.to_owned());
        let known = known.ok_or(ApplyError::MissingRow(StandingFact::TABLE.name))?;
        if known.opening.is_none() && known.wait.is_none() {
            return Ok(None);
        }
        let mut taken = None;
        self.standings
            .update(conversation.to_owned(), event, |row| taken = take(row))?;
        Ok(taken)
    }

    fn number(&self, conversation: &str) -> Result<String, ApplyError> {
        self.standings
            .get(&conversation.to_owned())
            .map(|row| row.number.clone())
            .ok_or(ApplyError::MissingRow(StandingFact::TABLE.name))
    }
}

/// People have a conversation while one of them handles it or is awaited. A bot that has just ended still
/// hands over; a person who takes a conversation that nobody handles takes it from no bot.
fn pass(
    row: &mut StandingFact,
    place: i64,
    cause: ChangeCause,
    handler: &Handler,
    awaiting_since: Option<Timestamp>,
) -> Passed {
    let had_people = row.with_people == 1;
    let has_people = awaiting_since.is_some() || matches!(handler, Handler::Person(_));
    let is_bots = cause != ChangeCause::TakenOver || row.bot_handles == 1;
    let waits_since = awaiting_since.filter(|_| row.wait.is_none());
    let passed = Passed {
        is_handed_over: has_people && !had_people,
        waits_since,
        bot: row.bot.clone().filter(|_| is_bots),
    };
    if waits_since.is_some() {
        row.wait = Some(place);
    } else if !has_people {
        row.wait = None;
    }
    row.with_people = i64::from(has_people);
    row.bot_handles = i64::from(matches!(handler, Handler::Bot { .. }));
    if let Handler::Bot { bot, .. } = handler {
        row.bot = Some(bot.to_string());
    }
    passed
}
