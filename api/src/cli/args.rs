//! What can be typed. Every command's help ends with an example.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::access_args::{NumbersCommand, TokenCommand};
use super::events_args::EventsCommand;
use super::look_args::{ContactsCommand, ConversationsCommand, DoctorArgs, LogLevelArgs, Shell};
use super::place_args::{CopyArgs, RestoredArgs};
use crate::i18n::Lang;
use crate::simulator::terminal::SimulateArgs;

/// Vestnik, a self-hosted WhatsApp Business platform.
#[derive(Debug, Parser)]
#[command(
    name = "vestnik",
    version,
    about,
    disable_help_subcommand = true,
    after_help = "Examples:\n  vestnik\n  vestnik simulate\n  vestnik token create --name me --role admin\n\n\
        Without a command the server is started (serve). Settings come from the environment, .env and \
        vestnik.toml.\nExit codes: 0 done, 1 failed, 2 wrong usage."
)]
pub struct Cli {
    /// Language of messages [default: from the locale]
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Lang>,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    #[command(after_help = "Example:\n  PORT=8080 vestnik serve")]
    Serve,
    /// Make the demo: a simulated number with the salon's bot; starts the server if none runs
    #[command(after_help = "Example:\n  vestnik demo")]
    Demo,
    /// A customer's phone in the terminal, for simulated numbers
    Simulate(SimulateArgs),
    /// Make, list and revoke API tokens
    #[command(
        subcommand,
        after_help = "Example:\n  vestnik token create --name me --role admin"
    )]
    Token(TokenCommand),
    /// Add, list, edit, switch and remove WhatsApp numbers
    #[command(subcommand, after_help = "Example:\n  vestnik numbers list")]
    Numbers(NumbersCommand),
    /// Look at everything and say what to do; fails if there is a problem
    #[command(
        after_help = "Example:\n  vestnik doctor\n  vestnik doctor --conversation 01a203ce-5ce5-7500-a439-6a7efb2b6fed"
    )]
    Doctor(DoctorArgs),
    /// List and show customers
    #[command(subcommand, after_help = "Example:\n  vestnik contacts list")]
    Contacts(ContactsCommand),
    /// List conversations, print messages as they come
    #[command(subcommand, after_help = "Example:\n  vestnik conversations tail")]
    Conversations(ConversationsCommand),
    /// Print what a shell completes
    #[command(after_help = "Example:\n  vestnik completions bash > /etc/bash_completion.d/vestnik")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Import, export and check bot scenarios
    #[command(
        subcommand,
        after_help = "Example:\n  vestnik bots import salon.json --number 123456789012345 --publish"
    )]
    Bots(BotsCommand),
    /// Take events out: lines of JSON or Parquet, with their schemas
    #[command(
        subcommand,
        after_help = "Examples:\n  vestnik events export --format parquet --output events.parquet\n  \
        vestnik events schema ConversationMessageReceived"
    )]
    Events(EventsCommand),
    /// What went on: messages, conversations, answering times, bots
    #[command(
        after_help = "Example:\n  vestnik activity --from 2026-11-01 --to 2026-11-30 --format csv > november.csv"
    )]
    Activity(ActivityArgs),
    /// List and rebuild read models
    #[command(
        subcommand,
        after_help = "Example:\n  vestnik projections rebuild conversations"
    )]
    Projections(ProjectionsCommand),
    /// Make, verify and restore backups
    #[command(
        subcommand,
        after_help = "Example:\n  vestnik backup create --output /mnt/backups/monday"
    )]
    Backup(BackupCommand),
    /// Keep the keys in a file of their own, and put them back
    #[command(
        subcommand,
        after_help = "Example:\n  vestnik keys backup --output vestnik-keys.txt"
    )]
    Keys(KeysCommand),
    /// Whether messages leave; let them leave after a restore
    #[command(subcommand, after_help = "Example:\n  vestnik outbound release")]
    Outbound(OutboundCommand),
    /// Move this installation from SQLite to PostgreSQL, or back; goes on where it was broken off
    #[command(
        after_help = "Examples:\n  DATABASE_URL=postgres://vestnik:PASSWORD@localhost/vestnik vestnik copy --from sqlite:./data\n  \
        DATABASE_URL=postgres://vestnik:PASSWORD@localhost/vestnik vestnik copy --to sqlite:./data-new\n\n\
        Stop the server first. Both sides are compared table by table. The old place is marked and is not \
        served any more. Keys stay where they are."
    )]
    Copy(CopyArgs),
    /// Say that this database was put back by other means than `backup restore`; no message leaves until you
    /// release them
    #[command(
        after_help = "Examples:\n  vestnik restored\n  vestnik restored --nothing-lost\n\n\
        For a dump or a snapshot that was put back: what happened since is not in it, so a new epoch begins \
        and messages are held. With --nothing-lost everything goes on as before."
    )]
    Restored(RestoredArgs),
    /// List the servers that work on this database, and what each has to do
    #[command(after_help = "Example:\n  vestnik nodes")]
    Nodes,
    /// Look at what the running server logs, or change it until it is started again
    #[command(
        after_help = "Examples:\n  vestnik log-level\n  vestnik log-level info,application::sending=debug"
    )]
    LogLevel(LogLevelArgs),
    /// Bring the databases to this version
    #[command(after_help = "Example:\n  vestnik migrate")]
    Migrate,
    /// Print the schema of the GraphQL API
    #[command(after_help = "Example:\n  vestnik schema > schema.graphql")]
    Schema,
    /// Try the webhook by hand
    #[command(
        subcommand,
        after_help = "Example:\n  vestnik webhook sign delivery.json"
    )]
    Webhook(WebhookCommand),
}

