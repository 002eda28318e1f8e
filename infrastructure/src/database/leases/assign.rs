//! Who should do what: a pure function of what the tables say, the same on every node.
//!
//! Each kind of work is spread evenly by count. Whoever has something keeps it up to its share, so that a node
//! that joins or leaves moves no more than it must; what is free goes to the node that a hash prefers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use application::ports::leases::{Offer, Work};
use sha2::{Digest as _, Sha256};

/// A node that is there.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) offers: BTreeSet<String>,
    pub(super) event_types: BTreeSet<String>,
    pub(super) is_command: bool,
}

/// What is known of a lease.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) owner: Option<String>,
    /// The type of an event that the next owner must be able to read.
    pub(super) needs: Option<String>,
}

/// Work that shares its load within a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Numbers,
    Shards,
    ReadModels,
    Chores,
}

fn kind(work: Work) -> Option<Kind> {
    Some(match work {
        Work::Number(_) => Kind::Numbers,
        Work::Shard(_) => Kind::Shards,
        Work::ReadModel(..) => Kind::ReadModels,
        Work::Strays | Work::Chores | Work::Publishing => Kind::Chores,
        // Taken by whoever builds.
        Work::Build(_) => return None,
    })
}

fn offer(work: Work) -> Option<Offer> {
    Some(match work {
        Work::Number(_) | Work::Strays => Offer::Numbers,
        Work::Shard(_) => Offer::Shards,
        Work::ReadModel(name, version) => Offer::ReadModel(name, version),
        Work::Chores => Offer::Chores,
        Work::Publishing => Offer::Publishing,
        Work::Build(_) => return None,
    })
}

/// Work with its name and the members that can do it.
type Candidate<'a> = (Work, String, Vec<&'a Member>);

/// The owner of each piece of work; work that nobody can do has none.
pub(super) fn assign<'a>(
    works: &BTreeSet<Work>,
    members: &'a [Member],
    known: &HashMap<String, Known>,
) -> HashMap<Work, &'a str> {
    let mut kinds: BTreeMap<Kind, Vec<Candidate<'a>>> = BTreeMap::new();
    for work in works {
        let name = work.to_string();
        let able = able(*work, known.get(&name), members);
        if let Some(kind) = kind(*work)
            && !able.is_empty()
        {
            kinds.entry(kind).or_default().push((*work, name, able));
        }
    }
    let mut owners = HashMap::new();
    for works in kinds.into_values() {
        spread(&works, known, &mut owners);
    }
    owners
}

/// The members that can do a piece of work; processes of one command only where there is nobody else.
fn able<'a>(work: Work, known: Option<&Known>, members: &'a [Member]) -> Vec<&'a Member> {
    let Some(offer) = offer(work).map(|offer| offer.to_string()) else {
        return Vec::new();
    };
    let needs = known.and_then(|known| known.needs.as_ref());
    let mut able: Vec<&Member> = members
        .iter()
        .filter(|member| member.offers.contains(&offer))
        .filter(|member| needs.is_none_or(|needs| member.event_types.contains(needs)))
        .collect();
    if able.iter().any(|member| !member.is_command) {
        able.retain(|member| !member.is_command);
    }
    able
}

fn spread<'a>(
    works: &[(Work, String, Vec<&'a Member>)],
    known: &HashMap<String, Known>,
    owners: &mut HashMap<Work, &'a str>,
) {
    let owner_of = |name: &str, able: &[&'a Member]| -> Option<&'a str> {
        let owner = known.get(name)?.owner.as_deref()?;
        let kept = able.iter().find(|member| member.id == owner);
        kept.map(|member| member.id.as_str())
    };
    let mut has: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, name, able) in works {
        for member in able {
            has.entry(&member.id).or_default();
        }
        if let Some(owner) = owner_of(name, able) {
            *has.entry(owner).or_default() += 1;
        }
    }
    let quotas = quotas(works.len(), &has);
    let room = |load: &BTreeMap<&str, usize>, id: &str| {
        let quota = quotas.get(id).copied().unwrap_or(0);
        load.get(id).copied().unwrap_or(0) < quota
    };
    let mut load: BTreeMap<&str, usize> = BTreeMap::new();
    let mut free = Vec::new();
    for work in works {
        match owner_of(&work.1, &work.2) {
            Some(owner) if room(&load, owner) => {
                *load.entry(owner).or_default() += 1;
                owners.insert(work.0, owner);
            }
            _ => free.push(work),
        }
    }
    for (work, name, able) in free {
        let preferred = able.iter().max_by_key(|member| {
            let loaded = load.get(member.id.as_str()).copied().unwrap_or(0);
            // Whoever has room; where nobody able has any, whoever has least.
            let has_room = room(&load, &member.id);
            (
                has_room,
                usize::MAX - if has_room { 0 } else { loaded },
                score(name, &member.id),
            )
        });
        if let Some(member) = preferred {
            *load.entry(&member.id).or_default() += 1;
            owners.insert(*work, member.id.as_str());
        }
    }
}

/// How many each may have: as many as the others, or one more. The one more goes to those who have most.
fn quotas<'a>(total: usize, has: &BTreeMap<&'a str, usize>) -> HashMap<&'a str, usize> {
    let nodes = has.len().max(1);
    let mut by_load: Vec<(&str, usize)> = has.iter().map(|(id, count)| (*id, *count)).collect();
    by_load.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
    let ids = by_load.into_iter().map(|(id, _)| id);
    ids.enumerate()
        .map(|(place, id)| (id, total / nodes + usize::from(place < total % nodes)))
        .collect()
}

