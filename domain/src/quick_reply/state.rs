//! The state of a quick reply: its shortcut and texts.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{QuickReplyCommand, QuickReplyError, QuickReplyEvent, Texts};
use crate::any_event::aggregate_type;
use crate::field::{self, FieldError};
use crate::ids::ContactId;
use crate::stream::{self, StreamAggregate};

/// Characters of a shortcut.
const SHORTCUT_LIMIT: usize = 50;
/// Languages of one reply.
const TEXTS_LIMIT: usize = 20;

/// A quick reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuickReply {
    content: Option<(String, Texts)>,
    is_removed: bool,
}

impl QuickReply {
    /// Whether it was added and not removed since.
    pub const fn exists(&self) -> bool {
        self.content.is_some() && !self.is_removed
    }

    /// What is typed after `/`.
    pub fn shortcut(&self) -> Option<&str> {
        self.content.as_ref().map(|(shortcut, _)| shortcut.as_str())
    }

    /// The texts by language.
    pub fn texts(&self) -> Option<&Texts> {
        self.content.as_ref().map(|(_, texts)| texts)
    }
}

fn checked(shortcut: &str, texts: &Texts) -> Result<(String, Texts), FieldError> {
    let shortcut = shortcut.trim();
    let shortcut = shortcut.strip_prefix('/').unwrap_or(shortcut);
    let shortcut = field::name("shortcut", shortcut, SHORTCUT_LIMIT)?;
    if shortcut.chars().any(char::is_whitespace) {
        let problem = "must have no spaces: it is typed after `/` as one word";
        return Err(FieldError::invalid("shortcut", problem));
    }
    if texts.is_empty() || texts.len() > TEXTS_LIMIT {
        return Err(FieldError::count("texts", 1, TEXTS_LIMIT, texts.len()));
    }
    for (language, text) in texts {
        if !is_language(language) {
            let problem = "must be keyed by languages such as `en`, `ru` or `pt_BR`";
            return Err(FieldError::invalid("texts", problem));
        }
        field::message_text(&format!("texts.{language}"), text)?;
    }
    Ok((shortcut, texts.clone()))
}

/// `en`, `fil`, `pt_BR`: as Meta writes the languages of templates.
fn is_language(text: &str) -> bool {
    let (language, region) = text
        .split_once('_')
        .map_or((text, None), |(language, region)| (language, Some(region)));
    let is_known_length = matches!(language.len(), 2 | 3);
    is_known_length
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && region.is_none_or(|region| {
            (2..=4).contains(&region.len())
                && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

impl Aggregate for QuickReply {
    const TYPE: &'static str = aggregate_type::QUICK_REPLY;
    type Command = QuickReplyCommand;
    type Event = QuickReplyEvent;
    type Error = QuickReplyError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            QuickReplyEvent::Added {
                shortcut, texts, ..
            }
            | QuickReplyEvent::Edited {
                shortcut, texts, ..
            } => self.content = Some((shortcut, texts)),
            QuickReplyEvent::Removed { .. } => self.is_removed = true,
        }
    }
}

impl StreamAggregate for QuickReply {
    const EVENT_TYPES: &'static [&'static str] =
        &["QuickReplyAdded", "QuickReplyEdited", "QuickReplyRemoved"];

    fn decide(&self, command: &QuickReplyCommand) -> Result<Vec<QuickReplyEvent>, QuickReplyError> {
        match command {
            QuickReplyCommand::Add { .. } if self.content.is_some() => {
                Err(QuickReplyError::AlreadyAdded)
            }
            QuickReplyCommand::Add {
                now,
                shortcut,
                texts,
            } => {
                let (shortcut, texts) = checked(shortcut, texts)?;
                Ok(vec![QuickReplyEvent::Added {
                    at: *now,
                    shortcut,
                    texts,
                }])
            }
            QuickReplyCommand::Remove { .. } if self.is_removed => Ok(Vec::new()),
            _ if !self.exists() => Err(QuickReplyError::NotFound),
            QuickReplyCommand::Edit {
                now,
                shortcut,
                texts,
            } => {
                let content = checked(shortcut, texts)?;
                if self.content.as_ref() == Some(&content) {
                    return Ok(Vec::new());
                }
                let (shortcut, texts) = content;
                Ok(vec![QuickReplyEvent::Edited {
                    at: *now,
                    shortcut,
                    texts,
                }])
            }
            QuickReplyCommand::Remove { now } => Ok(vec![QuickReplyEvent::Removed { at: *now }]),
        }
    }

    fn subject(&self) -> Option<ContactId> {
        None
    }

    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let content = self.content.as_ref().map_or(0, |(shortcut, texts)| {
            let texts: usize = texts.iter().map(|(key, text)| key.len() + text.len()).sum();
            shortcut.len() + texts
        });
        size_of::<Self>() + content
    }
}
