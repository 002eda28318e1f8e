//! From the errors of the layers below to problems.

use application::cursor::CursorError;
use application::ports::StoreError;
use application::use_cases::{FieldProblem, UseCaseError};
use domain::conversation::Person;
use domain::ids::TokenId;

use super::{FieldError, Problem};
use crate::i18n::Text;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(_) => Self::internal(&error),
            StoreError::Overloaded
            | StoreError::Unavailable(_)
            | StoreError::Newer(_)
            | StoreError::LeaseLost => {
                tracing::error!(error = %error, "the store is not available");
                Self::new("store_unavailable")
            }
        }
    }
}

impl From<CursorError> for Problem {
    fn from(error: CursorError) -> Self {
        Self::new(error.code())
    }
}

impl From<UseCaseError> for Problem {
    fn from(error: UseCaseError) -> Self {
        match error {
            UseCaseError::NotFound => Self::new("not_found"),
            UseCaseError::Busy => Self::new("store_unavailable"),
            UseCaseError::Store(error) => error.into(),
            UseCaseError::Rejected(problems) => {
                let code = match problems.as_slice() {
                    [one] if one.code == "text_too_long" => "text_too_long",
                    _ => "validation_failed",
                };
                Self::new(code).errors(problems.into_iter().map(FieldError::from).collect())
            }
            UseCaseError::InvalidScenario(problems) => {
                let errors = problems
                    .into_iter()
                    .map(|problem| {
                        let field = problem
                            .node
                            .map_or_else(|| "scenario".to_owned(), |node| format!("nodes[{node}]"));
                        let message = Text::made(problem.message, problem.message_ru);
                        FieldError::new(field, &problem.code, message)
                    })
                    .collect();
                Self::new("invalid_scenario").errors(errors)
            }
            UseCaseError::Conflict {
                code,
                existing,
                holder,
            } => {
                let code = if super::catalogue::find(code).is_some() {
                    code
                } else {
                    "conflict"
                };
                let mut problem = Self::new(code);
                if let Some(existing) = existing {
                    problem = problem.with("existing_id", existing.to_string());
                }
                if let Some(Person { id, .. }) = holder {
                    problem = problem.with("handler", holder_json(id, None));
                }
                problem
            }
        }
    }
}

/// Who stands in the way, as answers show it.
pub(crate) fn holder_json(id: TokenId, name: Option<&str>) -> serde_json::Value {
    serde_json::json!({"type": "person", "id": id, "name": name})
}

impl From<FieldProblem> for FieldError {
    fn from(problem: FieldProblem) -> Self {
        let message = match (problem.code, problem.limit, problem.actual) {
            ("text_too_long", Some(limit), Some(actual)) => Text::made(
                format!("has {actual} characters, {limit} are allowed"),
                format!("содержит {actual} символов, допустимо {limit}"),
            ),
            ("invalid_length", Some(limit), Some(actual)) => Text::made(
                format!("must have 1 to {limit} characters, it has {actual}"),
                format!("должно содержать от 1 до {limit} символов, сейчас {actual}"),
            ),
            ("invalid_count", Some(limit), Some(actual)) => Text::made(
                problem.message,
                format!("недопустимое число записей: разрешено не более {limit}, сейчас {actual}"),
            ),
            ("unknown_person", ..) => Text::new(
                "is nobody who works on conversations: name a token of role admin or agent that is not revoked",
                "не является сотрудником: укажите действующий токен с ролью admin или agent",
            ),
            ("unknown_time_zone", ..) => Text::new(
                "must be the IANA name of a time zone, such as Europe/Moscow or UTC",
                "должно быть именем часового пояса IANA, например Europe/Moscow или UTC",
            ),
            ("required", ..) => Text::new("must not be empty", "не должно быть пустым"),
            ("invalid_name", ..) => Text::new(
                "must have 1 to 100 characters",
                "должно содержать от 1 до 100 символов",
            ),
            ("invalid_expiry", ..) => Text::new("must be in the future", "должно быть в будущем"),
            ("unknown_number", ..) => Text::new(
                "no number has this phone_number_id; add it first",
                "номера с таким phone_number_id нет; сначала добавьте его",
            ),
            ("invalid_content" | "invalid_value", ..) => form(&problem.field, problem.message),
            _ => Text::same(problem.message),
        };
        Self {
            field: problem.field,
            code: problem.code.to_owned(),
            message,
            limit: problem.limit,
            actual: problem.actual,
        }
    }
}

/// What a field must look like; its English words come from the rule that refused it.
fn form(field: &str, english: String) -> Text {
    let russian = match field {
        "buttons" => "должно быть от одной до трёх кнопок",
        "shortcut" => "не должно содержать пробелов: сокращение набирают одним словом после `/`",
        "texts" => "ключами должны быть языки, например `en`, `ru` или `pt_BR`",
        _ if field.starts_with("buttons[") => "id и title должны отличаться от других кнопок",
        _ if field.starts_with("hours[") && field.ends_with("].to") => {
            "должно быть позже `from`; ночь разделите в 24:00"
        }
        _ if field.starts_with("hours[") => "пересекается с предыдущим промежутком; объедините их",
        _ => return Text::same(english),
    };
    Text::made(english, russian)
}
