//! Queries about customers.

use application::use_cases::policy::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use domain::ids::ContactId;

use super::Contact;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::page::{List, PageArguments, page_cost, read_page};
use crate::problem::Problem;
use crate::search;

const CONTACTS: List = List("contacts");

/// Queries about customers.
#[derive(Debug, Default)]
pub(crate) struct ContactQueries;

#[Object]
impl ContactQueries {
    /// Customers, newest first. `search` is part of a name, username or phone number.
    #[graphql(
        guard = "Can(Action::ReadContacts)",
        complexity = "page_cost(first, last) * child_complexity"
    )]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        search: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Contact>, Problem> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let slice = arguments.slice(CONTACTS)?;
        let wanted = search::checked("search", search.as_deref())
            .map_err(|error| Problem::invalid(vec![*error]))?;
        let reads = app(ctx)?.reads();
        let read = reads.contact_slice(wanted.as_deref(), &slice).await;
        Ok(CONTACTS.connection(read_page(read)?, Contact))
    }

    /// One customer.
    #[graphql(guard = "Can(Action::ReadContacts)")]
    async fn contact(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Contact>, Problem> {
        let id: ContactId = Kind::Contact.parse("id", &id)?;
        Ok(app(ctx)?.reads().contact(id).await?.map(Contact))
    }
}
