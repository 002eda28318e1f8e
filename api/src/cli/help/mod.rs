//! Help and usage errors in the reader's language. English is what stands beside the arguments themselves;
//! [`russian`] has the same sentences in Russian, and a test that none is missing.
//!
//! Absent on purpose: names of commands, options and values, which are the same in every language.

mod errors;
mod russian;
#[cfg(test)]
mod tests;

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};

use super::args::Cli;
use crate::i18n::Lang;

const TEMPLATE: &str = "{about-with-newline}\nИспользование: {usage}\n\n{all-args}{after-help}";

/// Parses the arguments of this process. Help and errors are printed and end the process.
pub(super) fn parse(locale: Lang) -> Cli {
    let lang = lang_of(std::env::args_os().skip(1), locale);
    match command(lang).try_get_matches() {
        Ok(matches) => Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()),
        Err(error) => errors::exit(error, lang),
    }
}

/// The language of help: what `--lang` says, wherever it stands, else the terminal's.
fn lang_of(arguments: impl Iterator<Item = std::ffi::OsString>, locale: Lang) -> Lang {
    let mut arguments = arguments.map(|one| one.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--lang") {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        match value.as_deref() {
            Some("ru") => return Lang::Ru,
            Some("en") => return Lang::En,
            _ => {}
        }
    }
    locale
}

/// The command line with its help in a language.
fn command(lang: Lang) -> Command {
    match lang {
        Lang::En => Cli::command(),
        Lang::Ru => in_russian(Cli::command(), true),
    }
}

fn in_russian(command: Command, is_root: bool) -> Command {
    let about = translated(command.get_about());
    let after = command
        .get_after_help()
        .map(|help| after(&help.to_string()));
    let subcommands: Vec<String> = command
        .get_subcommands()
        .map(|one| one.get_name().to_owned())
        .collect();
    let mut command = command
        .mut_args(argument)
        .help_template(TEMPLATE)
        .subcommand_help_heading("Команды")
        .subcommand_value_name("КОМАНДА")
        .disable_help_flag(true)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help_heading(OPTIONS)
                .help("Показать справку"),
        );
    if is_root {
        command = command.disable_version_flag(true).arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help_heading(OPTIONS)
                .help("Показать версию"),
        );
    }
    if let Some(about) = about {
        command = command.about(about).long_about(None);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    for name in subcommands {
        command = command.mut_subcommand(name, |one| in_russian(one, false));
    }
    command
}

const OPTIONS: &str = "Параметры";

fn argument(argument: Arg) -> Arg {
    let mut help = translated(argument.get_help()).unwrap_or_default();
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let takes_value = argument.get_action().takes_values();
    if takes_value && !values.is_empty() {
        help = format!("{help} [значения: {}]", values.join(", "));
    }
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if takes_value && !defaults.is_empty() {
        help = format!("{help} [по умолчанию: {}]", defaults.join(", "));
    }
    let heading = if argument.is_positional() {
        "Аргументы"
    } else {
        OPTIONS
    };
    argument
        .help(help)
        .long_help(None::<&'static str>)
        .help_heading(heading)
        .hide_default_value(takes_value)
        .hide_possible_values(takes_value)
}

/// Examples keep their lines; the sentences behind them are translated.
fn after(help: &str) -> String {
    let parts: Vec<String> = help
        .split("\n\n")
        .map(|part| match part.split_once(":\n") {
            Some(("Example", lines)) => format!("Пример:\n{lines}"),
            Some(("Examples", lines)) => format!("Примеры:\n{lines}"),
            _ => russian::of(part).unwrap_or(part).to_owned(),
        })
        .collect();
    parts.join("\n\n")
}

fn translated(help: Option<&StyledStr>) -> Option<String> {
    let english = help?.to_string();
    Some(russian::of(&english).map_or(english, str::to_owned))
}
