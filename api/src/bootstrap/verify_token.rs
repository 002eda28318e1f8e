//! The webhook's verify token: the configured one, else one that is made at the first start and kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::private_file;
use super::random;

/// The token to verify with.
#[derive(Debug)]
pub(super) struct VerifyToken {
    /// The token.
    pub(super) token: SecretString,
    /// It was made just now, so a person must be told.
    pub(super) is_new: bool,
}

/// The token that an earlier start made and kept.
pub(crate) fn kept(data_dir: &Path) -> Option<SecretString> {
    let text = fs::read_to_string(path(data_dir)).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| SecretString::from(text))
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("keys").join("verify_token")
}

/// Reads the kept token or makes one.
pub(super) fn open_or_make(
    data_dir: &Path,
    configured: Option<&SecretString>,
) -> io::Result<VerifyToken> {
    if let Some(token) = configured {
        return Ok(VerifyToken {
            token: token.clone(),
            is_new: false,
        });
    }
    let path = path(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => {
            let token = SecretString::from(text.trim());
            Ok(VerifyToken {
                token,
                is_new: false,
            })
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            let bytes = random::bytes().map_err(io::Error::other)?;
            let text = hex::encode(&bytes[..20]);
            private_file::write(&path, format!("{text}\n").as_bytes())?;
            Ok(VerifyToken {
                token: SecretString::from(text),
                is_new: true,
            })
        }
    }
}
