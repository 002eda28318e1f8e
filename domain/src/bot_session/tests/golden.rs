//! The format of every event, as installations keep it.

use super::*;
use crate::golden::check;
use crate::ids::DealId;

/// An event keeps the id it was written with, whatever later ids are made of.
const SAID: MessageId = MessageId::new(Uuid::from_u128(0x1172_84b8_542a_5e77_99d5_9eb6_3392_5a04));

#[test]
fn every_event_keeps_its_format() {
    let button = Button {
        id: "book".to_owned(),
        title: "Записаться на услугу".to_owned(),
    };
    let content = Content::Buttons {
        body: "Что вас интересует?".to_owned(),
        buttons: vec![button.clone()],
    };
    let examples = [
        story(vec![start(&asking())]).swap_remove(0),
        entered(1, "menu", "buttons"),
        BotSessionEvent::MessageComposed {
            message: SAID,
            turn: 1,
            node: "menu".to_owned(),
            personal: Composed { content }.into(),
        },
        waiting(1, "menu", WaitKind::Press, SAID, 0),
        taken(1, 5, 1, "menu", &button.title),
        refused(2, 6, Some(1), RefusedReason::BeforeQuestion),
        BotSessionEvent::ButtonPressed {
            at: at(5),
            message: message(1),
            bot: BOT,
            version: 7,
            node: "menu".to_owned(),
            button_id: button.id,
            title: button.title,
        },
        BotSessionEvent::VariableSet {
            name: "customer_name".to_owned(),
            node: "ask_name".to_owned(),
            personal: VariableValue {
                value: "Анна".to_owned(),
            }
            .into(),
        },
        BotSessionEvent::ConditionDecided {
            node: "wants_booking".to_owned(),
            verdict: true,
        },
        BotSessionEvent::ActionTaken {
            node: "create_deal".to_owned(),
            action: Action::CreateDeal {
                deal: DealId::new(Uuid::from_u128(6)),
            },
            personal: VariableValue {
                value: "Анна, 12 декабря".to_owned(),
            }
            .into(),
        },
        BotSessionEvent::HandedOver {
            at: at(9),
            node: Some("menu".to_owned()),
            cause: HandOverCause::SendFailed,
            code: Some("window_closed".to_owned()),
        },
        BotSessionEvent::Resumed {
            at: at(9),
            node: "menu".to_owned(),
            epoch: 3,
        },
        completed(9, "wants_booking", Some("false")),
        BotSessionEvent::Expired {
            at: at(3600),
            wait: 1,
        },
        BotSessionEvent::Failed {
            at: at(9),
            node: Some("menu".to_owned()),
            reason: FailReason::TooManySteps,
        },
    ];
    assert_eq!(examples.len(), BotSession::EVENT_TYPES.len());
    for (event, event_type) in examples.iter().zip(BotSession::EVENT_TYPES) {
        check(event_type, "1", event);
    }
}
