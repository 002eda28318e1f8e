//! Every rule of a number, each command twice and out of order.

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::{
    Number, NumberCommand as Command, NumberDetails, NumberError, NumberEvent as Event, NumberKind,
    TokenRef,
};
use crate::ids::SecretId;
use crate::phone::E164;
use crate::stream::{Refusal, StreamAggregate};
use crate::time::Timestamp;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_000_000 + seconds)
}

fn secret(number: u128) -> SecretId {
    SecretId::new(Uuid::from_u128(number))
}

fn token(number: u128) -> TokenRef {
    TokenRef {
        secret: secret(number),
        last4: "wXyZ".to_owned(),
        fingerprint: format!("{number:016x}"),
        set_at: at(0),
    }
}

fn details(phone_number_id: &str) -> NumberDetails {
    NumberDetails {
        display_name: "Support".to_owned(),
        phone_number: E164::parse("+15550783881").unwrap(),
        phone_number_id: phone_number_id.to_owned(),
        whatsapp_business_account_id: Some("102290129340398".to_owned()),
    }
}

fn add() -> Command {
    Command::Add {
        now: at(0),
        kind: NumberKind::Simulated,
        details: details("106540352242922"),
        token: token(7),
        app_secret: None,
        is_active: true,
    }
}

fn added() -> Event {
    Event::Added {
        at: at(0),
        kind: NumberKind::Simulated,
        display_name: "Support".to_owned(),
        phone_number: E164::parse("+15550783881").unwrap(),
        phone_number_id: "106540352242922".to_owned(),
        whatsapp_business_account_id: Some("102290129340398".to_owned()),
        token: token(7),
        app_secret: None,
        is_active: true,
    }
}

fn edited(phone_number_id: &str) -> Event {
    let details = details(phone_number_id);
    Event::Edited {
        at: at(1),
        display_name: details.display_name,
        phone_number: details.phone_number,
        phone_number_id: details.phone_number_id,
        whatsapp_business_account_id: details.whatsapp_business_account_id,
    }
}

fn examples() -> Vec<Event> {
    vec![
        added(),
        edited("106540352242923"),
        Event::TokenReplaced {
            at: at(2),
            token: token(8),
        },
        Event::AppSecretReplaced {
            at: at(3),
            app_secret: Some(secret(9)),
        },
        Event::Activated { at: at(4) },
        Event::Deactivated { at: at(5) },
        Event::AuthBroken {
            at: at(6),
            meta_code: 190,
        },
        Event::AuthRestored { at: at(7) },
        Event::Removed { at: at(8) },
    ]
}

