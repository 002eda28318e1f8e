//! `vestnik log-level`: what the running server logs, looked at and changed without a restart.

use anyhow::bail;
use reqwest::Method;
use serde_json::json;

use super::client::Server;
use super::look_args::LogLevelArgs;
use super::output;
use crate::i18n::{Lang, Text};

const PATH: &str = "/api/v1/admin/log-level";

pub(super) async fn run(server: &Server, args: LogLevelArgs, lang: Lang) -> anyhow::Result<()> {
    if server.is_own() {
        let text = Text::new(
            "no server runs on this data folder; LOG sets what the next start logs",
            "на этой папке данных сервер не работает; что писать в журнал при запуске, задаёт LOG",
        );
        bail!("{}", text.get(lang));
    }
    let shown = match args.filter {
        None => server.get(PATH).await?,
        Some(filter) => {
            let body = json!({ "filter": filter });
            server.ask(Method::PUT, PATH, Some(&body)).await?
        }
    };
    output::result(shown["filter"].as_str().unwrap_or(""))?;
    Ok(())
}
