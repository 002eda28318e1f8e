//! `vestnik simulate`: a customer's phone in the terminal, beside a running server.
//!
//! At a terminal it is a chat; where the input is a file or a pipe it plays the lines, waits for what each
//! is answered, and ends.

mod client;
mod interactive;
mod piped;
mod screen;
mod words;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use domain::phone::E164;
use secrecy::SecretString;
use tokio::sync::mpsc;
use url::Url;

pub use self::client::PhoneError;

use self::client::PhoneClient;
use self::screen::Chat;
use crate::i18n::Lang;

use super::demo;

/// Options of `vestnik simulate`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  vestnik simulate\n  vestnik simulate --phone +79995556677 --name Ольга\n  \
    printf 'Привет\\n1\\nАнна\\nзавтра\\n' | vestnik simulate"
)]
pub struct SimulateArgs {
    /// Meta's id of the simulated number to write to.
    #[arg(long, value_name = "PHONE_NUMBER_ID", default_value = demo::PHONE_NUMBER_ID)]
    pub number: String,
    /// The customer's phone number.
    #[arg(long, default_value = "+79991112233")]
    pub phone: String,
    /// The customer's profile name.
    #[arg(long, default_value = "Анна")]
    pub name: String,
    /// Play the lines of a file instead, `-` for the input.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
}

/// A phone in the terminal, until its owner leaves or the script ends.
///
/// # Errors
/// The server cannot be reached, refuses, or the script cannot be read; each says what to do.
pub async fn run(
    args: &SimulateArgs,
    server: &Url,
    token: SecretString,
    lang: Lang,
) -> anyhow::Result<()> {
    let phone = E164::parse(&args.phone).context("--phone")?;
    let client = PhoneClient::new(server, token, &args.number, &phone, &args.name)?;
    let chat = Chat::begin(client, lang).await?;
    match &args.script {
        Some(path) if path.as_os_str() != "-" => piped::run(chat, script_lines(path)?).await,
        None if std::io::stdin().is_terminal() => interactive::run(chat, &args.name).await,
        _ => piped::run(chat, input_lines()?).await,
    }
}

fn script_lines(path: &Path) -> anyhow::Result<mpsc::UnboundedReceiver<String>> {
    let script = std::fs::read_to_string(path)
        .with_context(|| format!("the script {} cannot be read", path.display()))?;
    let (sender, lines) = mpsc::unbounded_channel();
    for line in script.lines() {
        sender.send(line.to_owned())?;
    }
    Ok(lines)
}

/// The lines of the input as they come.
fn input_lines() -> anyhow::Result<mpsc::UnboundedReceiver<String>> {
    let (sender, lines) = mpsc::unbounded_channel();
    // A thread, because reading the input blocks; it ends with the input or with the process.
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            for line in std::io::stdin().lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        })?;
    Ok(lines)
}

#[cfg(test)]
mod tests;
