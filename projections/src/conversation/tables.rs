//! The tables of conversations. Owners: the conversation's stream, for sessions the session's.

use crate::table::read_table;

read_table! {
    /// One conversation. The last message is named, its text and status are joined.
    ConversationRow in "conversation_rows" key "id" load "id"
    indexes "create index conversation_rows_b1_page on conversation_rows_b1 (sort_at, id); \
        create index conversation_rows_b1_number on conversation_rows_b1 (number, last_received_at); \
        create index conversation_rows_b1_waiting on conversation_rows_b1 (awaiting_people_since, id); \
        create index conversation_rows_b1_contact on conversation_rows_b1 (contact)";
    id: text,
    number: text,
    contact: text,
    status: text,
    handler: text,
    handler_id: opt_text,
    handler_kind: opt_text,
    session: opt_text,
    epoch: int,
    awaiting_people_since: opt_int,
    assignee: opt_text,
    note_count: int,
    last_note_at: opt_int,
    unread_count: int,
    last_inbound_at: opt_int,
    last_received_at: opt_int,
    last_message: opt_text,
    last_message_place: int,
    last_message_at: opt_int,
    sort_at: int,
    created_at: int,
    updated_at: int,
    closed_at: opt_int,
}

read_table! {
    /// Where a run of a bot stands.
    SessionRow in "session_rows" key "id" load "id" indexes "";
    id: text,
    conversation: opt_text,
    bot: opt_text,
    version: opt_int,
    node: opt_text,
    state: text,
    expires_at: opt_int,
    started_at: opt_int,
    ended_at: opt_int,
}

read_table! {
    /// What stands in the timeline beside messages: a note, an assignment, a change of the handler.
    EntryRow in "conversation_entries" key "conversation, place" load "conversation" indexes "";
    conversation: text,
    place: int,
    at: int,
    kind: text,
    actor: opt_text,
    subject: opt_text,
    handler: opt_text,
    session: opt_text,
    cause: opt_text,
    awaits_people: int,
    note: opt_text,
}
