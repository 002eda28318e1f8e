//! Runs a scenario from a node to the next wait or the end: pure, and every run ends in one of the two.
//!
//! Absent on purpose: which node an input leads to (`decide`).

use cqrs_es::Aggregate;

use super::{
    Action, BotSession, BotSessionEvent, Composed, FailReason, HandOverCause, SENDS_PER_TURN,
    SESSION_EXPIRY_SECONDS, STEPS_PER_TURN, TurnContext, VariableValue, WaitKind, render,
};
use crate::bot::scenario::{
    ActionKind, Branch, Node, NodeKind, Scenario, TEMPLATE_LENGTH, Template, USER_INPUT,
};
use crate::ids::{self, DealId, MessageId, SessionId};
use crate::message::{Content, limits};
use uuid::Uuid;

/// One turn: the events so far, and the session as they leave it.
pub(super) struct Turn<'a> {
    session_id: SessionId,
    session: BotSession,
    scenario: &'a Scenario,
    context: &'a TurnContext,
    /// The last input of a run that has taken none yet: the message that started it.
    trigger_text: Option<&'a str>,
    turn: u32,
    steps: usize,
    sends: usize,
    events: Vec<BotSessionEvent>,
}

impl<'a> Turn<'a> {
    /// Opens the next turn of a session.
    pub(super) fn open(
        session_id: SessionId,
        session: &BotSession,
        scenario: &'a Scenario,
        context: &'a TurnContext,
        trigger_text: Option<&'a str>,
    ) -> Self {
        Self {
            session_id,
            session: session.clone(),
            scenario,
            context,
            trigger_text,
            turn: session.turn() + 1,
            steps: 0,
            sends: 0,
            events: Vec::new(),
        }
    }

    /// The events of the turn.
    pub(super) fn close(self) -> Vec<BotSessionEvent> {
        self.events
    }

    /// The session as the events so far leave it.
    pub(super) const fn session(&self) -> &BotSession {
        &self.session
    }

    /// Adds an event.
    pub(super) fn emit(&mut self, event: BotSessionEvent) {
        self.session.apply(event.clone());
        self.events.push(event);
    }

    /// Runs from a node to the next wait or the end.
    pub(super) fn run(&mut self, from: &'a Node) {
        let mut next = Some(from);
        while let Some(node) = next {
            next = self.step(node);
        }
    }

    /// Leaves a node along a branch; where none leads on the session completes and says which is missing.
    pub(super) fn leave(&mut self, node: &'a Node, branch: &Branch, label: &str) {
        if let Some(target) = self.follow(node, branch, label) {
            self.run(target);
        }
    }

    /// Says a waiting node's text again and waits anew.
    pub(super) fn ask(&mut self, node: &'a Node) {
        let (content, kind) = match &node.kind {
            NodeKind::Question { question, .. } => (self.text(question), WaitKind::Answer),
            NodeKind::Buttons { message, buttons } => {
                let body = self.render_body(message, limits::BUTTONS_BODY);
                (
                    Content::Buttons {
                        body,
                        buttons: buttons.clone(),
                    },
                    WaitKind::Press,
                )
            }
            _ => return self.fail(Some(&node.id), FailReason::BrokenDefinition),
        };
        let Some(question) = self.say(node, content) else {
            return;
        };
        let seconds = match self.context.expiry_seconds {
            seconds if seconds > 0 => seconds,
            _ => SESSION_EXPIRY_SECONDS,
        };
        self.emit(BotSessionEvent::Waiting {
            wait: self.session.waits() + 1,
            node: node.id.clone(),
            kind,
            question,
            since: self.context.now,
            expires_at: self.context.now.plus_seconds(seconds),
        });
    }

    /// Hands the run to people.
    pub(super) fn hand_over(&mut self, node: &str, cause: HandOverCause, code: Option<String>) {
        self.emit(BotSessionEvent::HandedOver {
            at: self.context.now,
            node: Some(node.to_owned()),
            cause,
            code,
        });
    }

    /// Breaks the run off.
    pub(super) fn fail(&mut self, node: Option<&str>, reason: FailReason) {
        let node = node.map(str::to_owned);
        self.emit(BotSessionEvent::Failed {
            at: self.context.now,
            node,
            reason,
        });
    }

