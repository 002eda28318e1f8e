//! Small conversions between rows and values, shared by the adapters.

use std::str::FromStr;

use application::ports::StoreError;
use application::ports::hashes::KeyedHash;
use serde::Serialize;

/// A stored value cannot be what it should be.
pub(crate) fn unreadable(what: &'static str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}

/// As [`unreadable`], inside a write job.
pub(crate) fn undecodable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// Parses an id or another value kept as text.
pub(crate) fn parse<T: FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| unreadable(what))
}

/// As [`parse`], inside a write job.
pub(crate) fn decode<T: FromStr>(text: &str, what: &'static str) -> Result<T, sqlx::Error> {
    text.parse().map_err(|_| undecodable(what))
}

/// A keyed hash from its blob.
pub(crate) fn hash(blob: &[u8]) -> Result<KeyedHash, sqlx::Error> {
    blob.try_into()
        .map(KeyedHash)
        .map_err(|_| undecodable("keyed hash"))
}

/// Rows of a batch as the JSON array that `jsonb_each` takes apart.
pub(crate) fn json<T: Serialize + ?Sized>(rows: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// A count or version as the database keeps it.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A stored count; never negative.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A stored small count; never negative.
pub(crate) fn small(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(if value < 0 { 0 } else { u32::MAX })
}