async fn decides(given: Vec<Event>, command: Command, events: Vec<Event>) {
    TestFramework::<Number>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

async fn refuses(given: Vec<Event>, command: Command, error: NumberError) {
    TestFramework::<Number>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_error(error);
}

fn number(events: Vec<Event>) -> Number {
    let mut number = Number::default();
    for event in events {
        number.apply(event);
    }
    number
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    crate::golden::check_all(
        "Number",
        Number::EVENT_TYPES,
        &examples(),
        include_str!("event.rs"),
    );
}

#[tokio::test]
async fn a_number_is_added_once() {
    decides(vec![], add(), vec![added()]).await;
    refuses(vec![added()], add(), NumberError::AlreadyAdded).await;
}

#[tokio::test]
async fn a_removed_number_can_be_added_anew_and_keeps_its_conversations() {
    let removed = vec![added(), Event::Removed { at: at(1) }];
    decides(removed.clone(), add(), vec![added()]).await;
    let again = number([removed, vec![added()]].concat());
    assert!(again.exists() && again.is_active());
}

#[tokio::test]
async fn a_removed_number_cannot_come_back_as_another_kind() {
    let mut live = add();
    if let Command::Add { kind, .. } = &mut live {
        *kind = NumberKind::Live;
    }
    let removed = vec![added(), Event::Removed { at: at(1) }];
    refuses(removed, live, NumberError::AlreadyAdded).await;
}

#[tokio::test]
async fn an_edit_that_changes_nothing_gives_no_event() {
    let edit = |id| Command::Edit {
        now: at(1),
        details: details(id),
        in_use: false,
    };
    decides(vec![added()], edit("1"), vec![edited("1")]).await;
    decides(vec![added(), edited("1")], edit("1"), vec![]).await;
}

#[tokio::test]
async fn a_number_in_use_keeps_its_phone_number_id() {
    let edit = |details| Command::Edit {
        now: at(1),
        details,
        in_use: true,
    };
    refuses(vec![added()], edit(details("1")), NumberError::InUse).await;
    let renamed = NumberDetails {
        display_name: "Sales".to_owned(),
        ..details("106540352242922")
    };
    let mut event = edited("106540352242922");
    if let Event::Edited { display_name, .. } = &mut event {
        "Sales".clone_into(display_name);
    }
    decides(vec![added()], edit(renamed), vec![event]).await;
}

#[tokio::test]
async fn a_new_token_ends_broken_auth() {
    let replace = Command::ReplaceToken {
        now: at(2),
        token: token(8),
    };
    let replaced = Event::TokenReplaced {
        at: at(2),
        token: token(8),
    };
    let broken = Event::AuthBroken {
        at: at(1),
        meta_code: 190,
    };
    decides(
        vec![added(), broken.clone()],
        replace.clone(),
        vec![replaced.clone()],
    )
    .await;
    decides(vec![added(), replaced.clone()], replace, vec![]).await;
    assert_eq!(
        number(vec![added(), broken.clone()]).auth_broken(),
        Some(190)
    );
    assert_eq!(number(vec![added(), broken, replaced]).auth_broken(), None);
}

#[tokio::test]
async fn an_app_secret_is_replaced_only_by_another() {
    let replace = |app_secret| Command::ReplaceAppSecret {
        now: at(3),
        app_secret,
    };
    let replaced = |app_secret| Event::AppSecretReplaced {
        at: at(3),
        app_secret,
    };
    decides(vec![added()], replace(None), vec![]).await;
    decides(
        vec![added()],
        replace(Some(secret(9))),
        vec![replaced(Some(secret(9)))],
    )
    .await;
    let given = vec![added(), replaced(Some(secret(9)))];
    decides(given.clone(), replace(Some(secret(9))), vec![]).await;
    decides(given, replace(None), vec![replaced(None)]).await;
}

#[tokio::test]
async fn switching_is_recorded_only_when_it_changes_something() {
    let switch = |is_active| Command::SetActive {
        now: at(4),
        is_active,
    };
    let off = vec![added(), Event::Deactivated { at: at(4) }];
    decides(vec![added()], switch(true), vec![]).await;
    decides(
        vec![added()],
        switch(false),
        vec![Event::Deactivated { at: at(4) }],
    )
    .await;
    decides(off.clone(), switch(false), vec![]).await;
    decides(
        off.clone(),
        switch(true),
        vec![Event::Activated { at: at(4) }],
    )
    .await;
    assert!(!number(off).facts().is_active);
}

#[tokio::test]
async fn only_the_present_token_can_break_auth_and_only_once() {
    let break_auth = |token: TokenRef| Command::BreakAuth {
        now: at(6),
        meta_code: 190,
        fingerprint: token.fingerprint,
    };
    let broken = Event::AuthBroken {
        at: at(6),
        meta_code: 190,
    };
    decides(vec![added()], break_auth(token(7)), vec![broken.clone()]).await;
    decides(vec![added(), broken], break_auth(token(7)), vec![]).await;
    let replaced = Event::TokenReplaced {
        at: at(2),
        token: token(8),
    };
    decides(vec![added(), replaced], break_auth(token(7)), vec![]).await;
}

#[tokio::test]
async fn auth_is_restored_only_after_it_broke() {
    let restore = Command::RestoreAuth { now: at(7) };
    let broken = Event::AuthBroken {
        at: at(6),
        meta_code: 190,
    };
    let restored = Event::AuthRestored { at: at(7) };
    decides(vec![added()], restore.clone(), vec![]).await;
    decides(
        vec![added(), broken.clone()],
        restore.clone(),
        vec![restored.clone()],
    )
    .await;
    decides(vec![added(), broken, restored], restore, vec![]).await;
}

#[tokio::test]
async fn nothing_can_be_done_with_a_missing_or_removed_number() {
    let commands = [
        Command::Edit {
            now: at(1),
            details: details("1"),
            in_use: false,
        },
        Command::ReplaceToken {
            now: at(1),
            token: token(8),
        },
        Command::ReplaceAppSecret {
            now: at(1),
            app_secret: None,
        },
        Command::SetActive {
            now: at(1),
            is_active: true,
        },
        Command::BreakAuth {
            now: at(1),
            meta_code: 190,
            fingerprint: token(7).fingerprint,
        },
        Command::RestoreAuth { now: at(1) },
        Command::Remove { now: at(1) },
    ];
    for command in commands {
        refuses(vec![], command.clone(), NumberError::NotFound).await;
        let removed = vec![added(), Event::Removed { at: at(1) }];
        refuses(removed, command, NumberError::NotFound).await;
    }
}

#[tokio::test]
async fn a_removed_number_keeps_its_details_and_sends_nothing() {
    let removed = Event::Removed { at: at(8) };
    decides(
        vec![added()],
        Command::Remove { now: at(8) },
        vec![removed.clone()],
    )
    .await;
    let number = number(vec![added(), removed]);
    assert!(number.is_removed() && !number.is_active() && !number.exists());
    assert_eq!(number.details(), Some(&details("106540352242922")));
    assert!(number.facts().is_removed);
}

#[test]
fn state_holds_what_the_events_said() {
    let number = number(examples().into_iter().take(5).collect());
    assert!(number.exists() && number.is_active());
    assert_eq!(number.kind(), NumberKind::Simulated);
    assert_eq!(number.details(), Some(&details("106540352242923")));
    assert_eq!(number.token(), Some(&token(8)));
    assert_eq!(number.app_secret(), Some(secret(9)));
    assert_eq!(
        (number.created_at(), number.updated_at()),
        (Some(at(0)), Some(at(4)))
    );
    assert_eq!((number.subject(), number.lane_key()), (None, None));
    assert!(number.weight_bytes() > size_of::<Number>());
}

#[test]
fn events_out_of_order_do_not_panic() {
    let mut events = examples();
    events.reverse();
    assert_eq!(number(events).details(), Some(&details("106540352242922")));
}

#[test]
fn refusals_have_stable_codes() {
    let codes = [
        NumberError::NotFound,
        NumberError::AlreadyAdded,
        NumberError::InUse,
    ]
    .map(|error| error.code());
    assert_eq!(codes, ["not_found", "number_exists", "number_in_use"]);
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    crate::tests::assert_repeats_change_nothing::<Number>(&examples());
}
