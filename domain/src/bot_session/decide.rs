//! The rules of a session: state and command in, events out.

use super::interpreter::Turn;
use super::{
    AskedAt, BotSession, BotSessionCommand, BotSessionError, BotSessionEvent, FailReason,
    HandOverCause, Input, InputText, RefusedReason, SessionStatus, StartSession, TurnContext,
    VariableValue, Wait,
};
use crate::bot::scenario::{Branch, Node, NodeKind, Scenario};
use crate::ids::{MessageId, SessionId};
use crate::message::Button;

/// Decides what a command makes of a session.
pub(super) fn decide(
    state: &BotSession,
    command: &BotSessionCommand,
) -> Result<Vec<BotSessionEvent>, BotSessionError> {
    let status = state.status();
    if let BotSessionCommand::Start {
        start: begin,
        scenario,
        context,
    } = command
    {
        return Ok(match status {
            SessionStatus::NotStarted => start(state, begin, scenario, context),
            _ => Vec::new(),
        });
    }
    let session = state.session().ok_or(BotSessionError::NotFound)?;
    let has_ended = status == SessionStatus::Ended;
    let node = || state.current_node().map(str::to_owned);
    Ok(match command {
        BotSessionCommand::TakeInput {
            input,
            asked_at,
            scenario,
            context,
        } => {
            if state.has_met(input.message) {
                return Ok(Vec::new());
            }
            let turn = Turn::open(session, state, scenario, context, None);
            take_input(turn, input, *asked_at, scenario, context)
        }
        BotSessionCommand::Resume {
            epoch,
            scenario,
            context,
        } => resume(state, session, *epoch, scenario, context),
        _ if has_ended => Vec::new(),
        BotSessionCommand::SendFailed {
            message,
            code,
            scenario,
            context,
        } => {
            let turn = Turn::open(session, state, scenario, context, None);
            send_failed(turn, *message, code, scenario)
        }
        BotSessionCommand::Expire { now, wait } => match state.wait() {
            Some(open) if open.number == *wait => {
                vec![BotSessionEvent::Expired {
                    at: *now,
                    wait: *wait,
                }]
            }
            _ => Vec::new(),
        },
        BotSessionCommand::HandOver { now, cause, code } => {
            let (node, code) = (node(), code.clone());
            vec![BotSessionEvent::HandedOver {
                at: *now,
                node,
                cause: *cause,
                code,
            }]
        }
        BotSessionCommand::Fail { now, reason } => {
            vec![BotSessionEvent::Failed {
                at: *now,
                node: node(),
                reason: *reason,
            }]
        }
        BotSessionCommand::Start { .. } => Vec::new(),
    })
}

fn start(
    state: &BotSession,
    start: &StartSession,
    scenario: &Scenario,
    context: &TurnContext,
) -> Vec<BotSessionEvent> {
    let text = start.trigger.as_ref().and_then(readable);
    let mut turn = Turn::open(start.session, state, scenario, context, text);
    turn.emit(BotSessionEvent::Started {
        at: context.now,
        session: start.session,
        conversation: start.conversation,
        contact: start.contact,
        number: start.number,
        bot: start.bot,
        version: start.version,
        definition: start.definition.clone(),
        epoch: start.epoch,
        trigger: start.trigger.as_ref().map(|input| input.message),
    });
    match scenario.start() {
        Some(node) => turn.run(node),
        None => turn.fail(None, FailReason::BrokenDefinition),
    }
    turn.close()
}

/// The customer may have talked with a person since: the question is asked again, not only waited for.
fn resume(
    state: &BotSession,
    session: SessionId,
    epoch: u64,
    scenario: &Scenario,
    context: &TurnContext,
) -> Vec<BotSessionEvent> {
    let Some(asked) = state.resumable().filter(|_| state.epoch() != Some(epoch)) else {
        return Vec::new();
    };
    let mut turn = Turn::open(session, state, scenario, context, None);
    turn.emit(BotSessionEvent::Resumed {
        at: context.now,
        node: asked.to_owned(),
        epoch,
    });
    match scenario.node(asked) {
        Some(node) => turn.ask(node),
        None => turn.fail(Some(asked), FailReason::BrokenDefinition),
    }
    turn.close()
}

