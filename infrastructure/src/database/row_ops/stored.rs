//! Row operations of secrets, API tokens and blobs. Rare, so row by row.

use std::collections::HashMap;

use application::ports::row_op::RowOp;
use domain::ids::{NumberId, SecretId};
use domain::time::Timestamp;

use super::Applied;
use crate::database::db::{Connection, Statement, query};

/// The key under which secrets are sealed; another id would mean another key.
pub(crate) const SECRETS_KEY_ID: &str = "1";

const INSERT_SECRET: Statement = Statement::portable(
    "secrets_insert",
    "insert into secrets (id, purpose, number, sealed, key_id, created_at) \
     values ($1, $2, $3, $4, $5, $6)",
);
const DELETE_SECRET: Statement =
    Statement::portable("secrets_delete", "delete from secrets where id = $1");
const UPSERT_TOKEN: Statement = Statement::portable(
    "api_tokens_upsert",
    "insert into api_tokens (id, hash, name, role, is_revoked, expires_at) values ($1, $2, $3, $4, $5, $6) \
     on conflict (id) do update set name = excluded.name, role = excluded.role, \
       is_revoked = excluded.is_revoked",
);
const INSERT_BLOB: Statement = Statement::portable(
    "blobs_insert",
    "insert into blobs (sha256, bytes, recorded_at) values ($1, $2, $3) \
     on conflict (sha256) do nothing",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] =
    &[INSERT_SECRET, DELETE_SECRET, UPSERT_TOKEN, INSERT_BLOB];

/// Values of `RowOp::Secret`, sealed by the caller before it queued.
pub(crate) type SealedSecrets = HashMap<SecretId, Vec<u8>>;

/// What a secret's seal is bound to.
pub(crate) fn secret_aad(id: SecretId, purpose: &str, number: NumberId) -> String {
    format!("secrets|{id}|{purpose}|{number}")
}

/// Applies the operations of the winners.
pub(crate) async fn apply(
    tx: &mut Connection,
    now: Timestamp,
    ops: &[Applied<'_>],
    secrets: &[&SealedSecrets],
) -> Result<(), sqlx::Error> {
    for (commit, op, _) in ops {
        match op {
            RowOp::Secret {
                id,
                purpose,
                number,
                ..
            } => {
                let sealed = secrets.get(*commit).and_then(|sealed| sealed.get(id));
                query(INSERT_SECRET)
                    .bind(id.to_string())
                    .bind(*purpose)
                    .bind(number.to_string())
                    .bind(sealed.map(Vec::as_slice))
                    .bind(SECRETS_KEY_ID)
                    .bind(now.as_micros())
                    .execute(&mut *tx)
                    .await?;
            }
            RowOp::SecretDropped { id } => {
                query(DELETE_SECRET)
                    .bind(id.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
            RowOp::Token {
                id,
                hash,
                name,
                role,
                expires_at,
                revoked,
            } => {
                query(UPSERT_TOKEN)
                    .bind(id.to_string())
                    .bind(hash)
                    .bind(name)
                    .bind(role.as_str())
                    .bind(*revoked)
                    .bind(expires_at.map(Timestamp::as_micros))
                    .execute(&mut *tx)
                    .await?;
            }
            RowOp::Blob { hash, bytes } => {
                query(INSERT_BLOB)
                    .bind(&hash.0)
                    .bind(bytes)
                    .bind(now.as_micros())
                    .execute(&mut *tx)
                    .await?;
            }
            _ => {}
        }
    }
    Ok(())
}
