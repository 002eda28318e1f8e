//! What can be typed of API tokens and WhatsApp numbers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::api_token::Role;

/// Commands on tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; prints it alone on standard output, once
    #[command(
        after_help = "Examples:\n  TOKEN=$(vestnik token create --name crm --role agent)\n  \
        vestnik token create --name audit --role analyst --days 30"
    )]
    Create {
        /// What people call it, 1 to 100 characters
        #[arg(long)]
        name: String,
        /// admin, agent or analyst
        #[arg(long)]
        role: Role,
        /// Days until it ends by itself, at most 3650 [default: it holds until it is revoked]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: Option<u16>,
    },
    /// List tokens: id, role, until when they hold, name
    #[command(after_help = "Example:\n  vestnik token list")]
    List,
    /// Take a token back: whoever uses it is refused at once
    #[command(after_help = "Example:\n  vestnik token revoke crm")]
    Revoke {
        /// Its id or its name, see `vestnik token list`
        token: String,
    },
}

/// Commands on numbers.
#[derive(Debug, Subcommand)]
pub enum NumbersCommand {
    /// Add a number of Meta's dashboard
    #[command(
        after_help = "Example:\n  vestnik numbers add --name Salon --phone +79001234567 \
        --phone-number-id 123456789012345 < access-token.txt"
    )]
    Add(AddNumber),
    /// List all numbers
    #[command(after_help = "Example:\n  vestnik numbers list")]
    List,
    /// Edit a number; what is not given stays as it is
    #[command(
        after_help = "Examples:\n  vestnik numbers edit 123456789012345 --name \"Salon on Main Street\"\n  \
        vestnik numbers edit 123456789012345 --new-token < access-token.txt\n  \
        vestnik numbers edit 123456789012345 --app-secret-file app-secret.txt"
    )]
    Edit(EditNumber),
    /// Switch a number on: its customers are answered
    #[command(after_help = "Example:\n  vestnik numbers on 123456789012345")]
    On {
        /// Meta's id of the number, or its id here
        number: String,
    },
    /// Switch a number off: messages are kept, the bot is silent
    #[command(after_help = "Example:\n  vestnik numbers off 123456789012345")]
    Off {
        /// Meta's id of the number, or its id here
        number: String,
    },
    /// Take a number out of use; its conversations stay readable
    #[command(after_help = "Example:\n  vestnik numbers remove 123456789012345")]
    Remove {
        /// Meta's id of the number, or its id here
        number: String,
    },
}

/// A number to add.
#[derive(Args)]
pub struct AddNumber {
    /// What people call it
    #[arg(long)]
    pub name: String,
    /// The number in international form
    #[arg(long)]
    pub phone: String,
    /// Meta's id of the number
    #[arg(long)]
    pub phone_number_id: String,
    /// Meta's id of the WhatsApp business account
    #[arg(long)]
    pub waba: Option<String>,
    /// Meta's access token; read from standard input if not given, where other users cannot see it
    #[arg(long)]
    pub access_token: Option<String>,
    /// A file with an app secret that signs for this number only; `-`: a line of standard input, after the access token
    #[arg(long, value_name = "FILE")]
    pub app_secret_file: Option<PathBuf>,
    /// Add it switched off
    #[arg(long)]
    pub inactive: bool,
}

impl std::fmt::Debug for AddNumber {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AddNumber(..)")
    }
}

/// What is to change of a number.
#[derive(Debug, Args)]
pub struct EditNumber {
    /// Meta's id of the number, or its id here
    pub number: String,
    /// What people call it
    #[arg(long)]
    pub name: Option<String>,
    /// The number in international form
    #[arg(long)]
    pub phone: Option<String>,
    /// Meta's id of the number, while nothing was received or sent under the present one
    #[arg(long)]
    pub phone_number_id: Option<String>,
    /// Meta's id of the WhatsApp business account
    #[arg(long)]
    pub waba: Option<String>,
    /// Read a new access token of Meta's from standard input
    #[arg(long)]
    pub new_token: bool,
    /// A file with an app secret that signs for this number only; `-`: a line of standard input, after the access token
    #[arg(long, value_name = "FILE", conflicts_with = "no_app_secret")]
    pub app_secret_file: Option<PathBuf>,
    /// Take the number's own app secret away: those of `WHATSAPP_APP_SECRET` sign for it
    #[arg(long)]
    pub no_app_secret: bool,
}
