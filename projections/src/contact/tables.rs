//! The table of contacts. Owner of its rows: the contact's stream.

use crate::table::read_table;

read_table! {
    /// One contact.
    ContactRow in "contact_rows" key "id" load "id" indexes "";
    id: text,
    bsuid: opt_text,
    parent_bsuid: opt_text,
    wa_id: opt_text,
    username: opt_text,
    profile_name: opt_text,
    attributes: text,
    tags: text,
    conflicts_with: opt_text,
    search: text,
    created_at: int,
    updated_at: int,
}
