//! Values of input types: mostly such as the schema asks for, sometimes any others.

use async_graphql::parser::types::{BaseType, Type, TypeKind};
use serde_json::{Value, json};

use super::must_be_there;
use super::schema::Schema;
use crate::fuzz::dice::Dice;
use crate::fuzz::ids::Ids;

/// Inputs within inputs.
const DEEPEST: usize = 5;

/// A value that can be written into a document or into its variables.
#[derive(Debug)]
pub(super) enum Input {
    Json(Value),
    Enum(String),
    List(Vec<Input>),
    Object(Vec<(String, Input)>),
}

impl Input {
    /// As JSON.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Json(value) => value.clone(),
            Self::Enum(name) => json!(name),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Object(members) => {
                let members = members.iter();
                Value::Object(
                    members
                        .map(|(name, value)| (name.clone(), value.json()))
                        .collect(),
                )
            }
        }
    }

    /// As text of a document.
    pub(super) fn literal(&self) -> String {
        match self {
            Self::Json(value) => literal(value),
            Self::Enum(name) => name.clone(),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::literal).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Object(members) => {
                let members = members.iter();
                let members: Vec<String> = members
                    .map(|(name, value)| format!("{name}: {}", value.literal()))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
        }
    }
}

/// JSON as text of a document, where names of members have no quotes.
fn literal(value: &Value) -> String {
    match value {
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(members) => {
            let members = members.iter().enumerate();
            let members: Vec<String> = members
                .map(|(index, (_, value))| format!("m{index}: {}", literal(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// Makes values.
pub(super) struct Values<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) schema: &'a Schema,
    pub(super) ids: &'a Ids,
    /// How many values in a hundred are not such as the schema asks for.
    pub(super) wrong: usize,
}

impl Values<'_> {
    /// A value of a type; the name of the argument says which things it is about.
    pub(super) fn of(&mut self, kind: &Type, name: &str, depth: usize) -> Input {
        if self.dice.chance(self.wrong) {
            return Input::Json(self.dice.json(2));
        }
        if kind.nullable && (depth > DEEPEST || self.dice.chance(10)) {
            return Input::Json(Value::Null);
        }
        match &kind.base {
            BaseType::List(inner) => {
                let count = match self.dice.below(20) {
                    0 => 150,
                    1 | 2 => 0,
                    _ => 1 + self.dice.below(3),
                };
                let values = (0..count).map(|_| self.of(inner, name, depth + 1));
                Input::List(values.collect())
            }
            BaseType::Named(kind) => self.named(kind, name, depth),
        }
    }

    fn named(&mut self, kind: &str, name: &str, depth: usize) -> Input {
        match self.schema.kind(kind) {
            Some(TypeKind::Enum(choices)) => {
                let choice = &self.dice.pick(&choices.values).node.value.node;
                let choice = choice.to_string();
                Input::Enum(if self.dice.chance(self.wrong) {
                    "NOTHING".to_owned()
                } else {
                    choice
                })
            }
            Some(TypeKind::InputObject(object)) => {
                let fields: Vec<_> = object.fields.iter().map(|field| &field.node).collect();
                let only = self.dice.below(fields.len());
                let is_one_of = self.schema.is_one_of(kind) && !self.dice.chance(self.wrong);
                let mut members = Vec::new();
                for (index, field) in fields.iter().enumerate() {
                    let percent = match (is_one_of, must_be_there(field)) {
                        (true, _) if index == only => 100,
                        (true, _) => 0,
                        (false, true) => 100 - self.wrong,
                        (false, false) => 40,
                    };
                    if self.dice.chance(percent) {
                        let value = self.of(&field.ty.node, &field.name.node, depth + 1);
                        members.push((field.name.node.to_string(), value));
                    }
                }
                Input::Object(members)
            }
            _ => Input::Json(self.scalar(kind, name)),
        }
    }

    fn scalar(&mut self, kind: &str, name: &str) -> Value {
        match kind {
            "Boolean" => json!(self.dice.chance(50)),
            "Int" if ["first", "last"].contains(&name) && !self.dice.chance(10) => {
                json!(1 + self.dice.below(30))
            }
            "Int" if self.wrong == 0 => json!(self.dice.whole().clamp(0, 100_000)),
            "Int" => json!(self.dice.whole()),
            "Float" => json!(f64::from(i16::try_from(self.dice.below(300)).unwrap_or(0)) / 7.0),
            "ID" => json!(self.ids.one(self.dice, name)),
            "JSON" => self.dice.json(4),
            _ if ["after", "before", "cursor"].contains(&name) => {
                json!(self.ids.cursor(self.dice))
            }
            _ if ["from", "to"].contains(&name) && self.wrong == 0 => {
                json!(
                    *self
                        .dice
                        .pick(&["2026-11-01", "2026-11-28", "09:00", "18:30", "24:00"])
                )
            }
            _ if name == "eventTypes" && self.wrong == 0 => {
                json!(
                    *self
                        .dice
                        .pick(&["BotCreated", "ConversationMessageReceived"])
                )
            }
            _ if name == "position" && self.wrong == 0 => {
                json!(self.dice.below(40).to_string())
            }
            _ => json!(self.dice.text()),
        }
    }
}
