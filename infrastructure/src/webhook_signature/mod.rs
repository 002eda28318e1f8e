//! The signature that Meta puts on each delivery: HMAC-SHA-256 of the raw body under the app secret.
//!
//! Absent on purpose: whose secret may sign for what (the application's receiver).

use application::inbound::receive::SignatureVerifier;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Verifies signatures in constant time.
#[derive(Clone, Copy, Debug, Default)]
pub struct HmacVerifier;

impl SignatureVerifier for HmacVerifier {
    fn verify(&self, secret: &SecretString, body: &[u8], signature_hex: &str) -> bool {
        let Ok(claimed) = hex::decode(signature_hex) else {
            return false;
        };
        mac(secret, body).is_some_and(|mac| mac.verify_slice(&claimed).is_ok())
    }
}

/// The value of `X-Hub-Signature-256` for a body: `sha256=` and 64 hex digits.
pub fn sign(secret: &SecretString, body: &[u8]) -> String {
    let digits = mac(secret, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("sha256={}", digits.unwrap_or_default())
}

/// HMAC takes keys of any length, so there always is one.
fn mac(secret: &SecretString, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests;
