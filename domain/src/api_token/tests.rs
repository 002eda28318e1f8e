//! A token is made once and revoked once.

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;

use super::{ApiToken, ApiTokenCommand as Command, ApiTokenError, ApiTokenEvent as Event, Role};
use crate::stream::{Refusal, StreamAggregate};
use crate::time::Timestamp;

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn now() -> Timestamp {
    Timestamp::from_seconds(1_767_000_000)
}

fn make(name: &str) -> Command {
    Command::Make {
        now: now(),
        name: name.to_owned(),
        role: Role::Agent,
        hash: HASH.to_owned(),
        expires_at: None,
    }
}

fn made(name: &str) -> Event {
    Event::Made {
        at: now(),
        name: name.to_owned(),
        role: Role::Agent,
        hash: HASH.to_owned(),
        expires_at: None,
    }
}

async fn decides(given: Vec<Event>, command: Command, events: Vec<Event>) {
    TestFramework::<ApiToken>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

async fn refuses(given: Vec<Event>, command: Command, error: ApiTokenError) {
    TestFramework::<ApiToken>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_error(error);
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    let examples = [made("CRM"), Event::Revoked { at: now() }];
    let source = include_str!("event.rs");
    crate::golden::check_all("ApiToken", ApiToken::EVENT_TYPES, &examples, source);
}

#[tokio::test]
async fn a_token_is_made_once() {
    decides(vec![], make("CRM"), vec![made("CRM")]).await;
    refuses(vec![made("CRM")], make("CRM"), ApiTokenError::AlreadyMade).await;
    let revoked = vec![made("CRM"), Event::Revoked { at: now() }];
    refuses(revoked, make("CRM"), ApiTokenError::AlreadyMade).await;
}

#[tokio::test]
async fn a_name_has_one_to_a_hundred_characters() {
    let longest = "ä".repeat(100);
    decides(vec![], make(&longest), vec![made(&longest)]).await;
    decides(vec![], make(" CRM "), vec![made("CRM")]).await;
    for name in ["", "  ", "ä".repeat(101).as_str()] {
        refuses(vec![], make(name), ApiTokenError::InvalidName).await;
    }
}

#[tokio::test]
async fn an_end_lies_in_the_future() {
    let ends = |expires_at| Command::Make {
        now: now(),
        name: "CRM".to_owned(),
        role: Role::Agent,
        hash: HASH.to_owned(),
        expires_at: Some(expires_at),
    };
    let end = now().plus_seconds(1);
    let made = Event::Made {
        at: now(),
        name: "CRM".to_owned(),
        role: Role::Agent,
        hash: HASH.to_owned(),
        expires_at: Some(end),
    };
    decides(vec![], ends(end), vec![made.clone()]).await;
    for past in [now(), now().plus_seconds(-1)] {
        refuses(vec![], ends(past), ApiTokenError::InvalidExpiry).await;
    }
    let mut token = ApiToken::default();
    token.apply(made);
    assert_eq!(token.expires_at(), Some(end));
}

#[test]
fn a_token_of_before_ends_were_kept_has_none() {
    let old = r#"{"Made":{"at":"2025-12-29T09:20:00Z","name":"CRM","role":"agent","hash":"00"}}"#;
    let Event::Made { expires_at, .. } = serde_json::from_str(old).unwrap() else {
        panic!("another event");
    };
    assert_eq!(expires_at, None);
}

#[tokio::test]
async fn a_token_is_revoked_once() {
    let revoke = Command::Revoke { now: now() };
    let revoked = Event::Revoked { at: now() };
    refuses(vec![], revoke.clone(), ApiTokenError::NotFound).await;
    decides(vec![made("CRM")], revoke.clone(), vec![revoked.clone()]).await;
    decides(vec![made("CRM"), revoked], revoke, vec![]).await;
}

#[test]
fn state_holds_what_the_events_said_in_any_order() {
    let mut token = ApiToken::default();
    assert_eq!(
        (token.role(), token.name(), token.hash()),
        (None, None, None)
    );
    token.apply(Event::Revoked { at: now() });
    token.apply(made("CRM"));
    assert!(token.exists() && token.is_revoked());
    assert_eq!(token.role(), Some(Role::Agent));
    assert_eq!((token.name(), token.hash()), (Some("CRM"), Some(HASH)));
    assert_eq!(token.made_at(), Some(now()));
    assert_eq!((token.subject(), token.lane_key()), (None, None));
    assert!(token.weight_bytes() > size_of::<ApiToken>());
}

#[test]
fn roles_and_refusals_have_stable_names() {
    for role in [Role::Admin, Role::Agent, Role::Analyst] {
        assert_eq!(role.as_str().parse(), Ok(role));
    }
    assert!(
        "root"
            .parse::<Role>()
            .unwrap_err()
            .contains("admin, agent or analyst")
    );
    let codes = [
        ApiTokenError::NotFound,
        ApiTokenError::AlreadyMade,
        ApiTokenError::InvalidName,
        ApiTokenError::InvalidExpiry,
    ]
    .map(|error| error.code());
    assert_eq!(
        codes,
        [
            "not_found",
            "token_exists",
            "invalid_name",
            "invalid_expiry"
        ]
    );
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    crate::tests::assert_repeats_change_nothing::<ApiToken>(&[
        made("CRM"),
        Event::Revoked { at: now() },
    ]);
}
