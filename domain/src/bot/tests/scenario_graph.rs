//! Parsing a scenario: edges, start and cycles.

use serde_json::{Value, json};

use super::scenario::{codes, problems};
use crate::bot::scenario::{Branch, NodeKind, Scenario};

fn message(id: &str) -> Value {
    json!({"id": id, "type": "message", "data": {"message": id}})
}

fn welcome(id: &str) -> Value {
    json!({"id": id, "type": "welcome", "data": {"message": id}})
}

fn buttons(id: &str) -> Value {
    let buttons = json!([{"id": 1, "label": "Да"}, {"id": 2, "label": "Нет"}]);
    json!({"id": id, "type": "buttons", "data": {"message": "?", "buttons": buttons}})
}

fn condition(id: &str) -> Value {
    json!({"id": id, "type": "condition", "data": {"conditionType": "contains", "value": "x"}})
}

fn question(id: &str) -> Value {
    json!({"id": id, "type": "question", "data": {"question": "?", "saveAs": "x"}})
}

fn edge(source: &str, target: &str, label: &str) -> Value {
    json!({"id": format!("{source}-{target}"), "source": source, "target": target, "label": label})
}

fn scenario(nodes: &[Value], edges: &[Value]) -> Value {
    json!({"nodes": nodes, "edges": edges})
}

fn parse(nodes: &[Value], edges: &[Value]) -> Scenario {
    Scenario::parse(scenario(nodes, edges).to_string()).expect("a valid scenario")
}

#[test]
fn run_starts_at_the_welcome_node_else_at_the_only_root() {
    let at_welcome = parse(&[message("a"), welcome("w")], &[edge("w", "a", "")]);
    assert_eq!(at_welcome.start().map(|node| node.id.as_str()), Some("w"));
    let at_root = parse(&[message("b"), message("a")], &[edge("a", "b", "")]);
    assert_eq!(at_root.start().map(|node| node.id.as_str()), Some("a"));
}

#[test]
fn start_must_be_clear() {
    assert_eq!(
        codes(&scenario(&[message("a"), message("b")], &[])),
        ["no_start"]
    );
    assert_eq!(
        codes(&scenario(&[question("q")], &[edge("q", "q", "")])),
        ["no_start"]
    );
    let two = scenario(&[welcome("a"), welcome("b")], &[]);
    assert_eq!(codes(&two), ["many_welcomes"]);
    assert_eq!(problems(&two)[0].node.as_deref(), Some("b"));
}

#[test]
fn edges_must_join_nodes() {
    let found = problems(&scenario(
        &[welcome("w")],
        &[edge("w", "x", ""), edge("y", "w", "")],
    ));
    let codes: Vec<&str> = found.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["edge_target_missing", "edge_source_missing"]);
    assert!(
        found
            .iter()
            .all(|problem| problem.node.as_deref() == Some("w"))
    );
    assert!(found[0].message.contains("w-x"));
    let by_place = problems(&scenario(
        &[welcome("w")],
        &[json!({"source": "w", "target": "x"})],
    ));
    assert!(by_place[0].message.contains("edges[0]"));
}

#[test]
fn labels_must_fit_the_branches_of_their_node() {
    let nodes = [condition("c"), buttons("b"), message("m")];
    let with = |source, label| {
        let branches = [edge("c", "b", "true"), edge("c", "m", "false")];
        scenario(
            &nodes,
            &[&branches[..], &[edge(source, "m", label)]].concat(),
        )
    };
    for (source, label) in [("c", ""), ("c", "maybe"), ("b", "Может быть")] {
        assert_eq!(
            codes(&with(source, label)),
            ["unknown_edge_label"],
            "{source} {label}"
        );
    }
    for label in ["1", "да", "", "failed"] {
        assert!(
            Scenario::parse(with("b", label).to_string()).is_ok(),
            "{label}"
        );
    }
}

