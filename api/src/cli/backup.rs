//! `vestnik backup`: make, verify and restore backups, with a progress bar.

use std::path::{Path, PathBuf};

use anyhow::bail;
use infrastructure::backup::{BackupError, Check, Finding, Manifest, Restore, RestoredLog, verify};
use infrastructure::system::{SystemClock, SystemIds};
use serde_json::{Value, json};

use super::args::BackupCommand;
use super::bar::{advance, bar};
use super::client::{self, Server};
use super::{keys, output};
use crate::config::Config;
use crate::i18n::{Lang, Text};
use crate::problem::Problem;

pub(super) async fn run(config: Config, command: BackupCommand, lang: Lang) -> anyhow::Result<()> {
    match command {
        BackupCommand::Create { output } => create(&config, output, lang).await,
        BackupCommand::Verify { dir, keys } => check(&config, &dir, keys.as_deref(), lang).await,
        BackupCommand::Restore {
            dir,
            data_dir,
            keys,
        } => {
            let config = Config {
                data_dir: data_dir.unwrap_or_else(|| config.data_dir.clone()),
                ..config
            };
            let restored = restore(&config, &dir, keys.as_deref()).await;
            let restored = restored.map_err(|problem| client::told(&problem, lang))?;
            show_restored(&config, &restored, lang)
        }
    }
}

/// Asks the running server, or one inside this process.
async fn create(config: &Config, to: Option<PathBuf>, lang: Lang) -> anyhow::Result<()> {
    let log = config.data_dir.join("log.db");
    if config.server.is_none() && !log.is_file() {
        // A server started for the command's sake would make an empty one.
        let problem = BackupError::NoLog { path: log }.into();
        return Err(client::told(&problem, lang));
    }
    let to = to.map(std::path::absolute).transpose()?;
    let server = Server::find(config, lang).await?;
    let made = follow(&server, to).await;
    server.finish().await;
    let made = made?;
    let manifest: Manifest = serde_json::from_value(made["manifest"].clone())?;
    let text = Text::made(
        format!(
            "{} events up to position {}. Check it: vestnik backup verify DIR. It does not hold the keys: vestnik keys backup --output FILE",
            manifest.counts.events, manifest.head
        ),
        format!(
            "Событий: {}, до позиции {}. Проверить: vestnik backup verify DIR. Ключей в копии нет: vestnik keys backup --output FILE",
            manifest.counts.events, manifest.head
        ),
    );
    output::tell(text.get(lang));
    output::result(made["path"].as_str().unwrap_or(""))?;
    Ok(())
}

async fn follow(server: &Server, to: Option<PathBuf>) -> anyhow::Result<Value> {
    let body = json!({ "output": to });
    let mut response = server
        .post_json_for_lines("/api/v1/admin/backups", &body)
        .await?;
    let bar = bar()?;
    let mut pending = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        pending.extend_from_slice(&chunk);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let line: Value = serde_json::from_slice(&line)?;
            if line["problem"].is_object() {
                bar.abandon();
                return Err(client::refusal(&line["problem"]));
            }
            if line["path"].is_string() {
                bar.finish_and_clear();
                return Ok(line);
            }
            bar.set_length(line["total"].as_u64().unwrap_or(0));
            bar.set_position(line["done"].as_u64().unwrap_or(0));
            bar.set_message(line["stage"].as_str().unwrap_or("").to_owned());
        }
    }
    bail!("the server stopped before the backup was made; what was begun is removed")
}

