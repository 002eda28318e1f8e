//! The documents against the program: commands, doctor codes, settings, examples.

mod client;
mod commands;
mod rust_api;

use api::bootstrap::longest_stop;
use api::config::Config;
use api::config::describe::{SETTINGS, settings_table};
use api::doctor::catalogue::CATALOGUE;
use infrastructure::database::retention::RETENTION;

use crate::tidy::{files, read, report, root};

/// The documents of the project with their names.
fn documents() -> Vec<(String, String)> {
    files(&root(), &[".md"])
        .into_iter()
        .filter(|path| !path.components().any(|part| part.as_os_str() == "target"))
        .map(|path| {
            let inside = path.strip_prefix(root()).unwrap_or(&path);
            (inside.display().to_string(), read(&path))
        })
        .collect()
}

/// Every doctor code that a text names.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !(sign.is_ascii_uppercase() || sign == '-'))
        .map(|word| word.trim_end_matches('-'))
        .filter(|word| word.starts_with("D-") && word.len() > 3)
}

#[test]
fn every_doctor_code_that_a_document_names_exists() {
    let mut findings = Vec::new();
    for (name, text) in documents() {
        for code in codes(&text) {
            if !CATALOGUE.iter().any(|entry| entry.code == code) {
                findings.push(format!("{name}: {code}"));
            }
        }
    }
    report("no such doctor code", &findings);
}

/// The numbered steps of a setup page, in order.
fn steps(text: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    let section = text.split("\n## ").nth(1).unwrap_or_default();
    for line in section.lines().skip(1) {
        if line.starts_with(&format!("{}. ", steps.len() + 1)) {
            steps.push(String::new());
        } else if !line.is_empty() && !line.starts_with(' ') {
            // What follows the list is no step.
            break;
        }
        if let Some(step) = steps.last_mut() {
            step.push_str(line);
            step.push('\n');
        }
    }
    steps
}

#[test]
fn each_step_of_the_setup_pages_names_its_doctor_code_or_says_why_none() {
    let pages = [
        ("WHATSAPP_SETUP.md", "No line of `doctor`:"),
        ("WHATSAPP_SETUP.ru.md", "Строки `doctor` нет:"),
    ];
    let read_steps = |page: &str| steps(&read(&root().join(page)));
    let mut findings = Vec::new();
    for (page, none) in pages {
        let steps = read_steps(page);
        assert_eq!(steps.len(), 10, "{page}: {steps:#?}");
        for (place, step) in steps.iter().enumerate() {
            let is_named = codes(step).next().is_some();
            if is_named == step.contains(none) {
                findings.push(format!("{page}: step {}", place + 1));
            }
        }
    }
    report("a code, or the reason why there is none", &findings);
    for (english, russian) in read_steps(pages[0].0).iter().zip(read_steps(pages[1].0)) {
        let (english, russian): (Vec<&str>, Vec<&str>) =
            (codes(english).collect(), codes(&russian).collect());
        assert_eq!(english, russian, "both languages name the same codes");
    }
}

#[test]
fn the_table_of_settings_is_the_codes_own() {
    let text = read(&root().join("docs/operations.md"));
    let table = settings_table();
    assert!(
        text.contains(&table),
        "docs/operations.md needs this table:\n{table}"
    );
}

#[test]
fn the_retention_of_rows_is_the_codes_own() {
    let text = read(&root().join("docs/operations.md"));
    let rows = RETENTION.map(|(what, days)| {
        let unit = if days == 1 { "day" } else { "days" };
        format!("| {what} | {days} {unit} |\n")
    });
    let table = format!(
        "| in the log's database | is dropped after |\n|---|---|\n{}\n",
        rows.concat()
    );
    assert!(
        text.contains(&table),
        "docs/operations.md needs this table:\n{table}"
    );
}

#[test]
fn a_stop_takes_no_longer_than_the_operations_page_says() {
    let text = read(&root().join("docs/operations.md"));
    let longest = |settings: &[(&str, &str)]| {
        let env = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let folder = std::env::temp_dir();
        let config = Config::from_sources(&folder, env).expect("a configuration");
        longest_stop(&config).as_secs()
    };
    let sqlite = longest(&[]);
    let postgres = longest(&[("DATABASE_URL", "postgres://vestnik@127.0.0.1/vestnik")]);
    let said = format!("{sqlite} seconds at most on SQLite, {postgres} on PostgreSQL");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&said), "{said}");
    let unit = text
        .split_once("TimeoutStopSec=")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<u64>().ok());
    assert!(unit.is_some_and(|seconds| seconds > postgres), "{unit:?}");
}

#[test]
fn the_example_of_settings_has_each_one() {
    let text = read(&root().join(".env.example"));
    let missing: Vec<String> = SETTINGS
        .iter()
        .map(|one| format!("{}=", one.name.to_ascii_uppercase()))
        .filter(|line| !text.lines().any(|other| other.starts_with(line)))
        .collect();
    report(".env.example has no line", &missing);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut findings = Vec::new();
    for (name, text) in documents() {
        let folder = root().join(&name);
        let folder = folder.parent().unwrap_or(&folder);
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or("");
            let is_file = !target.is_empty() && !target.contains("://");
            if is_file && !folder.join(target).exists() {
                findings.push(format!("{name}: {target}"));
            }
        }
    }
    report("a link leads nowhere", &findings);
}
