//! By what a customer is looked up, and other ways to write the same number.
//!
//! The parent portfolio's id and the username are part of the profile, never keys.

use domain::contact::Identity;
use domain::number::NumberKind;

use crate::ports::hashes::KeyedHashes;
use crate::ports::inbox::IdentityKey;

/// Within what an identifier names one person. A simulated phone with the number of a real customer must
/// not become that customer.
pub const fn scope(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Live => "portfolio",
        NumberKind::Simulated => "simulator",
    }
}

/// Look-up keys, strongest first: BSUID, wa_id, other spellings of the wa_id.
pub fn keys(hashes: &dyn KeyedHashes, kind: NumberKind, identity: &Identity) -> Vec<IdentityKey> {
    let key = |name: &'static str, value: &str| IdentityKey {
        scope: scope(kind),
        kind: name,
        hash: hashes.identity(scope(kind), name, value),
    };
    let mut keys = Vec::new();
    keys.extend(identity.bsuid.as_deref().map(|bsuid| key("bsuid", bsuid)));
    if let Some(wa_id) = &identity.wa_id {
        keys.push(key("wa_id", wa_id));
        keys.extend(aliases(wa_id).iter().map(|alias| key("wa_id", alias)));
    }
    keys
}

/// Other spellings of the same number: Brazil's ninth digit, Mexico's 1, Argentina's 9.
pub fn aliases(wa_id: &str) -> Vec<String> {
    if !wa_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let alias = match (wa_id.get(..2), wa_id.len()) {
        // Only mobile numbers have got the ninth digit; they began with 6 to 9 before.
        (Some("55"), 12) if matches!(wa_id.as_bytes().get(4), Some(b'6'..=b'9')) => {
            Some(format!("{}9{}", &wa_id[..4], &wa_id[4..]))
        }
        (Some("55"), 13) if matches!(wa_id.as_bytes().get(4..6), Some([b'9', b'6'..=b'9'])) => {
            Some(format!("{}{}", &wa_id[..4], &wa_id[5..]))
        }
        (Some("52"), 12) => Some(format!("521{}", &wa_id[2..])),
        (Some("52"), 13) => wa_id.strip_prefix("521").map(|rest| format!("52{rest}")),
        (Some("54"), 12) => Some(format!("549{}", &wa_id[2..])),
        (Some("54"), 13) => wa_id.strip_prefix("549").map(|rest| format!("54{rest}")),
        _ => None,
    };
    alias.into_iter().collect()
}

/// Whether a text has the form of a business-scoped user id, e.g. `US.13491208655302741918`.
pub fn is_bsuid(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The digits of a wa_id, written with or without `+`.
pub fn wa_id_digits(text: &str) -> Option<String> {
    let digits = text.trim().trim_start_matches('+');
    let sound =
        (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| digits.to_owned())
}
