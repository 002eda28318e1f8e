//! Who may do what: one table of roles and actions.

use domain::api_token::Role;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read numbers.
    ReadNumbers,
    /// Add, change, switch, remove numbers.
    ManageNumbers,
    /// Read bots.
    ReadBots,
    /// Make, publish, bind bots.
    ManageBots,
    /// Read conversations and their messages.
    ReadConversations,
    /// Read contacts.
    ReadContacts,
    /// Write to customers.
    Send,
    /// Take a conversation over.
    TakeOver,
    /// Hand a conversation back.
    HandBack,
    /// Close and reopen conversations.
    Close,
    /// Assign conversations to people.
    Assign,
    /// Leave notes.
    Note,
    /// Mark conversations as read.
    MarkRead,
    /// Tag customers and set their attributes.
    EditContacts,
    /// Show and see who looks at a conversation and who types.
    Presence,
    /// Save views of one's own.
    OwnViews,
    /// Save views for everyone, and change them.
    SharedViews,
    /// Add, change and remove quick replies.
    QuickReplies,
    /// Set time zone, hours and texts.
    ManageSettings,
    /// Read events with personal data masked.
    ReadMaskedEvents,
    /// Read events with personal data in plain text.
    ReadOpenEvents,
    /// Read figures of what went on; they name no customer.
    ReadActivity,
    /// Make and revoke API tokens.
    ManageTokens,
    /// Read metrics, look at and rebuild read models.
    Operate,
}

impl Action {
    /// Every action, for tables and tests.
    pub const ALL: [Self; 24] = [
        Self::ReadNumbers,
        Self::ManageNumbers,
        Self::ReadBots,
        Self::ManageBots,
        Self::ReadConversations,
        Self::ReadContacts,
        Self::Send,
        Self::TakeOver,
        Self::HandBack,
        Self::Close,
        Self::Assign,
        Self::Note,
        Self::MarkRead,
        Self::EditContacts,
        Self::Presence,
        Self::OwnViews,
        Self::SharedViews,
        Self::QuickReplies,
        Self::ManageSettings,
        Self::ReadMaskedEvents,
        Self::ReadOpenEvents,
        Self::ReadActivity,
        Self::ManageTokens,
        Self::Operate,
    ];
}

/// Whether a role may do it.
pub const fn allows(role: Role, action: Action) -> bool {
    match role {
        Role::Admin => true,
        Role::Agent => matches!(
            action,
            Action::ReadNumbers
                | Action::ReadBots
                | Action::ReadConversations
                | Action::ReadContacts
                | Action::Send
                | Action::TakeOver
                | Action::HandBack
                | Action::Close
                | Action::Assign
                | Action::Note
                | Action::MarkRead
                | Action::EditContacts
                | Action::Presence
                | Action::OwnViews
                | Action::QuickReplies
        ),
        Role::Analyst => {
            matches!(
                action,
                Action::ReadNumbers
                    | Action::ReadBots
                    | Action::ReadMaskedEvents
                    | Action::ReadActivity
            )
        }
    }
}

#[cfg(test)]
mod tests;
