//! Reads contacts, one or many at once.

use std::collections::BTreeMap;

use domain::ids::ContactId;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::reads::{Reads, id, json, opt_id, time};
use crate::runner::ProjectionError;
use crate::statements::Statement;

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

const GET: &str = "select * from contact_rows where id = $1";
const BY_IDS: Statement = Statement {
    name: "contacts by_ids",
    sqlite: "select * from contact_rows where id in (select value from jsonb_each($1)) order by id",
    postgres: "select * from contact_rows \
        where id in (select json_array_elements_text(cast($1 as json))) order by id",
};

pub(crate) const STATEMENTS: &[Statement] = &[Statement::portable("contacts get", GET), BY_IDS];

impl Reads {
    /// One contact.
    ///
    /// # Errors
    /// The database failed.
    pub async fn contact(
        &self,
        contact: ContactId,
    ) -> Result<Option<ContactView>, ProjectionError> {
        let row = sqlx::query(GET)
            .bind(contact.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(view).transpose()
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
        let rows = sqlx::query(BY_IDS.sqlite)
            .bind(ids)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(view).collect()
    }
}

/// A wa_id as people read it.
pub(crate) fn phone_number(wa_id: Option<String>) -> Option<String> {
    wa_id.map(|digits| format!("+{}", digits.trim_start_matches('+')))
}

fn view(row: &SqliteRow) -> Result<ContactView, ProjectionError> {
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
