//! What is said of arguments that cannot be understood, in Russian; English is clap's own.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::output;
use crate::i18n::Lang;

/// Prints help, the version or the error, and ends the process: 0 for help, 2 for wrong usage.
pub(super) fn exit(error: clap::Error, lang: Lang) -> ! {
    match (lang, said(&error)) {
        (Lang::Ru, Some(text)) => {
            output::tell(&text);
            std::process::exit(error.exit_code())
        }
        _ => error.exit(),
    }
}

/// The error in Russian; `None` for help and the version, which are no errors.
pub(super) fn said(error: &clap::Error) -> Option<String> {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::InvalidValue if value.is_empty() => format!("для {argument} нужно значение"),
        ErrorKind::InvalidValue => match text(error, ContextKind::ValidValue) {
            Some(valid) => {
                format!("{argument}: недопустимое значение `{value}`; допустимы: {valid}")
            }
            None => format!("{argument}: недопустимое значение `{value}`"),
        },
        ErrorKind::ValueValidation => format!("{argument}: недопустимое значение `{value}`"),
        ErrorKind::UnknownArgument => format!("неизвестный аргумент `{argument}`"),
        ErrorKind::InvalidSubcommand => {
            let command = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("неизвестная команда `{command}`")
        }
        ErrorKind::MissingRequiredArgument => format!("не указано: {argument}"),
        ErrorKind::MissingSubcommand => "не указана команда".to_owned(),
        ErrorKind::ArgumentConflict => match text(error, ContextKind::PriorArg) {
            Some(prior) => format!("{argument} нельзя указать вместе с {prior}"),
            None => format!("{argument} указано несколько раз"),
        },
        ErrorKind::NoEquals
        | ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues => format!("{argument}: неверное число значений"),
        ErrorKind::InvalidUtf8 => "аргумент не в кодировке UTF-8".to_owned(),
        _ => error.to_string(),
    };
    let near = text(error, ContextKind::SuggestedArg)
        .or_else(|| text(error, ContextKind::SuggestedSubcommand))
        .or_else(|| text(error, ContextKind::SuggestedValue))
        .map(|near| format!("\n  похоже на: {near}"))
        .unwrap_or_default();
    Some(format!(
        "ошибка: {what}{near}\nСправка: добавьте `--help` к команде."
    ))
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        _ => None,
    }
}