/// The same in every version of the program.
fn score(name: &str, node: &str) -> [u8; 32] {
    Sha256::digest(format!("{name}|{node}")).into()
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, BTreeSet, HashMap, Known, Member, Offer, Work, assign};

    fn member(id: &str) -> Member {
        let offers = [
            Offer::Shards,
            Offer::Numbers,
            Offer::Chores,
            Offer::ReadModel("messages", 1),
        ];
        Member {
            id: id.to_owned(),
            offers: offers.iter().map(ToString::to_string).collect(),
            event_types: BTreeSet::from(["Event@1".to_owned()]),
            is_command: false,
        }
    }

    fn shards() -> BTreeSet<Work> {
        (0..16).map(Work::Shard).collect()
    }

    /// What the tables say once everyone has done as told.
    fn settled(owners: &HashMap<Work, &str>) -> HashMap<String, Known> {
        let known = owners.iter().map(|(work, owner)| {
            let known = Known {
                owner: Some((*owner).to_owned()),
                needs: None,
            };
            (work.to_string(), known)
        });
        known.collect()
    }

    fn loads(owners: &HashMap<Work, &str>) -> Vec<usize> {
        let mut loads: BTreeMap<&str, usize> = BTreeMap::new();
        for owner in owners.values() {
            *loads.entry(owner).or_default() += 1;
        }
        let mut loads: Vec<usize> = loads.into_values().collect();
        loads.sort_unstable();
        loads
    }

    #[test]
    fn work_is_spread_evenly_and_moves_no_more_than_it_must() {
        let (one, two, three) = (member("a"), member("b"), member("c"));
        let alone_members = [one.clone()];
        let alone = assign(&shards(), &alone_members, &HashMap::new());
        assert_eq!(loads(&alone), [16]);
        let members = [one.clone(), two, three.clone()];
        let joined = assign(&shards(), &members, &settled(&alone));
        assert_eq!(loads(&joined), [5, 5, 6]);
        let kept = joined.values().filter(|owner| **owner == "a").count();
        assert!(kept >= 5, "the first one keeps its share");
        assert_eq!(
            assign(&shards(), &members, &settled(&joined)),
            joined,
            "nothing moves at rest"
        );
        let left_members = [one, three];
        let left = assign(&shards(), &left_members, &settled(&joined));
        assert_eq!(loads(&left), [8, 8]);
        for (work, owner) in &joined {
            assert!(*owner == "b" || left[work] == *owner, "{work} moved");
        }
    }

    #[test]
    fn few_pieces_go_to_as_many_nodes() {
        let members = [member("a"), member("b"), member("c")];
        let works: BTreeSet<Work> = (0..4).map(Work::Shard).collect();
        assert_eq!(loads(&assign(&works, &members, &HashMap::new())), [1, 1, 2]);
    }

    #[test]
    fn work_goes_to_those_who_can_do_it() {
        let mut newer = member("b");
        newer.event_types.insert("Event@2".to_owned());
        let mut command = member("c");
        command.is_command = true;
        let members = [member("a"), newer, command];
        let known = Known {
            owner: Some("a".to_owned()),
            needs: Some("Event@2".to_owned()),
        };
        let known = HashMap::from([(Work::Shard(3).to_string(), known)]);
        let owners = assign(&shards(), &members, &known);
        assert_eq!(owners[&Work::Shard(3)], "b");
        assert!(!owners.values().any(|owner| *owner == "c"), "servers first");
        let alone = assign(&shards(), &members[2..], &HashMap::new());
        assert_eq!(loads(&alone), [16], "a command where no server is");
        let other = BTreeSet::from([Work::ReadModel("messages", 2), Work::Build("messages")]);
        assert!(assign(&other, &members, &HashMap::new()).is_empty());
    }
}
