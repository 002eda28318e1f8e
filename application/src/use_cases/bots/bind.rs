//! Which bot answers on which number.

use domain::bot::{Bot, BotCommand};
use domain::ids::{BotId, NumberId};
use domain::time::Timestamp;

use super::Bots;
use crate::execute::{Change, ExecuteError, Executor};
use crate::ports::row_op::RowOp;
use crate::use_cases::{Request, UseCaseError, Written};

/// Times other bots are taken off the numbers before the request is told to come later. Each time that it is
/// not enough somebody else has won a number and is done, so it is more than requests come at once.
const MAX_TRIES: usize = 32;

/// Directory rows that go with a bot's events: its rows are always those of its state.
fn bound_rows(bot: BotId, change: &Change<'_, Bot>) -> Vec<RowOp> {
    let after = change.after;
    let published = after.published().filter(|_| after.is_active());
    let before = change.before.numbers().iter();
    let mut rows: Vec<RowOp> = before
        .filter(|number| published.is_none() || !after.numbers().contains(number))
        .map(|number| RowOp::BotUnbound {
            number: *number,
            bot,
        })
        .collect();
    if let Some(definition) = published {
        rows.extend(after.numbers().iter().map(|number| RowOp::BotBound {
            number: *number,
            bot,
            version: after.version(),
            definition: definition.clone(),
        }));
    }
    rows
}

/// Takes a number away from a bot; returns the position. `step` tells it from other steps of the request.
///
/// # Errors
/// [`UseCaseError`].
pub async fn unbind_bot(
    executor: &Executor,
    request: &Request,
    now: Timestamp,
    step: &str,
    bot: BotId,
    number: NumberId,
) -> Result<u64, UseCaseError> {
    let step = format!("{step}/{bot}/{number}");
    let done = executor
        .execute_change::<Bot>(
            bot.as_uuid(),
            request.intent(&step),
            BotCommand::Unbind { now, number },
            |change| bound_rows(bot, &change),
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
        for attempt in 0..MAX_TRIES {
            let done = self
                .executor
                .execute_change::<Bot>(
                    bot.as_uuid(),
                    request.intent(step),
                    command.clone(),
                    |change| bound_rows(bot, &change),
                )
                .await;
            match done {
                Err(ExecuteError::Precondition(_)) => {
                    // A step of its own each time: a bot that was taken off may have come back since.
                    let step = format!("{step}/unbind/{attempt}");
                    self.clear_numbers(request, &step, bot, &command).await?;
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
        step: &str,
        bot: BotId,
        command: &BotCommand,
    ) -> Result<(), UseCaseError> {
        let state = self.executor.load::<Bot>(bot.as_uuid()).await?;
        let mut wanted = state.numbers().clone();
        match command {
            BotCommand::Bind { numbers, .. } => wanted = numbers.iter().copied().collect(),
            BotCommand::BindMore { number, .. } => drop(wanted.insert(*number)),
            _ => {}
        }
        for number in wanted {
            let other = self
                .directory
                .bot(number)
                .map(|bound| bound.bot)
                .filter(|other| *other != bot);
            if let Some(other) = other {
                let now = self.clock.now();
                unbind_bot(&self.executor, request, now, step, other, number).await?;
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

    /// Has a bot serve one more number.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub(super) async fn bind_more(
        &self,
        request: &Request,
        bot: BotId,
        number: NumberId,
    ) -> Result<Written<()>, UseCaseError> {
        let command = BotCommand::BindMore {
            now: self.clock.now(),
            number,
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
