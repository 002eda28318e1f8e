//! Runs of bots: outcomes, nodes, presses.

use domain::bot_session::{BotSessionEvent, FailReason, HandOverCause};

use super::{NEXT_DAY, enter, lab, press, session, shown, shown_of, start};
use crate::activity::{Activity, NodeCount, Outcome};
use crate::testing::{at, message_id};

fn completed(node: &str) -> BotSessionEvent {
    BotSessionEvent::Completed {
        at: at(9),
        node: node.to_owned(),
        missing_branch: None,
    }
}

fn handed_over(node: &str, cause: HandOverCause) -> BotSessionEvent {
    BotSessionEvent::HandedOver {
        at: at(9),
        node: Some(node.to_owned()),
        cause,
        code: None,
    }
}

fn expired() -> BotSessionEvent {
    BotSessionEvent::Expired { at: at(9), wait: 1 }
}

fn failed() -> BotSessionEvent {
    BotSessionEvent::Failed {
        at: at(9),
        node: None,
        reason: FailReason::TooManySteps,
    }
}

fn node<'a>(activity: &'a Activity, name: &str) -> &'a NodeCount {
    let found = activity.nodes.iter().find(|row| row.node == name);
    found.unwrap()
}

fn ends(row: &NodeCount) -> [u64; 6] {
    [
        row.running,
        row.completed,
        row.handed_over,
        row.abandoned,
        row.expired,
        row.failed,
    ]
}

#[tokio::test]
async fn every_run_has_one_outcome_and_every_visit_one_way_on() {
    let lab = lab().await;
    let ways = [
        vec![],
        vec![completed("menu")],
        vec![handed_over("menu", HandOverCause::Scenario)],
        vec![handed_over("menu", HandOverCause::TakenOver)],
        vec![handed_over("menu", HandOverCause::Closed)],
        vec![expired()],
        vec![failed()],
        vec![enter("menu"), enter("prices"), completed("prices")],
    ];
    for (id, way) in (40_u128..).zip(ways) {
        session(&lab, id, [start(), enter("welcome"), enter("menu")]);
        session(&lab, id, way);
    }
    session(&lab, 60, [start(), failed()]);
    let activity = shown(&lab).await;
    let outcomes: Vec<(Outcome, u64)> = activity
        .sessions
        .iter()
        .map(|row| (row.outcome, row.count))
        .collect();
    assert_eq!(
        outcomes,
        [
            (Outcome::Abandoned, 1),
            (Outcome::Completed, 2),
            (Outcome::Expired, 1),
            (Outcome::Failed, 2),
            (Outcome::HandedOver, 2),
            (Outcome::Running, 1),
        ]
    );
    let menu = node(&activity, "menu");
    assert_eq!((menu.sessions, menu.visits, menu.went_on), (8, 9, 2));
    assert_eq!(ends(menu), [1, 1, 2, 1, 1, 1]);
    assert_eq!(menu.drop_off(), 2);
    let welcome = node(&activity, "welcome");
    assert_eq!((welcome.visits, welcome.went_on), (8, 8));
    for row in &activity.nodes {
        assert_eq!(row.visits, row.went_on + ends(row).iter().sum::<u64>());
    }
    assert_eq!(shown_of(&lab, 30).await.nodes, activity.nodes);
    assert_eq!(shown_of(&lab, 29).await.nodes, []);
}

#[tokio::test]
async fn a_run_that_is_handed_back_to_goes_on_where_it_asked() {
    let lab = lab().await;
    let resumed = || BotSessionEvent::Resumed {
        at: at(10),
        node: "menu".to_owned(),
        epoch: 3,
    };
    let left = || handed_over("menu", HandOverCause::TakenOver);
    session(&lab, 40, [start(), enter("menu"), left(), resumed()]);
    let moved = [
        start(),
        enter("menu"),
        enter("to_people"),
        left(),
        resumed(),
    ];
    session(&lab, 41, moved);
    session(&lab, 41, [completed("menu")]);
    let activity = shown(&lab).await;
    let outcomes = activity.sessions.iter().map(|row| (row.outcome, row.count));
    let outcomes: Vec<_> = outcomes.collect();
    assert_eq!(outcomes, [(Outcome::Completed, 1), (Outcome::Running, 1)]);
    let menu = node(&activity, "menu");
    assert_eq!((menu.sessions, menu.visits, menu.went_on), (2, 3, 1));
    assert_eq!(ends(menu), [1, 1, 0, 0, 0, 0]);
    let people = node(&activity, "to_people");
    assert_eq!((people.visits, people.went_on), (1, 1));
}

#[tokio::test]
async fn a_press_belongs_to_the_day_on_which_the_customer_pressed() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 101, NEXT_DAY, 0);
    lab.log.received(5, 102, NEXT_DAY, NEXT_DAY);
    session(&lab, 31, [start(), enter("menu")]);
    lab.catch_up().await;
    for (message, button) in [(101, "1"), (102, "1"), (102, "1"), (103, "2"), (104, "2")] {
        let pressed = press(message_id(message), button, NEXT_DAY);
        session(&lab, 31, [pressed]);
    }
    let activity = shown(&lab).await;
    let presses: Vec<(String, &str, &str, u64)> = activity
        .presses
        .iter()
        .map(|row| {
            let (button, title) = (row.button.as_str(), row.title.as_str());
            (row.day.to_string(), button, title, row.count)
        })
        .collect();
    assert_eq!(
        presses,
        [
            ("2026-11-22".to_owned(), "1", "Button 1", 1),
            ("2026-11-23".to_owned(), "1", "Button 1", 1),
            ("2026-11-23".to_owned(), "2", "Button 2", 2),
        ]
    );
    assert_eq!(activity.presses[0].number, super::number(1));
    assert_eq!(activity.presses[0].bot, super::bot(30));
}
