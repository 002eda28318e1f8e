//! Switching a number on and off.

use domain::ids::NumberId;
use domain::number::{Number, NumberCommand};

use super::{Numbers, number_row_op};
use crate::use_cases::{Request, UseCaseError, Written};

impl Numbers {
    /// Switches on or off; already so: nothing happens.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn set_active(
        &self,
        request: &Request,
        id: NumberId,
        is_active: bool,
    ) -> Result<Written<()>, UseCaseError> {
        let command = NumberCommand::SetActive {
            now: self.clock.now(),
            is_active,
        };
        let done = self
            .executor
            .execute::<Number>(
                id.as_uuid(),
                request.intent("active"),
                command,
                |_, state| number_row_op(state, id).into_iter().collect(),
            )
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }

    /// Switches to the other state.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn toggle(
        &self,
        request: &Request,
        id: NumberId,
    ) -> Result<Written<()>, UseCaseError> {
        let number = self.executor.load::<Number>(id.as_uuid()).await?;
        self.set_active(request, id, !number.is_active()).await
    }
}
