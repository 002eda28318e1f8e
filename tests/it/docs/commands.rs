//! Every `vestnik` command that a document shows exists: whole lines of code parse, and what stands inside a
//! sentence or a table names commands and options that are there.

use api::cli::Cli;
use clap::{Command, CommandFactory, Parser};

use super::documents;
use crate::tidy::report;

/// The commands of code blocks, lines that end in a backslash joined, prompts and comments taken off.
fn lines_of_code(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        let Some((language, code)) = block.split_once('\n') else {
            continue;
        };
        if !["bash", "console", ""].contains(&language.trim()) {
            continue;
        }
        let joined = code.replace("\\\n", " ");
        lines.extend(joined.lines().filter_map(command_in));
    }
    lines
}

fn command_in(line: &str) -> Option<String> {
    let line = line.trim_start_matches("$ ");
    let line = line.split_once(" #").map_or(line, |(code, _)| code);
    let start = line.find("vestnik ")?;
    let before = &line[..start];
    // A path before it, the inside of `$(...)`, a setting, or nothing.
    let begins = before.is_empty()
        || before.ends_with('/')
        || before.ends_with("$(")
        || before.ends_with(' ') && before.contains('=');
    begins.then(|| {
        let ends = |sign| ['|', '<', '>', ')', ';'].contains(&sign);
        let rest = &line[start..];
        rest.split(ends).next().unwrap_or(rest).trim().to_owned()
    })
}

/// What stands between single backticks and begins with the program's name.
fn inline(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (place, block) in text.split("```").enumerate() {
        if place % 2 == 1 {
            continue;
        }
        let spans = block.split('`').skip(1).step_by(2);
        found.extend(
            spans
                .filter(|span| span.starts_with("vestnik "))
                .map(str::to_owned),
        );
    }
    found
}

/// Words of a shell's line, quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for sign in line.chars() {
        match (quote, sign) {
            (None, '"' | '\'') => quote = Some(sign),
            (Some(open), sign) if sign == open => quote = None,
            (None, ' ') => words.push(String::new()),
            _ => {
                if let Some(word) = words.last_mut() {
                    word.push(sign);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What an inline mention names that is not there.
fn unknown(mention: &str) -> Option<String> {
    let root = Cli::command();
    let mut command: &Command = &root;
    let mut is_path = true;
    let mut words = mention.split_whitespace().skip(1);
    while let Some(word) = words.next() {
        // `create \| verify`: the other ones are beside the first.
        if word.contains('|') || word.contains('…') {
            is_path = false;
            continue;
        }
        if let Some(option) = word.strip_prefix("--") {
            let option = option.trim_end_matches([',', '.', ':']);
            let beside = [command, &root];
            let all = beside.into_iter().chain(command.get_subcommands());
            let mut arguments = all.flat_map(Command::get_arguments);
            match arguments.find(|one| one.get_long() == Some(option)) {
                Some(found) if found.get_action().takes_values() => {
                    words.next();
                }
                Some(_) => {}
                None if option == "help" => {}
                None => return Some(format!("--{option} in `{mention}`")),
            }
            continue;
        }
        if !is_path || !command.has_subcommands() {
            continue;
        }
        match command.find_subcommand(word) {
            Some(found) => command = found,
            None => return Some(format!("{word} in `{mention}`")),
        }
    }
    None
}

#[test]
fn every_command_of_a_code_block_parses() {
    let mut findings = Vec::new();
    let mut count = 0;
    for (name, text) in documents() {
        for line in lines_of_code(&text) {
            count += 1;
            if let Err(error) = Cli::try_parse_from(words(&line)) {
                let said = error.to_string();
                let first = said.lines().next().unwrap_or_default();
                findings.push(format!("{name}: {line}: {first}"));
            }
        }
    }
    report("a document shows a command that does not parse", &findings);
    assert!(count > 10, "only {count} commands were found");
}

#[test]
fn every_command_of_a_sentence_exists() {
    let mut findings = Vec::new();
    for (name, text) in documents() {
        let found = inline(&text);
        findings.extend(
            found
                .iter()
                .filter_map(|one| unknown(one))
                .map(|what| format!("{name}: {what}")),
        );
    }
    report("a document names what the program does not have", &findings);
}
