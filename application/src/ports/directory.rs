//! What must be known of numbers, their secrets, bots and tokens on every request: kept in memory by the
//! adapter, current as soon as the commit that changed it returns. Operational rows, never a projection.

use std::sync::Arc;

use async_trait::async_trait;
use domain::api_token::Role;
use domain::bot::BlobHash;
use domain::ids::{BotId, NumberId, TokenId};
use domain::time::Timestamp;
use secrecy::SecretString;

use super::StoreError;
use super::row_op::NumberRow;

/// A number with its opened secrets.
#[derive(Clone, Debug)]
pub struct DirectoryNumber {
    /// The row.
    pub row: NumberRow,
    /// The access token; `None` if its seal cannot be opened.
    pub access_token: Option<Arc<SecretString>>,
    /// Its own app secret.
    pub app_secret: Option<Arc<SecretString>>,
}

/// The bot that answers on a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundBot {
    /// The bot.
    pub bot: BotId,
    /// Its published version.
    pub version: u32,
    /// The version's blob.
    pub definition: BlobHash,
}

/// Who a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// The token's id.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// When it ends by itself; whoever asks compares it with the clock.
    pub expires_at: Option<Timestamp>,
}

/// Look-ups that never wait for a disk.
#[async_trait]
pub trait Directory: Send + Sync + std::fmt::Debug {
    /// The number that is not removed and has this phone number id.
    fn number_by_phone_number_id(&self, phone_number_id: &str) -> Option<Arc<DirectoryNumber>>;

    /// A number, removed or not.
    fn number(&self, id: NumberId) -> Option<Arc<DirectoryNumber>>;

    /// All numbers, removed ones included.
    fn numbers(&self) -> Vec<Arc<DirectoryNumber>>;

    /// The bot that answers on a number.
    fn bot(&self, number: NumberId) -> Option<BoundBot>;

    /// Whom a token (given as the hex SHA-256 of its text) belongs to; revoked: `None`.
    fn token(&self, hash: &str) -> Option<TokenOwner>;

    /// All tokens that are not revoked, by name.
    fn tokens(&self) -> Vec<TokenOwner>;

    /// Whether anything was received or sent with this phone number id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn is_in_use(&self, number: NumberId) -> Result<bool, StoreError>;
}
