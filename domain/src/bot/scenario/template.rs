//! Texts with `{{name}}` in them, split once when the scenario is parsed.
//!
//! What is put in for a name is never split again, so a customer who types `{{x}}` is quoted literally.

/// Characters of a template's source.
pub const TEMPLATE_LENGTH: usize = 10_000;

/// The name under which the last input is always known.
pub const USER_INPUT: &str = "user_input";

/// A text with places to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Segment>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Stands as it is.
    Text(String),
    /// Is replaced by the value of this name.
    Variable(String),
}

impl Template {
    /// Splits a text. Braces without a partner or without a name stay as they are.
    pub fn parse(source: &str) -> Self {
        let mut segments = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(close) = rest.find("}}") {
            let (before, after) = (&rest[..close], &rest[close + 2..]);
            let variable = before
                .rfind("{{")
                .map(|open| (&before[..open], before[open + 2..].trim()))
                .filter(|(_, name)| !name.is_empty());
            if let Some((literal, name)) = variable {
                text.push_str(literal);
                if !text.is_empty() {
                    segments.push(Segment::Text(std::mem::take(&mut text)));
                }
                segments.push(Segment::Variable(name.to_owned()));
            } else {
                text.push_str(&rest[..close + 2]);
            }
            rest = after;
        }
        text.push_str(rest);
        if !text.is_empty() {
            segments.push(Segment::Text(text));
        }
        Self(segments)
    }

    /// The last input as it is.
    pub fn user_input() -> Self {
        Self(vec![Segment::Variable(USER_INPUT.to_owned())])
    }

    /// The pieces in order.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}
