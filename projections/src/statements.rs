//! All SQL of the read models in one list, so that a test can prepare each text on both databases.

use std::sync::Arc;

use infrastructure::database::db::Statement;

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

pub(crate) const COUNT_FOREIGN: Statement = Statement::portable(
    "runner count_foreign",
    "select count(case when epoch <> $1 then 1 end), coalesce(max(position), 0) from projections",
);
pub(crate) const BUILDS_BUILDING: Statement = Statement::portable(
    "runner builds_building",
    "select build from projections where name = $1 and state = 'building'",
);
pub(crate) const BUILD_LIVE: Statement = Statement::portable(
    "runner build_live",
    "select build, version, position from projections where name = $1 and state = 'live'",
);
pub(crate) const BUILD_LAST: Statement = Statement::portable(
    "runner build_last",
    "select coalesce(max(build), 0) from projections where name = $1",
);
pub(crate) const BUILD_ADD: Statement = Statement::portable(
    "runner build_add",
    "insert into projections \
    (name, build, version, state, position, epoch) values ($1, $2, $3, 'building', 0, $4)",
);
pub(crate) const BUILD_SHOW: Statement = Statement::portable(
    "runner build_show",
    "update projections set state = 'live' where name = $1 and build = $2",
);
pub(crate) const BUILD_FORGET: Statement = Statement::portable(
    "runner build_forget",
    "delete from projections where name = $1 and build = $2",
);
pub(crate) const CHECKPOINT: Statement = Statement::portable(
    "runner checkpoint",
    "update projections set position = $1 where name = $2 and build = $3 and position = $4",
);
/// `$5` and `$6` the lease under which the build is owned.
pub(crate) const CHECKPOINT_UNDER_LEASE: Statement = Statement::for_postgres(
    "runner checkpoint_under_lease",
    "update projections set position = $1 where name = $2 and build = $3 and position = $4 \
       and lease_holds($5, $6)",
);
/// Keeps the live build from moving until the commit.
pub(crate) const LIVE_LOCK: Statement = Statement::of(
    "runner live_lock",
    "select position from projections where name = $1 and state = 'live'",
    "select position from projections where name = $1 and state = 'live' for update",
);
/// All builds, with how many streams each has parked.
pub(crate) const BUILDS: Statement = Statement::portable(
    "runner builds",
    "select name, build, version, state, position, \
       (select count(*) from projection_failures as f \
        where f.name = projections.name and f.build = projections.build) \
     from projections order by name, build",
);
pub(crate) const FAILURES: Statement = Statement::portable(
    "runner failures",
    "select row_key from projection_failures where name = $1 and build = $2",
);
pub(crate) const FAILURE_ADD: Statement = Statement::portable(
    "runner failure_add",
    "insert into projection_failures \
    (name, build, row_key, position, error) values ($1, $2, $3, $4, $5) \
    on conflict (name, build, row_key) do nothing",
);
pub(crate) const FAILURES_FORGET: Statement = Statement::portable(
    "runner failures_forget",
    "delete from projection_failures where name = $1 and build = $2",
);

/// Held to the end of the transaction that opens the read models ("vstnread" as a number).
pub(crate) const OPENING_LOCK: Statement = Statement::for_postgres(
    "runner opening_lock",
    "select pg_advisory_xact_lock(8535293736511693156)",
);
pub(crate) const SCHEMA_EXISTS: Statement = Statement::for_postgres(
    "runner schema_exists",
    "select to_regnamespace('read_models') is not null",
);
pub(crate) const SCHEMA_TABLES: Statement = Statement::for_postgres(
    "runner schema_tables",
    "select cast(c.oid as regclass)::text from pg_class c \
     where c.relnamespace = to_regnamespace('read_models') and c.relkind = 'r'",
);

const RUNNER: &[Statement] = &[
    COUNT_FOREIGN,
    BUILDS_BUILDING,
    BUILD_LIVE,
    BUILD_LAST,
    BUILD_ADD,
    BUILD_SHOW,
    BUILD_FORGET,
    CHECKPOINT,
    CHECKPOINT_UNDER_LEASE,
    LIVE_LOCK,
    BUILDS,
    FAILURES,
    FAILURE_ADD,
    FAILURES_FORGET,
    OPENING_LOCK,
    SCHEMA_EXISTS,
    SCHEMA_TABLES,
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
