//! Settings and the data folder, without a server.

use secrecy::SecretString;

use super::{Finding, files, nats, network};
use crate::bootstrap::verify_token;
use crate::config::{Config, ConfigError};
use crate::i18n::{Lang, Text};

/// What was seen without a server.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Line by line.
    pub(crate) findings: Vec<Finding>,
    /// The log, its keys and versions are such that a server may be started for a question.
    pub(crate) can_be_asked: bool,
}

/// What a configuration that cannot be used is told by.
pub(crate) fn unusable(error: &ConfigError) -> Vec<Finding> {
    let told = error.0.iter().map(|problem| {
        let said = |lang| format!("{} {}", problem.name, problem.problem.get(lang));
        let text = Text::made(said(Lang::En), said(Lang::Ru));
        Finding::problem("D-CONFIG", text).then(problem.remedy.clone())
    });
    let rest = Text::new(
        "everything else: the settings cannot be used",
        "остальное: настройками нельзя воспользоваться",
    );
    told.chain([Finding::not_checked("D-SERVER", rest)])
        .collect()
}

/// What to do about what only a first start makes.
pub(crate) const fn start() -> Text {
    Text::new("Start it: vestnik serve.", "Запустите: vestnik serve.")
}

/// Settings, files, disk; `address` of the running server, if one runs.
pub(crate) async fn look(config: &Config, address: Option<&str>) -> Seen {
    let mut findings = settings(config);
    let log = files::look_at(config, &mut findings).await;
    findings.push(network::clock(config).await);
    findings.push(match address {
        Some(address) => Finding::good(
            "D-SERVER",
            Text::made(
                format!("a server runs at {address}"),
                format!("сервер работает: {address}"),
            ),
        ),
        None => Finding::not_checked(
            "D-SERVER",
            Text::new(
                "no server runs on this data folder",
                "на этой папке данных сервер не работает",
            ),
        ),
    });
    findings.extend(nats::look(config).await);
    findings.push(network::public_url(config));
    let token = verify(config);
    findings.push(network::webhook(config, address.is_some(), token.as_ref()).await);
    Seen {
        findings,
        can_be_asked: log,
    }
}

fn settings(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = config
        .warnings
        .iter()
        .map(|warning| Finding::warning("D-CONFIG", warning.clone()))
        .collect();
    if findings.is_empty() {
        let text = Text::new("the settings are sound", "настройки в порядке");
        findings.push(Finding::good("D-CONFIG", text));
    }
    findings.push(if config.app_secrets.is_empty() {
        Finding::warning(
            "D-APP-SECRET",
            Text::new(
                "WHATSAPP_APP_SECRET is not set: only webhooks of numbers with an app secret of their own are taken",
                "WHATSAPP_APP_SECRET не задан: принимаются вебхуки только номеров с собственным секретом приложения",
            ),
        )
    } else {
        let count = config.app_secrets.len();
        Finding::good(
            "D-APP-SECRET",
            Text::made(
                format!("app secrets: {count}"),
                format!("секретов приложения: {count}"),
            ),
        )
    });
    findings
}

fn verify(config: &Config) -> Option<SecretString> {
    config
        .verify_token
        .clone()
        .or_else(|| verify_token::kept(&config.data_dir))
}
