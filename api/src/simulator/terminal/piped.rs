//! Playing lines: each is sent, then everything it is answered with is printed, then the next one.

use std::io::Write;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::screen::{Chat, Typed, business_bubble, own_bubble};
use super::words;
use crate::simulator::{Author, Bubble};

/// After an answer, this long without another means that it is complete.
const QUIET: Duration = Duration::from_millis(1_500);
/// Longest wait for a first answer while nobody types.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
/// Longest wait for a first answer while somebody types.
const TYPING: Duration = Duration::from_secs(20);

pub(super) async fn run(
    mut chat: Chat,
    mut lines: mpsc::UnboundedReceiver<String>,
) -> anyhow::Result<()> {
    let mut output = std::io::stdout();
    while let Some(line) = lines.recv().await {
        match chat.read(&line) {
            Typed::Nothing => {}
            Typed::Quit => return Ok(()),
            Typed::Say(text) => writeln!(output, "{text}")?,
            Typed::Act(act) => {
                // A reaction is answered by nobody.
                let expects_answer = act.get("reaction").is_none();
                chat.client.act(act).await?;
                if expects_answer {
                    settle(&mut chat, &mut output).await?;
                }
            }
        }
        output.flush()?;
    }
    Ok(())
}

/// Prints what arrives until it is complete.
async fn settle(chat: &mut Chat, output: &mut impl Write) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut own: Option<Bubble> = None;
    let mut answered_at: Option<Instant> = None;
    let mut typing = false;
    loop {
        let until = match answered_at {
            Some(at) => at + QUIET,
            None if typing => began + TYPING,
            None => began + FIRST_ANSWER,
        };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        // Short waits, because the end of a typing indicator is no news.
        let screen = chat.client.screen(chat.seen, left.min(QUIET)).await?;
        chat.take(&screen);
        typing = screen.typing;
        for bubble in screen.messages {
            match bubble.from {
                Author::Me => own = Some(bubble),
                Author::Business => {
                    say_own(own.take(), chat, output)?;
                    writeln!(output, "{}", business_bubble(&bubble))?;
                    answered_at = Some(Instant::now());
                }
            }
        }
    }
    say_own(own, chat, output)?;
    if answered_at.is_none() {
        writeln!(output, "{}", words::NO_ANSWER.get(chat.lang))?;
    }
    output.flush()?;
    Ok(())
}

/// The own bubble is said when its ticks are known as well as they will be.
fn say_own(own: Option<Bubble>, chat: &Chat, output: &mut impl Write) -> std::io::Result<()> {
    match own {
        Some(bubble) => writeln!(output, "{}", own_bubble(chat.client.name(), &bubble)),
        None => Ok(()),
    }
}
