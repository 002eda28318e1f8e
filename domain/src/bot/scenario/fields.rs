//! Reads the `data` of one node into its kind and notes every field that is wrong.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    ActionKind, FAILED, NAME_LENGTH, NodeKind, Pattern, Problems, TEMPLATE_LENGTH, Template, Test,
};
use crate::message::{Button, limits};

/// The fields of one node.
pub(super) struct Fields<'a> {
    pub(super) node: &'a str,
    pub(super) data: &'a Value,
    pub(super) problems: &'a mut Problems,
}

impl Fields<'_> {
    /// The node's kind, or `None` if something is wrong with it.
    pub(super) fn kind(&mut self, type_name: &str) -> Option<NodeKind> {
        match type_name {
            "welcome" => Some(NodeKind::Welcome {
                message: self.template("message", limits::TEXT_BODY)?,
            }),
            "message" => Some(NodeKind::Message {
                message: self.template("message", limits::TEXT_BODY)?,
            }),
            "question" => {
                let question = self.template("question", limits::TEXT_BODY);
                let save_as = self.name("saveAs");
                Some(NodeKind::Question {
                    question: question?,
                    save_as: save_as?,
                })
            }
            "buttons" => {
                let message = self.template("message", limits::BUTTONS_BODY);
                let buttons = self.buttons();
                Some(NodeKind::Buttons {
                    message: message?,
                    buttons: buttons?,
                })
            }
            "condition" => self.condition().map(NodeKind::Condition),
            "action" => self.action(),
            other => {
                self.add(
                    "unknown_node_type",
                    (
                        format!(
                            "type is `{other}`; \
                             use welcome, message, question, buttons, condition or action"
                        ),
                        format!(
                            "type равен `{other}`; \
                             допустимы welcome, message, question, buttons, condition, action"
                        ),
                    ),
                );
                None
            }
        }
    }

    fn condition(&mut self) -> Option<Test> {
        let kind = self.text("conditionType", NAME_LENGTH);
        let value = self.text("value", TEMPLATE_LENGTH);
        let (kind, value) = (kind?, value.as_deref().map(str::trim));
        let lower = value.map(str::to_lowercase);
        match kind.trim() {
            "contains" => lower.map(Test::Contains),
            "equals" => lower.map(Test::Equals),
            "starts_with" => lower.map(Test::StartsWith),
            "ends_with" => lower.map(Test::EndsWith),
            "regex" => match Pattern::compile(value?) {
                Ok(pattern) => Some(Test::Regex(pattern)),
                Err(error) => {
                    self.add(
                        "invalid_regex",
                        (
                            format!("data.value is no regular expression: {error}"),
                            format!("data.value не является регулярным выражением: {error}"),
                        ),
                    );
                    None
                }
            },
            other => {
                self.add(
                    "unknown_condition_type",
                    (
                        format!(
                            "data.conditionType is `{other}`; \
                             use contains, equals, starts_with, ends_with or regex"
                        ),
                        format!(
                            "data.conditionType равен `{other}`; \
                             допустимы contains, equals, starts_with, ends_with, regex"
                        ),
                    ),
                );
                None
            }
        }
    }

    fn action(&mut self) -> Option<NodeKind> {
        let kind = self.text("actionType", NAME_LENGTH);
        let value = self.value();
        let action = match kind?.trim() {
            "save_to_crm" => ActionKind::SaveToCrm {
                field: self.name("field")?,
            },
            "create_deal" => ActionKind::CreateDeal,
            "assign_tag" => ActionKind::AssignTag,
            "human_takeover" => ActionKind::HumanTakeover,
            other => {
                self.add(
                    "unknown_action_type",
                    (
                        format!(
                            "data.actionType is `{other}`; \
                             use save_to_crm, create_deal, assign_tag or human_takeover"
                        ),
                        format!(
                            "data.actionType равен `{other}`; \
                             допустимы save_to_crm, create_deal, assign_tag, human_takeover"
                        ),
                    ),
                );
                return None;
            }
        };
        Some(NodeKind::Action {
            action,
            value: value?,
        })
    }

    fn buttons(&mut self) -> Option<Vec<Button>> {
        let items = match self.data.get("buttons") {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => {
                self.add(
                    "missing_field",
                    ("data.buttons is missing", "нет поля data.buttons"),
                );
                return None;
            }
            Some(_) => {
                self.add(
                    "wrong_type",
                    (
                        "data.buttons must be an array",
                        "data.buttons должно быть массивом",
                    ),
                );
                return None;
            }
        };
        if items.is_empty() {
            self.add(
                "no_buttons",
                (
                    "data.buttons is empty; give one to three buttons",
                    "data.buttons пусто; добавьте от одной до трёх кнопок",
                ),
            );
            return None;
        }
        if items.len() > limits::BUTTONS {
            let (actual, limit) = (items.len(), limits::BUTTONS);
            self.add(
                "too_many_buttons",
                (
                    format!("there are {actual} buttons, {limit} are allowed"),
                    format!("кнопок {actual}, допустимо {limit}"),
                ),
            );
        }
        let mut buttons = Vec::new();
        let (mut ids, mut labels) = (BTreeSet::new(), BTreeSet::new());
        for (index, item) in items.iter().enumerate() {
            let path = format!("buttons[{index}]");
            let id = self.id(item.get("id"), &format!("{path}.id"));
            let label = self.checked_text(
                item.get("label"),
                &format!("{path}.label"),
                limits::BUTTON_TITLE,
            );
            if let Some(id) = &id {
                self.check_button(
                    &format!("{path}.id"),
                    "duplicate_button_id",
                    ids.insert(id.clone()),
                    id,
                );
            }
            if let Some(label) = &label {
                let is_new = labels.insert(label.trim().to_lowercase());
                self.check_button(
                    &format!("{path}.label"),
                    "duplicate_button_label",
                    is_new,
                    label,
                );
            }
            if let (Some(id), Some(title)) = (id, label) {
                buttons.push(Button {
                    id,
                    title: title.trim().to_owned(),
                });
            }
        }
        (buttons.len() == items.len()).then_some(buttons)
    }

    fn check_button(&mut self, path: &str, code: &str, is_new: bool, value: &str) {
        if !is_new {
            self.add(
                code,
                (
                    format!("data.{path} `{value}` repeats that of another button"),
                    format!("data.{path} `{value}` повторяет значение другой кнопки"),
                ),
            );
        }
        if value.trim().eq_ignore_ascii_case(FAILED) {
            self.add(
                "reserved_label",
                (
                    format!(
                        "data.{path} must not be `{FAILED}`: it names the edge of failed sending"
                    ),
                    format!(
                        "data.{path} не может быть `{FAILED}`: так называется связь на случай \
                         неудачной отправки"
                    ),
                ),
            );
        }
    }

    fn id(&mut self, value: Option<&Value>, path: &str) -> Option<String> {
        match value {
            Some(Value::Number(number)) => Some(number.to_string()),
            other => self.checked_text(other, path, limits::BUTTON_ID),
        }
    }

    fn template(&mut self, field: &str, limit: usize) -> Option<Template> {
        self.text(field, limit).map(|text| Template::parse(&text))
    }

    /// The value of an action: the last input where the field is absent or empty.
    fn value(&mut self) -> Option<Template> {
        match self.data.get("value") {
            None | Some(Value::Null) => Some(Template::user_input()),
            Some(Value::String(text)) if text.trim().is_empty() => Some(Template::user_input()),
            Some(_) => self.template("value", TEMPLATE_LENGTH),
        }
    }

    fn name(&mut self, field: &str) -> Option<String> {
        self.text(field, NAME_LENGTH)
            .map(|name| name.trim().to_owned())
    }

    fn text(&mut self, field: &str, limit: usize) -> Option<String> {
        self.checked_text(self.data.get(field), field, limit)
    }

    fn checked_text(&mut self, value: Option<&Value>, path: &str, limit: usize) -> Option<String> {
        let text = match value {
            Some(Value::String(text)) => text,
            None | Some(Value::Null) => {
                self.add(
                    "missing_field",
                    (
                        format!("data.{path} is missing"),
                        format!("нет поля data.{path}"),
                    ),
                );
                return None;
            }
            Some(_) => {
                self.add(
                    "wrong_type",
                    (
                        format!("data.{path} must be a text"),
                        format!("data.{path} должно быть текстом"),
                    ),
                );
                return None;
            }
        };
        if text.trim().is_empty() {
            self.add(
                "empty_field",
                (
                    format!("data.{path} must not be empty"),
                    format!("data.{path} не должно быть пустым"),
                ),
            );
            return None;
        }
        let actual = limits::utf16_len(text);
        if actual > limit {
            let is_label = limit == limits::BUTTON_TITLE;
            let code = if is_label {
                "label_too_long"
            } else {
                "text_too_long"
            };
            let message = (
                format!("data.{path} has {actual} characters, {limit} are allowed"),
                format!("data.{path} содержит {actual} символов, допустимо {limit}"),
            );
            self.add(code, message);
            return None;
        }
        Some(text.clone())
    }

    fn add(&mut self, code: &str, message: (impl Into<String>, impl Into<String>)) {
        self.problems.add(Some(self.node), code, message);
    }
}