    /// Enters a node and returns the one to go on to.
    fn step(&mut self, node: &'a Node) -> Option<&'a Node> {
        if self.steps == STEPS_PER_TURN {
            self.fail(Some(&node.id), FailReason::TooManySteps);
            return None;
        }
        self.steps += 1;
        self.emit(BotSessionEvent::NodeEntered {
            turn: self.turn,
            node: node.id.clone(),
            node_type: node.kind.type_name().to_owned(),
        });
        match &node.kind {
            NodeKind::Welcome { message } | NodeKind::Message { message } => {
                let content = self.text(message);
                self.say(node, content)?;
                self.follow(node, &Branch::Next, "next")
            }
            NodeKind::Question { .. } | NodeKind::Buttons { .. } => {
                self.ask(node);
                None
            }
            NodeKind::Condition(test) => {
                let verdict = test.holds(self.last_input());
                self.emit(BotSessionEvent::ConditionDecided {
                    node: node.id.clone(),
                    verdict,
                });
                if verdict {
                    self.follow(node, &Branch::True, "true")
                } else {
                    self.follow(node, &Branch::False, "false")
                }
            }
            NodeKind::Action { action, value } => {
                let value = render::value(value, TEMPLATE_LENGTH, |name| self.lookup(name));
                self.emit(BotSessionEvent::ActionTaken {
                    node: node.id.clone(),
                    action: self.action(action),
                    personal: VariableValue { value }.into(),
                });
                if *action == ActionKind::HumanTakeover {
                    self.hand_over(&node.id, HandOverCause::Scenario, None);
                    return None;
                }
                self.follow(node, &Branch::Next, "next")
            }
        }
    }

    fn action(&self, action: &ActionKind) -> Action {
        match action {
            ActionKind::SaveToCrm { field } => Action::SaveToCrm {
                field: field.clone(),
            },
            ActionKind::CreateDeal => Action::CreateDeal {
                deal: DealId::new(self.derive("deal", self.steps)),
            },
            ActionKind::AssignTag => Action::AssignTag,
            ActionKind::HumanTakeover => Action::HumanTakeover,
        }
    }

    fn follow(&mut self, node: &'a Node, branch: &Branch, label: &str) -> Option<&'a Node> {
        let target = self.scenario.target(node, branch);
        if target.is_none() {
            self.emit(BotSessionEvent::Completed {
                at: self.context.now,
                node: node.id.clone(),
                missing_branch: node.goes_on().then(|| label.to_owned()),
            });
        }
        target
    }

    /// `None` if the turn has said too much; the run has failed then.
    fn say(&mut self, node: &Node, content: Content) -> Option<MessageId> {
        if self.sends == SENDS_PER_TURN {
            self.fail(Some(&node.id), FailReason::TooManySends);
            return None;
        }
        self.sends += 1;
        let message = MessageId::new(self.derive("message", self.sends));
        self.emit(BotSessionEvent::MessageComposed {
            message,
            turn: self.turn,
            node: node.id.clone(),
            personal: Composed { content }.into(),
        });
        Some(message)
    }

    /// An id of this turn: the same when the same decision is made again, another one in another epoch.
    fn derive(&self, what: &str, count: usize) -> Uuid {
        let (session, turn, epoch) = (self.session_id, self.turn, self.context.log_epoch);
        let cause = format!("{what}|{session}|{turn}|{count}|{epoch}");
        ids::derive_beside(session.into(), cause.as_bytes())
    }

    fn text(&self, template: &Template) -> Content {
        Content::text(self.render_body(template, limits::TEXT_BODY))
    }

    fn render_body(&self, template: &Template, limit: usize) -> String {
        render::body(template, limit, |name| self.lookup(name))
    }

    fn lookup(&self, name: &str) -> Option<&str> {
        if name == USER_INPUT {
            return Some(self.last_input());
        }
        let attribute = || self.context.attributes.get(name).map(String::as_str);
        self.session.variable(name).or_else(attribute)
    }

    fn last_input(&self) -> &str {
        self.session
            .last_input()
            .or(self.trigger_text)
            .unwrap_or("")
    }
}
