//! `ENCRYPTION_KEY` as people write it: hex, base64 or a passphrase.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::KeyError;
use super::data_key::{KEY_BYTES, KeyBytes};

/// Shortest passphrase.
const MIN_PASSPHRASE_CHARS: usize = 32;
/// Argon2id memory in KiB.
const ARGON2_MEMORY_KIB: u32 = 64 * 1024;
/// Argon2id passes.
const ARGON2_PASSES: u32 = 3;
/// Bytes of the salt.
pub(super) const SALT_BYTES: usize = 16;

/// What `ENCRYPTION_KEY` holds.
pub enum KeyMaterial {
    /// The key itself.
    Raw(KeyBytes),
    /// A text that Argon2id turns into the key; needs the salt of the installation.
    Passphrase(SecretString),
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Raw(_) => "KeyMaterial::Raw(..)",
            Self::Passphrase(_) => "KeyMaterial::Passphrase(..)",
        })
    }
}

impl KeyMaterial {
    /// Reads the text: 64 hex digits, 43 or 44 base64 characters, or a passphrase.
    ///
    /// # Errors
    /// [`KeyError::TooShort`].
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let text = text.expose_secret().trim();
        if let Some(bytes) = from_hex(text).or_else(|| from_base64(text)) {
            return Ok(Self::Raw(bytes));
        }
        let length = text.chars().count();
        if length < MIN_PASSPHRASE_CHARS {
            return Err(KeyError::TooShort { length });
        }
        Ok(Self::Passphrase(SecretString::from(text)))
    }

    /// The key; a passphrase takes 64 MiB and a good part of a second.
    pub(super) fn into_key(self, salt: &[u8; SALT_BYTES]) -> Result<KeyBytes, KeyError> {
        let text = match self {
            Self::Raw(bytes) => return Ok(bytes),
            Self::Passphrase(text) => text,
        };
        let failed = |error: argon2::Error| KeyError::Derivation(error.to_string());
        let params =
            Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, 1, Some(KEY_BYTES)).map_err(failed)?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(text.expose_secret().as_bytes(), salt, key.as_mut())
            .map_err(failed)?;
        Ok(key)
    }
}

/// 64 hex digits as 32 bytes.
pub(super) fn from_hex(text: &str) -> Option<KeyBytes> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    hex::decode_to_slice(text, bytes.as_mut())
        .ok()
        .map(|()| bytes)
}

fn from_base64(text: &str) -> Option<KeyBytes> {
    if !matches!(text.len(), 43 | 44) {
        return None;
    }
    let unpadded = text.strip_suffix('=').unwrap_or(text);
    let decode = |engine: &GeneralPurpose| engine.decode(unpadded).ok().map(Zeroizing::new);
    let bytes = decode(&STANDARD_NO_PAD).or_else(|| decode(&URL_SAFE_NO_PAD))?;
    <[u8; KEY_BYTES]>::try_from(bytes.as_slice())
        .ok()
        .map(Zeroizing::new)
}
