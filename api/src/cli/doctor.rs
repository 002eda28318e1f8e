//! `vestnik doctor`: looks at everything and says what to do; fails if there is a problem.

use std::process::ExitCode;

use serde_json::Value;

use super::client::Server;
use super::look_args::DoctorArgs;
use super::output;
use crate::config::{Config, ConfigError};
use crate::doctor::{Finding, State, setup};
use crate::i18n::{Lang, Text};

pub(super) async fn run(
    config: Result<Config, ConfigError>,
    args: &DoctorArgs,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let findings = match config {
        Err(error) => setup::unusable(&error),
        Ok(config) => match &args.conversation {
            Some(id) => explain(&config, id, lang).await?,
            None => look(&config, lang).await?,
        },
    };
    for finding in &findings {
        output::result(&finding.line(lang))?;
    }
    let count = |state| findings.iter().filter(|one| one.state == state).count();
    let (problems, warnings) = (count(State::Problem), count(State::Warning));
    let unseen = count(State::NotChecked);
    let text = Text::made(
        format!("{problems} problems, {warnings} warnings, {unseen} not checked"),
        format!("проблем: {problems}, предупреждений: {warnings}, не проверено: {unseen}"),
    );
    output::tell(text.get(lang));
    Ok(if problems == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(config: &Config, lang: Lang) -> anyhow::Result<Vec<Finding>> {
    let address = Server::running(config)?;
    let seen = setup::look(config, address.as_deref()).await;
    let mut findings = seen.findings;
    if address.is_some() || seen.can_be_asked {
        findings.extend(ask(config, "/api/v1/admin/doctor", lang).await?);
    } else {
        let text = Text::new(
            "numbers, tokens and bots: no server can be asked",
            "номера, токены и боты: сервер спросить нельзя",
        );
        findings.push(Finding::not_checked("D-NUMBERS", text).then(setup::start()));
    }
    Ok(findings)
}

async fn explain(config: &Config, id: &str, lang: Lang) -> anyhow::Result<Vec<Finding>> {
    let path = format!("/api/v1/admin/doctor/conversations/{id}");
    ask(config, &path, lang).await
}

/// Asks the running server, or one inside this process.
async fn ask(config: &Config, path: &str, lang: Lang) -> anyhow::Result<Vec<Finding>> {
    let server = Server::find(config, lang).await?;
    let answer = server.get(path).await;
    server.finish().await;
    let answer = answer?;
    let findings = answer["findings"].as_array().map(Vec::as_slice);
    Ok(findings
        .unwrap_or_default()
        .iter()
        .map(|one: &Value| Finding::from_json(one))
        .collect())
}
