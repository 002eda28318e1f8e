//! Reads deals, newest first.

use std::collections::BTreeMap;

use domain::ids::{BotId, ContactId, ConversationId, DealId};
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};

use crate::page::{self, Page};
use crate::reads::{Reads, id, json, time};
use crate::runner::ProjectionError;
use crate::slice::{Edges, Slice};

/// A deal as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct DealView {
    /// Its id.
    pub id: DealId,
    /// For whom.
    pub contact: ContactId,
    /// Where.
    pub conversation: ConversationId,
    /// By which bot.
    pub bot: BotId,
    /// The stage it is in.
    pub stage: String,
    /// What it is about.
    pub title: String,
    /// The contact's attributes when it was opened.
    pub attributes: BTreeMap<String, String>,
    /// When.
    pub created_at: Timestamp,
}

const LIST: Statement = Statement::portable(
    "deals list",
    "select * from deal_rows where (created_at, id) < ($1, $2) \
    order by created_at desc, id desc limit $3",
);

const GET: Statement = Statement::portable("deals get", "select * from deal_rows where id = $1");
const SLICE: Statement = Statement::portable(
    "deals slice",
    "select * from deal_rows where (created_at, id) < ($1, $2) \
    and (created_at, id) > ($3, $4) order by created_at desc, id desc limit $5",
);
const SLICE_FROM_END: Statement = Statement::portable(
    "deals slice_from_end",
    "select * from deal_rows where (created_at, id) < ($1, $2) \
    and (created_at, id) > ($3, $4) order by created_at, id limit $5",
);

pub(crate) const STATEMENTS: &[Statement] = &[LIST, GET, SLICE, SLICE_FROM_END];

impl Reads {
    /// One deal.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deal(&self, deal: DealId) -> Result<Option<DealView>, ProjectionError> {
        let row = query(GET)
            .bind(deal.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view).transpose()
    }

    /// A part of the list of deals in either direction, newest first.
    ///
    /// # Errors
    /// The database failed, or a cursor is not ours.
    pub async fn deal_slice(&self, slice: &Slice) -> Result<Edges<DealView>, ProjectionError> {
        let (from, to) = slice.descending(self.epoch)?;
        let statement = if slice.from_end {
            SLICE_FROM_END
        } else {
            SLICE
        };
        let rows = query(statement)
            .bind(from.0)
            .bind(from.1)
            .bind(to.0)
            .bind(to.1)
            .bind(page::one_more(slice.limit))
            .fetch_all(self.pool())
            .await?;
        let deals = rows.iter().map(view).collect::<Result<Vec<_>, _>>()?;
        Ok(slice.edges(deals, |deal| {
            page::cursor(
                self.epoch,
                deal.created_at.as_micros(),
                &deal.id.to_string(),
            )
        }))
    }

    /// Deals, newest first, after a cursor.
    ///
    /// # Errors
    /// The database failed, or the cursor is not ours.
    pub async fn deals(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<DealView>, ProjectionError> {
        let (created_at, tie) =
            after.map_or(Ok(page::LAST), |cursor| page::parse(self.epoch, cursor))?;
        let rows = query(LIST)
            .bind(created_at)
            .bind(tie)
            .bind(page::one_more(limit))
            .fetch_all(self.pool())
            .await?;
        let mut items = rows.iter().map(view).collect::<Result<Vec<_>, _>>()?;
        let next = page::cut(&mut items, limit, |deal| {
            page::cursor(
                self.epoch,
                deal.created_at.as_micros(),
                &deal.id.to_string(),
            )
        });
        Ok(Page {
            items,
            previous: None,
            next,
        })
    }
}

fn view(row: &Row) -> Result<DealView, ProjectionError> {
    Ok(DealView {
        id: id(row, "id")?,
        contact: id(row, "contact")?,
        conversation: id(row, "conversation")?,
        bot: id(row, "bot")?,
        stage: row.try_get("stage")?,
        title: row.try_get("title")?,
        attributes: json(row, "attributes")?,
        created_at: time(row, "created_at")?,
    })
}
