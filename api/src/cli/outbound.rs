//! `vestnik outbound`: whether messages leave, and letting them leave after a restore.

use serde_json::json;

use super::args::OutboundCommand;
use super::client::Server;
use super::output;
use crate::i18n::{Lang, Text};

const PATH: &str = "/api/v1/admin/outbound";

pub(super) async fn run(
    server: &Server,
    command: OutboundCommand,
    lang: Lang,
) -> anyhow::Result<()> {
    match command {
        OutboundCommand::Status => status(server, lang).await,
        OutboundCommand::Release { discard } => release(server, discard, lang).await,
    }
}

async fn status(server: &Server, lang: Lang) -> anyhow::Result<()> {
    let status = server.get(PATH).await?;
    let waiting = &status["waiting"];
    let text = if status["frozen"] == true {
        let since = status["restored_at"].as_str().unwrap_or("");
        Text::made(
            format!("frozen\trestored at {since}\twaiting: {waiting}"),
            format!("остановлено\tвосстановлено {since}\tждут: {waiting}"),
        )
    } else {
        Text::made(
            format!("open\twaiting: {waiting}"),
            format!("открыто\tждут: {waiting}"),
        )
    };
    output::result(text.get(lang))?;
    Ok(())
}

async fn release(server: &Server, discard: bool, lang: Lang) -> anyhow::Result<()> {
    let path = format!("{PATH}/release");
    let done = server.post(&path, &json!({ "discard": discard })).await?;
    let (leaving, discarded) = (&done["leaving"], &done["discarded"]);
    let text = if done["was_frozen"] == true {
        Text::made(
            format!("released\tleaving: {leaving}\tdiscarded: {discarded}"),
            format!("отправка разрешена\tуходят: {leaving}\tотброшены: {discarded}"),
        )
    } else {
        Text::new("nothing was frozen", "отправка не была остановлена")
    };
    output::result(text.get(lang))?;
    Ok(())
}