/// Commands on bots.
#[derive(Debug, Subcommand)]
pub enum BotsCommand {
    /// Import a scenario as the bot of a number
    #[command(
        after_help = "Example:\n  vestnik bots import salon.json --number 123456789012345 --publish"
    )]
    Import {
        /// The scenario: a JSON file with nodes and edges
        file: PathBuf,
        /// Meta's id of the number it shall answer on
        #[arg(long, value_name = "PHONE_NUMBER_ID")]
        number: Option<String>,
        /// Publish it and switch it on
        #[arg(long)]
        publish: bool,
        /// The bot's name [default: the file's name]
        #[arg(long)]
        name: Option<String>,
    },
    /// List bots: id, state, published version, numbers, name
    #[command(after_help = "Example:\n  vestnik bots list")]
    List,
    /// Print a bot's scenario, the published one if nothing else is said
    #[command(after_help = "Example:\n  vestnik bots export --number 123456789012345 > salon.json")]
    Export {
        /// Its name or id, see `vestnik bots list`
        #[arg(required_unless_present = "number")]
        bot: Option<String>,
        /// The bot that answers on this number instead
        #[arg(long, value_name = "PHONE_NUMBER_ID", conflicts_with = "bot")]
        number: Option<String>,
        /// Another published version
        #[arg(long = "bot-version", value_name = "N")]
        version: Option<u32>,
        /// The draft
        #[arg(long, conflicts_with = "version")]
        draft: bool,
    },
    /// Say all that is wrong with a scenario, with code and node; needs no server
    #[command(after_help = "Example:\n  vestnik bots validate salon.json")]
    Validate {
        /// The scenario: a JSON file with nodes and edges
        file: PathBuf,
    },
}

/// Which figures, and how they are written.
#[derive(Debug, Args)]
pub struct ActivityArgs {
    /// The first day, e.g. 2026-11-01
    #[arg(long, value_name = "DAY")]
    pub from: String,
    /// The last day, at most 400 days from the first one
    #[arg(long, value_name = "DAY")]
    pub to: String,
    /// Only of this number, see `vestnik numbers list`
    #[arg(long, value_name = "ID")]
    pub number: Option<String>,
    /// Only what is of this bot
    #[arg(long, value_name = "ID")]
    pub bot: Option<String>,
    /// How they are written
    #[arg(long, value_enum, default_value_t = ActivityFormat::Table)]
    pub format: ActivityFormat,
}

/// How figures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ActivityFormat {
    /// For people.
    Table,
    /// For programs, one figure a line.
    Csv,
}

/// Commands on read models.
#[derive(Debug, Subcommand)]
pub enum ProjectionsCommand {
    /// List the read models and how far they are
    #[command(after_help = "Example:\n  vestnik projections list")]
    List,
    /// Build a read model anew beside the present one
    #[command(after_help = "Example:\n  vestnik projections rebuild conversations")]
    Rebuild {
        /// Its name, see `vestnik projections list`
        name: String,
    },
}

/// Commands on backups.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Make a backup, also beside a running server; prints its folder
    #[command(
        after_help = "Example:\n  vestnik backup create --output /mnt/backups/monday\n\n\
        It holds the log, blobs and wrapped keys, not what opens them: see `vestnik keys backup`."
    )]
    Create {
        /// The folder to make; it must not exist [default: a new one in DATA_DIR/backups]
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Check that a backup is whole
    #[command(
        after_help = "Example:\n  vestnik backup verify /mnt/backups/monday --keys vestnik-keys.txt"
    )]
    Verify {
        /// The backup's folder
        dir: PathBuf,
        /// A backup of the keys [default: the keys of DATA_DIR, if they are there]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// Restore a backup into an empty data folder, or the empty database of `DATABASE_URL`; no message leaves
    /// afterwards until you release them
    #[command(
        after_help = "Example:\n  vestnik backup restore /mnt/backups/monday --data-dir ./data --keys vestnik-keys.txt"
    )]
    Restore {
        /// The backup's folder
        dir: PathBuf,
        /// Where to; with DATABASE_URL=postgres://… only the keys [default: DATA_DIR]
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
        /// A backup of the keys [default: the keys that lie in the data folder, and ENCRYPTION_KEY]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
}

/// Commands on keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Write all keys into one new file, readable by you alone
    #[command(after_help = "Example:\n  vestnik keys backup --output vestnik-keys.txt")]
    Backup {
        /// The file to write; it must not exist
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Put the keys of such a file into DATA_DIR; replaces none
    #[command(after_help = "Example:\n  DATA_DIR=./data vestnik keys restore vestnik-keys.txt")]
    Restore {
        /// What `vestnik keys backup` wrote
        file: PathBuf,
    },
}

/// Commands on what leaves.
#[derive(Debug, Subcommand)]
pub enum OutboundCommand {
    /// Whether messages leave, and how many wait
    #[command(after_help = "Example:\n  vestnik outbound status")]
    Status,
    /// Let messages leave again after a restore
    #[command(after_help = "Example:\n  vestnik outbound release")]
    Release {
        /// Do not send what waits now: it is shown as unknown, and people may write again
        #[arg(long)]
        discard: bool,
    },
}

/// Commands on the webhook.
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Print a curl line that delivers a file with a valid signature
    #[command(after_help = "Example:\n  vestnik webhook sign delivery.json | sh")]
    Sign {
        /// The delivery: a JSON file as Meta sends it
        file: PathBuf,
        /// Where to [default: this server's webhook]
        #[arg(long)]
        url: Option<String>,
        /// The app secret [default: the first of `WHATSAPP_APP_SECRET`]
        #[arg(long)]
        secret: Option<String>,
    },
}
