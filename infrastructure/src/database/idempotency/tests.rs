//! Idempotency keys against a real database.

use application::ports::idempotency::RememberedRequest;
use domain::ids::TokenId;
use uuid::Uuid;

use crate::database::test_support::{TestDatabase, on_both};

on_both! {
    one_of_two_requests_reserves_the_key,
    a_key_is_free_again_after_a_day,
}

fn token(number: u128) -> TokenId {
    TokenId::new(Uuid::from_u128(number))
}

fn remembered(status: Option<u16>) -> RememberedRequest {
    RememberedRequest {
        request_hash: "hash".to_owned(),
        status,
        subject_id: status.map(|_| "subject".to_owned()),
        position: status.map(|_| 7),
    }
}

async fn one_of_two_requests_reserves_the_key(database: TestDatabase) {
    let keys = &database.idempotency;
    let (first, second) = tokio::join!(
        keys.begin(token(1), "key", "hash"),
        keys.begin(token(1), "key", "hash")
    );
    let answers = [first.expect("answered"), second.expect("answered")];
    assert_eq!(
        answers.iter().flatten().collect::<Vec<_>>(),
        [&remembered(None)]
    );
    assert_eq!(
        keys.begin(token(2), "key", "hash").await.expect("answered"),
        None
    );
    keys.finish(token(1), "key", remembered(Some(201)))
        .await
        .expect("kept");
    let again = keys
        .begin(token(1), "key", "other")
        .await
        .expect("answered");
    assert_eq!(again, Some(remembered(Some(201))));
    keys.forget(token(2), "key").await.expect("forgotten");
    assert_eq!(
        keys.begin(token(2), "key", "hash").await.expect("answered"),
        None
    );
}

async fn a_key_is_free_again_after_a_day(database: TestDatabase) {
    let keys = &database.idempotency;
    keys.begin(token(1), "key", "hash").await.expect("answered");
    keys.begin(token(1), "unused", "hash")
        .await
        .expect("answered");
    keys.finish(token(1), "key", remembered(Some(201)))
        .await
        .expect("kept");
    database.clock.move_seconds(86_399);
    assert!(
        keys.begin(token(1), "key", "hash")
            .await
            .expect("answered")
            .is_some()
    );
    database.clock.move_seconds(2);
    assert_eq!(
        keys.begin(token(1), "key", "hash").await.expect("answered"),
        None
    );
    database.inbox.sweep().await.expect("swept");
    assert_eq!(
        database
            .count("select count(*) from idempotency_keys")
            .await,
        1
    );
}
