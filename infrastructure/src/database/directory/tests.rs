//! The directory follows commits and is the same after a restart.

use application::ports::blobs::{BlobHasher as _, Blobs as _};
use application::ports::directory::Directory as _;
use application::ports::event_log::{
    Commit, CommitError, EventLog as _, Metadata, NewEvent, StreamId,
};
use application::ports::row_op::{NumberRow, RowOp};
use domain::any_event::aggregate_type;
use domain::api_token::{ApiTokenEvent, Role};
use domain::ids::{BotId, CommandId, NumberId, SecretId, TokenId};
use domain::number::NumberKind;
use domain::time::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::database::blobs::Sha256Hasher;
use crate::database::test_support::{TestDatabase, on_both};

on_both! {
    rows_of_commits_are_in_memory_at_once_and_after_a_restart,
    a_phone_number_id_and_a_numbers_bot_are_unique,
}

/// A commit of any stream that carries the operations.
fn carry(stream: u128, row_ops: Vec<RowOp>) -> Commit {
    Commit {
        stream: StreamId {
            aggregate_type: aggregate_type::API_TOKEN,
            id: Uuid::from_u128(stream),
        },
        expected_version: 0,
        command_id: CommandId::new(Uuid::from_u128(stream)),
        remember: false,
        events: vec![NewEvent {
            event_type: "ApiTokenRevoked".to_owned(),
            event_version: "1".to_owned(),
            data: ApiTokenEvent::Revoked {
                at: Timestamp::default(),
            }
            .into(),
        }],
        metadata: Metadata::default(),
        subject: None,
        lane: 0,
        row_ops,
    }
}

fn number(id: u128, is_removed: bool) -> RowOp {
    RowOp::Number(NumberRow {
        id: NumberId::new(Uuid::from_u128(id)),
        kind: NumberKind::Simulated,
        phone_number_id: "100".to_owned(),
        is_active: true,
        is_removed,
        auth_broken: false,
        access_token: SecretId::new(Uuid::from_u128(50)),
        token_fingerprint: "f".to_owned(),
        app_secret: None,
    })
}

fn check(database: &TestDatabase) {
    let found = database.directory.number_by_phone_number_id("100").unwrap();
    assert_eq!(found.row.kind, NumberKind::Simulated);
    assert_eq!(
        found.access_token.as_ref().unwrap().expose_secret(),
        "EAAG-token"
    );
    assert_eq!(database.directory.numbers().len(), 1);
    let bound = database.directory.bot(found.row.id).unwrap();
    assert_eq!(
        (bound.version, bound.bot),
        (3, BotId::new(Uuid::from_u128(70)))
    );
    let token = database.directory.token("aa").unwrap();
    let end = Some(Timestamp::from_seconds(1_800_000_000));
    assert_eq!((token.role, token.expires_at), (Role::Agent, end));
    assert!(database.directory.token("bb").is_none(), "revoked");
}

async fn rows_of_commits_are_in_memory_at_once_and_after_a_restart(database: TestDatabase) {
    let bytes = b"{}".to_vec();
    let hash = Sha256Hasher.hash(&bytes);
    let token = |id, hash: &str, revoked| RowOp::Token {
        id: TokenId::new(Uuid::from_u128(id)),
        hash: hash.to_owned(),
        name: "n".to_owned(),
        role: Role::Agent,
        expires_at: (id == 80).then(|| Timestamp::from_seconds(1_800_000_000)),
        revoked,
    };
    let ops = vec![
        number(1, false),
        RowOp::Secret {
            id: SecretId::new(Uuid::from_u128(50)),
            purpose: "access_token",
            number: NumberId::new(Uuid::from_u128(1)),
            value: SecretString::from("EAAG-token"),
        },
        RowOp::Blob {
            hash: hash.clone(),
            bytes: bytes.clone(),
        },
        RowOp::BotBound {
            number: NumberId::new(Uuid::from_u128(1)),
            bot: BotId::new(Uuid::from_u128(70)),
            version: 3,
            definition: hash.clone(),
        },
        token(80, "aa", false),
        token(81, "bb", false),
    ];
    database.log.append(carry(1, ops)).await.unwrap();
    database
        .log
        .append(carry(2, vec![token(81, "bb", true)]))
        .await
        .unwrap();
    check(&database);

    let database = database.restarted().await;
    check(&database);
    assert_eq!(database.blobs.find(&hash).await.unwrap().unwrap(), bytes);
}

async fn a_phone_number_id_and_a_numbers_bot_are_unique(database: TestDatabase) {
    let bind = |bot| RowOp::BotBound {
        number: NumberId::new(Uuid::from_u128(1)),
        bot: BotId::new(Uuid::from_u128(bot)),
        version: 1,
        definition: Sha256Hasher.hash(b""),
    };
    database
        .log
        .append(carry(1, vec![number(1, false), bind(5)]))
        .await
        .unwrap();
    let refused = database.log.append(carry(2, vec![number(2, false)])).await;
    assert!(matches!(
        refused,
        Err(CommitError::Precondition("number_exists"))
    ));
    let refused = database.log.append(carry(3, vec![bind(6)])).await;
    assert!(matches!(
        refused,
        Err(CommitError::Precondition("number_has_bot"))
    ));
    database
        .log
        .append(carry(4, vec![number(1, true)]))
        .await
        .unwrap();
    assert!(
        database
            .directory
            .number_by_phone_number_id("100")
            .is_none()
    );
    database
        .log
        .append(carry(5, vec![number(2, false)]))
        .await
        .unwrap();
    let found = database.directory.number_by_phone_number_id("100").unwrap();
    assert_eq!(found.row.id, NumberId::new(Uuid::from_u128(2)));
}
