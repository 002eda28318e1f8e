//! What bodies of requests look like, for the description of the API only: [`super::super::body`] reads them
//! member by member, so that every member at fault is named at once.

use utoipa::ToSchema;

/// A number to add.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, read member by member")]
pub struct AddNumber {
    /// What people call it, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    display_name: String,
    /// The number in international form.
    #[schema(example = "+14155550123")]
    phone_number: String,
    /// Meta's id of the number, digits.
    #[schema(pattern = "^[0-9]{1,32}$")]
    phone_number_id: String,
    /// Meta's id of the account, digits.
    #[schema(pattern = "^[0-9]{1,32}$")]
    whatsapp_business_account_id: Option<String>,
    /// The token that sends; no answer shows it again.
    #[schema(min_length = 1)]
    access_token: String,
    /// An app secret of Meta's that signs webhooks of this number only; no answer shows it.
    #[schema(min_length = 1)]
    app_secret: Option<String>,
    /// Whether it is switched on at once; it is where this is left out.
    is_active: Option<bool>,
}

/// What is to change of a number; members that are left out stay as they are.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, read member by member")]
pub struct EditNumber {
    /// What people call it, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    display_name: Option<String>,
    /// The number in international form.
    #[schema(example = "+14155550123")]
    phone_number: Option<String>,
    /// Meta's id of the number, digits.
    #[schema(pattern = "^[0-9]{1,32}$")]
    phone_number_id: Option<String>,
    /// Meta's id of the account, digits; null takes it away.
    #[schema(pattern = "^[0-9]{1,32}$")]
    whatsapp_business_account_id: Option<String>,
    /// A new token; an empty one leaves the old one.
    access_token: Option<String>,
    /// A new app secret that signs webhooks of this number only; null takes it away.
    #[schema(min_length = 1)]
    app_secret: Option<String>,
    /// Whether it is switched on.
    is_active: Option<bool>,
}

/// How a number is to be switched; without a body to the other state.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, read member by member")]
pub struct ToggleNumber {
    /// Whether it is to be switched on.
    is_active: Option<bool>,
}

/// What is to change of a conversation.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, read member by member")]
pub struct UpdateConversation {
    /// `active` or `closed`.
    #[schema(pattern = "^(active|closed)$")]
    status: String,
}

/// How a conversation is to be taken over; may be left out.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, read member by member")]
pub struct TakeOver {
    /// From another person too.
    force: Option<bool>,
    /// A note for colleagues, 1 to 4096 characters.
    #[schema(min_length = 1, max_length = 4096)]
    note: Option<String>,
}

/// A text to send to the customer.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, read member by member")]
pub struct SendMessage {
    /// The text, 1 to 4096 characters (UTF-16 code units).
    #[schema(min_length = 1, max_length = 4096)]
    content: String,
    /// `text`, which is what is taken where this is left out.
    #[schema(pattern = "^text$")]
    message_type: Option<String>,
    /// The id of the message of this conversation that it quotes.
    reply_to: Option<String>,
    /// The id of the message of this conversation that failed, was rejected or canceled, or whose fate is unknown,
    /// and that this one repeats.
    repeats: Option<String>,
    /// Whether WhatsApp shows a preview of a link; left out: where the text has one.
    preview_url: Option<bool>,
    /// Leave the bot in charge instead of taking the conversation over.
    keep_bot: Option<bool>,
}
