//! Any scenario that parses, under any inputs: no panic, no turn beyond the guards, and every turn ends
//! in a wait or in the end of the run.

use proptest::prelude::*;

use super::*;

fn node(id: usize, kind: usize) -> Value {
    let data = match kind {
        0 | 1 => {
            return json!({"id": id, "type": "message", "data": {"message": "{{x}} {{user_input}}"}});
        }
        2 => return json!({"id": id, "type": "question", "data": {"question": "?", "saveAs": "x"}}),
        3 | 4 => {
            let buttons = json!([{"id": 1, "label": "Да"}, {"id": 2, "label": "Нет"}]);
            return json!({"id": id, "type": "buttons", "data": {"message": "?", "buttons": buttons}});
        }
        5 | 6 => json!({"conditionType": "contains", "value": "а"}),
        7 => json!({"actionType": "assign_tag"}),
        8 => json!({"actionType": "create_deal", "value": "{{x}}"}),
        9 => json!({"actionType": "save_to_crm", "field": "x"}),
        _ => json!({"actionType": "human_takeover"}),
    };
    json!({"id": id, "type": if kind < 7 { "condition" } else { "action" }, "data": data})
}

/// Labels that fit the kind, so that many graphs are valid.
fn labels(kind: usize) -> &'static [&'static str] {
    match kind {
        3 | 4 => &["", "1", "Нет", "failed"],
        5 | 6 => &["true", "false"],
        _ => &["", "failed", "x"],
    }
}

prop_compose! {
    fn graph()(
        kinds in prop::collection::vec(0_usize..11, 1..30),
        jumps in prop::collection::vec((any::<usize>(), any::<usize>(), 0_usize..4, any::<bool>()), 0..60),
    ) -> Value {
        let mut nodes = vec![json!({"id": "w", "type": "welcome", "data": {"message": "Hi"}})];
        nodes.extend(kinds.iter().enumerate().map(|(id, kind)| node(id, *kind)));
        let mut edges = vec![json!({"source": "w", "target": 0})];
        let mut used = std::collections::BTreeSet::new();
        for (source, target, label, back) in jumps {
            let source = source % kinds.len();
            let labels = labels(kinds[source]);
            let label = labels[label % labels.len()];
            let waits = (2..5).contains(&kinds[source]) && label != "failed";
            let target = if back && waits { target % kinds.len() } else { source + 1 + target % 5 };
            if target < kinds.len() && used.insert((source, label)) {
                edges.push(json!({"source": source, "target": target, "label": label}));
            }
        }
        json!({"nodes": nodes, "edges": edges})
    }
}

prop_compose! {
    fn step()(
        kind in 0_usize..6,
        text in prop_oneof![Just("Да".to_owned()), Just("{{x}}".to_owned()), ".{0,20}"],
        number in 0_u128..12,
        asked in 0_usize..4,
    ) -> (usize, String, u128, usize) {
        (kind, text, number, asked)
    }
}

fn command(
    scenario: &Arc<Scenario>,
    session: &BotSession,
    (kind, text, number, asked): (usize, String, u128, usize),
) -> BotSessionCommand {
    match kind {
        0 => {
            let question = session
                .wait()
                .map_or_else(|| message(number), |wait| wait.question);
            return send_failed(scenario, question);
        }
        1 if asked == 0 => {
            return BotSessionCommand::Expire {
                now: at(9),
                wait: 1,
            };
        }
        _ => {}
    }
    let mut input = input(number, 5, &text);
    if kind == 2 {
        input.press = Some(Button {
            id: (number % 3).to_string(),
            title: text,
        });
    }
    let asked_at = match asked {
        0 => AskedAt::NotYet,
        1 => AskedAt::Forgotten,
        _ => AskedAt::Attempted(at(1)),
    };
    BotSessionCommand::TakeInput {
        input,
        asked_at,
        scenario: Arc::clone(scenario),
        context: context(5),
    }
}

fn check_turn(before: &BotSession, after: &BotSession, events: &[BotSessionEvent]) {
    let steps = events
        .iter()
        .filter(|event| matches!(event, BotSessionEvent::NodeEntered { .. }));
    assert!(steps.count() <= STEPS_PER_TURN);
    assert!(texts(events).len() <= SENDS_PER_TURN);
    let has_ended = before.status() == SessionStatus::Ended;
    assert_eq!(
        events.iter().filter(|event| is_end(event)).count(),
        usize::from(!has_ended && after.status() == SessionStatus::Ended)
    );
    assert!(matches!(
        after.status(),
        SessionStatus::Waiting | SessionStatus::Ended
    ));
    if !has_ended && after.status() == SessionStatus::Ended {
        assert!(events.last().is_some_and(is_end));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_turn_ends_in_a_wait_or_an_end(
        graph in graph(),
        steps in prop::collection::vec(step(), 0..15),
    ) {
        let parsed = Scenario::parse(graph.to_string());
        prop_assert!(parsed.is_ok(), "{parsed:?}");
        let scenario = Arc::new(parsed.expect("just checked"));
        let mut session = BotSession::default();
        let first = session.decide(&start(&scenario)).expect("a start is never refused");
        let before = session.clone();
        for event in &first {
            session.apply(event.clone());
        }
        check_turn(&before, &session, &first);
        for step in steps {
            let command = command(&scenario, &session, step);
            let events = session.decide(&command).expect("the session exists");
            let before = session.clone();
            for event in &events {
                session.apply(event.clone());
            }
            check_turn(&before, &session, &events);
        }
    }

    #[test]
    fn parsing_never_panics_and_always_says_why(
        text in ".{0,200}",
        edges in prop::collection::vec(("[a-d]", "[a-e]", "(true|false|failed|1||x)"), 0..12),
        kinds in prop::collection::vec(0_usize..12, 0..4),
    ) {
        if let Err(problems) = Scenario::parse(&text) {
            prop_assert!(!problems.is_empty());
        }
        let nodes: Vec<Value> = kinds.iter().zip("abcd".chars()).map(|(kind, id)| {
            let mut node = node(0, *kind);
            node["id"] = json!(id.to_string());
            node
        }).collect();
        let edges: Vec<Value> = edges.iter().map(|(source, target, label)| {
            json!({"source": source, "target": target, "label": label})
        }).collect();
        let result = Scenario::parse(json!({"nodes": nodes, "edges": edges}).to_string());
        match result {
            Ok(scenario) => {
                let scenario = Arc::new(scenario);
                let events = story(vec![start(&scenario)]);
                let session = state(&events);
                prop_assert!(session.status() != SessionStatus::Running);
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
