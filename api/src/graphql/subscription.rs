//! The root of subscriptions: empty as long as no entity has any. Their parts are merged here.

use async_graphql::EmptySubscription;

/// All subscriptions.
pub type Subscription = EmptySubscription;
