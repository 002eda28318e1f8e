//! Starting, automatic advance, conditions, actions and the guards.

use super::*;
use crate::ids::DealId;

#[tokio::test]
async fn run_starts_at_the_welcome_node_and_goes_on_to_the_first_wait() {
    let events = last(vec![start(&asking())]).await;
    assert_eq!(
        events,
        [
            BotSessionEvent::Started {
                at: at(0),
                session: SESSION,
                conversation: CONVERSATION,
                contact: CONTACT,
                number: NumberId::new(Uuid::from_u128(1)),
                bot: BOT,
                version: 7,
                definition: BlobHash("a".repeat(64)),
                epoch: 1,
                trigger: Some(message(0)),
            },
            entered(1, "w", "welcome"),
            composed(1, 1, "w", "Hi"),
            entered(1, "q", "question"),
            composed(1, 2, "q", "Name?"),
            waiting(1, "q", WaitKind::Answer, said(1, 2), 0),
        ]
    );
    let state = state(&events);
    assert_eq!(state.status(), SessionStatus::Waiting);
    assert_eq!(
        (state.conversation(), state.bot()),
        (Some(CONVERSATION), Some(BOT))
    );
    assert_eq!(
        (state.version(), state.epoch(), state.turn()),
        (Some(7), Some(1), 1)
    );
    assert_eq!(
        (state.current_node(), state.session()),
        (Some("q"), Some(SESSION))
    );
    assert_eq!(state.definition(), Some(&BlobHash("a".repeat(64))));
    let wait = state.wait().expect("it waits");
    assert_eq!((wait.number, wait.question), (1, said(1, 2)));
    assert_eq!(
        (state.subject(), state.lane_key()),
        (Some(CONTACT), Some(CONVERSATION.as_uuid()))
    );
}

#[tokio::test]
async fn second_start_changes_nothing() {
    let scenario = asking();
    assert_eq!(last(vec![start(&scenario), start(&scenario)]).await, []);
}

#[tokio::test]
async fn everything_but_a_start_needs_a_session() {
    for command in [
        take(&asking(), input(1, 5, "x")),
        send_failed(&asking(), message(1)),
        BotSessionCommand::Expire {
            now: at(5),
            wait: 1,
        },
        BotSessionCommand::HandOver {
            now: at(5),
            cause: HandOverCause::Closed,
            code: None,
        },
        BotSessionCommand::Fail {
            now: at(5),
            reason: FailReason::Poison,
        },
    ] {
        TestFramework::<BotSession>::with(())
            .given_no_previous_events()
            .when_async(command)
            .await
            .then_expect_error(BotSessionError::NotFound);
    }
}

#[tokio::test]
async fn wait_without_a_configured_expiry_lasts_a_day() {
    let mut command = start(&asking());
    if let BotSessionCommand::Start { context, .. } = &mut command {
        context.expiry_seconds = 0;
    }
    let state = state(&last(vec![command]).await);
    assert_eq!(
        state.wait().map(|wait| wait.expires_at),
        Some(at(24 * 3600))
    );
}

/// A condition on the first message with these edges.
fn deciding(value: &str, edges: Value) -> Arc<Scenario> {
    scenario(
        json!([
            {"id": "c", "type": "condition", "data": {"conditionType": "contains", "value": value}},
            {"id": "yes", "type": "message", "data": {"message": "yes"}},
            {"id": "no", "type": "message", "data": {"message": "no"}},
            {"id": "w", "type": "welcome", "data": {"message": "Hi"}},
        ]),
        match edges {
            Value::Array(mut edges) => {
                edges.push(json!({"source": "w", "target": "c"}));
                Value::Array(edges)
            }
            other => other,
        },
    )
}

#[tokio::test]
async fn condition_takes_the_edge_of_its_verdict() {
    let edges = json!([
        {"source": "c", "target": "yes", "label": "true"},
        {"source": "c", "target": "no", "label": "false"},
    ]);
    for (value, verdict, text) in [("ПРИВ", true, "yes"), ("пока", false, "no")] {
        let events = last(vec![start(&deciding(value, edges.clone()))]).await;
        let decided = BotSessionEvent::ConditionDecided {
            node: "c".to_owned(),
            verdict,
        };
        assert!(events.contains(&decided));
        assert_eq!(texts(&events), ["Hi", text]);
        assert_eq!(events.last(), Some(&completed(0, text, None)));
    }
}

