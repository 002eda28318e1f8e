//! Texts for people in English and Russian. A text carries both; the one who shows it picks.

use std::borrow::Cow;

/// A language that texts are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Lang {
    /// From an `Accept-Language` header: the known language of the highest weight.
    pub fn from_header(header: &str) -> Self {
        let mut best = (Self::En, 0.0_f32);
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or("").trim().to_ascii_lowercase();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            let lang = match tag.split('-').next() {
                Some("ru") => Self::Ru,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    /// From a locale such as `ru_RU.UTF-8`.
    pub fn from_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ru") {
            Self::Ru
        } else {
            Self::En
        }
    }

    /// The tag in `lang` attributes and `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    en: Cow<'static, str>,
    ru: Cow<'static, str>,
}

impl Text {
    /// A fixed text.
    pub const fn new(en: &'static str, ru: &'static str) -> Self {
        Self {
            en: Cow::Borrowed(en),
            ru: Cow::Borrowed(ru),
        }
    }

    /// A text with values in it.
    pub fn made(en: impl Into<String>, ru: impl Into<String>) -> Self {
        Self {
            en: Cow::Owned(en.into()),
            ru: Cow::Owned(ru.into()),
        }
    }

    /// A text that reads the same in both (a technical cause).
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            en: Cow::Owned(text.clone()),
            ru: Cow::Owned(text),
        }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ru => &self.ru,
        }
    }
}

impl From<(&'static str, &'static str)> for Text {
    fn from((en, ru): (&'static str, &'static str)) -> Self {
        Self::new(en, ru)
    }
}

#[cfg(test)]
mod tests;
