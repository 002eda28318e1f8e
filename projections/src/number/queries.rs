//! Reads numbers, each with the bot that serves it and the last sign of Meta's webhook.

use domain::ids::{BotId, NumberId};
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};

use crate::reads::{Reads, id, id_list, opt_id, opt_time, time};
use crate::runner::ProjectionError;

/// What a number's owner must know at one glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberStatus {
    /// Works.
    Active,
    /// Switched off.
    Off,
    /// Needs a person, see the reason.
    Attention,
}

/// A number as the API shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberView {
    /// Our id.
    pub id: NumberId,
    /// `live` or `simulated`.
    pub kind: String,
    /// What people call it.
    pub display_name: String,
    /// In E.164.
    pub phone_number: String,
    /// Meta's id.
    pub phone_number_id: String,
    /// Meta's id of the business account.
    pub business_account: Option<String>,
    /// Whether it is switched on.
    pub is_active: bool,
    /// Last four characters of the token.
    pub token_last4: String,
    /// When the token was stored.
    pub token_set_at: Timestamp,
    /// How it stands.
    pub status: NumberStatus,
    /// A code, e.g. `token_invalid`.
    pub status_reason: Option<&'static str>,
    /// The active bot that serves it.
    pub bot: Option<BotId>,
    /// When a customer's message last came in on it.
    pub webhook_last_seen_at: Option<Timestamp>,
    /// When it was taken out of use.
    pub removed_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select n.*, \
             (select min(s.bot) from bot_numbers s join bot_rows b on b.id = s.bot \
              where s.number = n.id and s.bound = 1 and b.is_active = 1) as bot, \
             (select max(c.last_received_at) from conversation_rows c where c.number = n.id) \
              as last_seen_at \
             from number_rows n where ",
            $rest
        )
    };
}

const LIST: Statement = Statement::portable(
    "numbers list",
    select!("n.removed_at is null order by n.created_at, n.id"),
);
const GET: Statement = Statement::portable("numbers get", select!("n.id = $1"));
const BY_PHONE: Statement = Statement::portable(
    "numbers by_phone",
    select!("n.phone_number_id = $1 and n.removed_at is null"),
);
const BY_IDS: Statement = Statement {
    name: "numbers by_ids",
    sqlite: select!("n.id in (select value from jsonb_each($1))"),
    postgres: select!("n.id in (select json_array_elements_text(cast($1 as json)))"),
};

pub(crate) const STATEMENTS: &[Statement] = &[LIST, GET, BY_PHONE, BY_IDS];

impl Reads {
    /// All numbers in use, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn numbers(&self) -> Result<Vec<NumberView>, ProjectionError> {
        let rows = query(LIST).fetch_all(self.pool()).await?;
        rows.iter().map(view).collect()
    }

    /// One number, also a removed one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn number(&self, number: NumberId) -> Result<Option<NumberView>, ProjectionError> {
        let row = query(GET)
            .bind(number.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view).transpose()
    }

    /// The numbers of a list of ids, removed ones included, in no order; unknown ones are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn numbers_by_ids(
        &self,
        numbers: &[NumberId],
    ) -> Result<Vec<NumberView>, ProjectionError> {
        let rows = query(BY_IDS)
            .bind(id_list(numbers))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(view).collect()
    }

    /// The number in use that has Meta's id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn number_by_phone_number_id(
        &self,
        phone_number_id: &str,
    ) -> Result<Option<NumberView>, ProjectionError> {
        let row = query(BY_PHONE)
            .bind(phone_number_id)
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view).transpose()
    }
}

fn view(row: &Row) -> Result<NumberView, ProjectionError> {
    let is_active = row.try_get::<i64, _>("is_active")? != 0;
    let is_broken = row.try_get::<Option<i64>, _>("auth_broken_code")?.is_some();
    let (status, status_reason) = match (is_broken, is_active) {
        (true, _) => (NumberStatus::Attention, Some("token_invalid")),
        (false, true) => (NumberStatus::Active, None),
        (false, false) => (NumberStatus::Off, None),
    };
    Ok(NumberView {
        id: id(row, "id")?,
        kind: row.try_get("kind")?,
        display_name: row.try_get("display_name")?,
        phone_number: row.try_get("phone_number")?,
        phone_number_id: row.try_get("phone_number_id")?,
        business_account: row.try_get("business_account")?,
        is_active,
        token_last4: row.try_get("token_last4")?,
        token_set_at: time(row, "token_set_at")?,
        status,
        status_reason,
        bot: opt_id(row, "bot")?,
        webhook_last_seen_at: opt_time(row, "last_seen_at")?,
        removed_at: opt_time(row, "removed_at")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
