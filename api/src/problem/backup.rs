//! From the errors of backups and keys to problems, for the API and the command line alike.

use infrastructure::backup::BackupError;
use infrastructure::keys::KeyError;

use super::Problem;
use crate::i18n::Text;

impl From<BackupError> for Problem {
    fn from(error: BackupError) -> Self {
        let code = match &error {
            BackupError::NotFound { .. } => "backup_not_found",
            BackupError::Damaged { .. } => "backup_damaged",
            BackupError::Newer { .. } => "backup_newer",
            BackupError::Exists { .. } => "backup_exists",
            BackupError::Running => "backup_running",
            BackupError::NoLog { .. } => "no_log",
            BackupError::NotEmpty { .. } => "data_dir_not_empty",
            BackupError::WrongKeys { .. } => "keys_wrong",
            BackupError::Keys(_) | BackupError::Transfer(_) => return inner(error),
            BackupError::File { .. }
            | BackupError::Database(_)
            | BackupError::Store(_)
            | BackupError::Stopping => {
                tracing::error!(%error, "a backup failed");
                "backup_failed"
            }
        };
        Self::new(code).detail(Text::same(error.to_string()))
    }
}

fn inner(error: BackupError) -> Problem {
    match error {
        BackupError::Transfer(error) => error.into(),
        BackupError::Keys(error) => error.into(),
        other => Problem::internal(&other),
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let code = match &error {
            KeyError::MissingAll { .. } | KeyError::Missing { .. } => "keys_missing",
            KeyError::BackupDamaged { .. }
            | KeyError::Damaged { .. }
            | KeyError::NotOpened
            | KeyError::Format => "key_file_damaged",
            KeyError::Exists { .. } => "file_exists",
            KeyError::Differs { .. } => "keys_differ",
            KeyError::SettingDiffers | KeyError::TooShort { .. } => "keys_wrong",
            KeyError::File { .. }
            | KeyError::NotSealed
            | KeyError::Random(_)
            | KeyError::Derivation(_) => "key_file_failed",
        };
        Self::new(code).detail(Text::same(error.to_string()))
    }
}
