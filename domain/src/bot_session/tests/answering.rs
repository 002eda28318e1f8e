//! Inputs meeting a wait.

use super::*;
use crate::personal::Personal;

#[tokio::test]
async fn answer_is_kept_under_its_name_and_the_run_goes_on() {
    let scenario = asking();
    let events = last(vec![start(&scenario), take(&scenario, input(1, 5, "Анна"))]).await;
    assert_eq!(
        events,
        [
            taken(1, 5, 1, "q", "Анна"),
            BotSessionEvent::VariableSet {
                name: "name".to_owned(),
                node: "q".to_owned(),
                personal: VariableValue {
                    value: "Анна".to_owned()
                }
                .into(),
            },
            entered(2, "m", "message"),
            composed(2, 1, "m", "Hello Анна"),
            completed(5, "m", None),
        ]
    );
}

#[tokio::test]
async fn press_of_an_older_menu_answers_a_question_with_its_title() {
    let scenario = asking();
    let events = last(vec![
        start(&scenario),
        take(&scenario, press(1, 5, "9", "Стрижка")),
    ])
    .await;
    assert_eq!(texts(&events), ["Hello Стрижка"]);
}

#[tokio::test]
async fn input_before_the_question_began_to_leave_does_not_answer_it() {
    let scenario = asking();
    let asked = |asked_at| {
        let mut command = take(&scenario, input(1, 5, "Анна"));
        if let BotSessionCommand::TakeInput { asked_at: fact, .. } = &mut command {
            *fact = asked_at;
        }
        vec![start(&scenario), command]
    };
    for early in [AskedAt::NotYet, AskedAt::Attempted(at(6))] {
        let events = last(asked(early)).await;
        assert_eq!(
            events,
            [refused(1, 5, Some(1), RefusedReason::BeforeQuestion)]
        );
    }
    for counts in [AskedAt::Forgotten, AskedAt::Attempted(at(5))] {
        assert_eq!(last(asked(counts)).await[0], taken(1, 5, 1, "q", "Анна"));
    }
}

#[tokio::test]
async fn unreadable_input_is_refused_and_the_run_waits_on() {
    let scenario = asking();
    for text in [None, Some("  ".to_owned())] {
        let unreadable = Input {
            text,
            ..input(1, 5, "")
        };
        let commands = vec![start(&scenario), take(&scenario, unreadable)];
        let events = last(commands.clone()).await;
        assert_eq!(events, [refused(1, 5, Some(1), RefusedReason::Unreadable)]);
        assert_eq!(state(&story(commands)).status(), SessionStatus::Waiting);
    }
}

#[tokio::test]
async fn same_input_is_met_once() {
    let scenario = scenario(
        json!([
            {"id": "q", "type": "question", "data": {"question": "Name?", "saveAs": "name"}},
            {"id": "r", "type": "question", "data": {"question": "Date?", "saveAs": "date"}},
        ]),
        json!([{"source": "q", "target": "r"}]),
    );
    let answer = take(&scenario, input(1, 5, "Анна"));
    assert_eq!(
        last(vec![start(&scenario), answer.clone(), answer]).await,
        []
    );
    let early = Input {
        text: None,
        ..input(1, 5, "")
    };
    let unreadable = take(&scenario, early);
    assert_eq!(
        last(vec![start(&scenario), unreadable.clone(), unreadable]).await,
        []
    );
}

fn both() -> Arc<Scenario> {
    choosing(json!([
        {"source": "b", "target": "a", "label": "1"},
        {"source": "b", "target": "c", "label": "Нет"},
    ]))
}

#[tokio::test]
async fn press_takes_the_edge_labeled_with_its_id_or_its_title() {
    let scenario = both();
    for (id, title, node, text) in [("1", "Да", "a", "A"), ("2", "Нет", "c", "C")] {
        let events = last(vec![
            start(&scenario),
            take(&scenario, press(1, 5, id, title)),
        ])
        .await;
        let pressed = BotSessionEvent::ButtonPressed {
            at: at(5),
            message: message(1),
            bot: BOT,
            version: 7,
            node: "b".to_owned(),
            button_id: id.to_owned(),
            title: title.to_owned(),
        };
        assert_eq!(
            events,
            [
                taken(1, 5, 1, "b", title),
                pressed,
                entered(2, node, "message"),
                composed(2, 1, node, text),
                completed(5, node, None),
            ]
        );
    }
}

#[tokio::test]
async fn typed_label_is_a_press_whatever_its_case() {
    let scenario = both();
    let typed = last(vec![start(&scenario), take(&scenario, input(1, 5, " дА "))]).await;
    let pressed = last(vec![
        start(&scenario),
        take(&scenario, press(1, 5, "1", "Да")),
    ])
    .await;
    assert_eq!(typed, pressed);
}

