//! From texts to checked settings. Goes on after a problem, so that all of them are named at once.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use infrastructure::database::db::Server;
use secrecy::SecretString;
use url::{Host, Url};

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

struct Reader<'a> {
    values: &'a Values,
    problems: Vec<ConfigProblem>,
    warnings: Vec<Text>,
}

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
    let host =
        reader.parsed::<IpAddr>("host", "must be an IP address", "e.g. 127.0.0.1 or 0.0.0.0");
    let port = reader.number("port", 0..=65_535);
    let metrics_addr = reader.metrics_addr();
    let send_timeout_seconds = reader.number("send_timeout_seconds", 1..=60);
    let session_expiry_hours = reader.number("session_expiry_hours", 1..=720);
    let cache_mb = reader.number("cache_mb", 1..=65_536);
    let number_rate = reader.number("number_rate", 1..=1_000);
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
        log,
        log_format,
        simulator,
        warnings: reader.warnings,
    })
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim())
    }

    fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let text = self.text(name).unwrap_or("");
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
    }

    fn problem(&mut self, name: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems
            .push(ConfigProblem::new(name, problem, remedy));
    }

    fn parsed<T: FromStr>(&mut self, name: &str, problem: &str, remedy: &str) -> Option<T> {
        let parsed = self.text(name)?.parse().ok();
        if parsed.is_none() {
            self.problem(name, problem, remedy);
        }
        parsed
    }

    fn number(&mut self, name: &str, allowed: RangeInclusive<u32>) -> u32 {
        let value = self.text(name).and_then(|text| text.parse().ok());
        if let Some(value) = value.filter(|value| allowed.contains(value)) {
            return value;
        }
        let range = format!(
            "must be a number from {} to {}",
            allowed.start(),
            allowed.end()
        );
        self.problem(name, range, "correct it, or remove it to take the default");
        *allowed.start()
    }

    fn choice<T: Copy + Default>(&mut self, name: &str, choices: &[(&str, T)]) -> T {
        let text = self.text(name).unwrap_or("").to_ascii_lowercase();
        if let Some((_, value)) = choices.iter().find(|(choice, _)| *choice == text) {
            return *value;
        }
        let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
        self.problem(
            name,
            format!("must be one of {}", names.join(", ")),
            "correct it",
        );
        T::default()
    }

    fn url(&mut self, name: &str) -> Option<Url> {
        let url = self.text(name)?.parse::<Url>().ok();
        let usable = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if usable.is_none() {
            self.problem(
                name,
                "must be an address that starts with https:// (or http:// on this machine)",
                "e.g. https://your-domain.com",
            );
        }
        usable
    }

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
                "must start with https://: access tokens travel with every call",
                "use https://graph.facebook.com/v25.0",
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
        if database.starts_with("postgres://") || database.starts_with("postgresql://") {
            let server = Server::parse(database).ok();
            if server.is_none() {
                // Not repeated: it may hold a password.
                self.problem(
                    "database_url",
                    "is no address of a PostgreSQL database",
                    "e.g. postgres://vestnik:PASSWORD@localhost:5432/vestnik",
                );
            }
            return (data_dir, server);
        }
        let Some(path) = database.strip_prefix("sqlite:") else {
            self.problem(
                "database_url",
                "must start with postgres:// or sqlite:",
                "remove it, or use sqlite:./data",
            );
            return (data_dir, None);
        };
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            (data_dir, None)
        } else {
            (PathBuf::from(path), None)
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
                format!("has {characters} characters, at least 32 are needed"),
                "use the output of `openssl rand -hex 32`, or remove it to have a key made",
            );
        }
    }

    fn metrics_addr(&mut self) -> Option<SocketAddr> {
        let address = self.parsed::<SocketAddr>(
            "metrics_addr",
            "must be an address with a port",
            "e.g. 127.0.0.1:9100",
        )?;
        if !address.ip().is_loopback() {
            self.problem(
                "metrics_addr",
                "must be a loopback address: metrics are served there without a token",
                "use 127.0.0.1:9100, or read /metrics with an admin token",
            );
        }
        Some(address)
    }

    fn log_filter(&mut self) -> String {
        let filter = self.text("log").unwrap_or("info").to_owned();
        if tracing_subscriber::EnvFilter::try_new(&filter).is_err() {
            self.problem(
                "log",
                "is no filter of log lines",
                "e.g. info or info,application=debug",
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
                "must be web origins separated by commas, without a path",
                "e.g. https://app.example.com,http://localhost:3001",
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
                    "still has the example's value, which everyone knows",
                    "set a value of your own before PUBLIC_URL is public",
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
