//! The data folder: keys, modes, the read models' file, room on the disk.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use infrastructure::backup;
use infrastructure::database::db::Server;
use infrastructure::keys::{KeyBackup, KeyError, Keyring};
use nix::sys::statvfs::statvfs;

use super::{Finding, database, setup};
use crate::config::Config;
use crate::i18n::Text;

const MIB: u64 = 1024 * 1024;
/// Below this a busy day may fill the disk.
const LEAST_FREE: u64 = 128 * MIB;
/// What should be free beyond the size of the data: a backup or a rebuild takes as much again.
const MARGIN: u64 = 1024 * MIB;

/// Looks at the files; whether a server could be started on them without changing anything.
pub(super) async fn look_at(config: &Config, findings: &mut Vec<Finding>) -> bool {
    let folder = &config.data_dir;
    if let Some(server) = &config.server {
        let usable = server_log(config, server, findings).await;
        findings.push(modes(folder));
        findings.extend(read_file(folder).await);
        findings.push(disk(folder));
        return usable;
    }
    let log = folder.join("log.db");
    if !log.is_file() {
        let shown = folder.display();
        let none = Text::made(
            format!("{shown} holds no data yet: the first start makes it"),
            format!("в {shown} ещё нет данных: их создаст первый запуск"),
        );
        for code in ["D-KEYS", "D-DATABASE"] {
            findings.push(Finding::not_checked(code, none.clone()).then(setup::start()));
        }
        findings.push(disk(folder));
        return false;
    }
    let keys = keys(config).await;
    let (database, version, is_current) = database::in_folder(folder).await;
    let usable = is_current
        && [&keys, &database]
            .iter()
            .all(|finding| finding.state == super::State::Good);
    findings.extend([keys, modes(folder), database]);
    findings.extend(version);
    findings.extend(read_file(folder).await);
    findings.push(disk(folder));
    usable
}

async fn keys(config: &Config) -> Finding {
    let folder = &config.data_dir;
    let keyring = match keyring(config) {
        Ok(keyring) => keyring,
        Err(error) => return Finding::problem("D-KEYS", Text::same(error.to_string())),
    };
    match backup::wrong_keys(folder, &keyring).await {
        Ok(wrong) => keys_found(&wrong),
        Err(error) => Finding::not_checked("D-KEYS", Text::same(error.to_string())),
    }
}

fn keyring(config: &Config) -> Result<Keyring, KeyError> {
    KeyBackup::of_data_dir(&config.data_dir, config.encryption_key.as_ref())
        .and_then(|keys| keys.keyring())
}

fn keys_found(wrong: &[&str]) -> Finding {
    if wrong.is_empty() {
        let text = Text::new(
            "the keys are there and belong to this log; keep a copy: vestnik keys backup --output FILE",
            "ключи на месте и подходят к журналу; храните копию: vestnik keys backup --output FILE",
        );
        return Finding::good("D-KEYS", text);
    }
    let names = wrong.join(", ");
    Finding::problem(
        "D-KEYS",
        Text::made(
            format!("not the keys this log was written with: {names}"),
            format!("это не те ключи, которыми записан журнал: {names}"),
        ),
    )
}

/// The log of a server; whether a server could be started on it without changing anything.
async fn server_log(config: &Config, server: &Server, findings: &mut Vec<Finding>) -> bool {
    let keyring = match keyring(config) {
        Ok(keyring) => keyring,
        Err(error) => {
            let text = Text::same(error.to_string());
            findings.push(Finding::problem("D-KEYS", text));
            return false;
        }
    };
    let Some(seen) = database::on_server(server, &keyring, findings).await else {
        return false;
    };
    findings.push(keys_found(&seen.wrong_keys));
    seen.wrong_keys.is_empty() && seen.refusal.is_none() && seen.version == Some(seen.newest)
}

/// Files that others can read, by name.
fn modes(folder: &Path) -> Finding {
    let mut open: Vec<String> = private_files(folder)
        .into_iter()
        .filter(|path| fs::metadata(path).is_ok_and(|file| file.mode() & 0o077 != 0))
        .map(|path| {
            let inside = path.strip_prefix(folder).unwrap_or(&path);
            inside.display().to_string()
        })
        .collect();
    open.sort_unstable();
    if open.is_empty() {
        let text = Text::new(
            "only the owner can read keys and data",
            "ключи и данные доступны только владельцу",
        );
        return Finding::good("D-KEY-MODE", text);
    }
    let names = open.join(", ");
    Finding::problem(
        "D-KEY-MODE",
        Text::made(
            format!("others on this machine can read: {names}"),
            format!("другие пользователи машины могут прочитать: {names}"),
        ),
    )
}

fn private_files(folder: &Path) -> Vec<PathBuf> {
    let named = ["log.db", "log.db-wal", "read.db", "read.db-wal", "run.json"];
    let mut paths: Vec<PathBuf> = named.iter().map(|name| folder.join(name)).collect();
    let keys = fs::read_dir(folder.join("keys")).into_iter().flatten();
    paths.extend(keys.flatten().map(|entry| entry.path()));
    paths
}

async fn read_file(folder: &Path) -> Option<Finding> {
    let path = folder.join("read.db");
    if !path.is_file() {
        return None;
    }
    Some(match backup::quick_check(&path).await {
        Ok(None) => Finding::good(
            "D-READ-DATABASE",
            Text::new("the read models' file is whole", "файл моделей чтения цел"),
        ),
        Ok(Some(fault)) => Finding::problem(
            "D-READ-DATABASE",
            Text::made(
                format!("the read models' file is damaged: {fault}"),
                format!("файл моделей чтения повреждён: {fault}"),
            ),
        ),
        Err(error) => Finding::problem("D-READ-DATABASE", Text::same(error.to_string())),
    })
}

fn disk(folder: &Path) -> Finding {
    // Before the first start the nearest folder that exists is on the same disk.
    let existing = folder.ancestors().find(|path| path.exists());
    let stats = match statvfs(existing.unwrap_or(Path::new("."))) {
        Ok(stats) => stats,
        Err(error) => return Finding::not_checked("D-DISK", Text::same(error.to_string())),
    };
    let free = stats
        .blocks_available()
        .saturating_mul(stats.fragment_size());
    let used = size_of_files(folder);
    let (free_mib, used_mib) = (mib(free), mib(used));
    let text = Text::made(
        format!("{free_mib} MiB are free; the data takes {used_mib} MiB"),
        format!("свободно {free_mib} МиБ; данные занимают {used_mib} МиБ"),
    );
    if free < LEAST_FREE {
        Finding::problem("D-DISK", text)
    } else if free < used.saturating_add(MARGIN) {
        Finding::warning("D-DISK", text)
    } else {
        Finding::good("D-DISK", text)
    }
}

/// The files of the folder itself; backups count elsewhere.
fn size_of_files(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let file = entry.metadata().ok()?;
        file.is_file().then_some(file.len())
    });
    sizes.sum()
}

pub(super) const fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(MIB)
}
