//! Making a bot, saving drafts and publishing them. A definition is a blob written with its event.

use std::sync::Arc;

use domain::bot::scenario::Scenario;
use domain::bot::{Bot, BotCommand};
use domain::ids::BotId;

use super::Bots;
use crate::ports::row_op::RowOp;
use crate::use_cases::{Request, UseCaseError, Written};

impl Bots {
    /// Makes a bot without a scenario.
    ///
    /// # Errors
    /// Rejected: the name. Unavailable.
    pub async fn create(
        &self,
        request: &Request,
        name: String,
    ) -> Result<Written<BotId>, UseCaseError> {
        let bot = BotId::new(request.id("bot"));
        let command = BotCommand::Create {
            now: self.clock.now(),
            name: name.trim().to_owned(),
        };
        let done = self
            .executor
            .execute::<Bot>(bot.as_uuid(), request.intent("create"), command, |_, _| {
                Vec::new()
            })
            .await?;
        Ok(Written {
            value: bot,
            position: done.position,
        })
    }

    /// Saves a scenario as the bot's draft.
    ///
    /// # Errors
    /// All problems of the scenario at once; not found; unavailable.
    pub async fn save_draft(
        &self,
        request: &Request,
        bot: BotId,
        definition: &[u8],
    ) -> Result<Written<()>, UseCaseError> {
        let scenario = Scenario::parse(definition).map_err(UseCaseError::InvalidScenario)?;
        let hash = self.hasher.hash(definition);
        let blob = RowOp::Blob {
            hash: hash.clone(),
            bytes: definition.to_vec(),
        };
        let command = BotCommand::SaveDraft {
            now: self.clock.now(),
            definition: hash,
            scenario: Arc::new(scenario),
        };
        let done = self
            .executor
            .execute::<Bot>(bot.as_uuid(), request.intent("draft"), command, |_, _| {
                vec![blob.clone()]
            })
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }

    /// Publishes the draft; where the bot answers it answers with the new version from now on.
    ///
    /// # Errors
    /// Conflict `no_draft`; not found; unavailable.
    pub async fn publish(
        &self,
        request: &Request,
        bot: BotId,
    ) -> Result<Written<()>, UseCaseError> {
        let command = BotCommand::Publish {
            now: self.clock.now(),
        };
        self.execute_bound(request, "publish", bot, command).await
    }
}
