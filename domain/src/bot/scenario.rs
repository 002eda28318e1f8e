//! A scenario as React Flow writes it: nodes and edges, parsed and checked all at once.

/// One thing wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// The node at fault, if one is.
    pub node: Option<String>,
    /// Stable code.
    pub code: String,
    /// What is wrong, with the limit and the actual value.
    pub message: String,
}

/// A parsed scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario;
