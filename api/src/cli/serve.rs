//! `vestnik serve`: runs until asked to stop.

use secrecy::ExposeSecret;
use tokio::signal::unix::{SignalKind, signal};

use super::{client, output};
use crate::bootstrap::{Running, start};
use crate::config::Config;
use crate::i18n::{Lang, Text};
use crate::simulator::demo;

/// Runs the server.
pub(super) async fn run(config: Config, lang: Lang) -> anyhow::Result<()> {
    serve(config, lang, false).await
}

/// Runs the server with the demo, made if it is not there.
pub(super) async fn run_with_demo(config: Config, lang: Lang) -> anyhow::Result<()> {
    serve(config, lang, true).await
}

async fn serve(config: Config, lang: Lang, with_demo: bool) -> anyhow::Result<()> {
    let traces = crate::logs::start(&config);
    for warning in &config.warnings {
        tracing::warn!("{}", warning.get(lang));
    }
    // Before the start, so that a signal during it is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let webhook_url = config.webhook_url(config.port);
    let started = start(config).await;
    let running = started.map_err(|error| client::not_started(error, lang))?;
    let demo = match running.new_demo {
        None if with_demo => Some(running.make_demo().await?),
        made => made,
    };
    welcome(&running, &webhook_url, lang)?;
    if let Some(demo) = demo {
        output::result(demo::next_steps(&demo, &output::program()).get(lang))?;
    }
    tracing::info!(address = %running.addr, "serving");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let within_s = running.longest_stop().as_secs();
    tracing::info!(within_s, "stopping");
    if !running.stop().await {
        tracing::warn!("something did not end in time");
    }
    // It waits for its own thread.
    tokio::task::spawn_blocking(|| traces.end()).await?;
    Ok(())
}

/// What a person must know now; secrets are shown here and nowhere else.
fn welcome(running: &Running, webhook_url: &str, lang: Lang) -> std::io::Result<()> {
    let address = running.address();
    let text = Text::made(
        format!("Vestnik listens on {address}"),
        format!("Вестник слушает {address}"),
    );
    output::result(text.get(lang))?;
    if let Some(freeze) = running.app().outbox.frozen() {
        let since = freeze.since.to_rfc3339_millis();
        let text = Text::made(
            format!(
                "Restored from a backup at {since}: NO MESSAGE LEAVES until you release them.\nLook at what waits: vestnik outbound status\nLet it leave: vestnik outbound release"
            ),
            format!(
                "Восстановлено из резервной копии {since}: СООБЩЕНИЯ НЕ ОТПРАВЛЯЮТСЯ, пока вы не разрешите.\nЧто ждёт отправки: vestnik outbound status\nРазрешить отправку: vestnik outbound release"
            ),
        );
        output::result(text.get(lang))?;
    }
    if !running.keys_made.is_empty() {
        let files: Vec<String> = running
            .keys_made
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let files = files.join(", ");
        let text = Text::made(
            format!("Keys were made: {files}\nBack them up: without them the data cannot be read."),
            format!("Созданы ключи: {files}\nСохраните их копию: без них данные не прочитать."),
        );
        output::result(text.get(lang))?;
    }
    if let Some(token) = &running.new_verify_token {
        let token = token.expose_secret();
        let text = Text::made(
            format!(
                "Enter at Meta as webhook: {webhook_url}\nVerify token (shown this once, kept in keys/verify_token): {token}"
            ),
            format!(
                "Вебхук для Meta: {webhook_url}\nVerify Token (показан один раз, хранится в keys/verify_token): {token}"
            ),
        );
        output::result(text.get(lang))?;
    }
    Ok(())
}
