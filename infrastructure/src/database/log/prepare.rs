//! Everything about a commit that can be done before it queues: serializing, sealing, sizing.
//!
//! The one writer only adds positions; a caller's mistake is answered here and never reaches a batch.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use application::ports::StoreError;
use application::ports::event_log::{Commit, CommitError, NewEvent};
use application::ports::row_op::RowOp;
use domain::ids::ContactId;
use secrecy::ExposeSecret;

use super::seal::{self, SealContext};
use crate::database::context::{AdapterContext, corrupt};
use crate::database::db::Dialect;
use crate::database::row_ops::stored::{SealedSecrets, secret_aad};
use crate::database::subject_keys::SubjectKey;
use crate::keys::{DataKey, KeyError};

/// A commit ready to be written.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The commit; its events are in `events`.
    pub(super) commit: Commit,
    /// Taken out when they move into the ring.
    pub(super) events: Mutex<Vec<NewEvent>>,
    /// What travels of each event. SQLite: the columns after its position, as the rest of a JSON array.
    /// PostgreSQL: the payload.
    pub(super) rows: Vec<String>,
    /// Metadata of each event (PostgreSQL).
    pub(super) metadata: String,
    /// `["type","id"`: the beginning of the rows that name the stream (SQLite).
    pub(super) stream: String,
    /// Sealed values of `RowOp::Secret`.
    pub(super) secrets: SealedSecrets,
    /// The subject's key if it has no row yet.
    pub(super) new_key: Option<NewKey>,
}

/// A key whose row is written with the commit.
#[derive(Debug)]
pub(crate) struct NewKey {
    pub(super) contact: ContactId,
    pub(super) key: Arc<DataKey>,
    pub(super) wrapped: Vec<u8>,
}

/// Serializes and seals a commit.
pub(super) async fn prepare(
    context: &AdapterContext,
    mut commit: Commit,
) -> Result<Prepared, CommitError> {
    let events = std::mem::take(&mut commit.events);
    if events.is_empty() {
        return Err(StoreError::Corrupt("a commit without events".to_owned()).into());
    }
    let mut payloads = Vec::with_capacity(events.len());
    let mut must_seal = false;
    for event in &events {
        let mut payload = event
            .data
            .to_payload()
            .map_err(|error| corrupt(&event.event_type, error))?;
        let open = seal::has_open_member(&mut payload);
        must_seal |= open;
        payloads.push((payload, open));
    }
    let (key, new_key) = if must_seal {
        let subject = commit.subject.ok_or_else(|| {
            StoreError::Corrupt("personal fields without a subject to seal them".to_owned())
        })?;
        subject_key(context, subject).await?
    } else {
        (None, None)
    };
    let metadata =
        serde_json::to_string(&commit.metadata).map_err(|error| corrupt("metadata", error))?;
    let rows_are_json = context.reads.dialect() == Dialect::Sqlite;
    let escaped_metadata = escaped(&metadata)?;
    let stream = format!(
        "[\"{}\",\"{}\"",
        commit.stream.aggregate_type, commit.stream.id
    );
    let subject = json_subject(commit.subject);
    let mut rows = Vec::with_capacity(events.len());
    for ((sequence, event), (mut payload, open)) in
        (commit.expected_version + 1..).zip(&events).zip(payloads)
    {
        if open && let Some(key) = &key {
            let context = SealContext {
                stream: commit.stream,
                command_id: commit.command_id,
                sequence,
                event_type: &event.event_type,
            };
            seal::seal(&mut payload, key, context).map_err(key_error)?;
        }
        if !rows_are_json {
            rows.push(payload.to_string());
            continue;
        }
        let payload = escaped(&payload.to_string())?;
        let mut row = String::with_capacity(payload.len() + escaped_metadata.len() + 256);
        // Writing to a String cannot fail.
        let _ = write!(
            row,
            ",{},{sequence},{},{},{payload},{escaped_metadata},\"{}\",{subject},{}]",
            &stream[1..],
            escaped(&event.event_type)?,
            escaped(&event.event_version)?,
            commit.command_id,
            commit.lane,
        );
        rows.push(row);
    }
    let secrets = seal_secrets(context, &commit.row_ops)?;
    Ok(Prepared {
        commit,
        events: Mutex::new(events),
        rows,
        metadata,
        stream,
        secrets,
        new_key,
    })
}

async fn subject_key(
    context: &AdapterContext,
    contact: ContactId,
) -> Result<(Option<Arc<DataKey>>, Option<NewKey>), CommitError> {
    match context.subject_keys.find(contact).await? {
        Some(SubjectKey::Present(key)) => Ok((Some(key), None)),
        Some(SubjectKey::Destroyed) => Err(StoreError::Corrupt(
            "the subject is erased: nothing can be sealed for it".to_owned(),
        )
        .into()),
        None => {
            let (key, wrapped) = context
                .subject_keys
                .prepare_new(contact)
                .map_err(key_error)?;
            Ok((
                Some(Arc::clone(&key)),
                Some(NewKey {
                    contact,
                    key,
                    wrapped,
                }),
            ))
        }
    }
}

fn seal_secrets(context: &AdapterContext, ops: &[RowOp]) -> Result<SealedSecrets, CommitError> {
    let mut sealed = HashMap::new();
    for op in ops {
        if let RowOp::Secret {
            id,
            purpose,
            number,
            value,
        } = op
        {
            let aad = secret_aad(*id, purpose, *number);
            let bytes = context
                .keyring
                .secrets_key()
                .seal(aad.as_bytes(), value.expose_secret().as_bytes())
                .map_err(key_error)?;
            sealed.insert(*id, bytes);
        }
    }
    Ok(sealed)
}

/// A subject as it stands in a JSON row.
pub(super) fn json_subject(subject: Option<ContactId>) -> String {
    subject.map_or_else(|| "null".to_owned(), |subject| format!("\"{subject}\""))
}

fn escaped(text: &str) -> Result<String, StoreError> {
    serde_json::to_string(text).map_err(|error| corrupt("event", error))
}

fn key_error(error: KeyError) -> CommitError {
    corrupt("seal", error).into()
}
