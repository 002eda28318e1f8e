//! An API token: its hash, name and role. The token itself is shown once and kept nowhere.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{ApiTokenCommand, ApiTokenError};
pub use event::ApiTokenEvent;
pub use state::ApiToken;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Reads and works on conversations.
    Agent,
    /// Reads numbers, bots and events with personal data masked.
    Analyst,
}

impl Role {
    /// The name on the command line and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::Analyst => "analyst",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "admin" => Ok(Self::Admin),
            "agent" => Ok(Self::Agent),
            "analyst" => Ok(Self::Analyst),
            other => Err(format!(
                "unknown role `{other}`: use admin, agent or analyst"
            )),
        }
    }
}
