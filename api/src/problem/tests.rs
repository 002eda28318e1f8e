//! Tests of the module above.

use std::collections::BTreeSet;

use super::catalogue::CATALOGUE;
use super::{FieldError, Problem};
use crate::i18n::{Lang, Text};

#[test]
fn every_code_says_what_it_means_and_what_to_do_in_both_languages() {
    for entry in CATALOGUE {
        for text in [&entry.title, &entry.meaning, &entry.next_step] {
            assert!(!text.get(Lang::En).is_empty(), "{}", entry.code);
            let russian = text.get(Lang::Ru);
            assert!(
                russian.chars().any(|c| ('а'..='я').contains(&c)),
                "{}: {russian}",
                entry.code
            );
        }
        assert!((400..=599).contains(&entry.status), "{}", entry.code);
    }
}

#[test]
fn codes_are_unique() {
    let codes: BTreeSet<&str> = CATALOGUE.iter().map(|entry| entry.code).collect();
    assert_eq!(codes.len(), CATALOGUE.len());
}

#[test]
fn a_missing_token_is_told_how_to_make_one() {
    let problem = Problem::new("unauthenticated");
    for lang in [Lang::En, Lang::Ru] {
        let body = problem.to_json(lang, "id");
        assert!(
            body["next_step"]
                .as_str()
                .unwrap()
                .contains("vestnik token create")
        );
    }
}

#[test]
fn a_problem_has_every_documented_key() {
    let message = Text::new(
        "must be in international form",
        "должен быть в международном формате",
    );
    let problem = Problem::invalid(vec![
        FieldError::new("phone_number", "invalid_phone", message.clone()),
        FieldError::new("display_name", "too_long", message).with_limit(100, 101),
    ]);
    let body = problem.with("existing_id", "x").to_json(Lang::En, "the-id");
    assert_eq!(body["type"], "/problems/validation_failed");
    assert_eq!(body["status"], 422);
    assert_eq!(
        body["detail"],
        "phone_number: must be in international form; display_name: must be in international form"
    );
    assert_eq!(body["errors"][0]["limit"], serde_json::Value::Null);
    assert_eq!(body["errors"][1]["actual"], 101);
    assert_eq!(body["request_id"], "the-id");
    assert_eq!(body["existing_id"], "x");
}

#[test]
fn an_unknown_code_is_an_internal_error() {
    assert_eq!(Problem::new("no_such_code").code(), "internal");
}
