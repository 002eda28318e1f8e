//! Handed back to: the run asks again what it asked last.

use super::*;

fn resume(scenario: &Arc<Scenario>, epoch: u64) -> BotSessionCommand {
    BotSessionCommand::Resume {
        epoch,
        scenario: Arc::clone(scenario),
        context: context(20),
    }
}

fn hand_over(cause: HandOverCause) -> BotSessionCommand {
    BotSessionCommand::HandOver {
        now: at(9),
        cause,
        code: None,
    }
}

fn resumed(node: &str, epoch: u64) -> BotSessionEvent {
    BotSessionEvent::Resumed {
        at: at(20),
        node: node.to_owned(),
        epoch,
    }
}

#[tokio::test]
async fn a_run_that_was_taken_over_asks_again_and_takes_the_answer() {
    let scenario = asking();
    let before = vec![start(&scenario), hand_over(HandOverCause::TakenOver)];
    let goes_on = [before, vec![resume(&scenario, 3)]].concat();
    assert_eq!(
        last(goes_on.clone()).await,
        [
            resumed("q", 3),
            composed(2, 1, "q", "Name?"),
            waiting(2, "q", WaitKind::Answer, said(2, 1), 20),
        ]
    );
    let session = state(&story(goes_on.clone()));
    assert_eq!(session.epoch(), Some(3));
    assert_eq!(session.status(), SessionStatus::Waiting);
    let answered = [goes_on, vec![take(&scenario, input(5, 30, "Anna"))]].concat();
    assert_eq!(texts(&story(answered)).last().unwrap(), "Hello Anna");
}

#[tokio::test]
async fn it_goes_on_once_for_each_epoch() {
    let scenario = asking();
    let taken = vec![
        start(&scenario),
        hand_over(HandOverCause::TakenOver),
        resume(&scenario, 3),
    ];
    let again = [taken.clone(), vec![resume(&scenario, 3)]].concat();
    assert_eq!(last(again).await, []);
    let twice = [
        taken,
        vec![hand_over(HandOverCause::TakenOver), resume(&scenario, 5)],
    ];
    assert_eq!(last(twice.concat()).await[0], resumed("q", 5));
}

#[tokio::test]
async fn two_misunderstood_inputs_are_forgiven() {
    let scenario = choosing(json!([]));
    let events = last(vec![
        start(&scenario),
        take(&scenario, input(1, 5, "?")),
        take(&scenario, input(2, 6, "?")),
        resume(&scenario, 3),
        take(&scenario, input(3, 30, "?")),
    ])
    .await;
    assert!(!events.iter().any(is_end), "{events:?}");
}

#[tokio::test]
async fn what_ended_otherwise_or_asked_nothing_does_not_go_on() {
    let scenario = asking();
    let silent = super::scenario(
        json!([{"id": "w", "type": "welcome", "data": {"message": "Hi"}}]),
        json!([]),
    );
    let expire = BotSessionCommand::Expire {
        now: at(9),
        wait: 1,
    };
    for before in [
        vec![start(&scenario), expire],
        vec![start(&scenario), take(&scenario, input(1, 5, "Anna"))],
        vec![start(&scenario), hand_over(HandOverCause::Closed)],
        vec![start(&silent)],
    ] {
        assert_eq!(state(&story(before.clone())).resumable(), None);
        let late = [before, vec![resume(&scenario, 3)]].concat();
        assert_eq!(last(late).await, []);
    }
}