fn take_input<'a>(
    mut turn: Turn<'a>,
    input: &Input,
    asked_at: AskedAt,
    scenario: &'a Scenario,
    context: &TurnContext,
) -> Vec<BotSessionEvent> {
    let wait = turn.session().wait().cloned();
    let refuse = |turn: &mut Turn<'_>, reason| {
        turn.emit(BotSessionEvent::InputRefused {
            at: context.now,
            message: input.message,
            wait: wait.as_ref().map(|wait| wait.number),
            reason,
        });
    };
    let Some(open) = &wait else {
        refuse(&mut turn, RefusedReason::SessionEnded);
        return turn.close();
    };
    let is_early = match asked_at {
        AskedAt::Attempted(at) => input.received_at < at,
        AskedAt::NotYet => true,
        AskedAt::Forgotten => false,
    };
    if is_early {
        refuse(&mut turn, RefusedReason::BeforeQuestion);
        return turn.close();
    }
    let Some(text) = readable(input) else {
        refuse(&mut turn, RefusedReason::Unreadable);
        return turn.close();
    };
    let Some(node) = scenario.node(&open.node) else {
        turn.fail(Some(&open.node), FailReason::BrokenDefinition);
        return turn.close();
    };
    let taken = |text: &str| taken(input, open, context, text);
    match &node.kind {
        NodeKind::Question { save_as, .. } => {
            turn.emit(taken(text));
            turn.emit(BotSessionEvent::VariableSet {
                name: save_as.clone(),
                node: node.id.clone(),
                personal: VariableValue {
                    value: text.to_owned(),
                }
                .into(),
            });
            turn.leave(node, &Branch::Next, "next");
        }
        NodeKind::Buttons { buttons, .. } => match pressed(buttons, input, text) {
            Some((place, button)) => {
                turn.emit(taken(&button.title));
                if let Some(event) = button_pressed(turn.session(), input, context, node, button) {
                    turn.emit(event);
                }
                turn.leave(node, &Branch::Button(place), &button.title);
            }
            None if scenario.target(node, &Branch::Next).is_some() => {
                turn.emit(taken(text));
                turn.leave(node, &Branch::Next, "next");
            }
            None => {
                let is_first = turn.session().not_understood() == 0;
                refuse(&mut turn, RefusedReason::NotUnderstood);
                if is_first {
                    turn.ask(node);
                } else {
                    turn.hand_over(&node.id, HandOverCause::NotUnderstood, None);
                }
            }
        },
        _ => turn.fail(Some(&node.id), FailReason::BrokenDefinition),
    }
    turn.close()
}

/// Only what the present turn said can fail the run: a failure of an earlier turn was either answered by
/// the edge `failed` already or overtaken by the customer's answer.
fn send_failed<'a>(
    mut turn: Turn<'a>,
    message: MessageId,
    code: &str,
    scenario: &'a Scenario,
) -> Vec<BotSessionEvent> {
    let Some(speaker) = turn.session().node_of(message).map(str::to_owned) else {
        return turn.close();
    };
    let target = scenario
        .node(&speaker)
        .and_then(|node| scenario.target(node, &Branch::Failed));
    match target {
        Some(target) => turn.run(target),
        None => turn.hand_over(&speaker, HandOverCause::SendFailed, Some(code.to_owned())),
    }
    turn.close()
}

fn taken(input: &Input, wait: &Wait, context: &TurnContext, text: &str) -> BotSessionEvent {
    BotSessionEvent::InputTaken {
        at: context.now,
        message: input.message,
        wait: wait.number,
        node: wait.node.clone(),
        personal: InputText {
            text: text.to_owned(),
        }
        .into(),
    }
}

fn button_pressed(
    session: &BotSession,
    input: &Input,
    context: &TurnContext,
    node: &Node,
    button: &Button,
) -> Option<BotSessionEvent> {
    Some(BotSessionEvent::ButtonPressed {
        at: context.now,
        message: input.message,
        bot: session.bot()?,
        version: session.version()?,
        node: node.id.clone(),
        button_id: button.id.clone(),
        title: button.title.clone(),
    })
}

/// What a bot can read of an input: the pressed title, else the text; never empty.
fn readable(input: &Input) -> Option<&str> {
    let title = input.press.as_ref().map(|press| press.title.as_str());
    let text = title.or(input.text.as_deref())?;
    (!text.trim().is_empty()).then_some(text)
}

/// The button that an input presses: the one it names by id and title, else the one whose title it says.
/// An id alone proves nothing: an older menu may use the same ids for other buttons.
fn pressed<'b>(buttons: &'b [Button], input: &Input, text: &str) -> Option<(usize, &'b Button)> {
    let wanted = text.trim().to_lowercase();
    let numbered = || buttons.iter().enumerate();
    let exact = numbered().find(|(_, button)| input.press.as_ref() == Some(*button));
    exact.or_else(|| numbered().find(|(_, button)| button.title.to_lowercase() == wanted))
}
