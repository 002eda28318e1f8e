//! Taking a number out of use: its history stays, its secrets go, its bot no longer answers on it.

use domain::ids::NumberId;
use domain::number::{Number, NumberCommand};

use super::{Numbers, number_row_op};
use crate::ports::row_op::RowOp;
use crate::use_cases::bots::unbind_bot;
use crate::use_cases::{Request, UseCaseError, Written};

impl Numbers {
    /// Removes a number.
    ///
    /// # Errors
    /// Not found (also when removed before), unavailable.
    pub async fn remove(
        &self,
        request: &Request,
        id: NumberId,
    ) -> Result<Written<()>, UseCaseError> {
        let command = NumberCommand::Remove {
            now: self.clock.now(),
        };
        let done = self
            .executor
            .execute::<Number>(
                id.as_uuid(),
                request.intent("remove"),
                command,
                |_, state| {
                    let mut rows: Vec<RowOp> = number_row_op(state, id).into_iter().collect();
                    rows.extend(
                        state
                            .token()
                            .map(|token| RowOp::SecretDropped { id: token.secret }),
                    );
                    rows.extend(
                        state
                            .app_secret()
                            .map(|secret| RowOp::SecretDropped { id: secret }),
                    );
                    rows
                },
            )
            .await?;
        let mut position = done.position;
        if let Some(bound) = self.directory.bot(id) {
            let now = self.clock.now();
            let unbound = unbind_bot(&self.executor, request, now, "unbind", bound.bot, id).await?;
            position = position.max(unbound);
        }
        Ok(Written {
            value: (),
            position,
        })
    }
}
