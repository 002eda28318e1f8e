//! What can be typed behind `vestnik events`.

use std::path::PathBuf;

use application::ports::event_file::FileFormat;
use application::use_cases::exports::PersonalMode;
use clap::{Args, Subcommand, ValueEnum};

/// Commands on events.
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// Write events to a file or to standard output
    #[command(after_help = "Examples:\n  vestnik events export > events.ndjson\n  \
        vestnik events export --format parquet --output events.parquet --personal pseudonym\n  \
        vestnik events export --after latest --follow | jq .event_type\n  \
        vestnik events export --output new.ndjson \
        --after $(jq -r .cursor events.ndjson.manifest.json)\n\n\
        Beside FILE lies FILE.manifest.json, written last: counts, first and last position, SHA-256, and \
        the cursor to go on from. docs/events.md describes every event.")]
    Export(ExportArgs),
    /// Print the JSON Schema of an event's payload; without a type, list all types
    #[command(after_help = "Example:\n  vestnik events schema ConversationMessageReceived")]
    Schema {
        /// Its type
        event_type: Option<String>,
    },
}

/// What to export, and how.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Form of the file
    #[arg(long, value_enum, default_value = "ndjson")]
    pub format: Format,
    /// Where to [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Begin behind this event; `latest` begins with what comes next [default: the beginning]
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
    /// End after this many events
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Go on with events as they come, until interrupted
    #[arg(long)]
    pub follow: bool,
    /// Customers' personal data: ciphertext, removed with pseudonyms for ids, or plain text
    #[arg(long, value_enum, default_value = "sealed")]
    pub personal: Personal,
}

/// Names of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line
    Ndjson,
    /// Apache Parquet
    Parquet,
}

impl Format {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}

impl From<Format> for FileFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Ndjson => Self::Ndjson,
            Format::Parquet => Self::Parquet,
        }
    }
}

/// Names of what becomes of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Personal {
    /// Ciphertext as stored
    Sealed,
    /// Removed; customers' ids become keyed hashes
    Pseudonym,
    /// Plain text
    Open,
}

impl From<Personal> for PersonalMode {
    fn from(personal: Personal) -> Self {
        match personal {
            Personal::Sealed => Self::Sealed,
            Personal::Pseudonym => Self::Pseudonym,
            Personal::Open => Self::Open,
        }
    }
}
