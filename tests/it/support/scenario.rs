//! Scenarios in the making: the JSON that the builder writes, without its noise.

use serde_json::{Value, json};

/// A scenario in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScenarioJson {
    nodes: Vec<Value>,
    edges: Vec<Value>,
}

impl ScenarioJson {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A node; `data` as the builder writes it.
    pub(crate) fn node(mut self, id: &str, kind: &str, data: Value) -> Self {
        self.nodes
            .push(json!({"id": id, "type": kind, "data": data}));
        self
    }

    /// A welcome node.
    pub(crate) fn welcome(self, id: &str, message: &str) -> Self {
        self.node(id, "welcome", json!({ "message": message }))
    }

    /// A message node.
    pub(crate) fn message(self, id: &str, message: &str) -> Self {
        self.node(id, "message", json!({ "message": message }))
    }

    /// A question node.
    pub(crate) fn question(self, id: &str, question: &str, save_as: &str) -> Self {
        let data = json!({"question": question, "saveAs": save_as});
        self.node(id, "question", data)
    }

    /// A condition node.
    pub(crate) fn condition(self, id: &str, kind: &str, value: &str) -> Self {
        let data = json!({"conditionType": kind, "value": value});
        self.node(id, "condition", data)
    }

    /// An edge without a label.
    pub(crate) fn edge(mut self, source: &str, target: &str) -> Self {
        self.edges.push(json!({"source": source, "target": target}));
        self
    }

    /// An edge with a label.
    pub(crate) fn labeled(mut self, source: &str, label: &str, target: &str) -> Self {
        self.edges
            .push(json!({"source": source, "target": target, "label": label}));
        self
    }

    /// An edge that names the place it leaves from, as React Flow writes it.
    pub(crate) fn handle(mut self, source: &str, handle: &str, target: &str) -> Self {
        self.edges
            .push(json!({"source": source, "target": target, "sourceHandle": handle}));
        self
    }

    /// The file's text.
    pub(crate) fn text(&self) -> String {
        json!({"nodes": self.nodes, "edges": self.edges}).to_string()
    }
}
