//! Checks a draft as a graph and builds the scenario: ids, edges, start, cycles.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Draft, DraftEdge, DraftNode};
use super::{Branch, Exit, FAILED, Node, NodeKind, Problems, Scenario};

/// Builds the scenario; `None` or problems if it cannot be run.
pub(super) fn build(draft: Draft, problems: &mut Problems) -> Option<Scenario> {
    let Draft { nodes, edges } = draft;
    let index = index(&nodes, problems);
    let exits = exits(&nodes, &edges, &index, problems);
    let start = start(&nodes, &exits, problems);
    report_cycles(&nodes, &exits, problems);
    let nodes: Option<Vec<Node>> = nodes
        .into_iter()
        .zip(exits)
        .map(|(node, exits)| {
            node.kind.map(|kind| Node {
                id: node.id,
                kind,
                exits,
            })
        })
        .collect();
    Some(Scenario {
        nodes: nodes?,
        index,
        start: start?,
    })
}

fn index(nodes: &[DraftNode], problems: &mut Problems) -> BTreeMap<String, usize> {
    let mut index = BTreeMap::new();
    for (place, node) in nodes.iter().enumerate() {
        if index.contains_key(&node.id) {
            let id = &node.id;
            let message = (
                format!("nodes[{place}] has the id `{id}` of another node"),
                format!("nodes[{place}] имеет id `{id}` другого узла"),
            );
            problems.add(Some(&node.id), "duplicate_node_id", message);
        } else {
            index.insert(node.id.clone(), place);
        }
    }
    index
}

/// The edges of each node, in the order of the file.
fn exits(
    nodes: &[DraftNode],
    edges: &[DraftEdge],
    index: &BTreeMap<String, usize>,
    problems: &mut Problems,
) -> Vec<Vec<Exit>> {
    let mut exits = vec![Vec::new(); nodes.len()];
    let mut seen = BTreeSet::new();
    for edge in edges {
        let (source, target) = (index.get(&edge.source), index.get(&edge.target));
        if source.is_none() {
            let node = target.map(|_| edge.target.as_str());
            let (name, source) = (&edge.name, &edge.source);
            let message = (
                format!("edge {name} leaves node `{source}`, which does not exist"),
                format!("связь {name} выходит из узла `{source}`, которого нет"),
            );
            problems.add(node, "edge_source_missing", message);
        }
        if target.is_none() {
            let node = source.map(|_| edge.source.as_str());
            let (name, target) = (&edge.name, &edge.target);
            let message = (
                format!("edge {name} leads to node `{target}`, which does not exist"),
                format!("связь {name} ведёт в узел `{target}`, которого нет"),
            );
            problems.add(node, "edge_target_missing", message);
        }
        let (Some(&source), Some(&target)) = (source, target) else {
            continue;
        };
        let node = &nodes[source];
        let branch = match branch(node.kind.as_ref(), edge.label.as_deref()) {
            Ok(branch) => branch,
            Err((allowed, allowed_ru)) => {
                let (name, label) = (&edge.name, edge.label.as_deref().unwrap_or(""));
                let message = (
                    format!("edge {name} is labeled `{label}`; {allowed}"),
                    format!("связь {name} подписана `{label}`; {allowed_ru}"),
                );
                problems.add(Some(&node.id), "unknown_edge_label", message);
                continue;
            }
        };
        if seen.insert((source, branch.clone())) {
            exits[source].push(Exit { branch, target });
        } else {
            let (name, label) = (&edge.name, edge.label.as_deref().unwrap_or(""));
            let message = (
                format!("edge {name} has the label `{label}` of another edge of its node"),
                format!("связь {name} имеет подпись `{label}` другой связи того же узла"),
            );
            problems.add(Some(&node.id), "duplicate_edge_label", message);
        }
    }
    exits
}

