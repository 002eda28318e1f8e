//! Numbers: add, edit, switch, new secrets, remove. The directory's row changes in the same commit as the
//! aggregate, so the next request already sees it.

mod add;
mod edit;
mod remove;
mod replace;
mod switch;

use std::sync::Arc;

use domain::ids::{NumberId, SecretId};
use domain::number::{Number, TokenRef};
use secrecy::{ExposeSecret, SecretString};

pub use add::AddNumber;
pub use edit::EditNumber;

use super::Request;
use crate::execute::Executor;
use crate::ports::clock::Clock;
use crate::ports::directory::Directory;
use crate::ports::hashes::KeyedHashes;
use crate::ports::inbox::Inbox;
use crate::ports::row_op::{NumberRow, RowOp};

/// Purpose to which the seal of an access token is bound.
pub const ACCESS_TOKEN: &str = "access_token";
/// Purpose to which the seal of an app secret is bound.
pub const APP_SECRET: &str = "app_secret";

/// Uses of numbers.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// What is known of numbers.
    pub directory: Arc<dyn Directory>,
    /// Holds deliveries of numbers that are not known yet.
    pub inbox: Arc<dyn Inbox>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Fingerprints of tokens.
    pub hashes: Arc<dyn KeyedHashes>,
}

/// The directory's row of a number; `None` before it was added.
pub fn number_row(number: &Number, id: NumberId) -> Option<NumberRow> {
    let (details, token) = (number.details()?, number.token()?);
    Some(NumberRow {
        id,
        kind: number.kind(),
        phone_number_id: details.phone_number_id.clone(),
        is_active: number.is_active(),
        is_removed: number.is_removed(),
        auth_broken: number.auth_broken().is_some(),
        access_token: token.secret,
        token_fingerprint: token.fingerprint.clone(),
        app_secret: number.app_secret(),
    })
}

/// The same as a row operation, for any commit of a number.
pub fn number_row_op(number: &Number, id: NumberId) -> Option<RowOp> {
    number_row(number, id).map(RowOp::Number)
}

impl Numbers {
    /// What the aggregate keeps of a token, and the row that seals it.
    fn seal(&self, request: &Request, id: NumberId, token: SecretString) -> (TokenRef, RowOp) {
        let secret = SecretId::new(request.id("secret/access_token"));
        let text = token.expose_secret();
        let reference = TokenRef {
            secret,
            last4: last_four(text),
            fingerprint: self.hashes.token_fingerprint(text),
            set_at: self.clock.now(),
        };
        (
            reference,
            RowOp::Secret {
                id: secret,
                purpose: ACCESS_TOKEN,
                number: id,
                value: token,
            },
        )
    }
}

/// The last four characters; nothing of a token so short that they would be most of it.
fn last_four(token: &str) -> String {
    let characters: Vec<char> = token.chars().collect();
    if characters.len() < 12 {
        return "****".to_owned();
    }
    characters[characters.len() - 4..].iter().collect()
}
