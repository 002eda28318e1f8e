//! A session as the log sees it: folding events, naming its types, its subject, its lane and its weight.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use uuid::Uuid;

use super::state::{BotSession, Origin, Wait};
use super::{
    Action, BotSessionCommand, BotSessionError, BotSessionEvent, HandOverCause, RefusedReason,
    decide,
};
use crate::any_event::aggregate_type;
use crate::ids::{ContactId, MessageId};
use crate::stream::StreamAggregate;

impl Aggregate for BotSession {
    const TYPE: &'static str = aggregate_type::BOT_SESSION;
    type Command = BotSessionCommand;
    type Event = BotSessionEvent;
    type Error = BotSessionError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        crate::stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            BotSessionEvent::Started {
                session,
                conversation,
                contact,
                number,
                bot,
                version,
                definition,
                epoch,
                ..
            } => {
                self.origin = Some(Origin {
                    session,
                    conversation,
                    contact,
                    number,
                    bot,
                    version,
                    definition,
                    epoch,
                });
            }
            BotSessionEvent::NodeEntered { turn, node, .. } => {
                self.enter_turn(turn);
                self.current_node = Some(node);
                self.not_understood = 0;
            }
            BotSessionEvent::MessageComposed {
                message,
                turn,
                node,
                ..
            } => {
                self.enter_turn(turn);
                self.composed.insert(message, node);
            }
            BotSessionEvent::Waiting {
                wait,
                node,
                kind,
                question,
                since,
                expires_at,
            } => {
                self.waits = wait;
                self.asked = Some(node.clone());
                self.wait = Some(Wait {
                    number: wait,
                    node,
                    kind,
                    question,
                    since,
                    expires_at,
                });
            }
            BotSessionEvent::InputTaken {
                message, personal, ..
            } => {
                self.remember_input(message);
                self.wait = None;
                self.last_input = personal.open().map(|fields| fields.text.clone());
            }
            BotSessionEvent::InputRefused {
                message, reason, ..
            } => {
                self.remember_input(message);
                if reason == RefusedReason::NotUnderstood {
                    self.not_understood += 1;
                }
            }
            BotSessionEvent::VariableSet { name, personal, .. } => {
                self.set_variable(name, personal.open().map(|fields| fields.value.clone()));
            }
            // What was saved is readable at once, though the turn's context was read before.
            BotSessionEvent::ActionTaken {
                action: Action::SaveToCrm { field },
                personal,
                ..
            } => {
                self.set_variable(field, personal.open().map(|fields| fields.value.clone()));
            }
            BotSessionEvent::Resumed { epoch, node, .. } => self.resume(epoch, node),
            BotSessionEvent::HandedOver { cause, .. } => {
                self.end();
                self.handed_over = cause != HandOverCause::Closed;
            }
            BotSessionEvent::Completed { .. }
            | BotSessionEvent::Expired { .. }
            | BotSessionEvent::Failed { .. } => self.end(),
            BotSessionEvent::ButtonPressed { .. }
            | BotSessionEvent::ConditionDecided { .. }
            | BotSessionEvent::ActionTaken { .. } => {}
        }
    }
}

impl StreamAggregate for BotSession {
    const EVENT_TYPES: &'static [&'static str] = &[
        "BotSessionStarted",
        "BotSessionNodeEntered",
        "BotSessionMessageComposed",
        "BotSessionWaiting",
        "BotSessionInputTaken",
        "BotSessionInputRefused",
        "BotSessionButtonPressed",
        "BotSessionVariableSet",
        "BotSessionConditionDecided",
        "BotSessionActionTaken",
        "BotSessionHandedOver",
        "BotSessionResumed",
        "BotSessionCompleted",
        "BotSessionExpired",
        "BotSessionFailed",
    ];

    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Error> {
        decide::decide(self, command)
    }

    fn subject(&self) -> Option<ContactId> {
        self.contact()
    }

    fn lane_key(&self) -> Option<Uuid> {
        self.conversation()
            .map(|conversation| conversation.as_uuid())
    }

    fn weight_bytes(&self) -> usize {
        /// What a map or queue costs for each entry beyond its text.
        const ENTRY: usize = 64;
        let variables: usize = self
            .variables
            .iter()
            .map(|(name, value)| ENTRY + name.len() + value.len())
            .sum();
        let composed: usize = self.composed.values().map(|node| ENTRY + node.len()).sum();
        size_of::<Self>()
            + variables
            + composed
            + self.inputs.len() * size_of::<MessageId>()
            + self.last_input.as_ref().map_or(0, String::len)
            + self.asked.as_ref().map_or(0, String::len)
    }
}
