//! The directory in memory: changed by the row operations of commits after they are durable.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use application::ports::directory::{BoundBot, DirectoryNumber, TokenOwner};
use application::ports::row_op::{NumberRow, RowOp};
use domain::ids::{NumberId, SecretId, TokenId};
use secrecy::SecretString;

/// What the directory knows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) numbers: HashMap<NumberId, Arc<DirectoryNumber>>,
    pub(super) by_phone_number_id: HashMap<String, NumberId>,
    pub(super) bots: HashMap<NumberId, BoundBot>,
    pub(super) tokens: HashMap<String, TokenOwner>,
    token_hashes: HashMap<TokenId, String>,
    secrets: HashMap<SecretId, Arc<SecretString>>,
}

impl Rows {
    pub(super) fn put_secret(&mut self, id: SecretId, value: Arc<SecretString>) {
        self.secrets.insert(id, value);
    }

    pub(super) fn put_number(&mut self, row: NumberRow) {
        if let Some(old) = self.numbers.get(&row.id)
            && self.by_phone_number_id.get(&old.row.phone_number_id) == Some(&row.id)
        {
            self.by_phone_number_id.remove(&old.row.phone_number_id);
        }
        if !row.is_removed {
            self.by_phone_number_id
                .insert(row.phone_number_id.clone(), row.id);
        }
        let access_token = self.secrets.get(&row.access_token).cloned();
        let app_secret = row.app_secret.and_then(|id| self.secrets.get(&id).cloned());
        self.numbers.insert(
            row.id,
            Arc::new(DirectoryNumber {
                row,
                access_token,
                app_secret,
            }),
        );
    }

    pub(super) fn put_token(&mut self, owner: TokenOwner, hash: String, revoked: bool) {
        if let Some(old) = self.token_hashes.remove(&owner.id) {
            self.tokens.remove(&old);
        }
        if !revoked {
            self.token_hashes.insert(owner.id, hash.clone());
            self.tokens.insert(hash, owner);
        }
    }

    /// Secrets go first: a number of the same commit refers to them.
    fn apply(&mut self, ops: &[RowOp]) {
        for op in ops {
            match op {
                RowOp::Secret { id, value, .. } => self.put_secret(*id, Arc::new(value.clone())),
                RowOp::SecretDropped { id } => drop(self.secrets.remove(id)),
                _ => {}
            }
        }
        for op in ops {
            match op {
                RowOp::Number(row) => self.put_number(row.clone()),
                RowOp::BotBound {
                    number,
                    bot,
                    version,
                    definition,
                } => {
                    let bound = BoundBot {
                        bot: *bot,
                        version: *version,
                        definition: definition.clone(),
                    };
                    self.bots.insert(*number, bound);
                }
                RowOp::BotUnbound { number, bot }
                    if self.bots.get(number).is_some_and(|bound| bound.bot == *bot) =>
                {
                    self.bots.remove(number);
                }
                RowOp::Token {
                    id,
                    hash,
                    name,
                    role,
                    expires_at,
                    revoked,
                } => self.put_token(
                    TokenOwner {
                        id: *id,
                        name: name.clone(),
                        role: *role,
                        expires_at: *expires_at,
                    },
                    hash.clone(),
                    *revoked,
                ),
                _ => {}
            }
        }
    }
}

/// Shared by the adapter and the append job.
#[derive(Debug, Default)]
pub(crate) struct DirectoryState {
    rows: RwLock<Rows>,
    /// Commits of this node that changed it.
    changes: AtomicU64,
}

impl DirectoryState {
    pub(super) fn new(rows: Rows) -> Self {
        Self {
            rows: RwLock::new(rows),
            changes: AtomicU64::new(0),
        }
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// All numbers, removed ones included.
    pub(in crate::database) fn number_ids(&self) -> Vec<NumberId> {
        self.read().numbers.keys().copied().collect()
    }

    /// Takes over what a durable commit changed.
    pub(crate) fn apply(&self, ops: &[RowOp]) {
        let changes = ops.iter().any(|op| {
            matches!(
                op,
                RowOp::Secret { .. }
                    | RowOp::SecretDropped { .. }
                    | RowOp::Number(_)
                    | RowOp::BotBound { .. }
                    | RowOp::BotUnbound { .. }
                    | RowOp::Token { .. }
            )
        });
        if changes {
            let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
            self.changes.fetch_add(1, Ordering::Relaxed);
            rows.apply(ops);
        }
    }

    /// How often this node has changed it.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Takes over what was read, unless this node has changed it since `seen`.
    pub(super) fn replace(&self, seen: u64, read: Rows) -> bool {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        let is_whole = self.changes() == seen;
        if is_whole {
            *rows = read;
        }
        is_whole
    }
}
