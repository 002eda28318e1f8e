//! What can be typed to move an installation, and to say that it lies elsewhere than before.

use clap::Args;

/// From where to where.
#[derive(Args)]
pub struct CopyArgs {
    /// Where the installation lies: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE [default: where
    /// `DATABASE_URL` leads]
    #[arg(long, value_name = "DATABASE")]
    pub from: Option<String>,
    /// An empty database, or one into which this copy was begun [default: where `DATABASE_URL` leads]
    #[arg(long, value_name = "DATABASE")]
    pub to: Option<String>,
}

impl std::fmt::Debug for CopyArgs {
    /// Both may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CopyArgs(..)")
    }
}

/// What is said of a database.
#[derive(Clone, Copy, Debug, Args)]
pub struct RestoredArgs {
    /// It only changed its place: it holds everything, and no other copy of it was served or will be
    #[arg(long)]
    pub nothing_lost: bool,
}