async fn check(config: &Config, dir: &Path, file: Option<&Path>, lang: Lang) -> anyhow::Result<()> {
    let told = |problem: Problem| client::told(&problem, lang);
    let keyring = keys::at_hand(config, file).map_err(told)?;
    let bar = bar()?;
    let tell = |stage, done, total| advance(&bar, stage, done, total);
    let verified = verify(dir, keyring, &tell).await;
    bar.finish_and_clear();
    let verified = verified.map_err(|error| told(error.into()))?;
    for (check, finding) in &verified.findings {
        output::result(&line(*check, *finding, lang))?;
    }
    let manifest = &verified.manifest;
    let (head, at) = (manifest.head, manifest.created_at.to_rfc3339_millis());
    let (version, open) = (&manifest.product_version, manifest.counts.outbox_unsettled);
    let text = Text::made(
        format!(
            "Made by {version} at {at}, up to position {head}; {open} messages were on their way."
        ),
        format!("Создана версией {version} {at}, до позиции {head}; сообщений в пути: {open}."),
    );
    output::result(text.get(lang))?;
    Ok(())
}

fn line(check: Check, finding: Finding, lang: Lang) -> String {
    let what = match check {
        Check::Files => Text::new(
            "files match the manifest",
            "файлы совпадают с manifest.json",
        ),
        Check::Database => Text::new("the database is sound", "база данных цела"),
        Check::Positions => Text::new(
            "positions are dense, streams are whole",
            "позиции без пропусков, потоки целы",
        ),
        Check::Blobs => Text::new("blobs match their names", "блобы соответствуют именам"),
        Check::Keys => Text::new("the keys belong to it", "ключи от этой копии"),
        Check::Events => Text::new("every event decodes", "каждое событие читается"),
        Check::Seals => Text::new(
            "sealed parts, wrapped keys and secrets open",
            "зашифрованные части, ключи и секреты открываются",
        ),
    };
    let what = what.get(lang);
    let text = match finding {
        Finding::Good(count) => Text::same(format!("ok\t{what}\t{count}")),
        Finding::UnknownEvents(count) => Text::made(
            format!("NOT CHECKED\t{what}: {count} events are of a newer version"),
            format!("НЕ ПРОВЕРЕНО\t{what}: событий более новой версии: {count}"),
        ),
        Finding::NoKeys => Text::made(
            format!("NOT CHECKED\t{what}: no keys at hand; give --keys FILE"),
            format!("НЕ ПРОВЕРЕНО\t{what}: нет ключей; укажите --keys FILE"),
        ),
    };
    text.get(lang).to_owned()
}

async fn restore(config: &Config, dir: &Path, file: Option<&Path>) -> Result<RestoredLog, Problem> {
    let Some(_lock) = keys::lock(config)? else {
        return Err(Problem::new("data_dir_in_use"));
    };
    let bar = bar().map_err(|error| Problem::internal(&error))?;
    let restore = Restore {
        backup: dir,
        data_dir: &config.data_dir,
        keys: file,
        encryption_key: config.encryption_key.as_ref(),
        server: config.server.as_ref(),
    };
    let tell = |stage, done, total| advance(&bar, stage, done, total);
    let restored = Box::pin(restore.run(&SystemClock, &SystemIds, &tell)).await;
    bar.finish_and_clear();
    Ok(restored?)
}

fn show_restored(config: &Config, restored: &RestoredLog, lang: Lang) -> anyhow::Result<()> {
    let place = match &config.server {
        Some(server) => server.to_string(),
        None => config.data_dir.display().to_string(),
    };
    let head = restored.manifest.head;
    let made = restored.manifest.created_at.to_rfc3339_millis();
    let open = restored.manifest.counts.outbox_unsettled;
    let text = Text::made(
        format!(
            "Restored up to position {head} (backup of {made}).\nWhat came later is not in it: tell your people.\n{open} messages that were on their way will be shown as unknown.\nNo message leaves until you start the server, look, and run: vestnik outbound release"
        ),
        format!(
            "Восстановлено до позиции {head} (копия от {made}).\nБолее поздних данных в ней нет: предупредите сотрудников.\nСообщений в пути, которые будут показаны как неизвестные: {open}.\nСообщения не отправляются, пока вы не запустите сервер, не проверите и не выполните: vestnik outbound release"
        ),
    );
    output::tell(text.get(lang));
    output::result(&place)?;
    Ok(())
}
