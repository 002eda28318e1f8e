//! What each look makes of what it sees, without network or server.

use std::collections::BTreeSet;

use domain::ids::NumberId;
use domain::time::Timestamp;
use infrastructure::database::open::ServerState;
use projections::number::{NumberStatus, NumberView};
use serde_json::{Value, json};
use uuid::Uuid;

use super::catalogue::CATALOGUE;
use super::network::{compare, http_date, public_url};
use super::numbers::judge;
use super::{Finding, State, database, subscribed};
use crate::config::Config;
use crate::i18n::{Lang, Text};

fn number() -> NumberView {
    let at = Timestamp::from_seconds(0);
    NumberView {
        id: NumberId::new(Uuid::nil()),
        kind: "live".to_owned(),
        display_name: "Main".to_owned(),
        phone_number: "+79001234567".to_owned(),
        phone_number_id: "123456789012345".to_owned(),
        business_account: None,
        is_active: true,
        token_last4: "4f2a".to_owned(),
        token_set_at: at,
        status: NumberStatus::Active,
        status_reason: None,
        bot: None,
        webhook_last_seen_at: None,
        removed_at: None,
        created_at: at,
        updated_at: at,
    }
}

fn state_of(status: u16, body: Value) -> State {
    judge(&number(), status, &body).state
}

#[test]
fn every_code_is_written_once_and_says_something_in_both_languages() {
    let codes: BTreeSet<&str> = CATALOGUE.iter().map(|entry| entry.code).collect();
    assert_eq!(codes.len(), CATALOGUE.len());
    for entry in CATALOGUE {
        for text in [&entry.about, &entry.next_step] {
            assert!(!text.get(Lang::En).is_empty(), "{}", entry.code);
            assert_ne!(text.get(Lang::En), text.get(Lang::Ru), "{}", entry.code);
        }
    }
}

#[test]
fn a_date_header_is_read() {
    let at = http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(at, Some(Timestamp::from_seconds(784_111_777)));
    for bad in [
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun, 06 Nix 1994 08:49:37 GMT",
    ] {
        assert_eq!(http_date(bad), None, "{bad}");
    }
}

#[test]
fn a_clock_that_is_off_warns_and_a_wrong_one_is_a_problem() {
    let there = Timestamp::from_seconds(1_000_000);
    let state = |off| compare(there.plus_seconds(off), there).state;
    assert_eq!(state(2), State::Good);
    assert_eq!(state(-60), State::Warning);
    assert_eq!(state(3_600), State::Problem);
}

#[test]
fn the_settings_of_a_server_are_judged() {
    let sound = ServerState {
        fsync: true,
        full_page_writes: true,
        synchronous_commit: "on".to_owned(),
        connections: 10,
        max_connections: 97,
        clock_ahead_micros: -300_000,
    };
    let durable = |change: fn(&mut ServerState)| {
        let mut state = sound.clone();
        change(&mut state);
        [
            database::durability(&state).state,
            database::connections(&state).state,
            database::clock(&state).state,
        ]
    };
    let good = State::Good;
    assert_eq!(durable(|_| ()), [good; 3]);
    assert_eq!(durable(|one| one.fsync = false)[0], State::Problem);
    assert_eq!(
        durable(|one| one.full_page_writes = false)[0],
        State::Problem
    );
    assert_eq!(
        durable(|one| one.synchronous_commit = "off".to_owned())[0],
        State::Warning
    );
    assert_eq!(
        durable(|one| one.synchronous_commit = "remote_apply".to_owned())[0],
        good
    );
    assert_eq!(durable(|one| one.connections = 80)[1], State::Warning);
    assert_eq!(durable(|one| one.connections = 97)[1], State::Problem);
    assert_eq!(
        durable(|one| one.clock_ahead_micros = 6_000_000)[2],
        State::Warning
    );
}

#[test]
fn a_public_address_must_be_https_and_reachable_by_strangers() {
    let state = |url: &str| {
        let folder = tempfile::tempdir().unwrap();
        let env = [("PUBLIC_URL".to_owned(), url.to_owned())];
        let config = Config::from_sources(folder.path(), env).unwrap();
        public_url(&config).state
    };
    assert_eq!(state("https://shop.example.com"), State::Good);
    assert_eq!(state("http://shop.example.com"), State::Problem);
    assert_eq!(state("https://192.168.1.5"), State::Problem);
    assert_eq!(state("https://localhost:8000"), State::Problem);
    assert_eq!(state(""), State::Warning);
}

#[test]
fn what_meta_answers_tells_of_the_token() {
    let good = json!({"display_phone_number": "+7 900 123-45-67", "quality_rating": "GREEN"});
    assert_eq!(state_of(200, good), State::Good);
    let other = json!({"display_phone_number": "+7 900 000-00-00"});
    assert_eq!(state_of(200, other), State::Warning);
    let error = |code: i64| json!({"error": {"code": code}});
    assert_eq!(state_of(401, error(190)), State::Problem);
    assert_eq!(state_of(400, error(100)), State::Problem);
    assert_eq!(state_of(403, error(200)), State::Problem);
    assert_eq!(state_of(500, error(1)), State::NotChecked);
    assert_eq!(state_of(502, Value::Null), State::NotChecked);
}

#[test]
fn an_account_without_an_app_is_a_problem() {
    let state = |status, body: &Value| subscribed::judge("1", status, body).state;
    let app = json!({"data": [{"whatsapp_business_api_data": {"id": "7", "name": "Vestnik"}}]});
    assert_eq!(state(200, &app), State::Good);
    assert_eq!(state(200, &json!({"data": []})), State::Problem);
    let refused = json!({"error": {"code": 200}});
    assert_eq!(state(403, &refused), State::NotChecked);
    assert_eq!(state(200, &Value::Null), State::NotChecked);
}

#[test]
fn a_finding_survives_its_way_over_http() {
    let finding = Finding::problem("D-DISK", Text::new("full", "полон"));
    let read = Finding::from_json(&finding.to_json(Lang::Ru));
    assert_eq!(read.state, State::Problem);
    assert_eq!(read.line(Lang::Ru), finding.line(Lang::Ru));
}
