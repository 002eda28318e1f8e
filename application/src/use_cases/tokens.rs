//! Making and revoking API tokens. The token is returned once; only its SHA-256 is kept.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::api_token::{ApiToken, ApiTokenCommand, ApiTokenEvent, Role};
use domain::ids::TokenId;
use domain::time::Timestamp;
use secrecy::SecretString;

use super::{Request, UseCaseError, Written};
use crate::execute::Executor;
use crate::ports::blobs::BlobHasher;
use crate::ports::clock::Clock;
use crate::ports::row_op::RowOp;

/// What every token starts with, so that secret scanners know it.
pub const PREFIX: &str = "vst_";

/// Makes and revokes tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// SHA-256.
    pub hasher: Arc<dyn BlobHasher>,
}

/// A token that was just made.
#[derive(Debug)]
pub struct MadeToken {
    /// Its id.
    pub id: TokenId,
    /// The token itself, shown this once.
    pub token: SecretString,
}

/// The text of a token: the prefix and 43 base64url characters of 32 random bytes.
pub fn token_text(random: &[u8; 32]) -> String {
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random))
}

impl Tokens {
    /// Makes a token from 32 bytes of the operating system's randomness; it ends at `expires_at`.
    ///
    /// # Errors
    /// Rejected: the name, an end in the past. Unavailable: the store.
    pub async fn make(
        &self,
        request: &Request,
        name: String,
        role: Role,
        expires_at: Option<Timestamp>,
        random: &[u8; 32],
    ) -> Result<Written<MadeToken>, UseCaseError> {
        let text = token_text(random);
        let hash = self.hasher.hash(text.as_bytes()).0;
        let id = TokenId::new(request.id("token"));
        let command = ApiTokenCommand::Make {
            now: self.clock.now(),
            name: name.trim().to_owned(),
            role,
            hash,
            expires_at,
        };
        let done = self
            .executor
            .execute::<ApiToken>(
                id.as_uuid(),
                request.intent("make"),
                command,
                |events, _| {
                    events
                        .iter()
                        .filter_map(|event| made_row(id, event))
                        .collect()
                },
            )
            .await?;
        let value = MadeToken {
            id,
            token: SecretString::from(text),
        };
        Ok(Written {
            value,
            position: done.position,
        })
    }

    /// Takes a token back; again: nothing happens.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn revoke(
        &self,
        request: &Request,
        id: TokenId,
    ) -> Result<Written<()>, UseCaseError> {
        let before = self.executor.load::<ApiToken>(id.as_uuid()).await?;
        let command = ApiTokenCommand::Revoke {
            now: self.clock.now(),
        };
        let row = before
            .role()
            .zip(before.hash())
            .map(|(role, hash)| RowOp::Token {
                id,
                hash: hash.to_owned(),
                name: before.name().unwrap_or_default().to_owned(),
                role,
                expires_at: before.expires_at(),
                revoked: true,
            });
        let done = self
            .executor
            .execute::<ApiToken>(id.as_uuid(), request.intent("revoke"), command, |_, _| {
                row.clone().into_iter().collect()
            })
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }
}

fn made_row(id: TokenId, event: &ApiTokenEvent) -> Option<RowOp> {
    match event {
        ApiTokenEvent::Made {
            name,
            role,
            hash,
            expires_at,
            ..
        } => Some(RowOp::Token {
            id,
            hash: hash.clone(),
            name: name.clone(),
            role: *role,
            expires_at: *expires_at,
            revoked: false,
        }),
        ApiTokenEvent::Revoked { .. } => None,
    }
}
