//! Reads people: one by id, or those who can be assigned something.

use domain::ids::TokenId;
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};
use uuid::Uuid;

use crate::reads::{Reads, id, opt_time};
use crate::runner::ProjectionError;

/// What people call the command line of this machine.
const COMMAND_LINE: &str = "cli";

/// Someone who works here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// The token's id.
    pub id: TokenId,
    /// Their name.
    pub name: String,
    /// `admin`, `agent` or `analyst`.
    pub role: String,
    /// When the token was taken back.
    pub revoked_at: Option<Timestamp>,
}

const GET: Statement = Statement::portable(
    "people get",
    "select id, name, role, revoked_at from people where id = $1",
);
const LIST: Statement = Statement::portable(
    "people list",
    "select id, name, role, revoked_at from people where revoked_at is null \
    order by name, id",
);

pub(crate) const STATEMENTS: &[Statement] = &[GET, LIST];

/// The name to show for a person. Where the list of people is behind, the id stands for the name: a list
/// that is a moment late must not fail.
pub(crate) fn shown_name(person: Uuid, name: Option<String>) -> String {
    name.unwrap_or_else(|| {
        if person.is_nil() {
            COMMAND_LINE.to_owned()
        } else {
            person.to_string()
        }
    })
}

impl Reads {
    /// One person, also one whose token was taken back; `None` if there never was such a token.
    ///
    /// # Errors
    /// The database failed.
    pub async fn person(&self, person: TokenId) -> Result<Option<PersonView>, ProjectionError> {
        if person.as_uuid().is_nil() {
            return Ok(Some(PersonView {
                id: person,
                name: COMMAND_LINE.to_owned(),
                role: "admin".to_owned(),
                revoked_at: None,
            }));
        }
        let row = query(GET)
            .bind(person.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view).transpose()
    }

    /// The name to show for a person.
    ///
    /// # Errors
    /// The database failed.
    pub async fn person_name(&self, person: TokenId) -> Result<String, ProjectionError> {
        let name = self.person(person).await?.map(|found| found.name);
        Ok(shown_name(person.as_uuid(), name))
    }

    /// Everyone whose token works, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn people(&self) -> Result<Vec<PersonView>, ProjectionError> {
        let rows = query(LIST).fetch_all(self.pool()).await?;
        rows.iter().map(view).collect()
    }
}

fn view(row: &Row) -> Result<PersonView, ProjectionError> {
    Ok(PersonView {
        id: id(row, "id")?,
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        revoked_at: opt_time(row, "revoked_at")?,
    })
}
