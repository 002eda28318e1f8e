//! Help and usage errors in Russian.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory};

use super::{command, errors, lang_of, russian};
use crate::cli::args::Cli;
use crate::i18n::Lang;

/// Every English sentence of the command line.
fn sentences(command: &Command, found: &mut BTreeSet<String>) {
    let mut add = |text: String| {
        found.insert(text);
    };
    if let Some(about) = command.get_about() {
        add(about.to_string());
    }
    let after = command.get_after_help().map(ToString::to_string);
    for part in after.unwrap_or_default().split("\n\n") {
        if !part.is_empty() && !part.starts_with("Example") {
            add(part.to_owned());
        }
    }
    for argument in command.get_arguments() {
        let help = argument.get_help().map(ToString::to_string);
        add(help.unwrap_or_else(|| format!("{} has no help", argument.get_id())));
    }
    for one in command.get_subcommands() {
        sentences(one, found);
    }
}

#[test]
fn each_sentence_has_its_russian_one_and_none_is_left_over() {
    let mut english = BTreeSet::new();
    sentences(&Cli::command(), &mut english);
    let russian: BTreeSet<String> = russian::all()
        .map(|(english, _)| english.to_owned())
        .collect();
    let missing: Vec<&String> = english.difference(&russian).collect();
    let unused: Vec<&String> = russian.difference(&english).collect();
    assert!(missing.is_empty(), "without Russian: {missing:#?}");
    assert!(unused.is_empty(), "nobody says: {unused:#?}");
}

#[test]
fn the_russian_command_line_is_consistent_and_has_no_english_sentence() {
    fn check(command: &mut Command) {
        let help = command.render_long_help().to_string();
        for english in [
            "Usage",
            "Options:",
            "Commands:",
            "Arguments:",
            "Print ",
            "[default",
            "Example",
        ] {
            assert!(!help.contains(english), "{english} in:\n{help}");
        }
        assert!(help.contains("Пример"), "{help}");
        command.get_subcommands_mut().for_each(check);
    }
    command(Lang::Ru).debug_assert();
    let mut whole = command(Lang::Ru);
    whole.build();
    check(&mut whole);
}

#[test]
fn both_languages_take_the_same_lines() {
    for line in [
        "vestnik token create --name x --role agent --days 3",
        "vestnik conversations tail --lines 5 --lang ru",
        "vestnik events export --format parquet --output e --personal open",
    ] {
        for lang in [Lang::En, Lang::Ru] {
            let matches = command(lang).try_get_matches_from(line.split(' '));
            assert!(matches.is_ok(), "{line} {lang:?}");
        }
    }
}

#[test]
fn the_language_of_help_is_what_the_line_says() {
    let lang = |line: &str, locale| lang_of(line.split(' ').map(Into::into), locale);
    assert_eq!(lang("token --lang ru --help", Lang::En), Lang::Ru);
    assert_eq!(lang("--lang=en --help", Lang::Ru), Lang::En);
    assert_eq!(lang("token --help", Lang::Ru), Lang::Ru);
    assert_eq!(lang("--lang xx --help", Lang::En), Lang::En);
}

#[test]
fn wrong_usage_is_told_in_russian() {
    let said = |line: &str| {
        let error = command(Lang::Ru).try_get_matches_from(line.split(' '));
        let error = error.expect_err("is refused");
        assert_eq!(error.exit_code(), 2, "{line}");
        errors::said(&error).expect("words")
    };
    assert!(said("vestnik tokn").contains("неизвестная команда `tokn`"));
    assert!(said("vestnik token create --name x").contains("не указано: --role"));
    let days = "vestnik token create --name x --role agent --days 0";
    assert!(said(days).contains("недопустимое значение `0`"));
    assert!(said("vestnik serve --port 1").contains("неизвестный аргумент `--port`"));
    let format = "vestnik events export --format xml";
    assert!(said(format).contains("допустимы: ndjson, parquet"));
    let both = "vestnik bots export Salon --number 1";
    assert!(said(both).contains("нельзя указать вместе"));
    let help = command(Lang::Ru).try_get_matches_from(["vestnik", "--help"]);
    assert!(errors::said(&help.expect_err("help")).is_none());
}
