//! How many sockets each token has open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::TokenId;

use crate::graphql::limits;

/// All open sockets.
#[derive(Debug, Default)]
pub(in crate::graphql) struct Sockets {
    open: Mutex<HashMap<TokenId, usize>>,
}

/// A socket that counts until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    sockets: Arc<Sockets>,
    actor: TokenId,
}

impl Sockets {
    /// Counts one more; `None` if the token has as many as it may have.
    pub(super) fn take(self: &Arc<Self>, actor: TokenId) -> Option<Seat> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(actor).or_default();
        if *count >= limits::SOCKETS_PER_ACTOR {
            return None;
        }
        *count += 1;
        Some(Seat {
            sockets: Arc::clone(self),
            actor,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let open = &self.sockets.open;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.actor) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.actor);
            }
        }
    }
}
