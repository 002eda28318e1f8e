//! Reads contacts, one or many at once.

use std::collections::BTreeMap;

use domain::ids::ContactId;
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};

use crate::page;
use crate::reads::{Reads, id, json, opt_id, time};
use crate::runner::ProjectionError;
use crate::search;
use crate::slice::{Edges, Slice};

/// A customer as people see it.
#[derive(Clone, PartialEq)]
pub struct ContactView {
    /// Our id.
    pub id: ContactId,
    /// Name of the profile.
    pub name: Option<String>,
    /// Name without `@`.
    pub username: Option<String>,
    /// In E.164; none for a customer known by a business-scoped id only.
    pub phone_number: Option<String>,
    /// Business-scoped user id.
    pub bsuid: Option<String>,
    /// What bots and people noted (the seed's `customer.metadata`).
    pub attributes: BTreeMap<String, String>,
    /// Tags in the order assigned.
    pub tags: Vec<String>,
    /// A contact that seems to be the same person.
    pub conflicts_with: Option<ContactId>,
    /// When first seen.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for ContactView {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ContactView")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

const GET: Statement =
    Statement::portable("contacts get", "select * from contact_rows where id = $1");
const BY_IDS: Statement = Statement {
    name: "contacts by_ids",
    sqlite: "select * from contact_rows where id in (select value from jsonb_each($1)) order by id",
    postgres: "select * from contact_rows \
        where id in (select json_array_elements_text(cast($1 as json))) order by id",
};

/// A contact's id grows with time, so the list needs no other key.
macro_rules! slice {
    ($order:literal) => {
        concat!(
            "select * from contact_rows where id < $1 and id > $2 \
             and (cast($3 as text) is null or search like $3 escape '\\' \
             or search like cast($4 as text) escape '\\') order by ",
            $order,
            " limit $5"
        )
    };
}

const SLICE: Statement = Statement::portable("contacts slice", slice!("id desc"));
const SLICE_FROM_END: Statement = Statement::portable("contacts slice_from_end", slice!("id"));

/// Those that a text is found in, as long as they are few.
const SOUGHT: Statement = Statement::portable(
    "contacts sought",
    "select id from contact_rows where search like $1 escape '\\' \
     or search like cast($2 as text) escape '\\' limit $3",
);
/// Up to so many found customers lead to their conversations; if there are more, a walk through the
/// conversations in their order meets enough of them soon.
const FEW: usize = 500;

pub(crate) const STATEMENTS: &[Statement] = &[GET, BY_IDS, SLICE, SLICE_FROM_END, SOUGHT];

impl Reads {
    /// One contact.
    ///
    /// # Errors
    /// The database failed.
    pub async fn contact(
        &self,
        contact: ContactId,
    ) -> Result<Option<ContactView>, ProjectionError> {
        let row = query(GET)
            .bind(contact.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view).transpose()
    }

    /// A part of the list of contacts, newest first; `sought` is part of a name, username or number.
    ///
    /// # Errors
    /// The database failed, or a cursor is not ours.
    pub async fn contact_slice(
        &self,
        sought: Option<&str>,
        slice: &Slice,
    ) -> Result<Edges<ContactView>, ProjectionError> {
        let ((_, from), (_, to)) = slice.descending(self.epoch)?;
        let sought = sought.map(str::trim).filter(|text| !text.is_empty());
        let statement = if slice.from_end {
            SLICE_FROM_END
        } else {
            SLICE
        };
        let rows = query(statement)
            .bind(from)
            .bind(to)
            .bind(sought.map(|text| search::pattern(text.trim_start_matches('@'))))
            .bind(sought.and_then(search::digits_pattern))
            .bind(page::one_more(slice.limit))
            .fetch_all(self.pool())
            .await?;
        let contacts = rows.iter().map(view).collect::<Result<Vec<_>, _>>()?;
        Ok(slice.edges(contacts, |one| {
            page::cursor(self.epoch, 0, &one.id.to_string())
        }))
    }

    /// The ids of the customers that a text is found in, as a JSON list; `None` if nothing is sought or it is
    /// found in many.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn few_sought(
        &self,
        sought: Option<&str>,
    ) -> Result<Option<String>, ProjectionError> {
        let sought = sought.map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = sought else {
            return Ok(None);
        };
        let rows: Vec<Row> = query(SOUGHT)
            .bind(search::pattern(text.trim_start_matches('@')))
            .bind(search::digits_pattern(text))
            .bind(page::one_more(FEW))
            .fetch_all(self.pool())
            .await?;
        if rows.len() > FEW {
            return Ok(None);
        }
        let ids = rows
            .iter()
            .map(|row| row.try_get::<&str, _>(0))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Some(serde_json::Value::from(ids).to_string()))
    }

    /// The contacts of a list of ids in one query, in order of the ids; unknown ones are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn contacts_by_ids(
        &self,
        contacts: &[ContactId],
    ) -> Result<Vec<ContactView>, ProjectionError> {
        let ids: Vec<String> = contacts.iter().map(ToString::to_string).collect();
        let ids = serde_json::Value::from(ids).to_string();
        let rows = query(BY_IDS).bind(ids).fetch_all(self.pool()).await?;
        rows.iter().map(view).collect()
    }
}

/// A wa_id as people read it.
pub(crate) fn phone_number(wa_id: Option<String>) -> Option<String> {
    wa_id.map(|digits| format!("+{}", digits.trim_start_matches('+')))
}

fn view(row: &Row) -> Result<ContactView, ProjectionError> {
    Ok(ContactView {
        id: id(row, "id")?,
        name: row.try_get("profile_name")?,
        username: row.try_get("username")?,
        phone_number: phone_number(row.try_get("wa_id")?),
        bsuid: row.try_get("bsuid")?,
        attributes: json(row, "attributes")?,
        tags: json(row, "tags")?,
        conflicts_with: opt_id(row, "conflicts_with")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
