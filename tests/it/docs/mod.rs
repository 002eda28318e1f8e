//! The documents against the program: commands, doctor codes, settings, examples.

mod client;
mod commands;
mod rust_api;

use api::config::describe::{SETTINGS, settings_table};
use api::doctor::catalogue::CATALOGUE;

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

#[test]
fn the_setup_pages_name_a_doctor_code_for_each_step() {
    for page in ["WHATSAPP_SETUP.md", "WHATSAPP_SETUP.ru.md"] {
        let text = read(&root().join(page));
        let named: Vec<&str> = codes(&text).collect();
        for code in [
            "D-APP-SECRET",
            "D-PUBLIC-URL",
            "D-WEBHOOK",
            "D-NUMBERS",
            "D-TOKEN",
            "D-SUBSCRIBED",
            "D-BOT",
            "D-INBOUND",
        ] {
            assert!(named.contains(&code), "{page}: {code}");
        }
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
