//! A scenario as React Flow writes it: nodes and edges, parsed and checked all at once.
//!
//! A [`Scenario`] can only be made by [`Scenario::parse`], so whoever holds one holds a checked one.
//! Absent on purpose: running it (the session's interpreter).

mod check;
mod condition;
mod fields;
mod read;
mod template;

use std::collections::BTreeMap;

use crate::message::Button;

pub use condition::{Pattern, Test};
pub use template::{Segment, TEMPLATE_LENGTH, Template, USER_INPUT};

/// Nodes of a scenario.
pub const NODES: usize = 1000;
/// Bytes of a scenario.
pub const BYTES: usize = 256 * 1024;
/// Characters of the name of an attribute or variable.
pub const NAME_LENGTH: usize = 100;
/// The label of the edge that is taken when a message of its node cannot be sent.
pub const FAILED: &str = "failed";

/// One thing wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// The node at fault, if one is; for an edge the node it leaves, and its id is in the message.
    pub node: Option<String>,
    /// Stable code.
    pub code: String,
    /// What is wrong, with the limit and the actual value.
    pub message: String,
    /// The same in Russian.
    pub message_ru: String,
}

/// A parsed scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    nodes: Vec<Node>,
    index: BTreeMap<String, usize>,
    start: usize,
}

/// A node with the edges that leave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its id in the scenario.
    pub id: String,
    /// What it does.
    pub kind: NodeKind,
    exits: Vec<Exit>,
}

/// Where a branch of a node leads.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exit {
    branch: Branch,
    target: usize,
}

/// What the label of an edge means at its node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Branch {
    /// No label: go on.
    Next,
    /// The condition held.
    True,
    /// The condition did not hold.
    False,
    /// The button at this place was pressed.
    Button(usize),
    /// A message of the node could not be sent.
    Failed,
    /// Any other label, on nodes that have one way on.
    Other(String),
}

/// The six node types of the contract.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Sends and goes on; the run starts here.
    Welcome {
        /// The text.
        message: Template,
    },
    /// Sends and goes on.
    Message {
        /// The text.
        message: Template,
    },
    /// Sends and waits for any readable answer.
    Question {
        /// The text.
        question: Template,
        /// Name under which the answer is kept.
        save_as: String,
    },
    /// Sends reply buttons and waits for a press.
    Buttons {
        /// The text above the buttons.
        message: Template,
        /// One to three buttons.
        buttons: Vec<Button>,
    },
    /// Decides on the last input.
    Condition(Test),
    /// Does something outside the conversation.
    Action {
        /// What.
        action: ActionKind,
        /// With what.
        value: Template,
    },
}

/// What an action node does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// The value becomes the contact's attribute.
    SaveToCrm {
        /// Name of the attribute.
        field: String,
    },
    /// Opens a deal.
    CreateDeal,
    /// The value becomes a tag of the contact.
    AssignTag,
    /// People are to go on.
    HumanTakeover,
}

impl Scenario {
    /// Parses and checks a scenario.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as it can be seen at once.
    pub fn parse(json: impl AsRef<[u8]>) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let scenario = read::read(json.as_ref(), &mut problems)
            .and_then(|draft| check::build(draft, &mut problems));
        match scenario {
            Some(scenario) if problems.0.is_empty() => Ok(scenario),
            _ => Err(problems.0),
        }
    }

    /// The node at which a run begins.
    pub fn start(&self) -> Option<&Node> {
        self.nodes.get(self.start)
    }

    /// A node by its id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.get(*self.index.get(id)?)
    }

    /// All nodes in the order of the file.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node a branch leads to: its own edge, for a pressed button else the unlabeled one, and where a
    /// node has one way on only, that one whatever its label.
    pub fn target(&self, node: &Node, branch: &Branch) -> Option<&Node> {
        let exit = node.exit(branch).or_else(|| match branch {
            Branch::Button(_) => node.exit(&Branch::Next),
            Branch::Next if node.kind.has_one_way_on() => node.only_way_on(),
            _ => None,
        })?;
        self.nodes.get(exit.target)
    }
}

impl Node {
    /// Whether any edge but `failed` leaves it.
    pub fn goes_on(&self) -> bool {
        self.ways_on().next().is_some()
    }

    fn exit(&self, branch: &Branch) -> Option<&Exit> {
        self.exits.iter().find(|exit| exit.branch == *branch)
    }

    fn ways_on(&self) -> impl Iterator<Item = &Exit> {
        self.exits
            .iter()
            .filter(|exit| exit.branch != Branch::Failed)
    }

    fn only_way_on(&self) -> Option<&Exit> {
        let mut ways = self.ways_on();
        let first = ways.next()?;
        ways.next().is_none().then_some(first)
    }
}

impl NodeKind {
    /// The type's name in a scenario.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::Message { .. } => "message",
            Self::Question { .. } => "question",
            Self::Buttons { .. } => "buttons",
            Self::Condition(_) => "condition",
            Self::Action { .. } => "action",
        }
    }

    /// Whether the run stops here for the customer.
    pub const fn waits(&self) -> bool {
        matches!(self, Self::Question { .. } | Self::Buttons { .. })
    }

    const fn has_one_way_on(&self) -> bool {
        !matches!(self, Self::Buttons { .. } | Self::Condition(_))
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    /// `message`: in English and in Russian.
    fn add(
        &mut self,
        node: Option<&str>,
        code: &str,
        (message, message_ru): (impl Into<String>, impl Into<String>),
    ) {
        self.0.push(Problem {
            node: node.map(str::to_owned),
            code: code.to_owned(),
            message: message.into(),
            message_ru: message_ru.into(),
        });
    }
}
