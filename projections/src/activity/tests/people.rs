//! Conversations opened, closed, handed over, and how long customers waited for people.

use domain::conversation::{ChangeCause, ConversationEvent, Handler};

use super::{NEXT_DAY, by_bot, handler, lab, shown, shown_of};
use crate::activity::{Activity, ConversationChange, ResponseTimes};
use crate::testing::{Lab, at, olga};

/// Day, change, cause and count.
fn changes(activity: &Activity) -> Vec<(String, ConversationChange, &str, u64)> {
    let rows = activity.conversations.iter();
    rows.map(|row| {
        let cause = row.cause.as_deref().unwrap_or("");
        (row.day.to_string(), row.change, cause, row.count)
    })
    .collect()
}

fn tell(lab: &Lab, events: impl IntoIterator<Item = ConversationEvent>) {
    for event in events {
        lab.log.conversation(5, event);
    }
}

fn bot_started(seconds: i64) -> ConversationEvent {
    handler(seconds, by_bot(), ChangeCause::BotStarted, None)
}

fn handed_over(seconds: i64, cause: ChangeCause) -> ConversationEvent {
    handler(seconds, Handler::Nobody, cause, Some(at(seconds)))
}

fn taken_over(seconds: i64) -> ConversationEvent {
    handler(
        seconds,
        Handler::Person(olga()),
        ChangeCause::TakenOver,
        None,
    )
}

fn closed(seconds: i64) -> ConversationEvent {
    ConversationEvent::Closed {
        at: at(seconds),
        by: olga(),
    }
}

fn times(waits: u64, ms: &[u64]) -> ResponseTimes {
    let nearest = |rank: usize| ms.get(rank.wrapping_sub(1)).copied();
    ResponseTimes {
        waits,
        answered: ms.len() as u64,
        sum_ms: ms.iter().sum(),
        median_ms: nearest(ms.len().div_ceil(2)),
        p90_ms: nearest((ms.len() * 9).div_ceil(10)),
    }
}

#[tokio::test]
async fn a_conversation_opens_and_reopens_on_the_day_of_what_the_customer_did() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.catch_up().await;
    lab.log.received(5, 101, 0, -NEXT_DAY);
    tell(&lab, [closed(1)]);
    tell(
        &lab,
        [ConversationEvent::Reopened {
            at: at(NEXT_DAY),
            by: None,
        }],
    );
    lab.catch_up().await;
    lab.log.received(5, 102, NEXT_DAY, 5);
    tell(
        &lab,
        [
            closed(NEXT_DAY),
            ConversationEvent::Reopened {
                at: at(NEXT_DAY),
                by: Some(olga()),
            },
        ],
    );
    lab.log.received(5, 103, NEXT_DAY, 6);
    let expected = [
        ("2026-11-21".to_owned(), ConversationChange::Opened, "", 1),
        ("2026-11-22".to_owned(), ConversationChange::Closed, "", 1),
        ("2026-11-22".to_owned(), ConversationChange::Reopened, "", 1),
        ("2026-11-23".to_owned(), ConversationChange::Closed, "", 1),
        ("2026-11-23".to_owned(), ConversationChange::Reopened, "", 1),
    ];
    assert_eq!(changes(&shown(&lab).await), expected);
}

#[tokio::test]
async fn a_conversation_that_we_began_is_not_moved_by_the_answer() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.queued(5, 101, 1);
    lab.log.received(5, 102, NEXT_DAY, NEXT_DAY);
    let activity = shown(&lab).await;
    assert_eq!(changes(&activity)[0].0, "2026-11-22");
}

#[tokio::test]
async fn a_conversation_passes_to_people_once_until_they_let_it_go() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    tell(
        &lab,
        [
            bot_started(1),
            handed_over(2, ChangeCause::NotUnderstood),
            taken_over(3),
            taken_over(4),
            handler(5, Handler::Nobody, ChangeCause::HandedBack, None),
            bot_started(6),
            handler(7, Handler::Nobody, ChangeCause::Completed, None),
            handed_over(8, ChangeCause::SendFailed),
            handler(9, Handler::Nobody, ChangeCause::Closed, None),
            taken_over(10),
        ],
    );
    let row = |cause: &'static str| {
        let day = "2026-11-22".to_owned();
        (day, ConversationChange::HandedOver, cause, 1)
    };
    let (not_understood, send_failed) = (row("not_understood"), row("send_failed"));
    let of_bot = shown_of(&lab, 30).await;
    assert_eq!(
        changes(&of_bot),
        [not_understood.clone(), send_failed.clone()]
    );
    let all = shown(&lab).await;
    assert_eq!(
        changes(&all)[..3],
        [not_understood, send_failed, row("taken_over")]
    );
}

#[tokio::test]
async fn a_first_response_is_timed_from_the_hand_over_to_a_persons_message() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 100, -500, -500);
    tell(
        &lab,
        [bot_started(-400), handed_over(0, ChangeCause::HandedOver)],
    );
    assert_eq!(shown(&lab).await.first_response_total, times(1, &[]));
    tell(&lab, [taken_over(30)]);
    assert_eq!(shown(&lab).await.first_response_total, times(1, &[]));
    lab.log.queued(5, 101, 90);
    lab.log.queued(5, 102, 95);
    assert_eq!(shown(&lab).await.first_response_total, times(1, &[90_000]));
    assert_eq!(shown_of(&lab, 30).await.first_response_total.answered, 1);
    assert_eq!(shown_of(&lab, 29).await.first_response_total.waits, 0);
}

#[tokio::test]
async fn a_wait_that_is_closed_or_handed_back_stays_unanswered() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    for (begin, cause) in [(0, ChangeCause::Closed), (10, ChangeCause::HandedBack)] {
        tell(
            &lab,
            [
                handed_over(begin, ChangeCause::HandedOver),
                handler(begin + 1, Handler::Nobody, cause, None),
            ],
        );
    }
    lab.log.queued(5, 101, 90);
    assert_eq!(shown(&lab).await.first_response_total, times(2, &[]));
}

#[tokio::test]
async fn response_times_have_median_and_ninetieth_percentile_per_day_and_in_all() {
    let lab = lab().await;
    for customer in 10..31 {
        lab.log.customer(customer, "Анна", None, "79991112233");
        let is_late = customer == 30;
        let begin = if is_late { NEXT_DAY } else { 0 };
        let wait = i64::try_from(customer - 9).unwrap();
        lab.log
            .conversation(customer, handed_over(begin, ChangeCause::HandedOver));
        lab.log.queued(customer, 100 + customer, begin + wait);
    }
    let activity = shown(&lab).await;
    let seconds: Vec<u64> = (1..=21).map(|second| second * 1_000).collect();
    let by_day: Vec<ResponseTimes> = activity
        .first_responses
        .iter()
        .map(|row| row.times)
        .collect();
    assert_eq!(
        by_day,
        [times(20, &seconds[..20]), times(1, &seconds[20..])]
    );
    assert_eq!(by_day[0].median_ms, Some(10_000));
    assert_eq!(by_day[0].p90_ms, Some(18_000));
    assert_eq!(activity.first_response_total, times(21, &seconds));
}
