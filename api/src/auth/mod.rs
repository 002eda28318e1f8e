//! Who calls: the bearer token's owner. Each handler says what it is about to do and is refused if the
//! role may not.

use std::sync::Arc;

use application::use_cases::policy::{Action, allows};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use domain::api_token::Role;
use domain::conversation::{Person, PersonKind};
use domain::ids::TokenId;
use domain::time::Timestamp;
use uuid::Uuid;

use crate::i18n::Text;
use crate::problem::Problem;
use crate::rest::App;

/// The owner of the token a request came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The token's id.
    pub id: TokenId,
    /// The token's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When the token ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl Actor {
    /// Lets only roles pass that may do this.
    ///
    /// # Errors
    /// 403 `forbidden`.
    pub fn require(&self, action: Action) -> Result<(), Problem> {
        if allows(self.role, action) {
            return Ok(());
        }
        let role = self.role.as_str();
        Err(Problem::new("forbidden").detail(Text::made(
            format!("a token of role {role} may not do this"),
            format!("токен с ролью {role} не может этого"),
        )))
    }

    /// The token as a person of a conversation.
    pub fn person(&self) -> Person {
        Person {
            id: self.id,
            kind: PersonKind::Operator,
        }
    }

    /// As events name it.
    pub fn as_metadata(&self) -> String {
        format!("token:{}", self.id)
    }

    /// The owner of a token by the hash of its text.
    ///
    /// # Errors
    /// 401 `unauthenticated`: unknown or revoked; 401 `token_expired`.
    pub(crate) fn of_hash(app: &App, hash: &str) -> Result<Self, Problem> {
        if hash == app.admin_token_hash {
            return Ok(Self::command_line());
        }
        let owner = app.directory.token(hash);
        let owner = owner.ok_or_else(|| Problem::new("unauthenticated"))?;
        if let Some(end) = owner.expires_at
            && end <= app.tokens.clock.now()
        {
            let (name, end) = (owner.name, end.to_rfc3339_millis());
            return Err(Problem::new("token_expired").detail(Text::made(
                format!("token {name} ended at {end}"),
                format!("срок токена {name} истёк: {end}"),
            )));
        }
        Ok(Self {
            id: owner.id,
            name: owner.name,
            role: owner.role,
            expires_at: owner.expires_at,
        })
    }

    /// Whether it is the command line of this machine.
    pub fn is_command_line(&self) -> bool {
        self.id.as_uuid().is_nil()
    }

    /// The token that `run.json` holds: the command line of this machine.
    fn command_line() -> Self {
        Self {
            id: TokenId::new(Uuid::nil()),
            name: "cli".to_owned(),
            role: Role::Admin,
            expires_at: None,
        }
    }
}

impl FromRequestParts<Arc<App>> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(Problem::new("unauthenticated"));
        };
        let hash = value
            .to_str()
            .ok()
            .and_then(|value| token_hash(app, value))
            .ok_or_else(|| Problem::new("unauthenticated"))?;
        Self::of_hash(app, &hash)
    }
}

/// The hash of the token in an `Authorization` value. Only hashes are compared, so timing tells nothing of a
/// token.
pub(crate) fn token_hash(app: &App, authorization: &str) -> Option<String> {
    let token = bearer(authorization)?;
    Some(app.hasher.hash(token.as_bytes()).0)
}

/// The token of `Bearer TOKEN`; the scheme is case-insensitive.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests;
