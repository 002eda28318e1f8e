//! The table of people. Owner: the API token's stream.

use crate::table::read_table;

read_table! {
    /// One token; revoked ones stay, because events name them.
    PersonRow in "people" key "id" load "id" indexes "";
    id: text,
    name: text,
    role: text,
    made_at: int,
    revoked_at: opt_int,
}