#[tokio::test]
async fn missing_branch_completes_the_run_and_is_named() {
    let edges = json!([{"source": "c", "target": "yes", "label": "true"}]);
    let events = last(vec![start(&deciding("пока", edges))]).await;
    assert_eq!(events.last(), Some(&completed(0, "c", Some("false"))));
    let edges = json!([{"source": "c", "target": "yes", "label": "false"}]);
    let events = last(vec![start(&deciding("привет", edges))]).await;
    assert_eq!(events.last(), Some(&completed(0, "c", Some("true"))));
    let two_ways = scenario(
        json!([
            {"id": "w", "type": "welcome", "data": {"message": "Hi"}},
            {"id": "a", "type": "message", "data": {"message": "A"}},
        ]),
        json!([
            {"source": "w", "target": "a", "label": "x"},
            {"source": "w", "target": "a", "label": "y"},
        ]),
    );
    let events = last(vec![start(&two_ways)]).await;
    assert_eq!(events.last(), Some(&completed(0, "w", Some("next"))));
}

#[tokio::test]
async fn actions_are_taken_with_their_values_and_end_with_people() {
    let scenario = scenario(
        json!([
            {"id": "s", "type": "action",
             "data": {"actionType": "save_to_crm", "field": "wish", "value": "{{user_input}}!"}},
            {"id": "d", "type": "action", "data": {"actionType": "create_deal", "value": "{{wish}}"}},
            {"id": "t", "type": "action", "data": {"actionType": "assign_tag", "value": ""}},
            {"id": "h", "type": "action", "data": {"actionType": "human_takeover"}},
        ]),
        json!([
            {"source": "s", "target": "d"},
            {"source": "d", "target": "t"},
            {"source": "t", "target": "h"},
        ]),
    );
    let events = last(vec![start(&scenario)]).await;
    let action = |node: &str, action: Action, value: &str| BotSessionEvent::ActionTaken {
        node: node.to_owned(),
        action,
        personal: VariableValue {
            value: value.to_owned(),
        }
        .into(),
    };
    let deal = DealId::new(derive_beside(
        SESSION.into(),
        format!("deal|{SESSION}|1|2|{EPOCH}").as_bytes(),
    ));
    assert_eq!(
        events[1..],
        [
            entered(1, "s", "action"),
            action(
                "s",
                Action::SaveToCrm {
                    field: "wish".to_owned()
                },
                "привет!"
            ),
            entered(1, "d", "action"),
            action("d", Action::CreateDeal { deal }, "привет!"),
            entered(1, "t", "action"),
            action("t", Action::AssignTag, "привет"),
            entered(1, "h", "action"),
            action("h", Action::HumanTakeover, "привет"),
            BotSessionEvent::HandedOver {
                at: at(0),
                node: Some("h".to_owned()),
                cause: HandOverCause::Scenario,
                code: None,
            },
        ]
    );
    assert_eq!(state(&events).status(), SessionStatus::Ended);
}

fn chain(kind: &str, data: &Value, length: usize) -> Arc<Scenario> {
    let nodes: Vec<Value> = (0..length)
        .map(|id| json!({"id": id, "type": kind, "data": data}))
        .collect();
    let edges: Vec<Value> = (1..length)
        .map(|id| json!({"source": id - 1, "target": id}))
        .collect();
    scenario(json!(nodes), json!(edges))
}

#[tokio::test]
async fn turn_takes_at_most_a_hundred_steps() {
    let tag = json!({"actionType": "assign_tag", "value": "x"});
    let events = last(vec![start(&chain("action", &tag, 100))]).await;
    assert_eq!(events.last(), Some(&completed(0, "99", None)));
    let events = last(vec![start(&chain("action", &tag, 101))]).await;
    let reason = FailReason::TooManySteps;
    let failed = BotSessionEvent::Failed {
        at: at(0),
        node: Some("100".to_owned()),
        reason,
    };
    assert_eq!(events.last(), Some(&failed));
}

#[tokio::test]
async fn turn_sends_at_most_twenty_messages() {
    let text = json!({"message": "x"});
    let events = last(vec![start(&chain("message", &text, 20))]).await;
    assert_eq!(events.last(), Some(&completed(0, "19", None)));
    let events = last(vec![start(&chain("message", &text, 21))]).await;
    let reason = FailReason::TooManySends;
    let failed = BotSessionEvent::Failed {
        at: at(0),
        node: Some("20".to_owned()),
        reason,
    };
    assert_eq!(events.last(), Some(&failed));
    assert_eq!(texts(&events).len(), 20);
}
