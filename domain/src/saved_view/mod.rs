//! A saved view: a filter and an order of the list of conversations under a name, one person's or shared.

mod command;
mod event;
mod filter;
mod state;
#[cfg(test)]
mod tests;

pub use command::{SavedViewCommand, SavedViewError};
pub use event::SavedViewEvent;
pub use filter::{ViewAssignee, ViewFilter, ViewHandler, ViewSort};
pub use state::{SavedView, SavedViewContent};
