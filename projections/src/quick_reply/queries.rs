//! Reads quick replies, by shortcut.

use std::collections::BTreeMap;

use domain::ids::QuickReplyId;
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};

use crate::reads::{Reads, id, json, time};
use crate::runner::ProjectionError;

/// A quick reply as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickReplyView {
    /// Its id.
    pub id: QuickReplyId,
    /// What is typed after `/`.
    pub shortcut: String,
    /// The texts by language.
    pub texts: BTreeMap<String, String>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

const LIST: Statement = Statement::portable(
    "quick_replies list",
    "select * from quick_reply_rows where removed_at is null order by shortcut, id",
);
const GET: Statement = Statement::portable(
    "quick_replies get",
    "select * from quick_reply_rows where id = $1 and removed_at is null",
);

pub(crate) const STATEMENTS: &[Statement] = &[LIST, GET];

impl Reads {
    /// All quick replies.
    ///
    /// # Errors
    /// The database failed.
    pub async fn quick_replies(&self) -> Result<Vec<QuickReplyView>, ProjectionError> {
        let rows = query(LIST).fetch_all(self.pool()).await?;
        rows.iter().map(view).collect()
    }

    /// One quick reply.
    ///
    /// # Errors
    /// The database failed.
    pub async fn quick_reply(
        &self,
        reply: QuickReplyId,
    ) -> Result<Option<QuickReplyView>, ProjectionError> {
        let row = query(GET)
            .bind(reply.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view).transpose()
    }
}

fn view(row: &Row) -> Result<QuickReplyView, ProjectionError> {
    Ok(QuickReplyView {
        id: id(row, "id")?,
        shortcut: row.try_get("shortcut")?,
        texts: json(row, "texts")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
