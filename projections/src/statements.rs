//! All SQL of the read models in one list, so that a test can prepare each text on both databases.

use std::sync::Arc;

use crate::runner::Projection;
use crate::table::{Row, Table};
use crate::{
    activity, bot, contact, conversation, deal, message, number, person, quick_reply, saved_view,
    settings,
};

/// The tables of the runner (SQLite, PostgreSQL); those of the read models are made by their builds.
pub const MIGRATIONS: (&str, &str) = (
    include_str!("../migrations/sqlite/0001_read_models.sql"),
    include_str!("../migrations/postgres/0001_read_models.sql"),
);

/// One statement on both databases.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Where it is used.
    pub name: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

impl Statement {
    /// A text that both databases take.
    pub(crate) const fn portable(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            sqlite: text,
            postgres: text,
        }
    }
}

pub(crate) const COUNT_FOREIGN: &str =
    "select count(*) from projections where epoch <> $1 or position > $2";
pub(crate) const BUILDS_BUILDING: &str =
    "select build from projections where name = $1 and state = 'building'";
pub(crate) const BUILD_LIVE: &str =
    "select build, version, position from projections where name = $1 and state = 'live'";
pub(crate) const BUILD_LAST: &str =
    "select coalesce(max(build), 0) from projections where name = $1";
pub(crate) const BUILD_ADD: &str = "insert into projections \
    (name, build, version, state, position, epoch) values ($1, $2, $3, 'building', 0, $4)";
pub(crate) const BUILD_SHOW: &str =
    "update projections set state = 'live' where name = $1 and build = $2";
pub(crate) const BUILD_FORGET: &str = "delete from projections where name = $1 and build = $2";
pub(crate) const CHECKPOINT: &str =
    "update projections set position = $1 where name = $2 and build = $3 and position = $4";
pub(crate) const FAILURES: &str =
    "select row_key from projection_failures where name = $1 and build = $2";
pub(crate) const FAILURE_ADD: &str = "insert into projection_failures \
    (name, build, row_key, position, error) values ($1, $2, $3, $4, $5) \
    on conflict (name, build, row_key) do nothing";
pub(crate) const FAILURES_FORGET: &str =
    "delete from projection_failures where name = $1 and build = $2";

const RUNNER: &[Statement] = &[
    Statement::portable("runner count_foreign", COUNT_FOREIGN),
    Statement::portable("runner builds_building", BUILDS_BUILDING),
    Statement::portable("runner build_live", BUILD_LIVE),
    Statement::portable("runner build_last", BUILD_LAST),
    Statement::portable("runner build_add", BUILD_ADD),
    Statement::portable("runner build_show", BUILD_SHOW),
    Statement::portable("runner build_forget", BUILD_FORGET),
    Statement::portable("runner checkpoint", CHECKPOINT),
    Statement::portable("runner failures", FAILURES),
    Statement::portable("runner failure_add", FAILURE_ADD),
    Statement::portable("runner failures_forget", FAILURES_FORGET),
];

/// Every table of every read model.
pub const TABLES: &[Table] = &[
    conversation::ConversationRow::TABLE,
    conversation::SessionRow::TABLE,
    conversation::EntryRow::TABLE,
    message::MessageRow::TABLE,
    message::ChangeRow::TABLE,
    message::ReactionRow::TABLE,
    message::DeliveryRow::TABLE,
    message::InputRow::TABLE,
    number::NumberRow::TABLE,
    bot::BotRow::TABLE,
    bot::VersionRow::TABLE,
    bot::BindingRow::TABLE,
    contact::ContactRow::TABLE,
    deal::DealRow::TABLE,
    person::PersonRow::TABLE,
    quick_reply::QuickReplyRow::TABLE,
    saved_view::SavedViewRow::TABLE,
    settings::SettingsRow::TABLE,
    settings::NumberHoursRow::TABLE,
    activity::MessageFact::TABLE,
    activity::DeliveryFact::TABLE,
    activity::StandingFact::TABLE,
    activity::ChangeFact::TABLE,
    activity::WaitFact::TABLE,
    activity::SessionFact::TABLE,
    activity::VisitFact::TABLE,
    activity::PressFact::TABLE,
];

/// Every statement, those of builds with the names of build 1. They need [`MIGRATIONS`], then `create`
/// and `show` of all [`TABLES`].
pub fn statements() -> Vec<Statement> {
    let of_tables = TABLES.iter().flat_map(|table| {
        [table.load, table.save, table.dump].map(|(sqlite, postgres)| Statement {
            name: table.name,
            sqlite,
            postgres,
        })
    });
    let queries = [
        RUNNER,
        activity::STATEMENTS,
        conversation::STATEMENTS,
        message::STATEMENTS,
        number::STATEMENTS,
        bot::STATEMENTS,
        contact::STATEMENTS,
        deal::STATEMENTS,
        person::STATEMENTS,
        quick_reply::STATEMENTS,
        saved_view::STATEMENTS,
        settings::STATEMENTS,
    ];
    queries
        .into_iter()
        .flatten()
        .copied()
        .chain(of_tables)
        .collect()
}

/// The projections of this version.
pub(crate) fn all_projections() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(activity::ActivityProjection),
        Arc::new(bot::BotProjection),
        Arc::new(contact::ContactProjection),
        Arc::new(conversation::ConversationProjection),
        Arc::new(deal::DealProjection),
        Arc::new(message::MessageProjection),
        Arc::new(number::NumberProjection),
        Arc::new(person::PersonProjection),
        Arc::new(quick_reply::QuickReplyProjection),
        Arc::new(saved_view::SavedViewProjection),
        Arc::new(settings::SettingsProjection),
    ]
}
