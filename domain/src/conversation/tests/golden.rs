//! The format of every event, as installations keep it.

use super::*;
use crate::conversation::UnansweredReason;
use crate::conversation::event::{EditedContent, Note, Notice, Reaction, RevokedMessage};
use crate::golden::check;
use crate::message::{Quote, Referral};
use crate::stream::StreamAggregate;

#[test]
fn every_event_keeps_its_format() {
    let (received_at, provider_at, target) = (at(1), at(0), message(1));
    let message_id = message(2);
    let wamid = "wamid.HBgLNzkwMDEyMzQ1NjcVAgASGBQzQTdC".to_owned();
    let anna = person("anna");
    let examples = [
        started(),
        ConversationEvent::MessageReceived {
            message: message_id,
            received_at,
            provider_at,
            message_type: MessageType::Text,
            reply_to: Some(target),
            handler: bot(),
            epoch: 1,
            personal: ReceivedMessage {
                content: Content::text("Здравствуйте"),
                wamid: wamid.clone(),
                quote: Some(Quote {
                    wamid: Some(wamid.clone()),
                    ..Quote::default()
                }),
                referral: Some(Box::new(Referral {
                    source_type: Some("ad".to_owned()),
                    source_id: Some("120210".to_owned()),
                    ..Referral::default()
                })),
                group_id: None,
            }
            .into(),
        },
        ConversationEvent::MessageQueued {
            message: message_id,
            at: at(3),
            author: Author::Bot {
                bot: BOT,
                version: 1,
                session: SESSION,
                turn: 1,
                node: "welcome".to_owned(),
            },
            epoch: 1,
            message_type: MessageType::Text,
            reply_to: Some(target),
            repeats: None,
            personal: QueuedMessage {
                content: Content::text("Привет!"),
                reply_to_wamid: Some(wamid.clone()),
            }
            .into(),
        },
        canceled(2, 4, CancelReason::TakenOver),
        ConversationEvent::ReactionReceived {
            message: message_id,
            target,
            received_at,
            provider_at,
            personal: Reaction {
                emoji: Some("👍".to_owned()),
                target_wamid: Some(wamid.clone()),
            }
            .into(),
        },
        ConversationEvent::EditReceived {
            message: message_id,
            target,
            received_at,
            provider_at,
            personal: EditedContent {
                content: Content::text("Добрый день"),
                target_wamid: Some(wamid.clone()),
            }
            .into(),
        },
        ConversationEvent::RevokeReceived {
            message: message_id,
            target,
            received_at,
            provider_at,
            personal: RevokedMessage {
                target_wamid: Some(wamid),
            }
            .into(),
        },
        ConversationEvent::NoticeReceived {
            message: message_id,
            received_at,
            provider_at,
            notice: "request_welcome".to_owned(),
            personal: Notice {
                text: String::new(),
                raw: serde_json::json!({"type": "request_welcome"}),
            }
            .into(),
        },
        ConversationEvent::HandlerChanged {
            at: at(4),
            handler: Handler::Person(anna.clone()),
            epoch: 2,
            cause: ChangeCause::TakenOver,
            awaiting_people_since: None,
            trigger: None,
        },
        ConversationEvent::LeftUnanswered {
            message: message_id,
            at: at(4),
            reason: UnansweredReason::NoActiveBot,
        },
        ConversationEvent::Noted {
            at: at(4),
            by: anna.clone(),
            personal: Note {
                text: "Перезвонить в пять".to_owned(),
            }
            .into(),
        },
        ConversationEvent::Assigned {
            at: at(4),
            to: Some(person("boris").id),
            by: anna.clone(),
        },
        ConversationEvent::ReadByOperator {
            at: at(4),
            by: anna.clone(),
            up_to: Some(message_id),
            unread: 1,
        },
        ConversationEvent::Closed {
            at: at(5),
            by: anna,
        },
        ConversationEvent::Reopened {
            at: at(6),
            by: None,
        },
    ];
    assert_eq!(examples.len(), Conversation::EVENT_TYPES.len());
    for (event, event_type) in examples.iter().zip(Conversation::EVENT_TYPES) {
        check(event_type, "1", event);
    }
}
