//! The tables of facts. Owners: the conversation's stream (messages, standings, changes, waits), the
//! delivery's (deliveries), the session's (sessions, visits, presses). They are joined when read.

use crate::table::read_table;

read_table! {
    /// A message: of the customer at Meta's time, of ours when it was queued.
    MessageFact in "activity_messages" key "id" load "id"
    indexes "create index activity_messages_b1_at on activity_messages_b1 (at)";
    id: text,
    number: text,
    at: int,
    direction: text,
    message_type: text,
    bot: opt_text,
    canceled: int,
}

read_table! {
    /// What became of an outbound message: one bit for each kind of event, and the status they make.
    DeliveryFact in "activity_deliveries" key "message" load "message" indexes "";
    message: text,
    seen: int,
    status: text,
}

read_table! {
    /// How a conversation stands, as far as the next fact depends on it. `opening` and `wait` name a
    /// change whose day is not settled and a wait that nobody has answered.
    StandingFact in "activity_standings" key "conversation" load "conversation" indexes "";
    conversation: text,
    number: text,
    bot: opt_text,
    bot_handles: int,
    with_people: int,
    opening: opt_int,
    wait: opt_int,
}

read_table! {
    /// A conversation was opened, closed, reopened or handed over.
    ChangeFact in "activity_changes" key "id" load "id"
    indexes "create index activity_changes_b1_at on activity_changes_b1 (at)";
    id: text,
    number: text,
    at: int,
    change: text,
    cause: opt_text,
    bot: opt_text,
}

read_table! {
    /// A person was awaited, and how long until one wrote.
    WaitFact in "activity_waits" key "id" load "id"
    indexes "create index activity_waits_b1_at on activity_waits_b1 (at)";
    id: text,
    number: text,
    at: int,
    bot: opt_text,
    micros: opt_int,
}

read_table! {
    /// A run of a bot: the node it entered last, and how it ended.
    SessionFact in "activity_sessions" key "id" load "id"
    indexes "create index activity_sessions_b1_at on activity_sessions_b1 (at)";
    id: text,
    number: text,
    at: int,
    bot: text,
    version: int,
    node: opt_text,
    outcome: text,
}

read_table! {
    /// How often a run entered a node and went on from it to another one.
    VisitFact in "activity_visits" key "session, node" load "session" indexes "";
    session: text,
    node: text,
    entries: int,
    exits: int,
}

read_table! {
    /// A button was pressed; a message presses one at most.
    PressFact in "activity_presses" key "message" load "message"
    indexes "create index activity_presses_b1_at on activity_presses_b1 (at)";
    message: text,
    session: text,
    at: int,
    bot: text,
    version: int,
    node: text,
    button: text,
    title: text,
}
