//! The table of deals. Owner of its rows: the deal's stream.

use crate::table::read_table;

read_table! {
    /// One deal.
    DealRow in "deal_rows" key "id" load "id"
    indexes "create index deal_rows_b1_page on deal_rows_b1 (created_at, id)";
    id: text,
    contact: text,
    conversation: text,
    bot: text,
    session: text,
    stage: text,
    title: text,
    attributes: text,
    created_at: int,
}
