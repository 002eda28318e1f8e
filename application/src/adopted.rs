//! What a consumer has taken over: it works on something only after it has looked at all that is stored for it.
//!
//! A lease may come between two looks. Whoever then went on from where it stood would take what is newer before
//! what the last owner left; so a lease counts from the next look that begins at the beginning, and one that was
//! lost and came back counts as another one, and so does one that lapsed for a moment because its renewal was late.

use std::collections::HashMap;

use crate::ports::leases::{Fence, Leases, Permit, Work};

/// Work by the lease under which it was taken over.
#[derive(Debug, Default)]
pub(crate) struct Adopted(HashMap<Work, (Option<Fence>, u32)>);

impl Adopted {
    /// What is this node's now, of these. The caller begins at the beginning.
    pub(crate) fn of(leases: &dyn Leases, works: impl Iterator<Item = Work>) -> Self {
        let held = works.filter_map(|work| {
            let permit = leases.enter(work)?;
            Some((work, permit.era()))
        });
        Self(held.collect())
    }

    /// Leave to do a piece of work, if it is under the lease under which it was taken over.
    pub(crate) fn enter(&self, leases: &dyn Leases, work: Work) -> Option<Permit> {
        let permit = leases.enter(work)?;
        let is_same = !leases.are_shared() || self.0.get(&work) == Some(&permit.era());
        is_same.then_some(permit)
    }

    /// Whether work was taken over under the same lease before.
    pub(crate) fn has_same(&self, before: &Self, work: Work) -> bool {
        match (self.0.get(&work), before.0.get(&work)) {
            (Some(now), Some(then)) => now == then,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use async_trait::async_trait;
    use tokio::sync::watch;

    use super::{Adopted, Fence, Leases, Permit, Work};
    use crate::ports::StoreError;
    use crate::ports::leases::{Held, Membership, NodeRecord, Offer};

    /// Holds what the test says.
    #[derive(Debug, Default)]
    struct Said(Mutex<Option<Arc<Held>>>);

    impl Said {
        fn holds(&self, token: i64) {
            let fence = Fence {
                lease: "strays".into(),
                token,
            };
            let until = Instant::now() + Duration::from_mins(1);
            let held = Held::new(fence, until, Arc::default(), false);
            *self.0.lock().unwrap() = Some(Arc::new(held));
        }

        fn renewed(&self, until: Instant) -> bool {
            self.0.lock().unwrap().as_ref().unwrap().renewed(until)
        }
    }

    #[async_trait]
    impl Leases for Said {
        fn are_shared(&self) -> bool {
            true
        }

        fn join(&self, _: Membership) {}

        fn offer(&self, _: BTreeSet<Offer>) {}

        fn enter(&self, _: Work) -> Option<Permit> {
            let held = self.0.lock().unwrap();
            held.as_ref()
                .filter(|held| held.is_wanted())
                .map(Permit::of)
        }

        fn changes(&self) -> watch::Receiver<u64> {
            watch::Sender::new(0).subscribe()
        }

        async fn take(&self, _: Work) -> Result<Option<Permit>, StoreError> {
            Ok(None)
        }

        fn decline(&self, _: Work, _: &str) {}

        async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
            Ok(Vec::new())
        }

        fn doubt(&self) {}

        fn hint(&self) {}

        async fn hand_over(&self) {}
    }

    #[test]
    fn a_lease_counts_from_the_look_that_begins_at_the_beginning() {
        let leases = Said::default();
        let work = Work::Strays;
        let look = || Adopted::of(&leases, [work].into_iter());
        let before = look();
        leases.holds(1);
        assert!(before.enter(&leases, work).is_none(), "it came since");
        let first = look();
        assert!(first.enter(&leases, work).is_some());
        leases.holds(3);
        assert!(first.enter(&leases, work).is_none(), "lost and come back");
        let second = look();
        assert!(second.enter(&leases, work).is_some());
        assert!(!second.has_same(&first, work));
        assert!(look().has_same(&second, work));
    }

    #[test]
    fn a_lease_that_was_renewed_too_late_counts_as_another_one() {
        let leases = Said::default();
        let work = Work::Strays;
        let look = || Adopted::of(&leases, [work].into_iter());
        leases.holds(1);
        let first = look();
        let queued = first.enter(&leases, work).unwrap();
        let later = || Instant::now() + Duration::from_mins(1);
        assert!(!leases.renewed(Instant::now()), "in time");
        assert!(first.enter(&leases, work).is_none(), "passed over");
        assert!(leases.renewed(later()), "too late");
        assert!(
            first.enter(&leases, work).is_none(),
            "what was passed over is missing"
        );
        assert!(!queued.is_wanted() && !queued.clone().is_wanted());
        let second = look();
        assert!(
            second
                .enter(&leases, work)
                .is_some_and(|permit| permit.is_wanted())
        );
        assert!(!second.has_same(&first, work));
        assert!(!leases.renewed(later()));
        assert!(second.enter(&leases, work).is_some());
    }
}
