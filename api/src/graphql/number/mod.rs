//! A WhatsApp number.

mod mutations;
mod payload;
mod queries;

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use projections::number::{NumberStatus as ViewStatus, NumberView};

pub(super) use mutations::NumberMutations;
pub(super) use queries::NumberQueries;

use super::bot::Bot;
use super::context::{app, loaders};
use super::guard::Can;
use super::id::Kind;
use super::loaders::{BotKey, LastSeenKey};
use super::time::DateTime;
use crate::problem::Problem;

/// A WhatsApp number of ours.
#[derive(Clone, Debug)]
pub(crate) struct Number(pub(super) NumberView);

/// Whether a number is Meta's or the simulator's.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum NumberKind {
    /// Real customers write to it.
    Live,
    /// Only the simulator writes to it.
    Simulated,
}

/// What a number's owner must know at one glance.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum NumberStatus {
    /// It works.
    Active,
    /// It is switched off.
    Off,
    /// It needs a person, see the reason.
    Attention,
}

/// What may be shown of a number's access token.
#[derive(Debug, SimpleObject)]
pub(crate) struct TokenHint {
    /// Its last four characters.
    last4: String,
    /// When it was stored.
    set_at: DateTime,
}

#[Object]
impl Number {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::Number.id(self.0.id)
    }

    /// Whether it is Meta's or the simulator's.
    async fn kind(&self) -> NumberKind {
        match self.0.kind.as_str() {
            "simulated" => NumberKind::Simulated,
            _ => NumberKind::Live,
        }
    }

    /// What people call it.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// In E.164.
    async fn phone_number(&self) -> &str {
        &self.0.phone_number
    }

    /// Meta's id of the number.
    async fn phone_number_id(&self) -> &str {
        &self.0.phone_number_id
    }

    /// Meta's id of the business account.
    async fn whatsapp_business_account_id(&self) -> Option<&str> {
        self.0.business_account.as_deref()
    }

    /// Whether it is switched on.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// What may be shown of its access token.
    async fn token(&self) -> TokenHint {
        TokenHint {
            last4: self.0.token_last4.clone(),
            set_at: self.0.token_set_at.into(),
        }
    }

    /// How it stands.
    async fn status(&self) -> NumberStatus {
        match self.0.status {
            ViewStatus::Active => NumberStatus::Active,
            ViewStatus::Off => NumberStatus::Off,
            ViewStatus::Attention => NumberStatus::Attention,
        }
    }

    /// Why it needs attention, e.g. `token_invalid`.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason
    }

    /// The bot that answers on it.
    #[graphql(guard = "Can(Action::ReadBots)")]
    async fn bot(&self, ctx: &Context<'_>) -> Result<Option<Bot>, Problem> {
        let Some(bot) = self.0.bot else {
            return Ok(None);
        };
        Ok(loaders(ctx)?.load(BotKey(bot)).await?.map(Bot))
    }

    /// What is to be entered at Meta.
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn webhook_url(&self, ctx: &Context<'_>) -> Result<String, Problem> {
        let app = app(ctx)?;
        Ok(app.config.webhook_url(app.port))
    }

    /// When Meta last delivered anything for it.
    async fn webhook_last_seen_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>, Problem> {
        let key = LastSeenKey(self.0.phone_number_id.clone());
        let seen = loaders(ctx)?.load(key).await?;
        Ok(seen.max(self.0.webhook_last_seen_at).map(DateTime))
    }

    /// When it was taken out of use.
    async fn removed_at(&self) -> Option<DateTime> {
        self.0.removed_at.map(DateTime)
    }

    /// When it was added.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}