/// What a label means at a node; the error says which labels fit, in English and in Russian.
fn branch(
    kind: Option<&NodeKind>,
    label: Option<&str>,
) -> Result<Branch, (&'static str, &'static str)> {
    let other = |label: Option<&str>| {
        label.map_or(Branch::Next, |label| match label {
            FAILED => Branch::Failed,
            label => Branch::Other(label.to_owned()),
        })
    };
    match kind {
        Some(NodeKind::Condition(_)) => match label {
            Some("true") => Ok(Branch::True),
            Some("false") => Ok(Branch::False),
            _ => Err((
                "a condition has the branches `true` and `false`",
                "у условия есть ветви `true` и `false`",
            )),
        },
        Some(NodeKind::Buttons { buttons, .. }) => match other(label) {
            Branch::Other(label) => {
                let lower = label.to_lowercase();
                buttons
                    .iter()
                    .position(|button| button.id == label)
                    .or_else(|| {
                        buttons
                            .iter()
                            .position(|button| button.title.to_lowercase() == lower)
                    })
                    .map(Branch::Button)
                    .ok_or((
                        "use the id or the label of one of its buttons, `failed`, or no label",
                        "укажите id или текст одной из его кнопок, `failed` или оставьте без подписи",
                    ))
            }
            branch => Ok(branch),
        },
        _ => Ok(other(label)),
    }
}

fn start(nodes: &[DraftNode], exits: &[Vec<Exit>], problems: &mut Problems) -> Option<usize> {
    let welcomes: Vec<usize> = (0..nodes.len())
        .filter(|&place| nodes[place].is_welcome)
        .collect();
    if let [first, others @ ..] = welcomes.as_slice() {
        for other in others {
            let actual = welcomes.len();
            let message = (
                format!("there are {actual} welcome nodes, 1 is allowed"),
                format!("узлов welcome {actual}, допустим 1"),
            );
            problems.add(Some(&nodes[*other].id), "many_welcomes", message);
        }
        return Some(*first);
    }
    let entered: BTreeSet<usize> = exits.iter().flatten().map(|exit| exit.target).collect();
    let mut roots = (0..nodes.len()).filter(|place| !entered.contains(place));
    match (roots.next(), roots.count()) {
        (Some(root), 0) => Some(root),
        (first, more) => {
            let actual = usize::from(first.is_some()) + more;
            let message = (
                format!(
                    "there is no welcome node and {actual} nodes have no incoming edge; \
                     add a welcome node"
                ),
                format!(
                    "нет узла welcome, а узлов без входящих связей {actual}; добавьте узел welcome"
                ),
            );
            problems.add(None, "no_start", message);
            None
        }
    }
}

/// Reports each cycle that no question or buttons node interrupts: it would run without end. An edge
/// `failed` goes on without the customer even from a node that waits.
fn report_cycles(nodes: &[DraftNode], exits: &[Vec<Exit>], problems: &mut Problems) {
    let goes_through = |place: usize, exit: &Exit| {
        exit.branch == Branch::Failed || !nodes[place].kind.as_ref().is_none_or(NodeKind::waits)
    };
    let next: Vec<Vec<usize>> = exits
        .iter()
        .enumerate()
        .map(|(place, exits)| {
            exits
                .iter()
                .filter(|exit| goes_through(place, exit))
                .map(|exit| exit.target)
                .collect()
        })
        .collect();
    let mut state = vec![Mark::New; nodes.len()];
    let mut reported = BTreeSet::new();
    for root in 0..nodes.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if state[root] == Mark::New {
            state[root] = Mark::OnPath;
            path.push((root, 0));
        }
        while let Some((place, edge)) = path.last_mut() {
            let Some(&target) = next[*place].get(*edge) else {
                state[*place] = Mark::Done;
                path.pop();
                continue;
            };
            *edge += 1;
            match state[target] {
                Mark::New => {
                    state[target] = Mark::OnPath;
                    path.push((target, 0));
                }
                Mark::OnPath if reported.insert(target) => {
                    let ids = path.iter().map(|(place, _)| nodes[*place].id.as_str());
                    let mut cycle: Vec<&str> =
                        ids.skip_while(|id| *id != nodes[target].id).collect();
                    cycle.push(&nodes[target].id);
                    let cycle = cycle.join(" -> ");
                    let message = (
                        format!("{cycle} is a cycle without a question or buttons node in it"),
                        format!("{cycle} — цикл, в котором нет узла question или buttons"),
                    );
                    problems.add(Some(&nodes[target].id), "cycle_without_wait", message);
                }
                Mark::OnPath | Mark::Done => {}
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    OnPath,
    Done,
}
