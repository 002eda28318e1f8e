//! A number.

use projections::number::{NumberStatus, NumberView};
use serde::Serialize;
use utoipa::ToSchema;

use super::{opt_time, time};

/// A WhatsApp number.
#[derive(Debug, Serialize, ToSchema)]
pub struct Number {
    /// Our id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// In E.164.
    pub phone_number: String,
    /// Meta's id of the number.
    pub phone_number_id: String,
    /// Meta's id of the business account.
    pub whatsapp_business_account_id: Option<String>,
    /// Switched on.
    pub is_active: bool,
    /// What may be shown of the token.
    pub token: Token,
    /// `active`, `off` or `attention`.
    pub status: &'static str,
    /// Why attention is needed, e.g. `token_invalid`.
    pub status_reason: Option<&'static str>,
    /// Meta's rating, once known.
    pub quality_rating: Option<String>,
    /// The bot that answers on it.
    pub bot_id: Option<String>,
    /// To be entered at Meta.
    pub webhook_url: String,
    /// When Meta last delivered.
    pub webhook_last_seen_at: Option<String>,
    /// When it was added.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// What may be shown of a token.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// Its last four characters.
    pub last4: String,
    /// When it was stored.
    pub set_at: String,
}

impl Number {
    /// From the read model.
    pub fn from_view(view: NumberView, webhook_url: String) -> Self {
        Self {
            id: view.id.to_string(),
            display_name: view.display_name,
            phone_number: view.phone_number,
            phone_number_id: view.phone_number_id,
            whatsapp_business_account_id: view.business_account,
            is_active: view.is_active,
            token: Token {
                last4: view.token_last4,
                set_at: time(view.token_set_at),
            },
            status: match view.status {
                NumberStatus::Active => "active",
                NumberStatus::Off => "off",
                NumberStatus::Attention => "attention",
            },
            status_reason: view.status_reason,
            quality_rating: None,
            bot_id: view.bot.map(|bot| bot.to_string()),
            webhook_url,
            webhook_last_seen_at: opt_time(view.webhook_last_seen_at),
            created_at: time(view.created_at),
            updated_at: time(view.updated_at),
        }
    }
}
