//! What can be typed to look at an installation: doctor, contacts, conversations, completions.

use clap::{Args, Subcommand, ValueEnum};

/// What to look at.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Explain why the bot did or did not answer in this conversation
    #[arg(long, value_name = "ID")]
    pub conversation: Option<String>,
}

/// What is to be logged.
#[derive(Debug, Args)]
pub struct LogLevelArgs {
    /// error, warn, info, debug, or per module; without it the present one is printed
    pub filter: Option<String>,
}

/// Commands on customers.
#[derive(Debug, Subcommand)]
pub enum ContactsCommand {
    /// List customers, newest first: id, phone, name, tags
    #[command(after_help = "Example:\n  vestnik contacts list --search 7999 --limit 10")]
    List {
        /// Part of a name, username or number
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: usize,
    },
    /// Show one customer with what was noted and their conversations
    #[command(after_help = "Example:\n  vestnik contacts show +79991112233")]
    Show {
        /// Its id, or the phone number in international form
        contact: String,
    },
}

/// Commands on conversations.
#[derive(Debug, Subcommand)]
pub enum ConversationsCommand {
    /// List conversations, the last message newest first
    #[command(after_help = "Example:\n  vestnik conversations list --handler nobody")]
    List {
        /// active, closed or all
        #[arg(long, default_value = "active")]
        status: String,
        /// bot, person or nobody
        #[arg(long)]
        handler: Option<String>,
        /// Part of a name, username or number
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// How many at most, up to 200
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: usize,
    },
    /// Print messages as they come, of one conversation or of all
    #[command(
        after_help = "Example:\n  vestnik conversations tail\n  vestnik conversations tail 01a203ce-5ce5-7500-a439-6a7efb2b6fed --lines 50"
    )]
    Tail {
        /// The conversation; all without it
        id: Option<String>,
        /// Messages of the past to begin with (of one conversation)
        #[arg(long, default_value_t = 20, value_name = "N")]
        lines: usize,
        /// End after what there is
        #[arg(long)]
        no_follow: bool,
    },
}

/// Shells that completions are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
}
