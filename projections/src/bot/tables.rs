//! The tables of bots. Owner of all rows: the bot's stream.

use crate::table::read_table;

read_table! {
    /// One bot.
    BotRow in "bot_rows" key "id" load "id" indexes "";
    id: text,
    name: text,
    is_active: int,
    draft_revision: int,
    draft_definition: opt_text,
    published_version: int,
    created_at: int,
    updated_at: int,
}

read_table! {
    /// A published version.
    VersionRow in "bot_versions" key "bot, version" load "bot" indexes "";
    bot: text,
    version: int,
    definition: text,
    published_at: int,
}

read_table! {
    /// A number that a bot serves, or served (`bound` 0).
    BindingRow in "bot_numbers" key "bot, number" load "bot"
    indexes "create index bot_numbers_b1_number on bot_numbers_b1 (number)";
    bot: text,
    number: text,
    bound: int,
}
