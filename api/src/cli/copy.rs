//! `vestnik copy`: a whole installation from SQLite to PostgreSQL or back; and `vestnik restored`: what a person
//! says of a database that does not lie where it was written. Both need no server, and that none runs.

use std::path::Path;

use infrastructure::system::{SystemClock, SystemIds};
use infrastructure::transfer::{Copied, Copy, Declared, Loss, Place, declare};

use super::bar::{advance, bar};
use super::place_args::{CopyArgs, RestoredArgs};
use super::{client, keys, output};
use crate::bootstrap::DataLock;
use crate::config::Config;
use crate::config::database::{self, Database, NoDatabase};
use crate::i18n::{Lang, Text};
use crate::problem::{FieldError, Problem};

pub(super) async fn run(config: &Config, arguments: &CopyArgs, lang: Lang) -> anyhow::Result<()> {
    let told = |problem: Problem| client::told(&problem, lang);
    let from = place(config, "--from", arguments.from.as_deref()).map_err(told)?;
    let to = place(config, "--to", arguments.to.as_deref()).map_err(told)?;
    let copy = Copy { from, to };
    copy.check().map_err(|error| told(error.into()))?;
    let _locks = (
        lock(&copy.from).map_err(told)?,
        lock(&copy.to).map_err(told)?,
    );
    let bar = bar()?;
    let tell = |stage, done, total| advance(&bar, stage, done, total);
    let copied = Box::pin(copy.run(&SystemClock, &tell)).await;
    bar.finish_and_clear();
    show(
        config,
        &copy,
        &copied.map_err(|error| told(error.into()))?,
        lang,
    )
}

/// A place as it is typed; the log's own file stands for its folder.
fn place(config: &Config, field: &str, typed: Option<&str>) -> Result<Place, Problem> {
    let Some(typed) = typed else {
        return Ok(configured(config));
    };
    match database::read(typed) {
        Ok(Database::DataDir) => Ok(Place::Folder(config.data_dir.clone())),
        Ok(Database::Folder(path)) => {
            let is_log = path.file_name().is_some_and(|name| name == "log.db");
            let folder = match path.parent().filter(|_| is_log && !path.is_dir()) {
                Some(folder) => Path::new(".").join(folder),
                None => path,
            };
            Ok(Place::Folder(folder))
        }
        Ok(Database::Server(server)) => Ok(Place::Server(server)),
        Err(error) => Err(Problem::invalid(vec![unreadable(field, error)])),
    }
}

/// Not repeated: it may hold a password.
fn unreadable(field: &str, error: NoDatabase) -> FieldError {
    let text = match error {
        NoDatabase::Address => Text::new(
            "is no address of a PostgreSQL database, e.g. postgres://vestnik:PASSWORD@localhost:5432/vestnik",
            "не адрес базы PostgreSQL, например, postgres://vestnik:PASSWORD@localhost:5432/vestnik",
        ),
        NoDatabase::Scheme => Text::new(
            "must start with postgres:// or sqlite:, e.g. sqlite:./data",
            "должен начинаться с postgres:// или sqlite:, например, sqlite:./data",
        ),
    };
    FieldError::new(field, "invalid_value", text)
}

/// Where the settings say that the installation lies.
fn configured(config: &Config) -> Place {
    match &config.server {
        Some(server) => Place::Server(server.clone()),
        None => Place::Folder(config.data_dir.clone()),
    }
}

/// The lock of a folder. A server's is taken with the connection.
fn lock(place: &Place) -> Result<Option<DataLock>, Problem> {
    let Place::Folder(folder) = place else {
        return Ok(None);
    };
    let lock = keys::lock_folder(folder)?;
    let lock = lock.ok_or_else(|| {
        let folder = folder.display().to_string();
        Problem::new("data_dir_in_use").detail(Text::same(folder))
    })?;
    Ok(Some(lock))
}

fn show(config: &Config, copy: &Copy, copied: &Copied, lang: Lang) -> anyhow::Result<()> {
    for one in &copied.prints {
        let hash = one.print.sha256.get(..16).unwrap_or_default();
        output::result(&format!("ok\t{}\t{}\t{hash}", one.table, one.print.rows))?;
    }
    if !copied.again.is_empty() {
        let names = copied.again.join(", ");
        let text = Text::made(
            format!("Changed since the copy was begun, and copied anew: {names}."),
            format!("Изменились с начала копирования и скопированы заново: {names}."),
        );
        output::tell(text.get(lang));
    }
    let folder = match (&copy.from, &copy.to) {
        (Place::Folder(folder), _) => folder,
        _ => &config.data_dir,
    };
    let files = key_files(folder).join(", ");
    let (from, to) = (&copy.from, &copy.to);
    let (setting_en, setting_ru) = if config.encryption_key.is_some() {
        (" and the same ENCRYPTION_KEY", " и тот же ENCRYPTION_KEY")
    } else {
        ("", "")
    };
    let text = Text::made(
        format!(
            "The installation is now at {to}: each table has the same rows, the log's epoch goes on.\n\
             Keys were not copied. Serve it with that address as DATABASE_URL and a DATA_DIR that holds{setting_en}: {files}\n\
             Its read models are built at the first start. {from} is marked as moved and is not served any more."
        ),
        format!(
            "Установка теперь в {to}: в каждой таблице те же строки, эпоха журнала продолжается.\n\
             Ключи не копировались. Запускайте с этим адресом в DATABASE_URL и с DATA_DIR, где лежат{setting_ru}: {files}\n\
             Модели чтения строятся при первом запуске. {from} помечено как перенесённое и больше не запускается."
        ),
    );
    output::tell(text.get(lang));
    Ok(())
}

/// The key files of a data folder, by name.
fn key_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("keys")).into_iter().flatten();
    let mut files: Vec<String> = entries
        .flatten()
        .map(|entry| entry.path().display().to_string())
        .collect();
    files.sort();
    files
}

/// Lets a database be served where it lies now.
pub(super) async fn restored(
    config: &Config,
    arguments: RestoredArgs,
    lang: Lang,
) -> anyhow::Result<()> {
    let told = |problem: Problem| client::told(&problem, lang);
    let lock = keys::lock(config).map_err(told)?;
    let _lock = lock.ok_or_else(|| told(Problem::new("data_dir_in_use")))?;
    let loss = if arguments.nothing_lost {
        Loss::None
    } else {
        Loss::Possible
    };
    let place = configured(config);
    let declared = declare(&place, loss, &SystemClock, &SystemIds).await;
    let declared = declared.map_err(|error| told(error.into()))?;
    output::tell(what_follows(&declared, loss).get(lang));
    output::result(&declared.epoch.to_string())?;
    Ok(())
}

fn what_follows(declared: &Declared, loss: Loss) -> Text {
    let Declared {
        head, unsettled, ..
    } = declared;
    match loss {
        Loss::None => Text::made(
            format!("It goes on where it lies now, from position {head}, in the same epoch."),
            format!("Продолжается на новом месте с позиции {head}, в той же эпохе."),
        ),
        Loss::Possible => Text::made(
            format!(
                "A new epoch begins behind position {head}.\n{unsettled} messages that were on their way will be shown as unknown.\nNo message leaves until you start the server, look, and run: vestnik outbound release"
            ),
            format!(
                "После позиции {head} начинается новая эпоха.\nСообщений в пути, которые будут показаны как неизвестные: {unsettled}.\nСообщения не отправляются, пока вы не запустите сервер, не проверите и не выполните: vestnik outbound release"
            ),
        ),
    }
}
