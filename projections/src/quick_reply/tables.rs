//! The table of quick replies. Owner: the reply's stream.

use crate::table::read_table;

read_table! {
    /// One quick reply; a removed one stays as a mark.
    QuickReplyRow in "quick_reply_rows" key "id" load "id" indexes "";
    id: text,
    shortcut: text,
    texts: text,
    created_at: int,
    updated_at: int,
    removed_at: opt_int,
}
