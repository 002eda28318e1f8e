//! Editing a number: names and ids, then the token, the app secret and the switch. Each is a command of its own;
//! the one that can be refused comes first. How secrets are replaced stands in `replace.rs`.

use domain::ids::NumberId;
use domain::number::{Number, NumberCommand};
use domain::phone::E164;
use secrecy::SecretString;

use super::{Numbers, number_row_op};
use crate::execute::ExecuteError;
use crate::use_cases::{Request, UseCaseError, Written};

/// What shall change; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct EditNumber {
    /// What people call it.
    pub display_name: Option<String>,
    /// The business' own phone number.
    pub phone_number: Option<E164>,
    /// Meta's id of the number.
    pub phone_number_id: Option<String>,
    /// Meta's id of the business account; `Some(None)` takes it away.
    pub whatsapp_business_account_id: Option<Option<String>>,
    /// A new access token.
    pub access_token: Option<SecretString>,
    /// An app secret that signs for this number only; `Some(None)` takes it away.
    pub app_secret: Option<Option<SecretString>>,
    /// Switched on.
    pub is_active: Option<bool>,
}

impl Numbers {
    /// Edits a number.
    ///
    /// # Errors
    /// Not found; conflict `number_in_use`, `number_exists`; unavailable.
    pub async fn edit(
        &self,
        request: &Request,
        id: NumberId,
        edit: EditNumber,
    ) -> Result<Written<()>, UseCaseError> {
        let number = self.executor.load::<Number>(id.as_uuid()).await?;
        if !number.exists() {
            return Err(UseCaseError::NotFound);
        }
        let mut details = number.details().cloned().ok_or(UseCaseError::NotFound)?;
        let present_id = details.phone_number_id.clone();
        details.display_name = edit.display_name.unwrap_or(details.display_name);
        details.phone_number = edit.phone_number.unwrap_or(details.phone_number);
        details.phone_number_id = edit.phone_number_id.unwrap_or(details.phone_number_id);
        details.whatsapp_business_account_id = edit
            .whatsapp_business_account_id
            .unwrap_or(details.whatsapp_business_account_id);
        let wanted_id = details.phone_number_id.clone();
        let moves = wanted_id != present_id;
        let in_use = moves && self.directory.is_in_use(id).await?;
        if moves && !in_use {
            self.refuse_taken(id, &wanted_id)?;
        }
        let command = NumberCommand::Edit {
            now: self.clock.now(),
            details,
            in_use,
        };
        let done = self
            .executor
            .execute::<Number>(id.as_uuid(), request.intent("edit"), command, |_, state| {
                number_row_op(state, id).into_iter().collect()
            })
            .await;
        let mut position = match done {
            Err(ExecuteError::Precondition(_)) => {
                self.refuse_taken(id, &wanted_id)?;
                return Err(UseCaseError::Busy);
            }
            other => other?.position,
        };
        if moves {
            self.inbox.release_held(&wanted_id).await?;
        }
        if let Some(token) = edit.access_token {
            position = position.max(self.replace_token(request, id, token).await?.position);
        }
        if let Some(secret) = edit.app_secret {
            let replaced = self.replace_app_secret(request, id, secret).await?;
            position = position.max(replaced.position);
        }
        if let Some(is_active) = edit.is_active {
            position = position.max(self.set_active(request, id, is_active).await?.position);
        }
        Ok(Written {
            value: (),
            position,
        })
    }
}
