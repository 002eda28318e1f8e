//! The log's database: whole, of which version, and on PostgreSQL how the server is set and used.

use std::path::Path;

use infrastructure::backup::{self, LogFile};
use infrastructure::database::db::Server;
use infrastructure::database::open::{Refusal, ServerLog, ServerState, look};
use infrastructure::keys::Keyring;
use infrastructure::system::SystemClock;

use super::files::mib;
use super::{Finding, State};
use crate::i18n::Text;
use crate::problem::{catalogue, place};

/// Windows and pauses are reckoned by the server's clock, log lines by this machine's.
const CLOCK_OFF_MICROS: i64 = 5_000_000;
/// About what one server of vestnik holds.
const CONNECTIONS: u64 = 23;

/// The log of a server, if it can be asked.
pub(super) async fn on_server(
    server: &Server,
    keyring: &Keyring,
    findings: &mut Vec<Finding>,
) -> Option<ServerLog> {
    let seen = match look(server, keyring, &SystemClock).await {
        Ok(seen) => seen,
        Err(error) => {
            let text = Text::made(
                format!("PostgreSQL cannot be asked: {error}"),
                format!("PostgreSQL не отвечает: {error}"),
            );
            let next = Text::new(
                "See that the server runs and that DATABASE_URL names it with the right user and password.",
                "Проверьте, что сервер PostgreSQL работает и DATABASE_URL указывает на него с верными именем и паролем.",
            );
            findings.push(Finding::problem("D-DATABASE", text).then(next));
            return None;
        }
    };
    let (version, size) = (&seen.server_version, mib(seen.bytes));
    findings.push(match &seen.refusal {
        Some(refusal) => refused(refusal),
        None => Finding::good(
            "D-DATABASE",
            Text::made(
                format!("PostgreSQL {version} answers ({size} MiB)"),
                format!("PostgreSQL {version} отвечает ({size} МиБ)"),
            ),
        ),
    });
    findings.push(tables(seen.version.unwrap_or_default(), seen.newest));
    let state = &seen.state;
    findings.extend([durability(state), connections(state), clock(state)]);
    Some(seen)
}

/// The log of a folder: how it is, its version where it can be told, and whether it can be served.
pub(super) async fn in_folder(folder: &Path) -> (Finding, Option<Finding>, bool) {
    let seen = match backup::look(folder).await {
        Ok(seen) => seen,
        Err(error) => {
            let text = Text::made(
                format!("the log does not open: {error}"),
                format!("журнал не открывается: {error}"),
            );
            return (Finding::problem("D-DATABASE", text), None, false);
        }
    };
    let LogFile {
        fault,
        version,
        newest,
        bytes,
        refusal,
    } = seen;
    let size = mib(bytes);
    let database = match (fault, refusal) {
        (None, None) => Finding::good(
            "D-DATABASE",
            Text::made(
                format!("the log opens and is whole ({size} MiB)"),
                format!("журнал открывается и цел ({size} МиБ)"),
            ),
        ),
        (Some(fault), _) => Finding::problem(
            "D-DATABASE",
            Text::made(
                format!("the log is damaged: {fault}"),
                format!("журнал повреждён: {fault}"),
            ),
        ),
        (None, Some(refusal)) => refused(&refusal),
    };
    let version = (tables(version, newest), version == newest);
    (database, Some(version.0), version.1)
}

/// A log that must not be served as it lies there.
fn refused(refusal: &Refusal) -> Finding {
    let code = place::code_of(refusal.kind);
    let text = Text::made(
        format!("the log must not be served here ({code}): {}", refusal.text),
        format!("журнал нельзя запускать здесь ({code}): {}", refusal.text),
    );
    let finding = Finding::problem("D-DATABASE", text);
    match catalogue::find(code) {
        Some(entry) => finding.then(entry.next_step.clone()),
        None => finding,
    }
}

/// The version of the tables against the newest one.
fn tables(version: i64, newest: i64) -> Finding {
    let tables = format!("{version}/{newest}");
    match version.cmp(&newest) {
        std::cmp::Ordering::Equal => Finding::good(
            "D-VERSION",
            Text::made(
                format!("the log is of this version (tables {tables})"),
                format!("журнал соответствует версии программы (таблицы {tables})"),
            ),
        ),
        std::cmp::Ordering::Less => Finding::warning(
            "D-VERSION",
            Text::made(
                format!(
                    "the log is of an older version (tables {tables}); the next start changes it"
                ),
                format!("журнал старой версии (таблицы {tables}); следующий запуск его обновит"),
            ),
        ),
        std::cmp::Ordering::Greater => Finding::problem(
            "D-VERSION",
            Text::made(
                format!(
                    "the log is of a newer version (tables {tables}): this program does not start on it"
                ),
                format!(
                    "журнал более новой версии (таблицы {tables}): эта программа с ним не запустится"
                ),
            ),
        ),
    }
}

/// What a power cut would take.
pub(super) fn durability(state: &ServerState) -> Finding {
    let on_off = |is_on: bool| if is_on { "on" } else { "off" };
    let shown = format!(
        "fsync {}, full_page_writes {}, synchronous_commit {}",
        on_off(state.fsync),
        on_off(state.full_page_writes),
        state.synchronous_commit
    );
    let finding = |state, en: &str, ru: &str| {
        let text = Text::made(format!("{en} ({shown})"), format!("{ru} ({shown})"));
        Finding::new("D-DURABILITY", state, text)
    };
    if !state.fsync || !state.full_page_writes {
        return finding(
            State::Problem,
            "a power cut may damage or lose what was acknowledged",
            "сбой питания может повредить или потерять подтверждённое",
        );
    }
    // Overruled by this program for what it acknowledges; others who write there lose the last moments.
    if state.synchronous_commit == "off" {
        return finding(
            State::Warning,
            "commits of other programs do not wait for the disk; vestnik's do",
            "фиксации других программ не ждут диска; vestnik ждёт",
        );
    }
    finding(
        State::Good,
        "what is acknowledged is on disk",
        "подтверждённое записано на диск",
    )
}

/// Whether there is room for the connections of one more server.
pub(super) fn connections(state: &ServerState) -> Finding {
    let (used, most) = (state.connections, state.max_connections);
    let text = Text::made(
        format!(
            "{used} of {most} connections are taken; one server of vestnik needs {CONNECTIONS}"
        ),
        format!("занято соединений: {used} из {most}; одному серверу vestnik нужно {CONNECTIONS}"),
    );
    if used >= most {
        Finding::problem("D-CONNECTIONS", text)
    } else if used + CONNECTIONS > most {
        Finding::warning("D-CONNECTIONS", text)
    } else {
        Finding::good("D-CONNECTIONS", text)
    }
}

/// The server's clock against this machine's.
pub(super) fn clock(state: &ServerState) -> Finding {
    let ahead = state.clock_ahead_micros;
    let seconds = ahead / 1_000_000;
    let text = Text::made(
        format!("PostgreSQL's clock differs by {seconds} s from this machine's"),
        format!("часы PostgreSQL отличаются от часов машины на {seconds} с"),
    );
    if ahead.abs() < CLOCK_OFF_MICROS {
        Finding::good("D-DATABASE-CLOCK", text)
    } else {
        Finding::warning("D-DATABASE-CLOCK", text)
    }
}
