//! Tests of the module above.

use application::ports::idempotency::RememberedRequest;
use axum::http::HeaderValue;
use uuid::Uuid;

use super::{outcome_of, split, visible};

#[test]
fn a_key_has_1_to_128_visible_characters() {
    let header = |text: &str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(visible(&header("order-17")), Some("order-17".to_owned()));
    assert_eq!(visible(&header(&"x".repeat(128))), Some("x".repeat(128)));
    for wrong in ["", "two words", "ключ", &"x".repeat(129)] {
        assert_eq!(visible(&header(wrong)), None, "{wrong}");
    }
}

#[test]
fn the_seed_of_a_request_is_kept_beside_its_hash() {
    let seed = Uuid::from_u128(7);
    assert_eq!(split(&format!("abc.{seed}")), Some(("abc", seed)));
    assert_eq!(split("abc"), None);
}

#[test]
fn a_request_under_way_has_no_outcome_yet() {
    let mut remembered = RememberedRequest {
        request_hash: "abc".to_owned(),
        status: None,
        subject_id: None,
        position: None,
    };
    assert!(outcome_of(&remembered).is_none());
    remembered.status = Some(201);
    remembered.subject_id = Some(Uuid::from_u128(7).to_string());
    remembered.position = Some(3);
    assert_eq!(outcome_of(&remembered).unwrap().status.as_u16(), 201);
}
