//! Where settings come from: the environment over `.env` over `vestnik.toml` over the shipped defaults.
//!
//! The `.env` file is read, never written into the environment of the process. An empty value counts as
//! not set.

use std::collections::BTreeMap;
use std::path::Path;

use config::{File, FileFormat, Value};

use super::ConfigProblem;
use crate::i18n::Text;

/// Every setting there is; anything else in the file is refused by name.
pub(super) const NAMES: [&str; 24] = [
    "whatsapp_api_url",
    "whatsapp_verify_token",
    "whatsapp_app_secret",
    "encryption_key",
    "public_url",
    "database_url",
    "port",
    "host",
    "data_dir",
    "cors_origins",
    "metrics_addr",
    "send_timeout_seconds",
    "session_expiry_hours",
    "cache_mb",
    "number_rate",
    "lease_seconds",
    "nats_url",
    "nats_stream",
    "nats_personal",
    "ready_limit_seconds",
    "otel_exporter_otlp_endpoint",
    "log",
    "log_format",
    "simulator",
];

/// Settings by lower-case name, as text.
pub(super) type Values = BTreeMap<String, String>;

/// Reads all sources. `env` is the process' environment; files are looked for in `folder`.
///
/// # Errors
/// Every file that cannot be read, every unknown name in `vestnik.toml`.
pub(super) fn read(
    folder: &Path,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Values, Vec<ConfigProblem>> {
    let mut problems = Vec::new();
    let dot_env = read_dot_env(&folder.join(".env"), &mut problems);
    let file = folder.join("vestnik.toml");
    let built = config::Config::builder()
        .add_source(File::from_str(
            include_str!("defaults.toml"),
            FileFormat::Toml,
        ))
        .add_source(
            File::from(file.as_path())
                .format(FileFormat::Toml)
                .required(false),
        )
        .add_source(Texts(dot_env))
        .add_source(Texts(env.into_iter().collect()))
        .build()
        .and_then(config::Config::try_deserialize::<BTreeMap<String, String>>);
    let values = match built {
        Ok(values) => values,
        Err(error) => {
            problems.push(ConfigProblem::new(
                "vestnik.toml",
                Text::made(
                    format!("cannot be read: {error}"),
                    format!("не читается: {error}"),
                ),
                (
                    "correct the file or remove it",
                    "исправьте файл или уберите его",
                ),
            ));
            BTreeMap::new()
        }
    };
    for name in values.keys().filter(|name| !NAMES.contains(&name.as_str())) {
        problems.push(ConfigProblem::new(
            name,
            ("is no setting", "— такой настройки нет"),
            (
                "remove it from vestnik.toml, or correct its name",
                "уберите её из vestnik.toml или исправьте имя",
            ),
        ));
    }
    if problems.is_empty() {
        Ok(values
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .collect())
    } else {
        Err(problems)
    }
}

fn read_dot_env(path: &Path, problems: &mut Vec<ConfigProblem>) -> BTreeMap<String, String> {
    if !path.exists() {
        return BTreeMap::new();
    }
    let lines = match dotenvy::from_path_iter(path) {
        Ok(lines) => lines,
        Err(error) => {
            problems.push(ConfigProblem::new(
                ".env",
                Text::made(
                    format!("cannot be read: {error}"),
                    format!("не читается: {error}"),
                ),
                (
                    "correct the file or remove it",
                    "исправьте файл или уберите его",
                ),
            ));
            return BTreeMap::new();
        }
    };
    let mut values = BTreeMap::new();
    for line in lines {
        match line {
            Ok((name, value)) => {
                values.insert(name, value);
            }
            // The parser's own words repeat the line, and with it a secret.
            Err(_) => problems.push(ConfigProblem::new(
                ".env",
                (
                    "has a line that is no NAME=value",
                    "содержит строку не вида NAME=value",
                ),
                (
                    "quote values with spaces: NAME=\"value\"",
                    "значения с пробелами пишите в кавычках: NAME=\"value\"",
                ),
            )),
        }
    }
    values
}

/// A source of texts under the settings' upper-case names; other names are someone else's.
#[derive(Clone, Debug)]
struct Texts(BTreeMap<String, String>);

impl config::Source for Texts {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<config::Map<String, Value>, config::ConfigError> {
        let known = NAMES.iter().filter_map(|name| {
            let value = self.0.get(&name.to_ascii_uppercase())?;
            let set = !value.trim().is_empty();
            set.then(|| ((*name).to_owned(), Value::from(value.clone())))
        });
        Ok(known.collect())
    }
}
