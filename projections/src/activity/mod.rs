//! What went on: messages, conversations, people's first answers, bots' runs, counted per number and day.
//!
//! Facts are narrow rows with their time; the day is a question of the query, so another time zone needs
//! no rebuild. Absent on purpose: texts, names and identifiers of customers, and sums kept up to date.

mod apply;
mod conversation;
mod days;
mod delivery;
mod model;
mod queries;
mod session;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::ActivityProjection;
pub use days::{Day, DayRange, InvalidRange, MAX_DAYS};
pub use model::{
    Activity, ButtonPresses, ConversationChange, ConversationCount, DEFINITIONS_VERSION,
    DeliveryStatus, Direction, FirstResponse, MessageCount, NodeCount, Outcome, ResponseTimes,
    SessionCount,
};
pub(crate) use queries::STATEMENTS;
pub(crate) use tables::{
    ChangeFact, DeliveryFact, MessageFact, PressFact, SessionFact, StandingFact, VisitFact,
    WaitFact,
};
