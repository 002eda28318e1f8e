//! The table of saved views. Owner: the view's stream.

use crate::table::read_table;

read_table! {
    /// One saved view, its filter and order as JSON; a removed one stays as a mark.
    SavedViewRow in "saved_view_rows" key "id" load "id" indexes "";
    id: text,
    owner: opt_text,
    name: text,
    filter: text,
    sort: text,
    created_at: int,
    updated_at: int,
    removed_at: opt_int,
}
