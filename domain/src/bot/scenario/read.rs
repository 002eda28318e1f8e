//! Reads the JSON of a scenario into a draft, node by node and edge by edge, going on after each problem.

use serde_json::Value;

use super::fields::Fields;
use super::{BYTES, NODES, NodeKind, Problems};

/// What could be read.
pub(super) struct Draft {
    pub(super) nodes: Vec<DraftNode>,
    pub(super) edges: Vec<DraftEdge>,
}

/// A node; `kind` is missing if something is wrong with it.
pub(super) struct DraftNode {
    pub(super) id: String,
    pub(super) is_welcome: bool,
    pub(super) kind: Option<NodeKind>,
}

/// An edge as written.
pub(super) struct DraftEdge {
    /// How a problem calls it: its id, or its place.
    pub(super) name: String,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) label: Option<String>,
}

/// Reads a scenario; `None` if there is nothing to check further.
pub(super) fn read(json: &[u8], problems: &mut Problems) -> Option<Draft> {
    if json.len() > BYTES {
        let actual = json.len();
        problems.add(
            None,
            "too_large",
            (
                format!("the scenario has {actual} bytes, {BYTES} are allowed"),
                format!("сценарий занимает {actual} байт, допустимо {BYTES}"),
            ),
        );
        return None;
    }
    let value: Value = match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => {
            problems.add(
                None,
                "malformed_json",
                (
                    format!("the scenario is no JSON: {error}"),
                    format!("сценарий не является JSON: {error}"),
                ),
            );
            return None;
        }
    };
    if !value.is_object() {
        problems.add(
            None,
            "wrong_type",
            (
                "the scenario must be an object with `nodes` and `edges`",
                "сценарий должен быть объектом с полями `nodes` и `edges`",
            ),
        );
        return None;
    }
    let nodes = list(&value, "nodes", problems);
    let edges = list(&value, "edges", problems);
    let nodes = nodes?;
    if nodes.is_empty() {
        problems.add(
            None,
            "no_nodes",
            (
                "the scenario has no nodes; add a welcome node",
                "в сценарии нет узлов; добавьте узел welcome",
            ),
        );
        return None;
    }
    if nodes.len() > NODES {
        let actual = nodes.len();
        problems.add(
            None,
            "too_many_nodes",
            (
                format!("there are {actual} nodes, {NODES} are allowed"),
                format!("узлов {actual}, допустимо {NODES}"),
            ),
        );
        return None;
    }
    let numbered = nodes.iter().enumerate();
    let nodes = numbered
        .filter_map(|(place, node)| read_node(place, node, problems))
        .collect();
    let numbered = edges.unwrap_or_default().iter().enumerate();
    let edges = numbered
        .filter_map(|(place, edge)| read_edge(place, edge, problems))
        .collect();
    Some(Draft { nodes, edges })
}

fn list<'a>(value: &'a Value, name: &str, problems: &mut Problems) -> Option<&'a [Value]> {
    match value.get(name) {
        Some(Value::Array(items)) => return Some(items),
        None | Some(Value::Null) => {
            problems.add(
                None,
                "missing_field",
                (
                    format!("{name} is missing; give an array"),
                    format!("нет поля {name}; нужен массив"),
                ),
            );
        }
        Some(_) => problems.add(
            None,
            "wrong_type",
            (
                format!("{name} must be an array"),
                format!("{name} должно быть массивом"),
            ),
        ),
    }
    None
}

fn read_node(place: usize, node: &Value, problems: &mut Problems) -> Option<DraftNode> {
    let Some(id) = text_or_number(node.get("id")) else {
        problems.add(
            None,
            "missing_field",
            (
                format!("nodes[{place}].id is missing or empty"),
                format!("nodes[{place}].id отсутствует или пуст"),
            ),
        );
        return None;
    };
    let data = node.get("data").unwrap_or(&Value::Null);
    let type_name = node.get("type").and_then(Value::as_str);
    let kind = match type_name {
        _ if !data.is_object() && !data.is_null() => {
            problems.add(
                Some(&id),
                "wrong_type",
                ("data must be an object", "data должно быть объектом"),
            );
            None
        }
        Some(name) => Fields {
            node: &id,
            data,
            problems,
        }
        .kind(name),
        None => {
            problems.add(
                Some(&id),
                "missing_field",
                (
                    "type is missing or no text",
                    "type отсутствует или не является текстом",
                ),
            );
            None
        }
    };
    Some(DraftNode {
        id,
        is_welcome: type_name == Some("welcome"),
        kind,
    })
}

fn read_edge(place: usize, edge: &Value, problems: &mut Problems) -> Option<DraftEdge> {
    let name = text_or_number(edge.get("id")).unwrap_or_else(|| format!("edges[{place}]"));
    let source = text_or_number(edge.get("source"));
    let target = text_or_number(edge.get("target"));
    for (field, value) in [("source", &source), ("target", &target)] {
        if value.is_none() {
            let message = (
                format!("edge {name}: {field} is missing or empty"),
                format!("связь {name}: {field} отсутствует или пусто"),
            );
            problems.add(
                source.as_deref().or(target.as_deref()),
                "missing_field",
                message,
            );
        }
    }
    let label =
        text_or_number(edge.get("label")).or_else(|| text_or_number(edge.get("sourceHandle")));
    Some(DraftEdge {
        name,
        source: source?,
        target: target?,
        label,
    })
}

/// A text that is not empty, without the spaces around it, or a number as text.
fn text_or_number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.trim())
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
