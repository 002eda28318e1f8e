//! Mutations of bots.

use application::use_cases::bots::ImportBot;
use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object};
use domain::ids::{BotId, NumberId};

use super::Bot;
use super::payload::{
    BindBotInput, BotMutationStatus as Status, BotPayload, CreateBotInput, ImportBotInput,
    PublishBotInput, SaveBotDraftInput, SwitchBotInput,
};
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::problem::Problem;

/// Mutations of bots.
#[derive(Debug, Default)]
pub(crate) struct BotMutations;

#[Object]
impl BotMutations {
    /// Makes a bot without a scenario.
    #[graphql(guard = "Can(Action::ManageBots)")]
    async fn create_bot(
        &self,
        ctx: &Context<'_>,
        input: CreateBotInput,
    ) -> Result<BotPayload, Problem> {
        let app = app(ctx)?;
        let call = Call::new("createBot", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let written = app.bots.create(&request, input.name.clone()).await?;
            Ok(change(written.value, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Imports a scenario: makes the bot or takes the one of that name on the number, saves, binds, and
    /// with `publish` publishes and switches on.
    #[graphql(guard = "Can(Action::ManageBots)")]
    async fn import_bot(
        &self,
        ctx: &Context<'_>,
        input: ImportBotInput,
    ) -> Result<BotPayload, Problem> {
        let app = app(ctx)?;
        let call = Call::new("importBot", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let import = ImportBot {
                name: input.name.clone(),
                definition: input.definition.clone().into_bytes(),
                phone_number_id: input.phone_number_id.clone(),
                publish: input.publish,
            };
            let written = app.bots.import(&request, import).await?;
            Ok(change(written.value.bot, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Saves a scenario as the bot's draft.
    #[graphql(guard = "Can(Action::ManageBots)")]
    async fn save_bot_draft(
        &self,
        ctx: &Context<'_>,
        input: SaveBotDraftInput,
    ) -> Result<BotPayload, Problem> {
        let (app, bot) = (app(ctx)?, bot_id(&input.bot)?);
        let call = Call::new("saveBotDraft", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let definition = input.definition.as_bytes();
            let written = app.bots.save_draft(&request, bot, definition).await?;
            Ok(change(bot, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Publishes the draft; where the bot answers, it answers with the new version from now on.
    #[graphql(guard = "Can(Action::ManageBots)")]
    async fn publish_bot(
        &self,
        ctx: &Context<'_>,
        input: PublishBotInput,
    ) -> Result<BotPayload, Problem> {
        let (app, bot) = (app(ctx)?, bot_id(&input.bot)?);
        let call = Call::new("publishBot", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let written = app.bots.publish(&request, bot).await?;
            Ok(change(bot, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Sets the numbers that a bot serves.
    #[graphql(guard = "Can(Action::ManageBots)")]
    async fn bind_bot(
        &self,
        ctx: &Context<'_>,
        input: BindBotInput,
    ) -> Result<BotPayload, Problem> {
        let (app, bot) = (app(ctx)?, bot_id(&input.bot)?);
        let ids = input.numbers.iter();
        let numbers: Vec<NumberId> = ids
            .map(|id| Kind::Number.parse("numbers", id))
            .collect::<Result<_, _>>()?;
        for number in &numbers {
            let known = app.directory.number(*number);
            if known.is_none_or(|number| number.row.is_removed) {
                return Err(Problem::new("not_found"));
            }
        }
        let call = Call::new("bindBot", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let written = app.bots.bind(&request, bot, numbers).await?;
            Ok(change(bot, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Switches a bot on or off.
    #[graphql(guard = "Can(Action::ManageBots)")]
    async fn switch_bot(
        &self,
        ctx: &Context<'_>,
        input: SwitchBotInput,
    ) -> Result<BotPayload, Problem> {
        let (app, bot) = (app(ctx)?, bot_id(&input.bot)?);
        let call = Call::new("switchBot", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let written = if input.is_active {
                app.bots.activate(&request, bot).await?
            } else {
                app.bots.deactivate(&request, bot).await?
            };
            Ok(change(bot, written.position))
        })
        .await?;
        payload(ctx, done).await
    }
}

fn bot_id(id: &ID) -> Result<BotId, Problem> {
    Kind::Bot.parse("bot", id)
}

const fn change(bot: BotId, position: u64) -> Change {
    Change {
        subject: bot.as_uuid(),
        position,
    }
}

async fn payload(ctx: &Context<'_>, answer: Answer<Status>) -> Result<BotPayload, Problem> {
    let bot = match answer.subject {
        Some(bot) => app(ctx)?.reads().bot(BotId::new(bot)).await?,
        None => None,
    };
    Ok(BotPayload {
        status: answer.refusal.unwrap_or(Status::Done),
        bot: bot.map(Bot),
        outcome: answer.outcome,
    })
}
