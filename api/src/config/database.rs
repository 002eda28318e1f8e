//! Where a text like `DATABASE_URL` leads.

use std::path::PathBuf;

use infrastructure::database::db::Server;

/// Where data lies.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// In the data folder, wherever that is.
    DataDir,
    /// In this folder.
    Folder(PathBuf),
    /// On this server.
    Server(Server),
}

/// Why a text leads nowhere. The text is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDatabase {
    /// It begins like the address of a server and is none.
    Address,
    /// It begins with neither `postgres://` nor `sqlite:`.
    Scheme,
}

/// Reads `postgres://…`, `postgresql://…`, `sqlite:FOLDER` or `sqlite://FOLDER`.
pub(crate) fn read(text: &str) -> Result<Database, NoDatabase> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        let server = Server::parse(text).map_err(|_| NoDatabase::Address)?;
        return Ok(Database::Server(server));
    }
    let path = text.strip_prefix("sqlite:").ok_or(NoDatabase::Scheme)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Ok(if path.is_empty() {
        Database::DataDir
    } else {
        Database::Folder(PathBuf::from(path))
    })
}
