//! `domain <- application <- infrastructure <- projections <- api <- tests`, and who may name what.

use super::{files, is_test, read, report, root};

const LAYERS: [&str; 6] = [
    "domain",
    "application",
    "infrastructure",
    "projections",
    "api",
    "tests",
];

/// The crates a manifest depends on, from its `[dependencies]` and `[dev-dependencies]` tables.
fn dependencies(layer: &str) -> Vec<String> {
    read(&root().join(layer).join("Cargo.toml"))
        .lines()
        .skip_while(|line| !line.starts_with("[dependencies]"))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim().to_owned()))
        .collect()
}

#[test]
fn layers_depend_only_on_those_before_them() {
    let mut findings = Vec::new();
    for (index, layer) in LAYERS.iter().enumerate() {
        for dependency in dependencies(layer) {
            let later = LAYERS.iter().position(|other| *other == dependency);
            if later.is_some_and(|later| later >= index) {
                findings.push(format!("{layer} depends on {dependency}"));
            }
        }
    }
    report("a layer may only know the layers before it", &findings);
}

#[test]
fn domain_is_pure() {
    let banned = ["tokio", "sqlx", "reqwest", "axum", "rand", "tracing"];
    let findings: Vec<String> = read(&root().join("domain/Cargo.toml"))
        .split("[dev-dependencies]")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| {
            banned
                .iter()
                .any(|name| line.starts_with(&format!("{name} ")))
        })
        .map(str::to_owned)
        .collect();
    report("the domain does no I/O", &findings);
}

#[test]
fn every_package_the_user_named_is_a_real_dependency() {
    // async-graphql comes with the GraphQL API. postgres-es is left out on purpose: see the README.
    let named = [
        "axum", "tokio", "sqlx", "cqrs-es", "serde", "reqwest", "aes-gcm",
    ];
    let all: Vec<String> = LAYERS[..5]
        .iter()
        .flat_map(|layer| dependencies(layer))
        .collect();
    let findings: Vec<String> = named
        .iter()
        .filter(|name| !all.iter().any(|dependency| dependency == *name))
        .map(|name| format!("{name} is used by no layer"))
        .collect();
    report("the user named these packages", &findings);
}

#[test]
fn only_bootstrap_names_concrete_adapters() {
    let adapters = ["GraphClient::new", "Database::open", "Projections::open"];
    let findings: Vec<String> = files(&root().join("api/src"), &[".rs"])
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("bootstrap"))
        .flat_map(|path| {
            let text = read(&path);
            adapters
                .iter()
                .filter(|adapter| text.contains(**adapter))
                .map(|adapter| format!("{} names {adapter}", path.display()))
                .collect::<Vec<_>>()
        })
        .collect();
    report("only api/src/bootstrap wires adapters", &findings);
}

#[test]
fn projections_cannot_send_and_application_knows_no_read_model() {
    let mut findings = Vec::new();
    for path in files(&root().join("projections/src"), &[".rs"]) {
        if is_test(&path) {
            continue;
        }
        let text = read(&path);
        for forbidden in ["CloudApi", "RowOp", "Executor"] {
            if text.contains(forbidden) {
                findings.push(format!("{} names {forbidden}", path.display()));
            }
        }
    }
    report("a projection has no side effects", &findings);
}