#[tokio::test]
async fn press_of_another_menu_counts_by_its_title() {
    let scenario = both();
    for (id, title) in [("9", "Нет"), ("1", "нет")] {
        let events = last(vec![
            start(&scenario),
            take(&scenario, press(1, 5, id, title)),
        ])
        .await;
        assert_eq!(texts(&events), ["C"], "{id} {title}");
    }
}

#[tokio::test]
async fn press_of_another_menu_with_the_same_id_is_no_press_of_this_one() {
    let stale = last(vec![
        start(&both()),
        take(&both(), press(1, 5, "2", "Другое")),
    ])
    .await;
    let refused = stale.iter().any(|event| {
        let reason = RefusedReason::NotUnderstood;
        matches!(event, BotSessionEvent::InputRefused { reason: given, .. } if *given == reason)
    });
    assert!(refused, "{stale:?}");
}

#[tokio::test]
async fn press_without_an_edge_of_its_own_takes_the_unlabeled_one() {
    let scenario = choosing(json!([
        {"source": "b", "target": "a", "label": "1"},
        {"source": "b", "target": "c"},
    ]));
    for input in [press(1, 5, "2", "Нет"), input(1, 5, "что-то другое")] {
        let events = last(vec![start(&scenario), take(&scenario, input)]).await;
        assert_eq!(texts(&events), ["C"]);
    }
}

#[tokio::test]
async fn press_without_any_edge_completes_and_names_the_title() {
    let scenario = choosing(json!([{"source": "b", "target": "a", "label": "1"}]));
    let events = last(vec![
        start(&scenario),
        take(&scenario, press(1, 5, "2", "Нет")),
    ])
    .await;
    assert_eq!(events.last(), Some(&completed(5, "b", Some("Нет"))));
}

#[tokio::test]
async fn text_that_fits_no_button_repeats_the_question_once_then_hands_over() {
    let scenario = both();
    let first = take(&scenario, input(1, 5, "может быть"));
    let events = last(vec![start(&scenario), first.clone()]).await;
    assert_eq!(
        events[0],
        refused(1, 5, Some(1), RefusedReason::NotUnderstood)
    );
    assert_eq!(texts(&events), ["Sure?"]);
    assert_eq!(events[2], waiting(2, "b", WaitKind::Press, said(2, 1), 5));
    assert_eq!(events.len(), 3);

    let second = take(&scenario, input(2, 6, "не знаю"));
    let events = last(vec![start(&scenario), first.clone(), second]).await;
    let handed_over = BotSessionEvent::HandedOver {
        at: at(6),
        node: Some("b".to_owned()),
        cause: HandOverCause::NotUnderstood,
        code: None,
    };
    assert_eq!(
        events,
        [
            refused(2, 6, Some(2), RefusedReason::NotUnderstood),
            handed_over
        ]
    );

    let answer = take(&scenario, press(2, 6, "1", "Да"));
    let events = last(vec![start(&scenario), first, answer]).await;
    assert_eq!(texts(&events), ["A"]);
}

#[tokio::test]
async fn ended_session_records_each_input_once() {
    let scenario = asking();
    let ended = vec![start(&scenario), take(&scenario, input(1, 5, "Анна"))];
    let late = take(&scenario, input(2, 6, "ещё"));
    let events = last([ended.clone(), vec![late.clone()]].concat()).await;
    assert_eq!(events, [refused(2, 6, None, RefusedReason::SessionEnded)]);
    assert_eq!(last([ended, vec![late.clone(), late]].concat()).await, []);
}

#[tokio::test]
async fn definition_without_the_waiting_node_breaks_the_run() {
    let events = last(vec![start(&asking()), take(&both(), input(1, 5, "Анна"))]).await;
    let reason = FailReason::BrokenDefinition;
    assert_eq!(
        events,
        [BotSessionEvent::Failed {
            at: at(5),
            node: Some("q".to_owned()),
            reason
        }]
    );
}

#[test]
fn erased_answers_become_empty() {
    let scenario = asking();
    let mut events = story(vec![start(&scenario), take(&scenario, input(1, 5, "Анна"))]);
    for event in &mut events {
        match event {
            BotSessionEvent::InputTaken { personal, .. } => *personal = Personal::erased(),
            BotSessionEvent::VariableSet { personal, .. } => *personal = Personal::erased(),
            _ => {}
        }
    }
    let state = state(&events);
    assert_eq!((state.variable("name"), state.last_input()), (None, None));
}

#[test]
fn state_shows_no_answers_in_logs_and_survives_encoding() {
    let scenario = asking();
    let state = state(&story(vec![
        start(&scenario),
        take(&scenario, input(1, 5, "Анна")),
    ]));
    assert!(!format!("{state:?}").contains("Анна"));
    assert!(state.weight_bytes() > size_of::<BotSession>());
    let text = serde_json::to_string(&state).expect("state encodes");
    assert_eq!(
        serde_json::from_str::<BotSession>(&text).expect("state decodes"),
        state
    );
}
