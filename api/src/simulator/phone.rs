//! A customer's phone: what it shows of one chat with a business. Knows no HTTP and no webhooks.

use std::collections::VecDeque;
use std::time::Duration;

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use super::chance::mix;

/// Bubbles a phone keeps.
const MAX_BUBBLES: usize = 500;
/// How long a typing indicator shows without an answer.
const TYPING: Duration = Duration::from_secs(25);

/// How a customer presents themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Profile name.
    pub name: String,
    /// User name, if they took one.
    pub username: Option<String>,
    /// Whether the business sees the BSUID only.
    pub hides_phone: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "Анна".to_owned(),
            username: None,
            hides_phone: false,
        }
    }
}

/// A button as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownButton {
    /// Its id.
    pub id: String,
    /// Its text.
    pub title: String,
}

/// Who wrote a bubble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The owner of the phone.
    Me,
    /// The business.
    Business,
}

/// The ticks beside a bubble of the phone's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ticks {
    /// On its way: one tick.
    Sent,
    /// The business' server has it: two ticks.
    Delivered,
    /// The business marked it as read: two blue ticks.
    Read,
}

/// One bubble of the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bubble {
    /// Grows with every change of the phone; ask for what is `after` it.
    pub version: u64,
    /// Meta's message id.
    pub id: String,
    /// Who wrote it.
    pub from: Author,
    /// Text, caption or the title of a pressed button.
    pub text: String,
    /// Buttons under it.
    #[serde(default)]
    pub buttons: Vec<ShownButton>,
    /// The message it quotes.
    pub quotes: Option<String>,
    /// A reaction of the other side.
    pub reaction: Option<String>,
    /// Ticks of the owner's own bubbles.
    pub ticks: Option<Ticks>,
    /// Seconds since 1970.
    pub at: i64,
}

/// A phone.
#[derive(Debug)]
pub(super) struct Phone {
    pub(super) wa_id: String,
    pub(super) profile: Profile,
    pub(super) last_written_at: Option<Timestamp>,
    bubbles: VecDeque<Bubble>,
    typing_until: Option<Instant>,
    version: watch::Sender<u64>,
    unread: Vec<Unseen>,
}

/// A bubble of the business that nobody has looked at.
#[derive(Clone, Debug)]
pub(super) struct Unseen {
    pub(super) wamid: String,
    pub(super) callback_data: Option<String>,
    /// Its `read` status may leave from then on.
    pub(super) not_before: Instant,
}

/// What a phone shows after a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// Ask with this as `after` next time.
    pub next: u64,
    /// Whether the business is typing.
    pub typing: bool,
    /// New and changed bubbles, oldest first.
    pub messages: Vec<Bubble>,
}

impl Phone {
    pub(super) fn new(wa_id: &str) -> Self {
        Self {
            wa_id: wa_id.to_owned(),
            profile: Profile::default(),
            last_written_at: None,
            bubbles: VecDeque::new(),
            typing_until: None,
            version: watch::Sender::new(0),
            unread: Vec::new(),
        }
    }

    /// The same person has the same id on every number, over restarts.
    pub(super) fn bsuid(&self) -> String {
        bsuid(&self.wa_id)
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    pub(super) fn screen(&self, after: u64) -> Screen {
        let changed = self.bubbles.iter().filter(|bubble| bubble.version > after);
        let typing = self
            .typing_until
            .is_some_and(|until| until > Instant::now());
        Screen {
            next: *self.version.borrow(),
            typing,
            messages: changed.cloned().collect(),
        }
    }

    /// Bubbles of the business that are now seen for the first time.
    pub(super) fn look(&mut self) -> Vec<Unseen> {
        std::mem::take(&mut self.unread)
    }

    pub(super) fn receive(&mut self, bubble: Bubble, unseen: Option<Unseen>) {
        self.typing_until = None;
        self.unread.extend(unseen);
        self.add(bubble);
    }

    pub(super) fn add(&mut self, bubble: Bubble) {
        if self.bubbles.len() == MAX_BUBBLES {
            self.bubbles.pop_front();
        }
        self.bubbles.push_back(bubble);
        self.bump_last();
    }

    /// Sets the ticks of an own bubble, never back.
    pub(super) fn tick(&mut self, id: &str, ticks: Ticks) {
        self.change(id, |bubble| {
            let forward = bubble.ticks.is_some_and(|now| now < ticks);
            if forward {
                bubble.ticks = Some(ticks);
            }
            forward
        });
    }

    /// The business has read this bubble and all own ones before it.
    pub(super) fn read_up_to(&mut self, id: &str) -> bool {
        let Some(at) = self.bubbles.iter().position(|bubble| bubble.id == id) else {
            return false;
        };
        let ids: Vec<String> = self
            .bubbles
            .iter()
            .take(at + 1)
            .filter(|bubble| bubble.ticks.is_some_and(|ticks| ticks < Ticks::Read))
            .map(|bubble| bubble.id.clone())
            .collect();
        for id in ids {
            self.tick(&id, Ticks::Read);
        }
        true
    }

    pub(super) fn react(&mut self, id: &str, emoji: &str) {
        self.change(id, |bubble| {
            bubble.reaction = Some(emoji.to_owned()).filter(|emoji| !emoji.is_empty());
            true
        });
    }

    pub(super) fn rewrite(&mut self, id: &str, text: &str) {
        self.change(id, |bubble| {
            text.clone_into(&mut bubble.text);
            true
        });
    }

    pub(super) fn show_typing(&mut self) {
        self.typing_until = Some(Instant::now() + TYPING);
        self.version.send_modify(|version| *version += 1);
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Bubble) -> bool) {
        let next = *self.version.borrow() + 1;
        let found = self.bubbles.iter_mut().find(|bubble| bubble.id == id);
        if let Some(bubble) = found
            && change(bubble)
        {
            bubble.version = next;
            self.version.send_replace(next);
        }
    }

    fn bump_last(&mut self) {
        let next = *self.version.borrow() + 1;
        if let Some(bubble) = self.bubbles.back_mut() {
            bubble.version = next;
        }
        self.version.send_replace(next);
    }
}

/// A business-scoped user id made from the phone number.
pub fn bsuid(wa_id: &str) -> String {
    let country = match wa_id {
        _ if wa_id.starts_with('7') => "RU",
        _ if wa_id.starts_with('1') => "US",
        _ if wa_id.starts_with("49") => "DE",
        _ if wa_id.starts_with("55") => "BR",
        _ => "GB",
    };
    let number = wa_id
        .bytes()
        .fold(0, |sum, byte| mix(sum ^ u64::from(byte)));
    format!("{country}.{number:020}")
}
