//! From texts to checked settings. Goes on after a problem, so that all of them are named at once.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use infrastructure::database::db::Server;
use secrecy::SecretString;
use url::{Host, Url};

use super::database::{self, Database, NoDatabase};
use super::reader::Reader;
use super::sources::Values;
use super::{Config, ConfigProblem, LogFormat, SimulatorMode};
use crate::i18n::Text;

/// The seed's example values: good enough to try things on one's own machine only.
const EXAMPLES: [(&str, &str); 3] = [
    ("whatsapp_verify_token", "your_secret_verify_token_12345"),
    ("whatsapp_app_secret", "your_app_secret_from_meta"),
    ("encryption_key", "your-encryption-key-32-characters"),
];
/// Versions of the Graph API that Meta has switched off or is about to.
const DEAD_VERSIONS: RangeInclusive<u32> = 1..=20;

/// Checks all settings.
pub(super) fn parse(values: &Values) -> Result<Config, Vec<ConfigProblem>> {
    let mut reader = Reader {
        values,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    let public_url = reader.url("public_url");
    reader.examples(public_url.as_ref());
    let whatsapp_api_url = reader.api_url();
    let (data_dir, server) = reader.database();
    reader.encryption_key();
    let host = reader.parsed::<IpAddr>(
        "host",
        ("must be an IP address", "должен быть IP-адресом"),
        (
            "e.g. 127.0.0.1 or 0.0.0.0",
            "например, 127.0.0.1 или 0.0.0.0",
        ),
    );
    let port = reader.number("port", 0..=65_535);
    let metrics_addr = reader.metrics_addr();
    let send_timeout_seconds = reader.number("send_timeout_seconds", 1..=60);
    let session_expiry_hours = reader.number("session_expiry_hours", 1..=720);
    let cache_mb = reader.number("cache_mb", 1..=65_536);
    let number_rate = reader.number("number_rate", 1..=1_000);
    let lease_seconds = reader.number("lease_seconds", 2..=60);
    let nats = reader.nats();
    let otlp_endpoint = reader.otlp_endpoint();
    let ready_limit_seconds = reader.number("ready_limit_seconds", 0..=86_400);
    let log_format = reader.choice(
        "log_format",
        &[("text", LogFormat::Text), ("json", LogFormat::Json)],
    );
    let simulator = reader.choice(
        "simulator",
        &[
            ("auto", SimulatorMode::Auto),
            ("on", SimulatorMode::On),
            ("off", SimulatorMode::Off),
        ],
    );
    let log = reader.log_filter();
    let cors_origins = reader.cors_origins();
    let app_secrets = reader
        .list("whatsapp_app_secret")
        .map(SecretString::from)
        .collect();
    let (Some(whatsapp_api_url), Some(host)) = (whatsapp_api_url, host) else {
        return Err(reader.problems);
    };
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    Ok(Config {
        whatsapp_api_url,
        verify_token: reader.text("whatsapp_verify_token").map(SecretString::from),
        app_secrets,
        encryption_key: reader.text("encryption_key").map(SecretString::from),
        public_url,
        host,
        port: u16::try_from(port).unwrap_or(u16::MAX),
        data_dir,
        server,
        cors_origins,
        metrics_addr,
        send_timeout_seconds,
        session_expiry_hours,
        cache_mb,
        number_rate,
        lease_seconds,
        nats,
        otlp_endpoint,
        ready_limit_seconds,
        log,
        log_format,
        simulator,
        warnings: reader.warnings,
    })
}

impl Reader<'_> {
    fn api_url(&mut self) -> Option<Url> {
        let url = self.url("whatsapp_api_url")?;
        let version = url.path_segments().into_iter().flatten().find_map(|part| {
            part.strip_prefix('v')?
                .split('.')
                .next()?
                .parse::<u32>()
                .ok()
        });
        if let Some(version) = version.filter(|version| DEAD_VERSIONS.contains(version)) {
            self.warnings.push(Text::made(
                format!("WHATSAPP_API_URL names version v{version} of the Graph API, which Meta has switched off or soon will; use https://graph.facebook.com/v25.0"),
                format!("WHATSAPP_API_URL указывает версию v{version} Graph API, которую Meta отключила или скоро отключит; укажите https://graph.facebook.com/v25.0"),
            ));
        }
        if url.scheme() == "http" && is_public(&url) {
            self.problem(
                "whatsapp_api_url",
                (
                    "must start with https://: access tokens travel with every call",
                    "должен начинаться с https://: с каждым запросом передаются токены доступа",
                ),
                (
                    "use https://graph.facebook.com/v25.0",
                    "укажите https://graph.facebook.com/v25.0",
                ),
            );
        }
        Some(url)
    }

    /// The data folder, and the server of the log if it is not in that folder.
    fn database(&mut self) -> (PathBuf, Option<Server>) {
        let data_dir = PathBuf::from(self.text("data_dir").unwrap_or("./data"));
        let Some(database) = self.text("database_url") else {
            return (data_dir, None);
        };
        match database::read(database) {
            Ok(Database::DataDir) => (data_dir, None),
            Ok(Database::Folder(folder)) => (folder, None),
            Ok(Database::Server(server)) => (data_dir, Some(server)),
            Err(NoDatabase::Address) => {
                self.problem(
                    "database_url",
                    (
                        "is no address of a PostgreSQL database",
                        "не адрес базы PostgreSQL",
                    ),
                    (
                        "e.g. postgres://vestnik:PASSWORD@localhost:5432/vestnik",
                        "например, postgres://vestnik:PASSWORD@localhost:5432/vestnik",
                    ),
                );
                (data_dir, None)
            }
            Err(NoDatabase::Scheme) => {
                self.problem(
                    "database_url",
                    (
                        "must start with postgres:// or sqlite:",
                        "должен начинаться с postgres:// или sqlite:",
                    ),
                    (
                        "remove it, or use sqlite:./data",
                        "уберите или укажите sqlite:./data",
                    ),
                );
                (data_dir, None)
            }
        }
    }

    fn encryption_key(&mut self) {
        let Some(key) = self.text("encryption_key") else {
            return;
        };
        let characters = key.chars().count();
        if characters < 32 {
            self.problem(
                "encryption_key",
                Text::made(
                    format!("has {characters} characters, at least 32 are needed"),
                    format!("содержит символов: {characters}, нужно не меньше 32"),
                ),
                (
                    "use the output of `openssl rand -hex 32`, or remove it to have a key made",
                    "возьмите вывод `openssl rand -hex 32` или уберите, и ключ будет создан",
                ),
            );
        }
    }

    fn metrics_addr(&mut self) -> Option<SocketAddr> {
        let address = self.parsed::<SocketAddr>(
            "metrics_addr",
            (
                "must be an address with a port",
                "должен быть адресом с портом",
            ),
            ("e.g. 127.0.0.1:9100", "например, 127.0.0.1:9100"),
        )?;
        if !address.ip().is_loopback() {
            self.problem(
                "metrics_addr",
                (
                    "must be a loopback address: metrics are served there without a token",
                    "должен быть адресом loopback: метрики там отдаются без токена",
                ),
                (
                    "use 127.0.0.1:9100, or read /metrics with an admin token",
                    "укажите 127.0.0.1:9100 или читайте /metrics с токеном admin",
                ),
            );
        }
        Some(address)
    }

    fn otlp_endpoint(&mut self) -> Option<Url> {
        let url = self.url("otel_exporter_otlp_endpoint")?;
        if !crate::traces::IS_BUILT_IN {
            self.problem(
                "otel_exporter_otlp_endpoint",
                (
                    "is set, and this program was built without traces",
                    "задан, а эта программа собрана без трассировки",
                ),
                (
                    "build it with: cargo build --profile served --features otlp --bin vestnik; or remove the setting",
                    "соберите её так: cargo build --profile served --features otlp --bin vestnik; или уберите настройку",
                ),
            );
        }
        Some(url)
    }

    fn log_filter(&mut self) -> String {
        let filter = self.text("log").unwrap_or("info").to_owned();
        if tracing_subscriber::EnvFilter::try_new(&filter).is_err() {
            self.problem(
                "log",
                (
                    "is no filter of log lines",
                    "не является фильтром строк журнала",
                ),
                (
                    "e.g. info or info,application=debug",
                    "например, info или info,application=debug",
                ),
            );
        }
        filter
    }

    fn cors_origins(&mut self) -> Vec<String> {
        let origins: Vec<String> = self.list("cors_origins").map(str::to_owned).collect();
        let bad = origins.iter().any(|origin| {
            origin
                .parse::<Url>()
                .map_or(true, |url| url.origin().ascii_serialization() != *origin)
        });
        if bad {
            self.problem(
                "cors_origins",
                (
                    "must be web origins separated by commas, without a path",
                    "должны быть адресами сайтов через запятую, без пути",
                ),
                (
                    "e.g. https://app.example.com,http://localhost:3001",
                    "например, https://app.example.com,http://localhost:3001",
                ),
            );
        }
        origins
    }

    /// Example values warn, and are refused where strangers could use them.
    fn examples(&mut self, public_url: Option<&Url>) {
        let public = public_url.is_some_and(is_public);
        for (name, example) in EXAMPLES {
            if !self.list(name).any(|value| value == example) {
                continue;
            }
            let upper = name.to_ascii_uppercase();
            if public {
                self.problem(
                    name,
                    (
                        "still has the example's value, which everyone knows",
                        "всё ещё содержит значение из примера, известное всем",
                    ),
                    (
                        "set a value of your own before PUBLIC_URL is public",
                        "задайте своё значение, прежде чем PUBLIC_URL станет публичным",
                    ),
                );
            } else {
                self.warnings.push(Text::made(
                    format!("{upper} has the example's value, which everyone knows; set your own before strangers can reach this server"),
                    format!("{upper} содержит значение из примера, известное всем; задайте своё, прежде чем сервер станет доступен извне"),
                ));
            }
        }
    }
}

/// Whether strangers may reach this address: a name other than localhost, or an address outside of
/// loopback, link-local and private ranges.
fn is_public(url: &Url) -> bool {
    match url.host() {
        None => false,
        Some(Host::Domain(name)) => {
            name != "localhost" && !name.ends_with(".localhost") && name.contains('.')
        }
        Some(Host::Ipv4(ip)) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local()),
        Some(Host::Ipv6(ip)) => !(ip.is_loopback() || ip.is_unique_local()),
    }
}
