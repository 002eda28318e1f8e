//! `vestnik keys`: the keys in a file of their own, and back. Needs no server.

use std::path::Path;
use std::sync::Arc;

use infrastructure::backup::BackupError;
use infrastructure::database::open::look;
use infrastructure::keys::{KeyBackup, Keyring};
use infrastructure::system::SystemClock;
use infrastructure::transfer::TransferError;

use super::args::KeysCommand;
use super::{client, output};
use crate::bootstrap::DataLock;
use crate::config::Config;
use crate::i18n::{Lang, Text};
use crate::problem::Problem;

pub(super) async fn run(config: &Config, command: KeysCommand, lang: Lang) -> anyhow::Result<()> {
    let done = match command {
        KeysCommand::Backup { output } => backup(config, &output, lang).await,
        KeysCommand::Restore { file } => restore(config, &file, lang).await,
    };
    done.map_err(|problem| client::told(&problem, lang))
}

/// The keys of the data folder are written only if they are those of its log.
async fn backup(config: &Config, to: &Path, lang: Lang) -> Result<(), Problem> {
    let keys = KeyBackup::of_data_dir(&config.data_dir, config.encryption_key.as_ref())?;
    fits(config, &keys.keyring()?).await?;
    keys.write(to)?;
    let path = to.display();
    let text = Text::made(
        format!("Keep {path} apart from the backups: whoever has both reads everything."),
        format!("Храните {path} отдельно от резервных копий: с обоими можно прочитать всё."),
    );
    output::tell(text.get(lang));
    said(&path.to_string())
}

async fn restore(config: &Config, from: &Path, lang: Lang) -> Result<(), Problem> {
    let keys = KeyBackup::read(from)?;
    let Some(_lock) = lock(config)? else {
        return Err(Problem::new("data_dir_in_use"));
    };
    fits(config, &keys.keyring()?).await?;
    let plan = keys.plan(&config.data_dir, config.encryption_key.as_ref())?;
    let written = plan.carry_out()?;
    if written.is_empty() {
        let text = Text::new("The keys were there already.", "Ключи уже на месте.");
        output::tell(text.get(lang));
    }
    written
        .iter()
        .try_for_each(|path| said(&path.display().to_string()))
}

/// The data folder for this command alone.
pub(super) fn lock(config: &Config) -> Result<Option<DataLock>, Problem> {
    lock_folder(&config.data_dir)
}

/// A folder for this command alone.
pub(super) fn lock_folder(folder: &Path) -> Result<Option<DataLock>, Problem> {
    DataLock::take(folder).map_err(|error| {
        let path = folder.to_owned();
        BackupError::File { path, error }.into()
    })
}

/// Refuses keys that are not those of the installation's log, if it has one.
async fn fits(config: &Config, keyring: &Keyring) -> Result<(), Problem> {
    let keys = match &config.server {
        Some(server) => {
            look(server, keyring, &SystemClock)
                .await
                .map_err(TransferError::from)?
                .wrong_keys
        }
        None => infrastructure::backup::wrong_keys(&config.data_dir, keyring).await?,
    };
    if keys.is_empty() {
        return Ok(());
    }
    Err(BackupError::WrongKeys { keys }.into())
}

/// The keys of the data folder or of a file; `None` where some are missing.
pub(super) fn at_hand(
    config: &Config,
    file: Option<&Path>,
) -> Result<Option<Arc<Keyring>>, Problem> {
    use infrastructure::keys::KeyError;
    let keys = match file {
        Some(file) => KeyBackup::read(file)?,
        None => match KeyBackup::of_data_dir(&config.data_dir, config.encryption_key.as_ref()) {
            Err(KeyError::MissingAll { .. }) => return Ok(None),
            keys => keys?,
        },
    };
    Ok(Some(Arc::new(keys.keyring()?)))
}

fn said(line: &str) -> Result<(), Problem> {
    output::result(line).map_err(|error| Problem::internal(&error))
}
