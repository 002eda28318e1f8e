//! `vestnik webhook sign`: a curl line that delivers a file as Meta would. Needs no server.

use anyhow::{Context, bail};
use infrastructure::webhook_signature::sign;
use secrecy::SecretString;

use super::args::WebhookCommand;
use super::output;
use crate::config::Config;

pub(super) fn run(config: &Config, command: WebhookCommand) -> anyhow::Result<()> {
    let WebhookCommand::Sign { file, url, secret } = command;
    let body =
        std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let Some(secret) = secret
        .map(SecretString::from)
        .or_else(|| config.app_secrets.first().cloned())
    else {
        bail!("no app secret: set WHATSAPP_APP_SECRET or give --secret");
    };
    let local = format!("http://localhost:{}/api/v1/webhooks/whatsapp", config.port);
    let line = curl_line(
        &url.unwrap_or(local),
        &sign(&secret, &body),
        &file.display().to_string(),
    );
    output::result(&line)?;
    Ok(())
}

fn curl_line(url: &str, signature: &str, file: &str) -> String {
    format!(
        "curl -sS -X POST {} -H 'Content-Type: application/json' -H 'X-Hub-Signature-256: {signature}' --data-binary {}",
        quoted(url),
        quoted(&format!("@{file}")),
    )
}

/// In single quotes, as any POSIX shell takes it literally.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
