//! Importing a scenario file: make the bot or take the one of that name on the number, save, publish, bind
//! and switch on.

use domain::bot::Bot;
use domain::bot::scenario::Scenario;
use domain::ids::{BotId, NumberId};

use super::Bots;
use crate::use_cases::{Request, UseCaseError, Written};

/// A scenario to import.
#[derive(Clone, Debug)]
pub struct ImportBot {
    /// The bot's name.
    pub name: String,
    /// The scenario's JSON as it was read.
    pub definition: Vec<u8>,
    /// Meta's id of the number it shall answer on.
    pub phone_number_id: Option<String>,
    /// Publish and switch on.
    pub publish: bool,
}

/// What an import made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedBot {
    /// The bot.
    pub bot: BotId,
    /// Its published version; 0 if none is published.
    pub version: u32,
    /// The number it answers on.
    pub number: Option<NumberId>,
}

impl Bots {
    /// Imports a scenario.
    ///
    /// # Errors
    /// All problems of the scenario at once; rejected: name or unknown number; unavailable.
    pub async fn import(
        &self,
        request: &Request,
        import: ImportBot,
    ) -> Result<Written<ImportedBot>, UseCaseError> {
        // Checked before anything is written, so that a bad file leaves no empty bot behind.
        Scenario::parse(&import.definition).map_err(UseCaseError::InvalidScenario)?;
        let number = match &import.phone_number_id {
            Some(wanted) => Some(self.number_of(wanted)?),
            None => None,
        };
        let bot = match self.same_bot(number, import.name.trim()).await? {
            Some(bot) => bot,
            None => self.create(request, import.name.clone()).await?.value,
        };
        let mut position = self
            .save_draft(request, bot, &import.definition)
            .await?
            .position;
        if let Some(number) = number {
            position = position.max(self.bind_more(request, bot, number).await?.position);
        }
        if import.publish {
            position = position.max(self.publish(request, bot).await?.position);
            position = position.max(self.activate(request, bot).await?.position);
        }
        let version = self.executor.load::<Bot>(bot.as_uuid()).await?.version();
        Ok(Written {
            value: ImportedBot {
                bot,
                version,
                number,
            },
            position,
        })
    }

    fn number_of(&self, phone_number_id: &str) -> Result<NumberId, UseCaseError> {
        self.directory
            .number_by_phone_number_id(phone_number_id)
            .map(|number| number.row.id)
            .ok_or_else(|| {
                UseCaseError::field(
                    "phone_number_id",
                    "unknown_number",
                    "no number has this phone_number_id; add it first",
                )
            })
    }

    /// The bot of this name that answers on the number: importing again publishes its next version.
    async fn same_bot(
        &self,
        number: Option<NumberId>,
        name: &str,
    ) -> Result<Option<BotId>, UseCaseError> {
        let Some(bound) = number.and_then(|number| self.directory.bot(number)) else {
            return Ok(None);
        };
        let state = self.executor.load::<Bot>(bound.bot.as_uuid()).await?;
        Ok((state.name() == name).then_some(bound.bot))
    }
}
