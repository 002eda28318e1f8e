//! Single settings out of their texts: present, of a form, within limits. What is wrong is collected, so that
//! all of it is named at once.

use std::ops::RangeInclusive;
use std::str::FromStr;

use url::Url;

use super::ConfigProblem;
use super::sources::Values;
use crate::i18n::Text;

/// A text in English and in Russian.
pub(super) type Pair = (&'static str, &'static str);

/// Reads settings one by one.
pub(super) struct Reader<'a> {
    pub(super) values: &'a Values,
    pub(super) problems: Vec<ConfigProblem>,
    pub(super) warnings: Vec<Text>,
}

impl Reader<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim())
    }

    pub(super) fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let text = self.text(name).unwrap_or("");
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
    }

    pub(super) fn problem(
        &mut self,
        name: &str,
        problem: impl Into<Text>,
        remedy: impl Into<Text>,
    ) {
        self.problems
            .push(ConfigProblem::new(name, problem, remedy));
    }

    pub(super) fn parsed<T: FromStr>(
        &mut self,
        name: &str,
        problem: Pair,
        remedy: Pair,
    ) -> Option<T> {
        let parsed = self.text(name)?.parse().ok();
        if parsed.is_none() {
            self.problem(name, problem, remedy);
        }
        parsed
    }

    pub(super) fn number(&mut self, name: &str, allowed: RangeInclusive<u32>) -> u32 {
        let value = self.text(name).and_then(|text| text.parse().ok());
        if let Some(value) = value.filter(|value| allowed.contains(value)) {
            return value;
        }
        let (least, most) = (allowed.start(), allowed.end());
        let range = Text::made(
            format!("must be a number from {least} to {most}"),
            format!("должно быть числом от {least} до {most}"),
        );
        let remedy = (
            "correct it, or remove it to take the default",
            "исправьте или уберите, чтобы взять значение по умолчанию",
        );
        self.problem(name, range, remedy);
        *allowed.start()
    }

    pub(super) fn choice<T: Copy + Default>(&mut self, name: &str, choices: &[(&str, T)]) -> T {
        let text = self.text(name).unwrap_or("").to_ascii_lowercase();
        if let Some((_, value)) = choices.iter().find(|(choice, _)| *choice == text) {
            return *value;
        }
        let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
        let names = names.join(", ");
        let wrong = Text::made(
            format!("must be one of {names}"),
            format!("должно быть одним из {names}"),
        );
        self.problem(name, wrong, ("correct it", "исправьте"));
        T::default()
    }

    pub(super) fn url(&mut self, name: &str) -> Option<Url> {
        let url = self.text(name)?.parse::<Url>().ok();
        let usable = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if usable.is_none() {
            self.problem(
                name,
                ("must be an address that starts with https:// (or http:// on this machine)", "должен быть адресом, который начинается с https:// (или http:// на этой машине)"),
                ("e.g. https://your-domain.com", "например, https://your-domain.com"),
            );
        }
        usable
    }
}
