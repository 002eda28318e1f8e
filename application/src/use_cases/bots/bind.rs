//! Which bot answers on which number.

use std::collections::BTreeSet;

use domain::bot::{Bot, BotCommand};
use domain::ids::{BotId, NumberId};
use domain::time::Timestamp;

use super::Bots;
use crate::execute::{ExecuteError, Executor};
use crate::ports::row_op::RowOp;
use crate::use_cases::{Request, UseCaseError, Written};

/// Times another bot is taken off a number before the request is told to come later.
const MAX_UNBINDINGS: usize = 8;

/// Directory rows as they shall be after a bot's events; `before` are the numbers it served until then.
pub(super) fn bound_rows(bot: BotId, before: &BTreeSet<NumberId>, state: &Bot) -> Vec<RowOp> {
    let published = state.published().filter(|_| state.is_active());
    let mut rows: Vec<RowOp> = before
        .iter()
        .filter(|number| published.is_none() || !state.numbers().contains(number))
        .map(|number| RowOp::BotUnbound {
            number: *number,
            bot,
        })
        .collect();
    if let Some(definition) = published {
        rows.extend(state.numbers().iter().map(|number| RowOp::BotBound {
            number: *number,
            bot,
            version: state.version(),
            definition: definition.clone(),
        }));
    }
    rows
}

/// Takes a number away from a bot; returns the position.
///
/// # Errors
/// [`UseCaseError`].
pub async fn unbind_bot(
    executor: &Executor,
    request: &Request,
    now: Timestamp,
    bot: BotId,
    number: NumberId,
) -> Result<u64, UseCaseError> {
    let before = executor.load::<Bot>(bot.as_uuid()).await?;
    let numbers = before
        .numbers()
        .iter()
        .copied()
        .filter(|other| *other != number)
        .collect();
    let step = format!("unbind/{bot}/{number}");
    let done = executor
        .execute::<Bot>(
            bot.as_uuid(),
            request.intent(&step),
            BotCommand::Bind { now, numbers },
            |_, state| bound_rows(bot, before.numbers(), state),
        )
        .await?;
    Ok(done.position)
}

impl Bots {
    /// Executes a command that may bring the bot onto numbers, taking other bots off them first.
    pub(super) async fn execute_bound(
        &self,
        request: &Request,
        step: &str,
        bot: BotId,
        command: BotCommand,
    ) -> Result<Written<()>, UseCaseError> {
        for _ in 0..MAX_UNBINDINGS {
            let before = self.executor.load::<Bot>(bot.as_uuid()).await?;
            let done = self
                .executor
                .execute::<Bot>(
                    bot.as_uuid(),
                    request.intent(step),
                    command.clone(),
                    |_, state| bound_rows(bot, before.numbers(), state),
                )
                .await;
            match done {
                Err(ExecuteError::Precondition(_)) => {
                    self.clear_numbers(request, bot, &command).await?;
                }
                other => {
                    return Ok(Written {
                        value: (),
                        position: other?.position,
                    });
                }
            }
        }
        Err(UseCaseError::Busy)
    }

    /// Takes every other bot off the numbers that this one is to answer on.
    async fn clear_numbers(
        &self,
        request: &Request,
        bot: BotId,
        command: &BotCommand,
    ) -> Result<(), UseCaseError> {
        let state = self.executor.load::<Bot>(bot.as_uuid()).await?;
        let wanted: Vec<NumberId> = match command {
            BotCommand::Bind { numbers, .. } => numbers.clone(),
            _ => state.numbers().iter().copied().collect(),
        };
        for number in wanted {
            let other = self
                .directory
                .bot(number)
                .map(|bound| bound.bot)
                .filter(|other| *other != bot);
            if let Some(other) = other {
                unbind_bot(&self.executor, request, self.clock.now(), other, number).await?;
            }
        }
        Ok(())
    }

    /// Sets the numbers a bot serves.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn bind(
        &self,
        request: &Request,
        bot: BotId,
        numbers: Vec<NumberId>,
    ) -> Result<Written<()>, UseCaseError> {
        let command = BotCommand::Bind {
            now: self.clock.now(),
            numbers,
        };
        self.execute_bound(request, "bind", bot, command).await
    }

    /// Switches a bot on: it answers on its numbers, other bots no longer do.
    ///
    /// # Errors
    /// Not found; conflict `not_published`; unavailable.
    pub async fn activate(
        &self,
        request: &Request,
        bot: BotId,
    ) -> Result<Written<()>, UseCaseError> {
        let command = BotCommand::Activate {
            now: self.clock.now(),
        };
        self.execute_bound(request, "activate", bot, command).await
    }

    /// Switches a bot off: it starts nowhere, running sessions go on.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn deactivate(
        &self,
        request: &Request,
        bot: BotId,
    ) -> Result<Written<()>, UseCaseError> {
        let command = BotCommand::Deactivate {
            now: self.clock.now(),
        };
        self.execute_bound(request, "deactivate", bot, command)
            .await
    }
}
