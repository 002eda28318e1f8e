//! How events of a bot's run change its facts: where it stands, which nodes it visited, how it ended.

use application::ports::event_log::RecordedEvent;
use domain::bot_session::{BotSessionEvent, HandOverCause};

use super::apply::Facts;
use super::model::Outcome;
use crate::runner::ApplyError;

impl Facts {
    /// Applies an event of a session.
    pub(super) fn session(
        &mut self,
        event: &RecordedEvent,
        data: &BotSessionEvent,
    ) -> Result<(), ApplyError> {
        let id = event.stream.id.to_string();
        match data {
            BotSessionEvent::Started {
                at,
                number,
                bot,
                version,
                ..
            } => {
                self.sessions.upsert(id.clone(), event, |row| {
                    row.id = id;
                    row.number = number.to_string();
                    row.at = at.as_micros();
                    row.bot = bot.to_string();
                    row.version = i64::from(*version);
                    Outcome::Running.as_str().clone_into(&mut row.outcome);
                });
                Ok(())
            }
            BotSessionEvent::NodeEntered { node, .. } => self.entered(event, id, node),
            BotSessionEvent::Resumed { node, .. } => self.resumed(event, id, node),
            BotSessionEvent::ButtonPressed { .. } => {
                self.pressed(event, id, data);
                Ok(())
            }
            BotSessionEvent::Completed { .. } => self.ended(event, id, Outcome::Completed),
            BotSessionEvent::HandedOver { cause, .. } => {
                let outcome = match cause {
                    HandOverCause::Closed => Outcome::Abandoned,
                    _ => Outcome::HandedOver,
                };
                self.ended(event, id, outcome)
            }
            BotSessionEvent::Expired { .. } => self.ended(event, id, Outcome::Expired),
            BotSessionEvent::Failed { .. } => self.ended(event, id, Outcome::Failed),
            _ => Ok(()),
        }
    }

    fn entered(
        &mut self,
        event: &RecordedEvent,
        session: String,
        node: &str,
    ) -> Result<(), ApplyError> {
        let mut moved = None;
        self.sessions.update(session.clone(), event, |row| {
            moved = Some(row.node.replace(node.to_owned()));
        })?;
        if let Some(left) = moved {
            self.moved(event, &session, left, node);
        }
        Ok(())
    }

    /// A run that goes on where it stood has not left; elsewhere it enters anew.
    fn resumed(
        &mut self,
        event: &RecordedEvent,
        session: String,
        node: &str,
    ) -> Result<(), ApplyError> {
        let mut moved = None;
        self.sessions.update(session.clone(), event, |row| {
            Outcome::Running.as_str().clone_into(&mut row.outcome);
            let left = row.node.replace(node.to_owned());
            moved = Some(left).filter(|left| left.as_deref() != Some(node));
        })?;
        if let Some(left) = moved {
            self.moved(event, &session, left, node);
        }
        Ok(())
    }

    fn moved(&mut self, event: &RecordedEvent, session: &str, left: Option<String>, node: &str) {
        let is_loop = left.as_deref() == Some(node);
        self.visit(event, session, node, (1, i64::from(is_loop)));
        if let Some(left) = left.filter(|_| !is_loop) {
            self.visit(event, session, &left, (0, 1));
        }
    }

    fn visit(
        &mut self,
        event: &RecordedEvent,
        session: &str,
        node: &str,
        (entries, exits): (i64, i64),
    ) {
        let key = (session.to_owned(), node.to_owned());
        self.visits.upsert(key, event, |row| {
            session.clone_into(&mut row.session);
            node.clone_into(&mut row.node);
            row.entries += entries;
            row.exits += exits;
        });
    }

    fn ended(
        &mut self,
        event: &RecordedEvent,
        session: String,
        outcome: Outcome,
    ) -> Result<(), ApplyError> {
        self.sessions.update(session, event, |row| {
            outcome.as_str().clone_into(&mut row.outcome);
        })
    }

    fn pressed(&mut self, event: &RecordedEvent, session: String, data: &BotSessionEvent) {
        let BotSessionEvent::ButtonPressed {
            at,
            message,
            bot,
            version,
            node,
            button_id,
            title,
        } = data
        else {
            return;
        };
        let message = message.to_string();
        // A late press belongs to the day on which the customer pressed.
        let at = self
            .messages
            .get(&message)
            .map_or(at.as_micros(), |row| row.at);
        self.presses.upsert(message.clone(), event, |row| {
            row.message = message;
            row.session = session;
            row.at = at;
            row.bot = bot.to_string();
            row.version = i64::from(*version);
            row.node.clone_from(node);
            row.button.clone_from(button_id);
            row.title.clone_from(title);
        });
    }
}
