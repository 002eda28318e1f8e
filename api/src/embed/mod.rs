//! Vestnik inside another Rust program: start it, send messages, process what customers write.
//!
//! The functions have the names that the Python service had. [`crate::bootstrap::start`] starts everything
//! that `vestnik serve` runs, the HTTP API included; the values here are handles to it. The program in
//! `api/examples/rust_api.rs` uses all of them against a configured number, and the tests run it.
//!
//! Sending, with the number that has this `phone_number_id`:
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use api::bootstrap::start;
//! use api::config::Config;
//! use api::embed::get_whatsapp_service;
//!
//! let running = start(Config::load()?).await?;
//! let whatsapp_service = get_whatsapp_service(&running, "123456789012345")?;
//! whatsapp_service
//!     .send_text_message("79001234567", "Привет! Это сообщение от бота.")
//!     .await?;
//! let buttons = [("1", "Опция 1"), ("2", "Опция 2"), ("3", "Опция 3")];
//! whatsapp_service
//!     .send_interactive_buttons("79001234567", "Выберите опцию:", &buttons)
//!     .await?;
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Processing a message of a customer, with both outcomes:
//!
//! ```no_run
//! # async fn example(running: &api::bootstrap::Running) -> anyhow::Result<()> {
//! use api::embed::{BotProcessor, IncomingText, Processed};
//!
//! let message = IncomingText {
//!     phone_number_id: "123456789012345".to_owned(),
//!     from: "79991112233".to_owned(),
//!     name: "Анна".to_owned(),
//!     id: "wamid.1".to_owned(),
//!     text: "Здравствуйте".to_owned(),
//! };
//! match BotProcessor::new(running).process_message(&message).await? {
//!     Processed::ByBot => println!("Сообщение обработано ботом"),
//!     Processed::NeedsOperator(reason) => println!("Требуется оператор: {reason:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A sent message is recorded durably when a function returns and leaves after; what became of it is told by
//! its status (`GET /api/v1/conversations/{id}/messages`), as for every other sender. Absent on purpose:
//! media and templates, which the server cannot send yet.

mod process;
mod send;

use application::ports::StoreError;
use application::use_cases::UseCaseError;
use projections::ProjectionError;

pub use process::{BotProcessor, IncomingText, Processed};
pub use send::{WhatsAppService, get_whatsapp_service};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// No number in use has this id.
    #[error("no number has the phone_number_id {0}: add it with `vestnik numbers add`")]
    UnknownNumber(String),
    /// The customer has not written yet, so there is no window to write in.
    #[error(
        "the customer has not written to this number yet: free text needs a message of theirs within 24 hours"
    )]
    NoConversation,
    /// The message may not be sent.
    #[error(transparent)]
    Refused(#[from] UseCaseError),
    /// Webhooks cannot be signed.
    #[error("no app secret is set: set WHATSAPP_APP_SECRET to process messages")]
    NoAppSecret,
    /// The message was not taken.
    #[error(transparent)]
    NotTaken(#[from] application::inbound::receive::ReceiveError),
    /// A message of this id was processed before.
    #[error("a message with this id was processed before")]
    Repeated,
    /// It is recorded, but nothing was decided in time.
    #[error("the message is recorded, but what becomes of it was not decided in time")]
    Undecided,
    /// Rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Read models.
    #[error(transparent)]
    Reads(#[from] ProjectionError),
}
