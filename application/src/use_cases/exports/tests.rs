//! Pseudonyms: people go, joins stay.

use domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ExportedEvent, pseudonym};
use crate::ports::event_log::Metadata;

const CONTACT: Uuid = Uuid::from_u128(0xc0);
const NUMBER: Uuid = Uuid::from_u128(0xa0);
const TOKEN: Uuid = Uuid::from_u128(0xd0);

fn other(id: Uuid) -> Uuid {
    Uuid::from_u128(!id.as_u128())
}

fn event(aggregate_type: &str, id: Uuid, payload: Value) -> ExportedEvent {
    ExportedEvent {
        position: 1,
        cursor: "c".to_owned(),
        aggregate_type: aggregate_type.to_owned(),
        aggregate_id: id,
        sequence: 1,
        event_type: "X".to_owned(),
        event_version: "1".to_owned(),
        recorded_at: Timestamp::from_micros(1),
        command_id: Uuid::from_u128(5),
        metadata: Metadata::default(),
        subject: Some(CONTACT),
        lane: 3,
        payload,
    }
}

#[test]
fn a_contact_has_one_pseudonym_wherever_it_is_named() {
    let own = pseudonym::apply(event("contact", CONTACT, json!({})), &other);
    let named =
        json!({"Started": {"contact": CONTACT, "number": NUMBER, "at": "2026-01-01T00:00:00Z"}});
    let named = pseudonym::apply(event("conversation", Uuid::from_u128(1), named), &other);
    assert_eq!(own.aggregate_id, other(CONTACT));
    assert_eq!(named.subject, Some(other(CONTACT)));
    let fields = &named.payload["Started"];
    assert_eq!(fields["contact"], json!(other(CONTACT)));
    assert_eq!(fields["number"], json!(NUMBER));
    assert_eq!(fields["at"], "2026-01-01T00:00:00Z");
}

#[test]
fn operators_lose_their_names_and_keep_their_ids() {
    let payload = json!({"Closed": {"by": {"id": TOKEN, "name": "Maria", "kind": "operator"}}});
    let shown = pseudonym::apply(event("conversation", CONTACT, payload), &other);
    let by = &shown.payload["Closed"]["by"];
    assert_eq!(
        *by,
        json!({"id": TOKEN, "name": "erased", "kind": "operator"})
    );
    let payload = json!({"Made": {"name": "Maria", "hash": "00", "role": "agent"}});
    let shown = pseudonym::apply(event("api_token", TOKEN, payload), &other);
    assert_eq!(shown.aggregate_id, TOKEN);
    let made = json!({"Made": {"name": "erased", "hash": "erased", "role": "agent"}});
    assert_eq!(shown.payload, made);
}

#[test]
fn a_member_of_a_kept_name_that_holds_more_than_ids_is_looked_into() {
    let payload = json!({"X": {"handler": {"bot": {"bot": NUMBER, "session": CONTACT}}}});
    let shown = pseudonym::apply(event("conversation", CONTACT, payload), &other);
    let bot = &shown.payload["X"]["handler"]["bot"];
    assert_eq!(*bot, json!({"bot": NUMBER, "session": other(CONTACT)}));
}

proptest! {
    #[test]
    fn an_id_under_an_unknown_member_never_stays(member in "[a-z_]{1,12}", id in any::<u128>()) {
        let id = Uuid::from_u128(id);
        let kept = super::pseudonym::KEPT_MEMBERS;
        prop_assume!(!kept.contains(&member.as_str()));
        let payload = json!({"X": {member: [{"deep": id}]}});
        let shown = pseudonym::apply(event("conversation", CONTACT, payload), &other);
        prop_assert!(!shown.payload.to_string().contains(&id.to_string()));
    }
}
