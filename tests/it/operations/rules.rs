//! Alert rules and the dashboard: every metric and label they name exists.

use std::collections::BTreeSet;

use api::rest::metrics::catalogue::{Kind, METRICS};
use serde_json::Value;

use crate::tidy::{read, root};

/// Words of the query language that name no metric.
const WORDS: [&str; 12] = [
    "sum",
    "max",
    "by",
    "rate",
    "increase",
    "histogram_quantile",
    "instance",
    "what",
    "projection",
    "le",
    "class",
    "label_values",
];

/// What an expression calls metrics: its words without labels in braces, ranges and strings.
fn named(expression: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for sign in expression.chars() {
        match sign {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            sign if depth == 0 => plain.push(sign),
            _ => {}
        }
    }
    let words = plain.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
    let labels = ["outcome", "status"];
    words
        .filter(|word| word.starts_with(|sign: char| sign.is_ascii_lowercase()))
        .filter(|word| !WORDS.contains(word) && !labels.contains(word))
        .map(str::to_owned)
        .collect()
}

/// The names under which Prometheus finds the metrics.
fn known() -> BTreeSet<String> {
    METRICS
        .iter()
        .flat_map(|one| match one.kind {
            Kind::Histogram => vec![
                format!("{}_bucket", one.name),
                format!("{}_count", one.name),
                format!("{}_sum", one.name),
            ],
            Kind::Counter | Kind::Gauge => vec![one.name.to_owned()],
        })
        .collect()
}

/// Every label with a value that an expression asks for.
fn labels(expression: &str) -> Vec<(String, String)> {
    let parts = expression.split('{').skip(1);
    let inside = parts.filter_map(|part| part.split_once('}').map(|(inside, _)| inside));
    let matchers = inside.flat_map(|inside| inside.split(','));
    matchers
        .filter_map(|one| one.split_once("=\""))
        .map(|(name, value)| {
            (
                name.trim().to_owned(),
                value.trim_end_matches('"').to_owned(),
            )
        })
        .collect()
}

fn check(expressions: &[String]) {
    assert!(expressions.len() >= 5, "{expressions:?}");
    let known = known();
    for expression in expressions {
        let named = named(expression);
        assert!(!named.is_empty(), "{expression} names no metric");
        let missing: Vec<_> = named.difference(&known).collect();
        assert!(missing.is_empty(), "{expression}: {missing:?}");
        for (label, value) in labels(expression) {
            let has_value = METRICS
                .iter()
                .filter(|one| expression.contains(one.name))
                .any(|one| {
                    one.label
                        .is_some_and(|(name, values)| name == label && values.contains(&&*value))
                });
            assert!(has_value, "{expression}: no {label} is ever {value}");
        }
    }
}

/// The values of a key in YAML that is written as ours is: on its line, or indented below `|`.
fn values_of(text: &str, key: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start().trim_start_matches("- ");
        let Some(value) = trimmed.strip_prefix(&format!("{key}: ")) else {
            continue;
        };
        if value != "|" {
            values.push(value.to_owned());
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let mut block = Vec::new();
        while let Some(next) = lines.next_if(|next| next.len() - next.trim_start().len() > indent) {
            block.push(next.trim());
        }
        values.push(block.join(" "));
    }
    values
}

#[test]
fn alerts_name_metrics_that_are_there_and_say_what_to_do() {
    let text = read(&root().join("deploy/prometheus/alerts.yml"));
    let alerts = values_of(&text, "alert");
    check(&values_of(&text, "expr"));
    for key in ["expr", "severity", "summary", "next_step"] {
        assert_eq!(values_of(&text, key).len(), alerts.len(), "{key}");
    }
    let documented = read(&root().join("docs/metrics.md"));
    for alert in alerts {
        assert!(
            documented.contains(&alert),
            "docs/metrics.md has no {alert}"
        );
    }
}

#[test]
fn the_dashboard_names_metrics_that_are_there() {
    let text = read(&root().join("deploy/grafana/vestnik.json"));
    let board: Value = serde_json::from_str(&text).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    let ids: BTreeSet<_> = panels.iter().map(|one| one["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    let expressions: Vec<String> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("targets"))
        .map(|target| target["expr"].as_str().expect("an expression").to_owned())
        .map(|expression| expression.replace("instance=~\"$instance\"", ""))
        .collect();
    check(&expressions);
    let shown: BTreeSet<String> = expressions.iter().flat_map(|one| named(one)).collect();
    assert!(shown.len() >= 10, "{shown:?}");
}
