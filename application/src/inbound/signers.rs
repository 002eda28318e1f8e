//! Whose secret signed a delivery, and for what it may sign.
//!
//! A global secret signs for every live number and for numbers not known here; a number's own secret for
//! that number only; the simulator's for simulated numbers only. What names no number leads to nothing
//! but a kept row, so every live secret may sign it; an unreadable body even the simulator's.

use std::sync::Arc;

use domain::ids::NumberId;
use domain::number::NumberKind;
use secrecy::{ExposeSecret, SecretString};

use super::split::Item;
use crate::ports::directory::Directory;
use crate::ports::inbox::HoldReason;

/// Length of an HMAC-SHA-256 in hex digits.
const MAC_HEX_DIGITS: usize = 64;

/// Verifies one signature in constant time.
pub trait SignatureVerifier: Send + Sync + std::fmt::Debug {
    /// Whether `signature_hex` (64 hex digits) is the HMAC-SHA-256 of the body under the secret.
    fn verify(&self, secret: &SecretString, body: &[u8], signature_hex: &str) -> bool;
}

/// The secrets that may sign.
#[derive(Clone, Debug, Default)]
pub struct ReceiverConfig {
    /// App secrets of Meta apps; several while one is rotated.
    pub global_secrets: Vec<SecretString>,
    /// The simulator's secret, where it runs.
    pub simulator_secret: Option<SecretString>,
}

/// A kind of secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signer {
    Global,
    Number(NumberId),
    Simulator,
}

/// The secrets of one moment.
#[derive(Debug)]
pub(super) struct Signers(Vec<(Signer, Arc<SecretString>)>);

impl Signers {
    /// All secrets that may sign now. Empty ones are left out: everybody knows an empty key.
    pub(super) fn gather(
        config: &[Arc<SecretString>],
        simulator: Option<&Arc<SecretString>>,
        directory: &dyn Directory,
    ) -> Self {
        let global = config
            .iter()
            .map(|secret| (Signer::Global, Arc::clone(secret)));
        let own = directory.numbers().into_iter().filter_map(|number| {
            let usable = !number.row.is_removed && number.row.kind == NumberKind::Live;
            let secret = number.app_secret.clone().filter(|_| usable)?;
            Some((Signer::Number(number.row.id), secret))
        });
        let simulator = simulator.map(|secret| (Signer::Simulator, Arc::clone(secret)));
        let known = global.chain(simulator).chain(own);
        Self(
            known
                .filter(|(_, secret)| !secret.expose_secret().trim().is_empty())
                .collect(),
        )
    }

    /// Whether any secret but the simulator's is set.
    pub(super) fn has_live(&self) -> bool {
        self.0
            .iter()
            .any(|(signer, _)| *signer != Signer::Simulator)
    }

    /// Secrets under which the signature is right.
    pub(super) fn verifying<'a>(
        &'a self,
        verifier: &'a dyn SignatureVerifier,
        body: &'a [u8],
        signature_hex: &'a str,
    ) -> impl Iterator<Item = VerifiedSigner> + 'a {
        self.0
            .iter()
            .filter(move |(_, secret)| verifier.verify(secret, body, signature_hex))
            .map(|(signer, _)| VerifiedSigner(*signer))
    }
}

/// A signer whose signature was right.
#[derive(Clone, Copy, Debug)]
pub(super) struct VerifiedSigner(Signer);

impl VerifiedSigner {
    /// Whether it may sign for every one of these items.
    pub(super) fn may_sign(self, items: &[Item<'_>], directory: &dyn Directory) -> bool {
        items.iter().all(|item| self.may_sign_one(item, directory))
    }

    pub(super) fn is_simulator(self) -> bool {
        self.0 == Signer::Simulator
    }

    fn may_sign_one(self, item: &Item<'_>, directory: &dyn Directory) -> bool {
        let Some(phone_number_id) = &item.phone_number_id else {
            return !self.is_simulator() || item.hold == Some(HoldReason::Unparsable);
        };
        let number = directory.number_by_phone_number_id(phone_number_id);
        match (self.0, number) {
            (Signer::Global, None) => true,
            (Signer::Global, Some(number)) => number.row.kind == NumberKind::Live,
            (Signer::Number(id), Some(number)) => number.row.id == id,
            (Signer::Simulator, Some(number)) => number.row.kind == NumberKind::Simulated,
            (Signer::Number(_) | Signer::Simulator, None) => false,
        }
    }
}

/// The hex digits of the one `sha256=` signature among the header's values.
pub(super) fn signature_hex<'a>(signatures: &[&'a str]) -> Option<&'a str> {
    let [signature] = signatures else {
        return None;
    };
    let digits = signature.strip_prefix("sha256=")?;
    let sound =
        digits.len() == MAC_HEX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    sound.then_some(digits)
}
