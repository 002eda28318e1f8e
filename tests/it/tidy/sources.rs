//! Sizes, heads and suppressions of source files; migrations in pairs; nothing of a developer's machine.

use std::collections::BTreeSet;

use super::{files, is_test, read, report, root};

/// Lines at which a production file ends.
const MAX_LINES: usize = 500;

fn sources() -> Vec<std::path::PathBuf> {
    [
        "domain",
        "application",
        "infrastructure",
        "projections",
        "api",
        "tests",
    ]
    .iter()
    .flat_map(|layer| files(&root().join(layer), &[".rs"]))
    .collect()
}

#[test]
fn production_files_end_at_500_lines() {
    let findings: Vec<String> = sources()
        .into_iter()
        .filter(|path| !is_test(path))
        .filter_map(|path| {
            let lines = read(&path).lines().count();
            (lines > MAX_LINES).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    report("split by use or by event", &findings);
}

#[test]
fn every_module_says_what_it_is_for() {
    let findings: Vec<String> = sources()
        .into_iter()
        .filter(|path| !read(path).trim_start().starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    report("a module opens with `//!`", &findings);
}

#[test]
fn nothing_is_switched_off_or_left_for_later() {
    let marks = [
        "#[allow(",
        "#[ignore",
        "todo!(",
        "unimplemented!(",
        "FIXME",
        "TODO",
    ];
    let findings: Vec<String> = sources()
        .into_iter()
        .filter(|path| !path.ends_with("tidy/sources.rs"))
        .flat_map(|path| {
            let text = read(&path);
            marks
                .iter()
                .filter(|mark| text.contains(**mark))
                .map(|mark| format!("{}: {mark}", path.display()))
                .collect::<Vec<_>>()
        })
        .collect();
    report(
        "use #[expect(lint, reason)] and finish what is begun",
        &findings,
    );
}

#[test]
fn no_test_sleeps() {
    let findings: Vec<String> = sources()
        .into_iter()
        .filter(|path| is_test(path) || path.to_string_lossy().contains("/tests/it/"))
        .filter(|path| !path.ends_with("tidy/sources.rs"))
        .filter(|path| {
            let text = read(path);
            text.contains("thread::sleep") || text.contains("time::sleep(Duration::from_secs")
        })
        .map(|path| path.display().to_string())
        .collect();
    report("wait on a condition with a deadline", &findings);
}

#[test]
fn migrations_come_in_pairs() {
    for layer in ["infrastructure", "projections"] {
        let names = |database: &str| -> BTreeSet<String> {
            files(
                &root().join(layer).join("migrations").join(database),
                &[".sql"],
            )
            .iter()
            .filter_map(|path| {
                path.file_name()
                    .map(|name| name.to_string_lossy().into_owned())
            })
            .collect()
        };
        assert!(!names("sqlite").is_empty(), "{layer} has no migrations");
        assert_eq!(names("sqlite"), names("postgres"), "migrations of {layer}");
    }
}

#[test]
fn crates_inherit_lints_versions_and_dependencies() {
    let mut findings = Vec::new();
    for layer in [
        "domain",
        "application",
        "infrastructure",
        "projections",
        "api",
        "tests",
    ] {
        let manifest = read(&root().join(layer).join("Cargo.toml"));
        if !manifest.contains("[lints]\nworkspace = true") {
            findings.push(format!("{layer} does not inherit the lints"));
        }
        for line in manifest
            .lines()
            .filter(|line| line.contains("version = \""))
        {
            findings.push(format!("{layer} names a version of its own: {line}"));
        }
    }
    report("versions and lints stand in the root manifest", &findings);
}

#[test]
fn every_lint_exception_has_a_reason() {
    let findings: Vec<String> = sources()
        .into_iter()
        .filter(|path| !path.ends_with("tidy/sources.rs"))
        .flat_map(|path| {
            let text = read(&path);
            let mut found = Vec::new();
            for (start, _) in text
                .match_indices("#[expect(")
                .chain(text.match_indices("#![expect("))
            {
                let attribute = &text[start
                    ..text[start..]
                        .find(']')
                        .map_or(text.len(), |end| start + end)];
                if !attribute.contains("reason") {
                    found.push(format!("{}: {attribute}", path.display()));
                }
            }
            found
        })
        .collect();
    report("an exception says why", &findings);
}
