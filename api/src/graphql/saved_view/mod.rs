//! A saved view of the inbox: one's own, or shared with everyone.

mod filter;
mod mutations;
mod queries;

use async_graphql::{Context, ID, Object};
use projections::saved_view::SavedViewView;

pub(super) use mutations::SavedViewMutations;
pub(super) use queries::SavedViewQueries;

use self::filter::SavedViewFilter;
use super::context::caller;
use super::conversation::{Conversation, ConversationPage, ConversationSort};
use super::id::Kind;
use super::page::{PageArguments, page_cost};
use super::time::DateTime;
use crate::problem::Problem;
use async_graphql::connection::Connection;
use projections::conversation::ConversationFilter as ReadFilter;

/// A saved view of the inbox.
#[derive(Clone, Debug)]
pub(crate) struct SavedView(pub(super) SavedViewView);

#[Object]
impl SavedView {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::SavedView.id(self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether everyone sees it.
    async fn is_shared(&self) -> bool {
        self.0.owner.is_none()
    }

    /// Which conversations it shows.
    async fn filter(&self) -> SavedViewFilter {
        SavedViewFilter::of(&self.0.filter)
    }

    /// In which order.
    async fn sort(&self) -> ConversationSort {
        self.0.sort.into()
    }

    /// The conversations it shows to the caller.
    #[graphql(complexity = "page_cost(first, last) * child_complexity")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Conversation>, Problem> {
        let page = ConversationPage {
            filter: ReadFilter::of_view(&self.0.filter, caller(ctx)?.actor.id),
            sort: self.0.sort.into(),
            arguments: PageArguments {
                first,
                after,
                last,
                before,
            },
        };
        page.read(ctx).await
    }

    /// When it was saved.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}
