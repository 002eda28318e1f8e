//! The tables of the timeline. Owners: the conversation's stream (messages, changes, reactions), the
//! delivery's (deliveries) and the session's (inputs). Each holds the facts of one stream type; they are
//! joined when read, so it does not matter which came first.

use crate::table::read_table;

read_table! {
    /// One message. `sort_at` and `place` never change: they are the page key.
    MessageRow in "message_rows" key "id" load "id"
    indexes "create index message_rows_b1_page on message_rows_b1 (conversation, sort_at, place)";
    id: text,
    conversation: text,
    place: int,
    sort_at: int,
    direction: text,
    sender: text,
    sender_id: opt_text,
    session: opt_text,
    bot_version: opt_int,
    turn: opt_int,
    node: opt_text,
    message_type: text,
    content: text,
    payload: opt_text,
    reply_to: opt_text,
    repeats: opt_text,
    inbound_wamid: opt_text,
    created_at: int,
    canceled_at: opt_int,
    cancel_reason: opt_text,
    unanswered_reason: opt_text,
}

read_table! {
    /// What the customer changed of a message: the latest edit, and the deletion, which stays.
    ChangeRow in "message_changes" key "target" load "target" indexes "";
    target: text,
    edit: opt_text,
    edited_at: opt_int,
    message_type: opt_text,
    content: opt_text,
    payload: opt_text,
    revoked_at: opt_int,
}

read_table! {
    /// The latest reaction of one side to a message; without an emoji it was taken back.
    ReactionRow in "message_reactions" key "target, sender" load "target" indexes "";
    target: text,
    sender: text,
    reaction: text,
    emoji: opt_text,
    at: int,
}

read_table! {
    /// What became of an outbound message.
    DeliveryRow in "message_deliveries" key "message" load "message" indexes "";
    message: text,
    outcome: text,
    outcome_at: opt_int,
    wamid: opt_text,
    error_code: opt_text,
    error_meta_code: opt_int,
    error_title: opt_text,
    error_detail: opt_text,
    unknown_cause: opt_text,
    taken_at: opt_int,
    rejected_at: opt_int,
    sent_at: opt_int,
    delivered_at: opt_int,
    read_at: opt_int,
    played_at: opt_int,
    failed_at: opt_int,
}

read_table! {
    /// Why a bot's run did not take a message as an answer.
    InputRow in "message_inputs" key "message" load "message" indexes "";
    message: text,
    session: text,
    refused_reason: opt_text,
}
