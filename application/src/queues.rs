//! Work in order by key: one queue a key, of which one piece is under way, and keys side by side.
//!
//! Absent on purpose: running it, and any bound. Whoever adds looks at [`Queues::len`] first.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

/// Pieces of work that wait, by key.
#[derive(Debug)]
pub(crate) struct Queues<K, T> {
    waiting: HashMap<K, VecDeque<T>>,
    ready: VecDeque<K>,
    count: usize,
}

impl<K, T> Default for Queues<K, T> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
            ready: VecDeque::new(),
            count: 0,
        }
    }
}

impl<K: Clone + Eq + Hash, T> Queues<K, T> {
    /// Adds a piece behind the others of its key.
    pub(crate) fn add(&mut self, key: &K, piece: T) {
        self.count += 1;
        if let Some(queue) = self.waiting.get_mut(key) {
            queue.push_back(piece);
            return;
        }
        self.waiting.insert(key.clone(), VecDeque::from([piece]));
        self.ready.push_back(key.clone());
    }

    /// The next piece of a key that has none under way.
    pub(crate) fn next(&mut self) -> Option<T> {
        let key = self.ready.pop_front()?;
        let piece = self.waiting.get_mut(&key)?.pop_front()?;
        self.count -= 1;
        Some(piece)
    }

    /// The piece under way of a key is finished.
    pub(crate) fn finished(&mut self, key: &K) {
        match self.waiting.get(key) {
            Some(queue) if !queue.is_empty() => self.ready.push_back(key.clone()),
            _ => {
                self.waiting.remove(key);
            }
        }
    }

    /// Forgets pieces that wait and are not to be kept; answers with them.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&T) -> bool) -> Vec<T> {
        let ready: HashSet<K> = self.ready.iter().cloned().collect();
        let mut forgotten = Vec::new();
        self.waiting.retain(|key, queue| {
            for piece in std::mem::take(queue) {
                if is_kept(&piece) {
                    queue.push_back(piece);
                } else {
                    forgotten.push(piece);
                }
            }
            // A key with a piece under way is taken out when that is finished.
            !queue.is_empty() || !ready.contains(key)
        });
        self.ready.retain(|key| self.waiting.contains_key(key));
        self.count -= forgotten.len();
        forgotten
    }

    /// Pieces that wait, without those under way.
    pub(crate) const fn len(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::Queues;

    fn all(queues: &mut Queues<u8, u8>) -> Vec<u8> {
        std::iter::from_fn(|| queues.next()).collect()
    }

    #[test]
    fn a_key_has_one_piece_under_way_and_others_go_beside_it() {
        let mut queues = Queues::default();
        for (key, piece) in [(1, 1), (1, 2), (2, 3)] {
            queues.add(&key, piece);
        }
        assert_eq!(all(&mut queues), [1, 3]);
        assert_eq!(queues.len(), 1);
        queues.finished(&1);
        queues.finished(&2);
        assert_eq!(all(&mut queues), [2]);
        queues.add(&1, 4);
        assert!(all(&mut queues).is_empty(), "the second is under way");
        queues.finished(&1);
        assert_eq!(all(&mut queues), [4]);
        queues.finished(&1);
        assert_eq!(queues.len(), 0);
        assert!(queues.waiting.is_empty());
    }

    #[test]
    fn what_is_forgotten_leaves_the_order_of_the_rest() {
        let mut queues = Queues::default();
        for (key, piece) in [(1, 1), (1, 2), (1, 3), (2, 4), (3, 5)] {
            queues.add(&key, piece);
        }
        assert_eq!(queues.next(), Some(1));
        let mut forgotten = queues.retain(|piece| [3, 5].contains(piece));
        forgotten.sort_unstable();
        assert_eq!(forgotten, [2, 4]);
        assert_eq!(queues.len(), 2);
        assert_eq!(all(&mut queues), [5], "the first key's is under way");
        queues.finished(&1);
        assert_eq!(all(&mut queues), [3]);
        queues.finished(&1);
        queues.finished(&3);
        assert!(queues.waiting.is_empty());
    }
}
