//! Keys of contacts: one data key a subject, wrapped in `subject_keys`, opened ones cached.
//!
//! Invariant: a cached key is the key of the row. Whoever writes a row hands the key to
//! [`SubjectKeys::remember`] only after the commit; whoever destroys one calls [`SubjectKeys::forget`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use application::ports::StoreError;
use domain::ids::ContactId;
use domain::time::Timestamp;

use super::context::{corrupt, unavailable};
use super::db::{Connection, Pool, Row, Statement, query};
use super::rows::json;
use crate::keys::{DataKey, KeyError, Keyring};

/// Opened keys kept in memory.
const CACHED_KEYS: u64 = 20_000;

const LOAD: Statement = Statement::of(
    "subject_keys_load",
    "select k.contact, k.wrapped from jsonb_each($1) j cross join subject_keys k \
     where k.contact = j.value",
    "select k.contact, k.wrapped from json_array_elements_text($1::json) j(value) \
     cross join subject_keys k where k.contact = j.value",
);
const INSERT: Statement = Statement::portable(
    "subject_keys_insert",
    "insert into subject_keys (contact, wrapped, created_at) values ($1, $2, $3) \
     on conflict (contact) do nothing",
);
/// Rows: contact, wrapped.
const INSERT_NEW: Statement = Statement::of(
    "subject_keys_insert_new",
    "insert into subject_keys (contact, wrapped, created_at) \
     select value ->> 0, unhex(value ->> 1), $2 from jsonb_each($1)",
    "insert into subject_keys (contact, wrapped, created_at) \
     select value ->> 0, decode(value ->> 1, 'hex'), $2 from json_array_elements($1::json) j(value)",
);
const FIND: Statement = Statement::portable(
    "subject_keys_find",
    "select wrapped from subject_keys where contact = $1",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[LOAD, INSERT, INSERT_NEW, FIND];

/// What is known of a subject's key.
#[derive(Clone, Debug)]
pub enum SubjectKey {
    /// It opens.
    Present(Arc<DataKey>),
    /// It was destroyed: the subject is erased.
    Destroyed,
}

/// Loads, caches and makes keys of contacts.
pub struct SubjectKeys {
    reads: Pool,
    keyring: Arc<Keyring>,
    cache: moka::sync::Cache<ContactId, SubjectKey>,
}

impl std::fmt::Debug for SubjectKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SubjectKeys")
            .field("cached", &self.cache.entry_count())
            .finish_non_exhaustive()
    }
}

impl SubjectKeys {
    /// Keys read from `reads` and unwrapped by `keyring`.
    pub fn new(reads: Pool, keyring: Arc<Keyring>) -> Self {
        Self {
            reads,
            keyring,
            cache: moka::sync::Cache::new(CACHED_KEYS),
        }
    }

    /// A new key and its wrapped form for the row that the caller writes.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn prepare_new(&self, contact: ContactId) -> Result<(Arc<DataKey>, Vec<u8>), KeyError> {
        let (key, wrapped) = self.keyring.new_data_key(&context(contact))?;
        Ok((Arc::new(key), wrapped))
    }

    /// Caches the key of a row that is on disk now.
    pub fn remember(&self, contact: ContactId, key: Arc<DataKey>) {
        self.cache.insert(contact, SubjectKey::Present(key));
    }

    /// Drops a cached key: the row changed.
    pub fn forget(&self, contact: ContactId) {
        self.cache.invalidate(&contact);
    }

    /// The key of a contact; `None` if it has no row yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, contact: ContactId) -> Result<Option<SubjectKey>, StoreError> {
        if let Some(key) = self.cache.get(&contact) {
            return Ok(Some(key));
        }
        Ok(self
            .find_many(&HashSet::from([contact]))
            .await?
            .remove(&contact))
    }

    /// The keys of contacts, without those that have no row.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_many(
        &self,
        contacts: &HashSet<ContactId>,
    ) -> Result<HashMap<ContactId, SubjectKey>, StoreError> {
        let mut found = HashMap::with_capacity(contacts.len());
        let mut missing = Vec::new();
        for contact in contacts {
            match self.cache.get(contact) {
                Some(key) => drop(found.insert(*contact, key)),
                None => missing.push(contact.to_string()),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let list = serde_json::Value::from(missing).to_string();
        let rows: Vec<Row> = query(LOAD)
            .bind(list)
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        for row in rows {
            let contact: ContactId = row
                .try_get::<&str, _>(0)
                .map_err(unavailable)?
                .parse()
                .map_err(|error| corrupt("subject_keys.contact", error))?;
            let key = match row.try_get::<Option<&[u8]>, _>(1).map_err(unavailable)? {
                None => SubjectKey::Destroyed,
                Some(wrapped) => SubjectKey::Present(Arc::new(
                    self.keyring
                        .unwrap(&context(contact), wrapped)
                        .map_err(|error| corrupt("subject_keys.wrapped", error))?,
                )),
            };
            self.cache.insert(contact, key.clone());
            found.insert(contact, key);
        }
        Ok(found)
    }
}

/// Writes the rows of contacts that nobody has heard of: one that has a key already is an error.
pub(crate) async fn insert_new(
    tx: &mut Connection,
    now: Timestamp,
    keys: &[(ContactId, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<(&ContactId, String)> = keys
        .iter()
        .map(|(contact, wrapped)| (contact, hex::encode(wrapped)))
        .collect();
    query(INSERT_NEW)
        .bind(json(&rows)?)
        .bind(now.as_micros())
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes the row of a new key; `false` if the contact has another key already.
pub(crate) async fn insert(
    tx: &mut Connection,
    now: Timestamp,
    contact: ContactId,
    wrapped: &[u8],
) -> Result<bool, sqlx::Error> {
    let contact = contact.to_string();
    let inserted = query(INSERT)
        .bind(&contact)
        .bind(wrapped)
        .bind(now.as_micros())
        .execute(&mut *tx)
        .await?;
    if inserted > 0 {
        return Ok(true);
    }
    let present: Option<Vec<u8>> = query(FIND).bind(&contact).fetch_one(&mut *tx).await?;
    Ok(present.as_deref() == Some(wrapped))
}

fn context(contact: ContactId) -> String {
    format!("subject:{contact}")
}
