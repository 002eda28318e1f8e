//! What becomes of a turn whose message was rejected.

use domain::delivery::{DeliveryEvent, FailureCode, FailureText};

use super::*;
use crate::ports::row_op::RowOp;
use crate::sending::attempt::holds;
use crate::sending::record::{Evidence, hold_turn};

#[test]
fn turn_is_held_while_something_queued_of_it_may_not_leave() {
    let turn = (SessionId::new(Uuid::from_u128(9)), 1);
    let held = |row: OutboxRow, seconds| OutboxRow {
        not_before: Some(at(seconds)),
        ..row
    };
    assert!(holds(&[held(bot_row(2, 1), 60)], turn, at(59)));
    assert!(!holds(&[held(bot_row(2, 1), 60)], turn, at(60)));
    assert!(!holds(&[bot_row(2, 1)], turn, at(0)));
    assert!(!holds(&[held(person_row(2, 1), 60)], turn, at(0)));
}

#[test]
fn rejection_of_a_bots_message_holds_the_rest_of_its_turn_on_disk() {
    let rejected = [DeliveryEvent::Rejected {
        conversation: ConversationId::new(Uuid::from_u128(1)),
        contact: ContactId::new(Uuid::from_u128(1)),
        at: at(0),
        code: FailureCode("recipient_unavailable".to_owned()),
        meta_code: None,
        personal: FailureText {
            title: "t".to_owned(),
            detail: None,
        }
        .into(),
    }];
    let held = |row: &OutboxRow, evidence| {
        hold_turn(row, evidence, &rejected).map(|op| match op {
            RowOp::OutboxHoldTurn {
                turn, not_before, ..
            } => (turn.1, not_before),
            other => panic!("expected a hold, got {other:?}"),
        })
    };
    assert_eq!(
        held(&bot_row(1, 1), Evidence::Attempt(1)),
        Some((1, at(60)))
    );
    assert_eq!(held(&bot_row(1, 1), Evidence::EventOnly), None);
    assert_eq!(held(&person_row(1, 1), Evidence::Attempt(1)), None);
}
