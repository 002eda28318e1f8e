//! Who sees what of an event, and ids of streams.

use std::sync::Arc;

use application::ports::event_log::{Metadata, RecordedEvent, StreamId};
use async_graphql::ID;
use domain::any_event::{AnyEvent, aggregate_type};
use domain::api_token::{ApiTokenEvent, Role};
use domain::conversation::{ConversationEvent, Note, Person, PersonKind};
use domain::ids::{CommandId, TokenId};
use domain::time::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Event, Sight, payload, sight, stream_ref};

fn recorded(aggregate: &'static str, data: AnyEvent) -> Arc<RecordedEvent> {
    Arc::new(RecordedEvent {
        position: 7,
        stream: StreamId {
            aggregate_type: aggregate,
            id: Uuid::from_u128(1),
        },
        sequence: 1,
        event_type: "Any".to_owned(),
        event_version: "1".to_owned(),
        data,
        metadata: Metadata::default(),
        command_id: CommandId::new(Uuid::from_u128(2)),
        recorded_at: Timestamp::from_micros(0),
        subject: None,
        lane: 0,
    })
}

fn noted() -> AnyEvent {
    let event: ConversationEvent = ConversationEvent::Noted {
        at: Timestamp::from_micros(0),
        by: Person {
            id: TokenId::new(Uuid::from_u128(61)),
            kind: PersonKind::Operator,
        },
        personal: Note {
            text: "secret".to_owned(),
        }
        .into(),
    };
    event.into()
}

#[test]
fn roles_see_what_they_may_read() {
    let table = [
        (Role::Admin, Sight::Open, Sight::Open),
        (Role::Agent, Sight::Open, Sight::Hidden),
        (Role::Analyst, Sight::Masked, Sight::Masked),
    ];
    for (role, conversation, number) in table {
        assert_eq!(sight(role, aggregate_type::CONVERSATION), conversation);
        assert_eq!(sight(role, aggregate_type::NUMBER), number);
        assert_eq!(sight(role, "of_a_later_version"), number);
    }
}

#[test]
fn masked_events_hold_no_personal_data_and_are_still_events() {
    let event = recorded(aggregate_type::CONVERSATION, noted());
    let open = payload(&event, Sight::Open).unwrap();
    assert_eq!(open["Noted"]["personal"], json!({"text": "secret"}));
    let masked = payload(&event, Sight::Masked).unwrap();
    assert_eq!(masked["Noted"]["personal"], json!("erased"));
    assert!(AnyEvent::decode(aggregate_type::CONVERSATION, masked, true).is_ok());
    let hidden = recorded(aggregate_type::NUMBER, AnyEvent::Unknown(json!({})));
    assert!(Event::seen_by(Role::Agent, hidden, "c").unwrap().is_none());
}

#[test]
fn the_hash_of_a_token_is_shown_to_nobody() {
    let made = json!({"Made": {"at": "2026-11-18T11:06:41Z", "name": "anna", "role": "agent", "hash": "ab12"}});
    let event: ApiTokenEvent = serde_json::from_value(made).unwrap();
    let event = recorded(aggregate_type::API_TOKEN, event.into());
    let open = payload(&event, Sight::Open).unwrap();
    assert_eq!(open["Made"]["hash"], "erased");
    assert_eq!(open["Made"]["name"], "anna");
    let masked = payload(&event, Sight::Masked).unwrap();
    assert_eq!(masked["Made"]["name"], "erased");
}

#[test]
fn streams_have_ids_that_read_back() {
    for (aggregate, prefix) in stream_ref::KINDS {
        let stream = StreamId {
            aggregate_type: aggregate,
            id: Uuid::from_u128(5),
        };
        let id = stream_ref::id_of(stream);
        assert!(id.starts_with(prefix));
        assert_eq!(stream_ref::parse("stream", &id).unwrap(), stream);
    }
    for wrong in [
        "",
        "session",
        "session:1",
        "planet:00000000-0000-0000-0000-000000000005",
    ] {
        assert!(stream_ref::parse("stream", &ID(wrong.to_owned())).is_err());
    }
}
