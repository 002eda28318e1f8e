//! The tables of the settings. Owner: the one stream of the settings.

use crate::table::read_table;

read_table! {
    /// What holds for all: one row.
    SettingsRow in "settings_rows" key "id" load "id" indexes "";
    id: text,
    time_zone: text,
    updated_at: int,
}

read_table! {
    /// When people answer on a number, and what is said outside these hours.
    NumberHoursRow in "number_hours" key "number" load "number" indexes "";
    number: text,
    hours: text,
    out_of_hours_text: opt_text,
    updated_at: int,
}
