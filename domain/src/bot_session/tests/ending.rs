//! Failed sends, timers, hand-overs and breaks.

use super::*;

fn handed_over(node: &str, cause: HandOverCause, code: Option<&str>) -> BotSessionEvent {
    BotSessionEvent::HandedOver {
        at: at(9),
        node: Some(node.to_owned()),
        cause,
        code: code.map(str::to_owned),
    }
}

#[tokio::test]
async fn failed_send_hands_over_with_its_code() {
    let scenario = asking();
    for (message, node) in [(said(1, 1), "w"), (said(1, 2), "q")] {
        let events = last(vec![start(&scenario), send_failed(&scenario, message)]).await;
        let code = Some("window_closed");
        assert_eq!(events, [handed_over(node, HandOverCause::SendFailed, code)]);
    }
}

fn with_failed_edge() -> Arc<Scenario> {
    choosing(json!([
        {"source": "b", "target": "a"},
        {"source": "b", "target": "c", "label": "failed"},
    ]))
}

#[tokio::test]
async fn failed_send_takes_the_edge_failed_of_the_node_that_spoke() {
    let scenario = with_failed_edge();
    let events = last(vec![start(&scenario), send_failed(&scenario, said(1, 2))]).await;
    assert_eq!(
        events,
        [
            entered(2, "c", "message"),
            composed(2, 1, "c", "C"),
            completed(9, "c", None)
        ]
    );
}

#[tokio::test]
async fn failed_send_of_an_ended_run_changes_nothing() {
    let scenario = asking();
    let ended = vec![start(&scenario), take(&scenario, input(1, 5, "Анна"))];
    assert_eq!(
        last([ended, vec![send_failed(&scenario, said(2, 1))]].concat()).await,
        []
    );
}

#[tokio::test]
async fn failed_send_of_an_earlier_turn_changes_nothing() {
    let scenario = scenario(
        json!([
            {"id": "w", "type": "welcome", "data": {"message": "Hi"}},
            {"id": "q", "type": "question", "data": {"question": "Name?", "saveAs": "name"}},
            {"id": "f", "type": "question", "data": {"question": "Still there?", "saveAs": "x"}},
        ]),
        json!([
            {"source": "w", "target": "q"},
            {"source": "q", "target": "f", "label": "failed"},
        ]),
    );
    let failed = vec![start(&scenario), send_failed(&scenario, said(1, 2))];
    let events = last(failed.clone()).await;
    assert_eq!(
        events.last(),
        Some(&waiting(2, "f", WaitKind::Answer, said(2, 1), 9))
    );
    for message in [said(1, 2), said(1, 1), message(77)] {
        let again = [failed.clone(), vec![send_failed(&scenario, message)]].concat();
        assert_eq!(last(again).await, []);
    }
}

#[tokio::test]
async fn timer_of_the_open_wait_ends_the_run() {
    let scenario = asking();
    let expire = |wait| BotSessionCommand::Expire {
        now: at(3600),
        wait,
    };
    let events = last(vec![start(&scenario), expire(1)]).await;
    assert_eq!(
        events,
        [BotSessionEvent::Expired {
            at: at(3600),
            wait: 1
        }]
    );
    assert_eq!(last(vec![start(&scenario), expire(2)]).await, []);
    assert_eq!(last(vec![start(&scenario), expire(1), expire(1)]).await, []);
}

#[tokio::test]
async fn hand_over_and_break_end_the_run_where_it_stands_once() {
    let scenario = asking();
    let cause = HandOverCause::TakenOver;
    let hand_over = BotSessionCommand::HandOver {
        now: at(9),
        cause,
        code: None,
    };
    let events = last(vec![start(&scenario), hand_over.clone()]).await;
    assert_eq!(events, [handed_over("q", cause, None)]);

    let reason = FailReason::Poison;
    let fail = BotSessionCommand::Fail { now: at(9), reason };
    let events = last(vec![start(&scenario), fail.clone()]).await;
    assert_eq!(
        events,
        [BotSessionEvent::Failed {
            at: at(9),
            node: Some("q".to_owned()),
            reason
        }]
    );

    let late = [
        hand_over.clone(),
        fail,
        start(&scenario),
        send_failed(&scenario, said(1, 2)),
        BotSessionCommand::Expire {
            now: at(9),
            wait: 1,
        },
    ];
    for command in late {
        assert_eq!(
            last(vec![start(&scenario), hand_over.clone(), command]).await,
            []
        );
    }
}
