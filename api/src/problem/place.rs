//! From the errors of moving an installation, and of a database that must not be served, to problems.

use infrastructure::database::OpenError;
use infrastructure::database::open::RefusalKind;
use infrastructure::transfer::TransferError;

use super::Problem;
use crate::bootstrap::StartError;
use crate::i18n::Text;

impl From<TransferError> for Problem {
    fn from(error: TransferError) -> Self {
        let code = match &error {
            TransferError::NoLog { .. } => "no_log",
            TransferError::Version { found, newest } if found > newest => "database_newer",
            TransferError::Version { .. } => "database_older",
            TransferError::SameKind => "copy_same_kind",
            TransferError::Unfinished { .. } => "copy_unfinished",
            TransferError::Moved { .. } => "installation_moved",
            TransferError::NotEmpty { .. } => "database_not_empty",
            TransferError::InUse { .. } => "database_in_use",
            TransferError::Running => "copy_running",
            TransferError::Differs { .. } => "copy_differs",
            TransferError::Open(error) => match of_database(error) {
                Some(problem) => return problem,
                None => "copy_failed",
            },
            TransferError::Shape { .. }
            | TransferError::File { .. }
            | TransferError::Database(_) => "copy_failed",
        };
        Self::new(code).detail(Text::same(error.to_string()))
    }
}

/// The problem of a server that did not start, where it has a code.
pub(crate) fn of_start(error: &StartError) -> Option<Problem> {
    match error {
        StartError::Log(error) => of_database(error),
        StartError::WentBack { .. } => {
            Some(Problem::new("database_restored").detail(Text::same(error.to_string())))
        }
        _ => None,
    }
}

/// The code of a log that must not be served.
pub(crate) const fn code_of(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Moved => "installation_moved",
        RefusalKind::CopyUnfinished => "copy_unfinished",
        RefusalKind::Restored => "database_restored",
    }
}

fn of_database(error: &OpenError) -> Option<Problem> {
    let code = match (error, error.refusal()) {
        (OpenError::Newer { .. }, _) => "database_newer",
        (_, Some(refusal)) => code_of(refusal.kind),
        _ => return None,
    };
    Some(Problem::new(code).detail(Text::same(error.to_string())))
}
