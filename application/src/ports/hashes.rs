//! Keyed hashes: how a phone number or wamid is looked up without being indexed.
//!
//! The keys (`dedupe_key`, `pepper`) are secrets of the installation and never rotate.

use domain::ids::MessageId;

/// First 16 bytes of an HMAC-SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyedHash(pub [u8; 16]);

/// Makes keyed hashes.
pub trait KeyedHashes: Send + Sync + std::fmt::Debug {
    /// The dedupe key of an inbound item: HMAC(dedupe_key, parts joined by unambiguous separators).
    fn dedupe(&self, parts: &[&str]) -> KeyedHash;

    /// The look-up key of a wamid on a number: HMAC(pepper, phone_number_id, wamid).
    fn wamid(&self, phone_number_id: &str, wamid: &str) -> KeyedHash;

    /// The look-up key of an identifier: HMAC(pepper, scope, kind, value).
    fn identity(&self, scope: &str, kind: &str, value: &str) -> KeyedHash;

    /// First 16 hex digits of HMAC(pepper, token): tells tokens apart.
    fn token_fingerprint(&self, token: &str) -> String;
}

/// The id of an inbound message, from its dedupe key.
pub fn message_id(dedupe: KeyedHash) -> MessageId {
    MessageId::new(domain::ids::derive(&dedupe.0))
}
