//! Sealing the `personal` member of an event under its subject's key, and opening it again.

use application::ports::event_log::StreamId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::CommandId;
use domain::personal::MEMBER;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::subject_keys::SubjectKey;
use crate::keys::{DataKey, KeyError};

/// The member that stands for the sealed one.
const SEALED_MEMBER: &str = "$sealed";
/// What stands for personal fields whose key is gone.
const ERASED: &str = "erased";

/// What the seal of an event is bound to.
#[derive(Clone, Copy, Debug)]
pub(super) struct SealContext<'a> {
    pub(super) stream: StreamId,
    pub(super) command_id: CommandId,
    pub(super) sequence: u64,
    pub(super) event_type: &'a str,
}

impl SealContext<'_> {
    /// Stream, event id (v5 of the command and the place in the stream), event type.
    fn aad(&self) -> String {
        let event = Uuid::new_v5(&self.command_id.as_uuid(), &self.sequence.to_be_bytes());
        let StreamId { aggregate_type, id } = self.stream;
        format!("{aggregate_type}|{id}|{event}|{}", self.event_type)
    }
}

/// The fields of an externally tagged event.
fn fields(payload: &mut Value) -> Option<&mut Map<String, Value>> {
    payload
        .as_object_mut()?
        .values_mut()
        .next()?
        .as_object_mut()
}

/// Whether an event has personal fields to seal; those erased already stay as they are.
pub(super) fn has_open_member(payload: &mut Value) -> bool {
    fields(payload)
        .and_then(|fields| fields.get(MEMBER))
        .is_some_and(|personal| personal.as_str() != Some(ERASED))
}

/// Whether an event has a sealed member.
pub(super) fn has_sealed_member(payload: &mut Value) -> bool {
    fields(payload).is_some_and(|fields| fields.contains_key(SEALED_MEMBER))
}

/// Replaces the personal member by its sealed form.
pub(super) fn seal(
    payload: &mut Value,
    key: &DataKey,
    context: SealContext<'_>,
) -> Result<(), KeyError> {
    let Some(fields) = fields(payload) else {
        return Ok(());
    };
    let Some(personal) = fields.remove(MEMBER) else {
        return Ok(());
    };
    let plain = zeroize::Zeroizing::new(personal.to_string());
    let sealed = key.seal(context.aad().as_bytes(), plain.as_bytes())?;
    fields.insert(
        SEALED_MEMBER.to_owned(),
        Value::from(STANDARD.encode(sealed)),
    );
    Ok(())
}

/// Puts the mark of erasure in place of the personal member, sealed or open.
pub(super) fn remove(payload: &mut Value) {
    if let Some(fields) = fields(payload) {
        let sealed = fields.remove(SEALED_MEMBER);
        let open = fields.remove(MEMBER);
        if sealed.is_some() || open.is_some() {
            fields.insert(MEMBER.to_owned(), Value::from(ERASED));
        }
    }
}

/// Puts the personal member back, or the mark of erasure if the key was destroyed.
pub(super) fn open(
    payload: &mut Value,
    key: &SubjectKey,
    context: SealContext<'_>,
) -> Result<(), KeyError> {
    let Some(fields) = fields(payload) else {
        return Ok(());
    };
    let Some(sealed) = fields.remove(SEALED_MEMBER) else {
        return Ok(());
    };
    let personal = match key {
        SubjectKey::Destroyed => Value::from(ERASED),
        SubjectKey::Present(key) => {
            let sealed = sealed
                .as_str()
                .and_then(|text| STANDARD.decode(text).ok())
                .ok_or(KeyError::Format)?;
            let plain = zeroize::Zeroizing::new(key.open(context.aad().as_bytes(), &sealed)?);
            serde_json::from_slice(&plain).map_err(|_| KeyError::Format)?
        }
    };
    fields.insert(MEMBER.to_owned(), personal);
    Ok(())
}
