//! Replacing a number's secrets. The old one's row goes in the commit that stores the new one; the secret that is
//! in place already is no change.

use domain::ids::{NumberId, SecretId};
use domain::number::{Number, NumberCommand};
use secrecy::{ExposeSecret, SecretString};

use super::{APP_SECRET, Numbers, number_row_op};
use crate::execute::Change;
use crate::ports::row_op::RowOp;
use crate::use_cases::{Request, UseCaseError, Written};

impl Numbers {
    /// Stores a new token and drops the old one; the token in place already is no change.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn replace_token(
        &self,
        request: &Request,
        id: NumberId,
        token: SecretString,
    ) -> Result<Written<()>, UseCaseError> {
        let number = self.executor.load::<Number>(id.as_uuid()).await?;
        let present = number
            .token()
            .filter(|_| number.exists())
            .ok_or(UseCaseError::NotFound)?;
        let unchanged = present.fingerprint == self.hashes.token_fingerprint(token.expose_secret());
        if unchanged && number.auth_broken().is_none() {
            return Ok(Written {
                value: (),
                position: self.executor.log().head(),
            });
        }
        let (reference, sealed) = self.seal(request, id, token);
        let command = NumberCommand::ReplaceToken {
            now: self.clock.now(),
            token: reference,
        };
        let done = self
            .executor
            .execute_change::<Number>(
                id.as_uuid(),
                request.intent("token"),
                command,
                |change: Change<'_, Number>| {
                    let mut rows = vec![sealed.clone()];
                    rows.extend(number_row_op(change.after, id));
                    let old = change.before.token();
                    rows.extend(old.map(|old| RowOp::SecretDropped { id: old.secret }));
                    rows
                },
            )
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }

    /// Stores the app secret that signs for this number only, or takes it away; drops the old one.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn replace_app_secret(
        &self,
        request: &Request,
        id: NumberId,
        secret: Option<SecretString>,
    ) -> Result<Written<()>, UseCaseError> {
        let number = self.executor.load::<Number>(id.as_uuid()).await?;
        if !number.exists() {
            return Err(UseCaseError::NotFound);
        }
        let known = self.directory.number(id);
        let present = known.and_then(|known| known.app_secret.clone());
        let unchanged = match (&secret, &present) {
            (Some(new), Some(old)) => new.expose_secret() == old.expose_secret(),
            _ => false,
        };
        if unchanged {
            return Ok(Written {
                value: (),
                position: self.executor.log().head(),
            });
        }
        let sealed = secret.map(|value| RowOp::Secret {
            id: SecretId::new(request.id("secret/app_secret")),
            purpose: APP_SECRET,
            number: id,
            value,
        });
        let command = NumberCommand::ReplaceAppSecret {
            now: self.clock.now(),
            app_secret: sealed
                .is_some()
                .then(|| SecretId::new(request.id("secret/app_secret"))),
        };
        let done = self
            .executor
            .execute_change::<Number>(
                id.as_uuid(),
                request.intent("app_secret"),
                command,
                |change: Change<'_, Number>| {
                    let mut rows: Vec<RowOp> = sealed.iter().cloned().collect();
                    rows.extend(number_row_op(change.after, id));
                    let old = change.before.app_secret();
                    rows.extend(old.map(|id| RowOp::SecretDropped { id }));
                    rows
                },
            )
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }
}
