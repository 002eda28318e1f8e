//! How evidence of who a customer is merges: per field the newest by provider time, ties by value.
//!
//! The result does not depend on the order of arrival, with one limit that is the price of writing no
//! event for evidence that changes nothing: a repeated value does not renew its provider time. A value
//! that was left and taken up again (A, B, A) can thus end as B if B arrives last; the customer's next
//! message corrects it.

use serde::{Deserialize, Serialize};

use super::Identity;
use crate::time::Timestamp;

/// Every field of an identity that is known, with the provider time that supports each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Evidence {
    merged: Identity,
    at: [Timestamp; FIELD_COUNT],
}

const FIELD_COUNT: usize = 5;

fn fields(identity: &Identity) -> [&Option<String>; FIELD_COUNT] {
    [
        &identity.bsuid,
        &identity.parent_bsuid,
        &identity.wa_id,
        &identity.username,
        &identity.profile_name,
    ]
}

fn fields_mut(identity: &mut Identity) -> [&mut Option<String>; FIELD_COUNT] {
    [
        &mut identity.bsuid,
        &mut identity.parent_bsuid,
        &mut identity.wa_id,
        &mut identity.username,
        &mut identity.profile_name,
    ]
}

impl Evidence {
    /// What is known.
    pub(super) const fn identity(&self) -> &Identity {
        &self.merged
    }

    /// The fields of new evidence that change what is known. An empty text says nothing.
    pub(super) fn news(&self, provider_at: Timestamp, identity: &Identity) -> Identity {
        let mut news = identity.clone();
        let known = fields(&self.merged).into_iter().zip(self.at);
        for (field, (known, known_at)) in fields_mut(&mut news).into_iter().zip(known) {
            let is_news = match (field.as_deref(), known.as_deref()) {
                (None | Some(""), _) => false,
                (Some(_), None) => true,
                (Some(value), Some(known)) => {
                    value != known && (provider_at, value) > (known_at, known)
                }
            };
            if !is_news {
                *field = None;
            }
        }
        news
    }

    /// Takes in what an event recorded, under the rule by which it was written.
    pub(super) fn merge(&mut self, provider_at: Timestamp, identity: &Identity) {
        let mut news = self.news(provider_at, identity);
        let known = fields_mut(&mut self.merged)
            .into_iter()
            .zip(self.at.iter_mut());
        for (field, (known, known_at)) in fields_mut(&mut news).into_iter().zip(known) {
            if let Some(value) = field.take() {
                *known = Some(value);
                *known_at = provider_at;
            }
        }
    }

    /// Bytes of text held.
    pub(super) fn weight_bytes(&self) -> usize {
        fields(&self.merged)
            .into_iter()
            .flatten()
            .map(String::len)
            .sum()
    }
}
