//! The chat as text: bubbles, numbered buttons, ticks; and what a typed line means.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{PhoneClient, PhoneError};
use super::words;
use crate::i18n::Lang;
use crate::simulator::{Author, Bubble, Screen, Ticks};

/// The chat of one phone.
#[derive(Debug)]
pub(super) struct Chat {
    pub(super) client: PhoneClient,
    pub(super) lang: Lang,
    pub(super) seen: u64,
    last_buttons: Option<Bubble>,
    last_bubble: Option<String>,
}

/// What a typed line asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Typed {
    /// Nothing.
    Nothing,
    /// To end.
    Quit,
    /// To be told something.
    Say(String),
    /// To do something with the phone.
    Act(Value),
}

impl Chat {
    /// Picks the phone up; what it showed before stays unsaid, its last buttons can be pressed.
    pub(super) async fn begin(client: PhoneClient, lang: Lang) -> Result<Self, PhoneError> {
        let screen = client.screen(0, Duration::ZERO).await?;
        let mut chat = Self {
            client,
            lang,
            seen: 0,
            last_buttons: None,
            last_bubble: None,
        };
        chat.take(&screen);
        Ok(chat)
    }

    /// Notes what a screen shows.
    pub(super) fn take(&mut self, screen: &Screen) {
        self.seen = screen.next;
        for bubble in &screen.messages {
            if bubble.from == Author::Business {
                self.last_bubble = Some(bubble.id.clone());
            }
            if !bubble.buttons.is_empty() {
                self.last_buttons = Some(bubble.clone());
            }
        }
    }

    /// What a line means now.
    pub(super) fn read(&self, line: &str) -> Typed {
        let line = line.trim();
        let say = |text: &crate::i18n::Text| Typed::Say(text.get(self.lang).to_owned());
        match line {
            "" => Typed::Nothing,
            "/quit" | "/exit" => Typed::Quit,
            "/help" => say(&words::HELP),
            _ => {
                if let Some(emoji) = line.strip_prefix("/react") {
                    return match &self.last_bubble {
                        Some(id) => Typed::Act(json!({
                            "reaction": { "message_id": id, "emoji": emoji.trim() },
                        })),
                        None => say(&words::NOTHING_TO_REACT_TO),
                    };
                }
                self.press(line)
                    .unwrap_or_else(|| Typed::Act(json!({ "text": line })))
            }
        }
    }

    /// A digit presses a button of the last message that has some; without buttons it is a text.
    fn press(&self, line: &str) -> Option<Typed> {
        let bubble = self.last_buttons.as_ref()?;
        let number: usize = line.parse().ok()?;
        if !(1..=9).contains(&number) {
            return None;
        }
        let Some(button) = bubble.buttons.get(number - 1) else {
            return Some(Typed::Say(words::NO_BUTTON.get(self.lang).to_owned()));
        };
        Some(Typed::Act(json!({
            "press": { "id": button.id, "title": button.title, "message_id": bubble.id },
        })))
    }
}

/// A bubble of the business.
pub(super) fn business_bubble(bubble: &Bubble) -> String {
    let mut text = String::new();
    for line in bubble.text.lines() {
        // Writing into a text cannot fail.
        let _written = writeln!(text, "  ┃ {line}");
    }
    for (index, button) in bubble.buttons.iter().enumerate() {
        let _written = writeln!(text, "  ┃  [{}] {}", index + 1, button.title);
    }
    if let Some(emoji) = &bubble.reaction {
        let _written = writeln!(text, "  ┃ {emoji}");
    }
    text.truncate(text.trim_end().len());
    text
}

/// A bubble of the phone's owner.
pub(super) fn own_bubble(name: &str, bubble: &Bubble) -> String {
    let reaction = bubble
        .reaction
        .as_deref()
        .map(|emoji| format!(" {emoji}"))
        .unwrap_or_default();
    format!("{name}: {} {}{reaction}", bubble.text, ticks(bubble.ticks))
}

/// One tick: sent; two: delivered; two and an eye: read. A terminal has no blue that all can see.
pub(super) const fn ticks(ticks: Option<Ticks>) -> &'static str {
    match ticks {
        None => "",
        Some(Ticks::Sent) => "✓",
        Some(Ticks::Delivered) => "✓✓",
        Some(Ticks::Read) => "✓✓ 👁",
    }
}
