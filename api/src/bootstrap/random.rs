//! Randomness of the operating system, for tokens.

use rand::TryRng;
use rand::rngs::{SysError, SysRng};

/// 32 random bytes.
///
/// # Errors
/// The operating system has none to give.
pub fn bytes() -> Result<[u8; 32], SysError> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}
