//! GraphQL at `/graphql`: one folder an entity, one file a type, each a wrapper around a read model's row.
//!
//! Invariants: every root field carries the guard that names its action ([`guard::Can`]); resolvers answer
//! [`crate::problem::Problem`], so no text of an inner error can leave; rows of a list are looked up by
//! [`loaders`], never one by one. The schema is built without a database; only the HTTP layer adds one.

mod activity;
mod bot;
mod contact;
mod context;
mod conversation;
mod deal;
mod error;
mod events;
mod guard;
mod http;
mod id;
pub mod limits;
mod loaders;
mod message;
mod mutation;
mod node;
mod number;
mod outbound;
mod outcome;
mod page;
mod person;
mod presence;
mod projection;
mod query;
mod quick_reply;
mod report;
mod saved_view;
mod server_node;
mod settings;
mod stream_at;
mod subscription;
mod time;
mod token;
mod webhook;
mod why_no_answer;
mod write;

use std::sync::Arc;

use async_graphql::{SDLExportOptions, Schema, SchemaBuilder};

pub use context::Caller;
pub use error::Code;
pub(crate) use http::router;
pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

use self::loaders::Loaders;
use crate::rest::App;

/// The schema of this API.
pub type VestnikSchema = Schema<Query, Mutation, Subscription>;

/// The schema without anything to answer from.
fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .limit_depth(limits::DEPTH)
    .limit_complexity(limits::COMPLEXITY)
    .limit_directives(limits::DIRECTIVES)
    .extension(report::Report)
}

/// The schema of a running server.
pub fn schema(app: &Arc<App>) -> VestnikSchema {
    builder()
        .data(Arc::clone(app))
        .data(Loaders::new(app, &app.conversations.tasks))
        .finish()
}

/// The schema as text, sorted: what `api/schema.graphql` holds and `vestnik schema` prints.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by();
    let text = builder().finish().sdl_with_options(options);
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests;
