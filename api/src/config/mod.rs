//! The configuration: read once, checked whole, every problem named at once.
//!
//! Invariant: nothing else in the program reads the environment.

pub(crate) mod database;
pub mod describe;
mod nats;
mod parse;
mod reader;
mod sources;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use infrastructure::database::db::Server;
use secrecy::SecretString;
use url::Url;

pub use self::nats::NatsConfig;
use crate::i18n::{Lang, Text};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Whether the built-in simulator runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SimulatorMode {
    /// While no live number exists.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The whole configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Base of Meta's Graph API, with its version.
    pub whatsapp_api_url: Url,
    /// What Meta must show to subscribe; made at first start if not set.
    pub verify_token: Option<SecretString>,
    /// App secrets that may sign for every live number; several while one is rotated.
    pub app_secrets: Vec<SecretString>,
    /// The key that seals secrets; made at first start if not set.
    pub encryption_key: Option<SecretString>,
    /// Address under which the world reaches this server.
    pub public_url: Option<Url>,
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Folder of the databases, keys and `run.json`.
    pub data_dir: PathBuf,
    /// PostgreSQL that keeps the data; without it the data is in the data folder.
    pub server: Option<Server>,
    /// Web origins that may call the API.
    pub cors_origins: Vec<String>,
    /// A loopback address that serves metrics without a token.
    pub metrics_addr: Option<SocketAddr>,
    /// After this time without an answer the outcome of a send is unknown.
    pub send_timeout_seconds: u32,
    /// A bot's session ends this long after its last wait began.
    pub session_expiry_hours: u32,
    /// Budget of the cache of aggregates.
    pub cache_mb: u32,
    /// Messages a second that each number may send.
    pub number_rate: u32,
    /// So long what a node works on stays its own without a sign of life, where there are several.
    pub lease_seconds: u32,
    /// Where events are published, if anywhere.
    pub nats: Option<NatsConfig>,
    /// Where traces go, if anywhere.
    pub otlp_endpoint: Option<Url>,
    /// From this age of unfinished work on the node is not ready; 0: never.
    pub ready_limit_seconds: u32,
    /// Filter of log lines.
    pub log: String,
    /// Form of log lines.
    pub log_format: LogFormat,
    /// Whether the simulator runs.
    pub simulator: SimulatorMode,
    /// What works but should be changed.
    pub warnings: Vec<Text>,
}

/// One thing wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.shown(Lang::En))]
pub struct ConfigProblem {
    /// The setting as it is written in the environment.
    pub name: String,
    /// What is wrong, with the limit.
    pub problem: Text,
    /// What to do.
    pub remedy: Text,
}

impl ConfigProblem {
    /// In one line.
    pub fn shown(&self, lang: Lang) -> String {
        let (problem, remedy) = (self.problem.get(lang), self.remedy.get(lang));
        format!("{} {problem}; {remedy}", self.name)
    }

    fn new(name: &str, problem: impl Into<Text>, remedy: impl Into<Text>) -> Self {
        let name = if name.contains('.') {
            name.to_owned()
        } else {
            name.to_ascii_uppercase()
        };
        Self {
            name,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

/// All that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.shown(Lang::En))]
pub struct ConfigError(pub Vec<ConfigProblem>);

impl ConfigError {
    /// A line for each problem.
    pub fn shown(&self, lang: Lang) -> String {
        let title = Text::new(
            "the configuration cannot be used:",
            "настройками нельзя воспользоваться:",
        );
        let mut lines = vec![title.get(lang).to_owned()];
        lines.extend(self.0.iter().map(|one| format!("  {}", one.shown(lang))));
        lines.join("\n")
    }
}

impl Config {
    /// Reads the configuration of this process: its environment and the files of the working folder.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load() -> Result<Self, ConfigError> {
        let env = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::from_sources(Path::new("."), env)
    }

    /// Reads a configuration from a folder's files and the given environment.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn from_sources(
        folder: &Path,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let values = sources::read(folder, env).map_err(ConfigError)?;
        parse::parse(&values).map_err(ConfigError)
    }

    /// Address of the webhook as it is to be entered at Meta.
    pub fn webhook_url(&self, port: u16) -> String {
        let path = "api/v1/webhooks/whatsapp";
        match &self.public_url {
            Some(url) => format!("{}/{path}", url.as_str().trim_end_matches('/')),
            None => format!("http://localhost:{port}/{path}"),
        }
    }
}

/// The locale of the terminal, for the language of command line texts.
pub fn terminal_locale() -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|wanted| {
            std::env::vars_os()
                .find(|(name, value)| name == wanted && !value.is_empty())
                .and_then(|(_, value)| value.into_string().ok())
        })
}

#[cfg(test)]
mod tests;
