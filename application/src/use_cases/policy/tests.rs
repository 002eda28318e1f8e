//! Who may do what, as a table.

use super::{Action, allows};
use domain::api_token::Role;

fn allowed(role: Role) -> Vec<Action> {
    Action::ALL
        .into_iter()
        .filter(|action| allows(role, *action))
        .collect()
}

#[test]
fn admins_may_do_everything() {
    assert_eq!(allowed(Role::Admin), Action::ALL);
}

#[test]
fn agents_work_on_conversations_and_manage_nothing() {
    assert_eq!(
        allowed(Role::Agent),
        [
            Action::ReadNumbers,
            Action::ReadBots,
            Action::ReadConversations,
            Action::ReadContacts,
            Action::Send,
            Action::TakeOver,
            Action::HandBack,
            Action::Close,
            Action::Assign,
            Action::Note,
            Action::MarkRead,
            Action::EditContacts,
            Action::Presence,
            Action::OwnViews,
            Action::QuickReplies,
        ]
    );
}

#[test]
fn analysts_read_what_names_no_customer_and_change_nothing() {
    assert_eq!(
        allowed(Role::Analyst),
        [
            Action::ReadNumbers,
            Action::ReadBots,
            Action::ReadMaskedEvents,
            Action::ReadActivity,
        ]
    );
}