#[test]
fn one_branch_has_one_edge() {
    let nodes = [buttons("b"), message("m"), message("n")];
    for (first, second) in [("", ""), ("1", "Да"), ("failed", "failed")] {
        let found = codes(&scenario(
            &nodes,
            &[edge("b", "m", first), edge("b", "n", second)],
        ));
        assert_eq!(
            found,
            ["duplicate_edge_label", "no_start"],
            "{first} {second}"
        );
    }
}

#[test]
fn source_handle_counts_where_there_is_no_label() {
    let with_handle = |label: Value| {
        let edge = json!({"source": "c", "target": "m", "label": label, "sourceHandle": "true"});
        parse(&[condition("c"), message("m")], &[edge])
    };
    for label in [json!(null), json!("")] {
        let scenario = with_handle(label);
        let node = scenario.node("c").expect("the node");
        assert!(scenario.target(node, &Branch::True).is_some());
    }
    let labeled = with_handle(json!("false"));
    let node = labeled.node("c").expect("the node");
    assert!(labeled.target(node, &Branch::True).is_none());
    assert!(labeled.target(node, &Branch::False).is_some());
}

#[test]
fn ids_may_be_numbers_and_unknown_keys_are_ignored() {
    let nodes = [
        json!({"id": 1, "type": "welcome", "data": {"message": "Hi", "color": "red"}, "width": 5}),
        json!({"id": "2", "type": "message", "position": {"x": 0, "y": 0}, "data": {"message": "x"}}),
    ];
    let scenario = parse(
        &nodes,
        &[json!({"source": "1", "target": 2, "animated": true})],
    );
    let start = scenario.start().expect("a start");
    assert!(matches!(start.kind, NodeKind::Welcome { .. }));
    let next = scenario.target(start, &Branch::Next).expect("an edge");
    assert_eq!(next.id, "2");
}

#[test]
fn node_with_one_way_on_takes_it_whatever_its_label() {
    let scenario = parse(
        &[welcome("w"), message("a"), message("f")],
        &[edge("w", "a", "далее"), edge("w", "f", "failed")],
    );
    let start = scenario.start().expect("a start");
    let next = scenario
        .target(start, &Branch::Next)
        .map(|node| node.id.as_str());
    assert_eq!(next, Some("a"));
    let failed = scenario
        .target(start, &Branch::Failed)
        .map(|node| node.id.as_str());
    assert_eq!(failed, Some("f"));
}

#[test]
fn node_with_two_labeled_ways_on_takes_neither() {
    let scenario = parse(
        &[welcome("w"), message("a"), message("b")],
        &[edge("w", "a", "x"), edge("w", "b", "y")],
    );
    let start = scenario.start().expect("a start");
    assert!(scenario.target(start, &Branch::Next).is_none());
    assert!(start.goes_on());
}

#[test]
fn cycles_need_a_wait() {
    let nodes = [welcome("w"), message("a"), condition("c")];
    let edges = [
        edge("w", "a", ""),
        edge("a", "c", ""),
        edge("c", "a", "true"),
    ];
    let found = problems(&scenario(&nodes, &edges));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].code.as_str(), found[0].node.as_deref()),
        ("cycle_without_wait", Some("a"))
    );
    assert!(found[0].message.starts_with("a -> c -> a"));

    let nodes = [welcome("w"), buttons("b"), condition("c")];
    let edges = [
        edge("w", "b", ""),
        edge("b", "c", ""),
        edge("c", "b", "true"),
    ];
    assert!(Scenario::parse(scenario(&nodes, &edges).to_string()).is_ok());
}

#[test]
fn failed_edges_make_cycles_even_through_a_wait() {
    let nodes = [welcome("w"), question("q")];
    let edges = [edge("w", "q", ""), edge("q", "q", "failed")];
    assert_eq!(codes(&scenario(&nodes, &edges)), ["cycle_without_wait"]);
}

#[test]
fn number_of_nodes_is_limited() {
    let nodes: Vec<Value> = (0..1001)
        .map(|id| json!({"id": id, "type": "message", "data": {"message": "x"}}))
        .collect();
    assert_eq!(codes(&scenario(&nodes, &[])), ["too_many_nodes"]);
}
