//! Adding a number. Calls nobody: Meta is first asked when a message leaves.

use domain::ids::{NumberId, SecretId};
use domain::number::{Number, NumberCommand, NumberDetails, NumberError, NumberKind};
use secrecy::SecretString;

use super::{APP_SECRET, Numbers, number_row_op};
use crate::execute::ExecuteError;
use crate::ports::row_op::RowOp;
use crate::use_cases::{Request, UseCaseError, Written};

/// A number to add; texts are checked at the edge.
#[derive(Debug)]
pub struct AddNumber {
    /// Live or simulated.
    pub kind: NumberKind,
    /// Names and ids.
    pub details: NumberDetails,
    /// Meta's access token.
    pub access_token: SecretString,
    /// An app secret that signs for this number only.
    pub app_secret: Option<SecretString>,
    /// Switched on.
    pub is_active: bool,
}

impl Numbers {
    /// Adds a number and lets go what was held for it.
    ///
    /// # Errors
    /// Conflict `number_exists` with the id of the other number; unavailable.
    pub async fn add(
        &self,
        request: &Request,
        number: AddNumber,
    ) -> Result<Written<NumberId>, UseCaseError> {
        let phone_number_id = number.details.phone_number_id.clone();
        let id = self
            .known(number.kind, &phone_number_id)
            .unwrap_or_else(|| NumberId::new(request.id("number")));
        self.refuse_taken(id, &phone_number_id)?;
        let (token, token_row) = self.seal(request, id, number.access_token);
        let mut rows = vec![token_row];
        let app_secret = number.app_secret.map(|value| {
            let secret = SecretId::new(request.id("secret/app_secret"));
            rows.push(RowOp::Secret {
                id: secret,
                purpose: APP_SECRET,
                number: id,
                value,
            });
            secret
        });
        let command = NumberCommand::Add {
            now: self.clock.now(),
            kind: number.kind,
            details: number.details,
            token,
            app_secret,
            is_active: number.is_active,
        };
        let done = self
            .executor
            .execute::<Number>(id.as_uuid(), request.intent("add"), command, |_, state| {
                rows.iter()
                    .cloned()
                    .chain(number_row_op(state, id))
                    .collect()
            })
            .await;
        let done = match done {
            Err(ExecuteError::Precondition(_)) => {
                self.refuse_taken(id, &phone_number_id)?;
                return Err(UseCaseError::Busy);
            }
            Err(ExecuteError::Refused(NumberError::AlreadyAdded)) => {
                return Err(UseCaseError::exists("number_exists", id.as_uuid()));
            }
            other => other?,
        };
        self.inbox.release_held(&phone_number_id).await?;
        Ok(Written {
            value: id,
            position: done.position,
        })
    }

    /// The number that has or had this phone number id: adding it anew goes on with its conversations,
    /// whose routes are keyed by the phone number id.
    fn known(&self, kind: NumberKind, phone_number_id: &str) -> Option<NumberId> {
        let numbers = self.directory.numbers();
        let mut same = numbers.iter().filter(|number| {
            number.row.kind == kind && number.row.phone_number_id == phone_number_id
        });
        let present = same.clone().find(|number| !number.row.is_removed);
        present.or_else(|| same.next()).map(|number| number.row.id)
    }

    /// Refuses a phone number id that another number has.
    pub(super) fn refuse_taken(
        &self,
        own: NumberId,
        phone_number_id: &str,
    ) -> Result<(), UseCaseError> {
        match self.directory.number_by_phone_number_id(phone_number_id) {
            Some(other) if other.row.id != own => Err(UseCaseError::exists(
                "number_exists",
                other.row.id.as_uuid(),
            )),
            _ => Ok(()),
        }
    }
}
