//! Who sent a message. The phone number may be missing, and a BSUID may stand in its place.

use domain::contact::Identity;
use serde_json::Value;

use crate::inbound::identity::{is_bsuid, wa_id_digits};
use crate::inbound::json::{member, object};

/// What a message and the people named beside it say of the sender.
///
/// A system message names the person as it was before the change, so the new number inside it is not read.
pub(super) fn sender(message: &Value, contacts: &[Value]) -> Identity {
    let from = member(message, "from");
    let bsuid =
        bsuid_of(message, "from_user_id").or_else(|| from.clone().filter(|from| is_bsuid(from)));
    let wa_id = from.as_deref().and_then(wa_id_digits);
    let contact = find_contact(contacts, bsuid.as_deref(), wa_id.as_deref());
    let profile = contact.and_then(|contact| object(contact, "profile"));
    Identity {
        bsuid: bsuid.or_else(|| contact.and_then(contact_bsuid)),
        parent_bsuid: bsuid_of(message, "from_parent_user_id")
            .or_else(|| contact.and_then(|contact| bsuid_of(contact, "parent_user_id"))),
        wa_id: wa_id.or_else(|| contact.and_then(contact_wa_id)),
        username: profile
            .and_then(|profile| member(profile, "username"))
            .map(|username| username.trim().trim_start_matches('@').to_owned())
            .filter(|username| !username.is_empty()),
        profile_name: profile
            .and_then(|profile| member(profile, "name"))
            .filter(|name| !name.trim().is_empty()),
    }
}

/// Matches by BSUID, then by phone number, never by index: people of one delivery come in any order. A
/// lone contact beside a message that names nobody is its sender.
fn find_contact<'a>(
    contacts: &'a [Value],
    bsuid: Option<&str>,
    wa_id: Option<&str>,
) -> Option<&'a Value> {
    if bsuid.is_none() && wa_id.is_none() {
        return match contacts {
            [only] => Some(only),
            _ => None,
        };
    }
    let by_bsuid = contacts
        .iter()
        .find(|contact| bsuid.is_some() && contact_bsuid(contact).as_deref() == bsuid);
    by_bsuid.or_else(|| {
        contacts.iter().find(|contact| {
            let same_number = wa_id.is_some() && contact_wa_id(contact).as_deref() == wa_id;
            let named = contact_bsuid(contact);
            // The same number under another BSUID is another person.
            same_number && (bsuid.is_none() || named.is_none() || named.as_deref() == bsuid)
        })
    })
}

fn contact_bsuid(contact: &Value) -> Option<String> {
    bsuid_of(contact, "user_id").or_else(|| bsuid_of(contact, "wa_id"))
}

fn contact_wa_id(contact: &Value) -> Option<String> {
    wa_id_digits(&member(contact, "wa_id")?)
}

fn bsuid_of(value: &Value, name: &str) -> Option<String> {
    member(value, name).filter(|text| is_bsuid(text))
}
