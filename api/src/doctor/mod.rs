//! `vestnik doctor`: what of an installation works, what does not, and what to do, in stable codes.
//!
//! What a file, a key or the network shows is looked at by the command itself, so that it works where no
//! server starts; what only the server knows (sealed tokens, read models) is asked of it. Absent on purpose:
//! repairing anything.

pub mod catalogue;
pub(crate) mod conversation;
mod database;
pub(crate) mod files;
mod nats;
pub(crate) mod network;
pub(crate) mod numbers;
pub(crate) mod setup;
mod subscribed;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::i18n::{Lang, Text};

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Works.
    Good,
    /// Works, but should be changed.
    Warning,
    /// Does not work.
    Problem,
    /// Could not be looked at.
    NotChecked,
}

impl State {
    const ALL: [Self; 4] = [Self::Good, Self::Warning, Self::Problem, Self::NotChecked];

    /// As JSON names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
            Self::NotChecked => "not_checked",
        }
    }

    /// As people read it.
    pub const fn shown(self) -> Text {
        match self {
            Self::Good => Text::new("ok", "норма"),
            Self::Warning => Text::new("warning", "внимание"),
            Self::Problem => Text::new("problem", "проблема"),
            Self::NotChecked => Text::new("not checked", "не проверено"),
        }
    }

    fn read(text: &str) -> Self {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.unwrap_or(Self::NotChecked)
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Code of the catalogue.
    pub code: String,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub text: Text,
    /// What to do, where there is something to do.
    pub next_step: Option<Text>,
}

impl Finding {
    /// A finding; unless it is good, the catalogue says what to do.
    pub fn new(code: &str, state: State, text: Text) -> Self {
        let entry = catalogue::find(code).filter(|_| state != State::Good);
        Self {
            code: code.to_owned(),
            state,
            text,
            next_step: entry.map(|entry| entry.next_step.clone()),
        }
    }

    /// Works.
    pub fn good(code: &str, text: Text) -> Self {
        Self::new(code, State::Good, text)
    }

    /// Works, but.
    pub fn warning(code: &str, text: Text) -> Self {
        Self::new(code, State::Warning, text)
    }

    /// Does not work.
    pub fn problem(code: &str, text: Text) -> Self {
        Self::new(code, State::Problem, text)
    }

    /// Was not looked at, and why.
    pub fn not_checked(code: &str, text: Text) -> Self {
        Self::new(code, State::NotChecked, text)
    }

    /// Another next step than the catalogue's.
    #[must_use]
    pub fn then(mut self, next_step: Text) -> Self {
        self.next_step = Some(next_step);
        self
    }

    /// As the server answers it.
    pub fn to_json(&self, lang: Lang) -> Value {
        json!({
            "code": self.code,
            "state": self.state.as_str(),
            "text": self.text.get(lang),
            "next_step": self.next_step.as_ref().map(|text| text.get(lang)),
        })
    }

    /// As the server answered it, in one language.
    pub fn from_json(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Self {
            code: text("code").unwrap_or_default(),
            state: State::read(&text("state").unwrap_or_default()),
            text: Text::same(text("text").unwrap_or_default()),
            next_step: text("next_step").map(Text::same),
        }
    }

    /// The line that people read, and below it what to do.
    pub fn line(&self, lang: Lang) -> String {
        let shown = self.state.shown();
        let line = format!(
            "{:<13} {:<20} {}",
            shown.get(lang),
            self.code,
            self.text.get(lang)
        );
        match &self.next_step {
            Some(step) => format!("{line}\n{:35}→ {}", "", step.get(lang)),
            None => line,
        }
    }
}
