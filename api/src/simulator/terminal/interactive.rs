//! A chat at the terminal: what arrives is printed above the line that is being typed.

use std::time::Duration;

use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc;

use super::screen::{Chat, Typed, business_bubble, ticks};
use super::words;
use crate::simulator::{Author, Screen, Ticks};

/// How long one request waits for news.
const WAIT: Duration = Duration::from_secs(20);

pub(super) async fn run(mut chat: Chat, name: &str) -> anyhow::Result<()> {
    let mut editor = DefaultEditor::new()?;
    let mut printer = editor.create_external_printer()?;
    printer.print(format!("{}\n", words::WELCOME.get(chat.lang)))?;
    let (sender, mut lines) = mpsc::unbounded_channel();
    let prompt = format!("{name}: ");
    // A thread, because the line editor blocks; it ends at the end of the input or when nobody listens.
    std::thread::Builder::new()
        .name("line editor".to_owned())
        .spawn(move || {
            loop {
                match editor.readline(&prompt) {
                    Ok(line) => {
                        // History is a convenience: a line that is not kept is sent all the same.
                        let _kept = editor.add_history_entry(&line);
                        let ends = matches!(line.trim(), "/quit" | "/exit");
                        if sender.send(line).is_err() || ends {
                            return;
                        }
                    }
                    Err(ReadlineError::Signal(_)) => {}
                    Err(_) => return,
                }
            }
        })?;
    let mut typing = false;
    loop {
        tokio::select! {
            line = lines.recv() => {
                let Some(line) = line else { return Ok(()) };
                match chat.read(&line) {
                    Typed::Nothing => {}
                    Typed::Quit => return Ok(()),
                    Typed::Say(text) => printer.print(format!("{text}\n"))?,
                    Typed::Act(act) => chat.client.act(act).await?,
                }
            }
            screen = chat.client.screen(chat.seen, WAIT) => {
                let screen = screen?;
                chat.take(&screen);
                for text in news(&screen, typing, &chat) {
                    printer.print(format!("{text}\n"))?;
                }
                typing = screen.typing;
            }
        }
    }
}

/// What is new on the screen, as lines.
fn news(screen: &Screen, was_typing: bool, chat: &Chat) -> Vec<String> {
    let mut texts: Vec<String> = screen
        .messages
        .iter()
        .filter_map(|bubble| match bubble.from {
            Author::Business => Some(business_bubble(bubble)),
            // The own text already stands in the terminal; only its last tick is news.
            Author::Me => {
                (bubble.ticks == Some(Ticks::Read)).then(|| format!("  {}", ticks(bubble.ticks)))
            }
        })
        .collect();
    if screen.typing && !was_typing {
        texts.push(format!("  {}", words::TYPING.get(chat.lang)));
    }
    texts
}
