//! The root of subscriptions: the parts of all entities, and the socket that they are served on.
//!
//! Every subscription follows the log ([`feed`]): it reads on from the client's cursor and goes over to what
//! comes next, so there is no moment at which an event could be missed or come twice. Absent on purpose: a
//! broker beside the log.

mod change;
mod conversations;
mod events;
mod feed;
mod messages;
mod numbers;
mod presence;
mod socket;
#[cfg(test)]
mod tests;

use async_graphql::MergedSubscription;

pub(super) use feed::{begin, shown};
pub(super) use socket::{Door, Sockets, is_upgrade, upgrade};

use self::conversations::ConversationSubscriptions;
use self::events::EventSubscriptions;
use self::messages::MessageSubscriptions;
use self::numbers::NumberSubscriptions;
use self::presence::PresenceSubscriptions;

/// Everything that can be followed, over a WebSocket at `/graphql` with the protocol
/// `graphql-transport-ws`. The token goes into the payload of `connection_init`,
/// `{"Authorization": "Bearer TOKEN"}`, or into the header of the request that opens the socket.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(
    EventSubscriptions,
    ConversationSubscriptions,
    MessageSubscriptions,
    NumberSubscriptions,
    PresenceSubscriptions,
);
