//! The catalogue of metrics is what the program records, what `/metrics` shows and what docs/metrics.md lists.

use std::collections::BTreeSet;

use api::rest::metrics::catalogue::{METRICS, metrics_table};

use crate::support::TestApp;
use crate::tidy::{files, is_test, read, root};

fn catalogue() -> BTreeSet<String> {
    METRICS.iter().map(|one| one.name.to_owned()).collect()
}

/// The names that the code records under.
fn recorded() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for layer in [
        "domain",
        "application",
        "infrastructure",
        "projections",
        "api",
    ] {
        for path in files(&root().join(layer).join("src"), &[".rs"]) {
            if is_test(&path) {
                continue;
            }
            let text = read(&path);
            for word in ["counter!(", "gauge!(", "histogram!("] {
                for part in text.split(word).skip(1) {
                    let name = part.trim_start().strip_prefix('"');
                    let name = name.and_then(|rest| rest.split('"').next());
                    names.extend(name.map(str::to_owned));
                }
            }
        }
    }
    names
}

#[test]
fn every_recorded_metric_is_in_the_catalogue_and_no_other() {
    assert_eq!(recorded(), catalogue());
    assert_eq!(METRICS.len(), catalogue().len(), "a name is there twice");
}

#[test]
fn the_table_of_metrics_is_the_codes_own() {
    let text = read(&root().join("docs/metrics.md"));
    let table = metrics_table();
    assert!(
        text.contains(&table),
        "docs/metrics.md needs this table:\n{table}"
    );
}

#[tokio::test]
async fn each_metric_is_shown_from_the_start_and_no_other() {
    let app = TestApp::with_number().await;
    let answer = app.get_root_as_admin("/metrics").await;
    let mut kinds = BTreeSet::new();
    let mut helped = BTreeSet::new();
    for line in answer.text.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("#"), Some("TYPE")) => {
                kinds.insert(words.collect::<Vec<_>>().join(" "));
            }
            (Some("#"), Some("HELP")) => {
                helped.extend(words.next().map(str::to_owned));
            }
            _ => {}
        }
    }
    let wanted = METRICS
        .iter()
        .map(|one| format!("{} {}", one.name, one.kind.as_str()));
    assert_eq!(kinds, wanted.collect(), "{}", answer.text);
    assert_eq!(helped, catalogue());
    // Also those that nothing has happened to yet.
    for line in [
        "sends_total{outcome=\"unknown\"} 0",
        "webhook_answers_total{status=\"503\"} 0",
        "unfinished_oldest_seconds{what=\"outbox\"} 0",
    ] {
        assert!(answer.text.contains(line), "no {line} in\n{}", answer.text);
    }
}
