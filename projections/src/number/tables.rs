//! The table of numbers. Owner of its rows: the number's stream.

use crate::table::read_table;

read_table! {
    /// One number.
    NumberRow in "number_rows" key "id" load "id"
    indexes "create index number_rows_b1_phone on number_rows_b1 (phone_number_id)";
    id: text,
    kind: text,
    display_name: text,
    phone_number: text,
    phone_number_id: text,
    business_account: opt_text,
    token_last4: text,
    token_set_at: int,
    is_active: int,
    auth_broken_code: opt_int,
    removed_at: opt_int,
    created_at: int,
    updated_at: int,
}
