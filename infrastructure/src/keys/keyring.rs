//! The keyring: the key-encryption key, what derives from it, and the keyed hashes.
//!
//! Parts of a hash are framed by their length, so that `("ab","c")` and `("a","bc")` differ.

use std::sync::Arc;

use application::ports::hashes::{KeyedHash, KeyedHashes};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::data_key::{KEY_BYTES, KeyBytes, random_bytes};
use super::{DataKey, KeyError};

type HmacSha256 = Hmac<Sha256>;

/// Extract salt of every derived key.
const EXTRACT_SALT: &[u8] = b"vestnik key derivation v1";
/// Text whose keyed hash tells whether the keys fit a log.
const KNOWN_TEXT: &str = "vestnik known answer";

/// Holds the keys of an installation.
pub struct Keyring {
    wrapping: DataKey,
    secrets: Arc<DataKey>,
    check: HmacSha256,
    dedupe: HmacSha256,
    pepper: HmacSha256,
}

/// Hashes of a fixed text under each key, kept in the log: other keys are refused at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAnswers {
    /// Under the key-encryption key.
    pub encryption_key: String,
    /// Under `dedupe_key`.
    pub dedupe_key: String,
    /// Under `pepper`.
    pub pepper: String,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyring(..)")
    }
}

impl Keyring {
    /// A keyring of the three secrets of an installation.
    ///
    /// # Errors
    /// Never in practice: HMAC takes keys of any length.
    pub fn new(
        encryption_key: &[u8; KEY_BYTES],
        dedupe_key: &[u8; KEY_BYTES],
        pepper: &[u8; KEY_BYTES],
    ) -> Result<Self, KeyError> {
        let root = hmac(EXTRACT_SALT)?.chain_update(encryption_key).finalize();
        let root = Zeroizing::new(<[u8; KEY_BYTES]>::from(root.into_bytes()));
        Ok(Self {
            wrapping: DataKey::from_bytes(&*expand(&root, "wrapping")?),
            secrets: Arc::new(DataKey::from_bytes(&*expand(&root, "secrets")?)),
            check: hmac(expand(&root, "check")?.as_ref())?,
            dedupe: hmac(dedupe_key)?,
            pepper: hmac(pepper)?,
        })
    }

    /// A keyring of random keys that lives as long as the process: for tests and throw-away logs.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn random() -> Result<Self, KeyError> {
        Self::new(&*random_bytes()?, &*random_bytes()?, &*random_bytes()?)
    }

    /// A new data key and its wrapped form, bound to `context`, such as `subject:<contact>` or
    /// `day:2026-11-22`.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn new_data_key(&self, context: &str) -> Result<(DataKey, Vec<u8>), KeyError> {
        let bytes: KeyBytes = random_bytes()?;
        let wrapped = self.wrapping.seal(context.as_bytes(), bytes.as_ref())?;
        Ok((DataKey::from_bytes(&bytes), wrapped))
    }

    /// The data key inside `wrapped`.
    ///
    /// # Errors
    /// [`KeyError::NotOpened`] under another key or context.
    pub fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<DataKey, KeyError> {
        let opened = Zeroizing::new(self.wrapping.open(context.as_bytes(), wrapped)?);
        let bytes: &[u8; KEY_BYTES] = opened.as_slice().try_into().map_err(|_| KeyError::Format)?;
        Ok(DataKey::from_bytes(bytes))
    }

    /// The key of the `secrets` table.
    pub fn secrets_key(&self) -> &Arc<DataKey> {
        &self.secrets
    }

    /// What a log keeps to recognize its keys.
    pub fn known_answers(&self) -> KnownAnswers {
        KnownAnswers {
            encryption_key: hex::encode(digest(&self.check, "known", &[KNOWN_TEXT])),
            dedupe_key: hex::encode(digest(&self.dedupe, "known", &[KNOWN_TEXT])),
            pepper: hex::encode(digest(&self.pepper, "known", &[KNOWN_TEXT])),
        }
    }
}

impl KeyedHashes for Keyring {
    fn dedupe(&self, parts: &[&str]) -> KeyedHash {
        short(&self.dedupe, "dedupe", parts)
    }

    fn wamid(&self, phone_number_id: &str, wamid: &str) -> KeyedHash {
        short(&self.pepper, "wamid", &[phone_number_id, wamid])
    }

    fn identity(&self, scope: &str, kind: &str, value: &str) -> KeyedHash {
        short(&self.pepper, "identity", &[scope, kind, value])
    }

    fn token_fingerprint(&self, token: &str) -> String {
        hex::encode(&digest(&self.pepper, "token", &[token])[..8])
    }
}

fn hmac(key: &[u8]) -> Result<HmacSha256, KeyError> {
    HmacSha256::new_from_slice(key).map_err(|error| KeyError::Derivation(error.to_string()))
}

/// One block of HKDF-Expand: enough for a 32-byte key.
fn expand(root: &[u8; KEY_BYTES], label: &str) -> Result<KeyBytes, KeyError> {
    let block = hmac(root)?
        .chain_update(label.as_bytes())
        .chain_update([1])
        .finalize();
    Ok(Zeroizing::new(block.into_bytes().into()))
}

fn digest(key: &HmacSha256, purpose: &str, parts: &[&str]) -> [u8; 32] {
    let mut mac = key.clone();
    for part in std::iter::once(&purpose).chain(parts) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

fn short(key: &HmacSha256, purpose: &str, parts: &[&str]) -> KeyedHash {
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest(key, purpose, parts)[..16]);
    KeyedHash(hash)
}
