//! Reads saved views: those that a person may see, by name.

use domain::ids::{SavedViewId, TokenId};
use domain::saved_view::{ViewFilter, ViewSort};
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};

use crate::reads::{Reads, id, json, opt_id, time};
use crate::runner::ProjectionError;

/// A saved view as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedViewView {
    /// Its id.
    pub id: SavedViewId,
    /// Whose it is; nobody: it is shared.
    pub owner: Option<TokenId>,
    /// What people call it.
    pub name: String,
    /// Which conversations.
    pub filter: ViewFilter,
    /// In which order.
    pub sort: ViewSort,
    /// When it was saved.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

const LIST: Statement = Statement::portable(
    "saved_views list",
    "select * from saved_view_rows where removed_at is null \
    and (owner is null or owner = $1) order by name, id",
);
const GET: Statement = Statement::portable(
    "saved_views get",
    "select * from saved_view_rows where removed_at is null \
    and (owner is null or owner = $1) and id = $2",
);

pub(crate) const STATEMENTS: &[Statement] = &[LIST, GET];

impl Reads {
    /// A person's own views and the shared ones.
    ///
    /// # Errors
    /// The database failed.
    pub async fn saved_views(
        &self,
        viewer: TokenId,
    ) -> Result<Vec<SavedViewView>, ProjectionError> {
        let rows = query(LIST)
            .bind(viewer.to_string())
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(view).collect()
    }

    /// One view, if it is the person's own or shared.
    ///
    /// # Errors
    /// The database failed.
    pub async fn saved_view(
        &self,
        viewer: TokenId,
        saved: SavedViewId,
    ) -> Result<Option<SavedViewView>, ProjectionError> {
        let row = query(GET)
            .bind(viewer.to_string())
            .bind(saved.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view).transpose()
    }
}

fn view(row: &Row) -> Result<SavedViewView, ProjectionError> {
    Ok(SavedViewView {
        id: id(row, "id")?,
        owner: opt_id(row, "owner")?,
        name: row.try_get("name")?,
        filter: json(row, "filter")?,
        sort: json(row, "sort")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
