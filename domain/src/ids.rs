//! Typed identifiers: a bare `Uuid` never crosses a function boundary of the domain.
//!
//! Ids are made outside (the clock and the generator are ports) except those derived from a cause with
//! [`derive()`], [`derive_at`] or [`derive_beside`]. No id contains a phone number or a wamid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::Timestamp;

/// Namespace of every id that is derived from a cause, so that the same cause gives the same id.
const DERIVED: Uuid = Uuid::from_u128(0x5e7a_11c0_7b0d_5d5a_9f3c_2b6e_4c81_a90e);

/// Derives an id from the bytes of its cause (uuid v5): the same cause gives the same id on any node.
pub fn derive(cause: &[u8]) -> Uuid {
    Uuid::new_v5(&DERIVED, cause)
}

/// Derives an id that sorts by time (uuid v7) from a cause and its time: for what gets a stream or rows of its
/// own, so that the rows of what happens now are neighbors in every index.
pub fn derive_at(time: Timestamp, cause: &[u8]) -> Uuid {
    with_millis(u64::try_from(time.as_micros() / 1000).unwrap_or(0), cause)
}

/// Derives an id that sorts where `origin` does: for what belongs to something that has such an id.
pub fn derive_beside(origin: Uuid, cause: &[u8]) -> Uuid {
    let mut millis = [0; 8];
    millis[2..].copy_from_slice(&origin.as_bytes()[..6]);
    with_millis(u64::from_be_bytes(millis), cause)
}

fn with_millis(millis: u64, cause: &[u8]) -> Uuid {
    let hash = derive(cause).into_bytes();
    // Without the bytes that hold the version and the variant.
    let mut tail = [0; 10];
    tail[..6].copy_from_slice(&hash[..6]);
    tail[6..].copy_from_slice(&hash[9..13]);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a uuid that an id generator or a store handed out.
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }

            /// The uuid inside, for stores and derived ids.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl From<$name> for Uuid {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

typed_id! {
    /// A WhatsApp business number of this installation (not Meta's phone number id).
    NumberId,
    /// A customer: a set of identifiers, never a phone number.
    ContactId,
    /// One customer's conversation with one number.
    ConversationId,
    /// A message. Inbound: derived from its dedupe key. Outbound: the send id, also the delivery's stream.
    MessageId,
    /// A bot with its versions.
    BotId,
    /// One run of a bot version in a conversation.
    SessionId,
    /// A deal that a bot or a person opened.
    DealId,
    /// An API token (never the token itself).
    TokenId,
    /// A quick reply.
    QuickReplyId,
    /// A saved view of the list of conversations.
    SavedViewId,
    /// A row of the sealed `secrets` table.
    SecretId,
    /// What makes a command idempotent: the client's id, or one derived from the command's cause.
    CommandId,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{derive_at, derive_beside};
    use crate::time::Timestamp;

    #[test]
    fn derived_ids_sort_by_time_and_follow_from_their_cause() {
        let earlier = derive_at(Timestamp::from_seconds(1_795_000_000), b"one");
        let later = derive_at(Timestamp::from_seconds(1_795_000_001), b"one");
        assert!(earlier < later);
        assert_eq!(earlier.get_version_num(), 7);
        assert_eq!(
            earlier,
            derive_at(Timestamp::from_seconds(1_795_000_000), b"one")
        );
        assert_ne!(
            earlier,
            derive_at(Timestamp::from_seconds(1_795_000_000), b"two")
        );
        let beside = derive_beside(earlier, b"two");
        assert_eq!(
            beside,
            derive_at(Timestamp::from_seconds(1_795_000_000), b"two")
        );
        assert_ne!(derive_beside(Uuid::nil(), b"two"), Uuid::nil());
    }
}
