//! The figures and what each of them means. This is the one place of the definitions; interfaces show
//! these texts, and [`DEFINITIONS_VERSION`] grows when one of them changes.
//!
//! Common to all: a day begins and ends in the installation's time zone. What the customer did belongs to
//! the day of Meta's time, however late it reached us; what we decided to the day on which it was decided.
//! With a bot only its part counts; without one everything does.

use domain::ids::{BotId, NumberId};

use super::Day;

/// Version of the definitions in this file; an answer names it, and facts of another version are rebuilt.
pub const DEFINITIONS_VERSION: u32 = 1;

/// A value that is stored and shown by its code.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its code.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(code: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|one| one.as_str() == code).ok_or(())
            }
        }
    };
}

codes! {
    /// Who a message came from.
    Direction {
        /// From the customer.
        Inbound = "inbound",
        /// From a bot or a person.
        Outbound = "outbound",
    }
}

codes! {
    /// The last that is known of a message.
    DeliveryStatus {
        /// It came in.
        Received = "received",
        /// Decided, and nothing is known of it yet.
        Pending = "pending",
        /// Meta took it.
        Sent = "sent",
        /// It reached the customer's phone.
        Delivered = "delivered",
        /// The customer read it or played it.
        Read = "read",
        /// Meta took it and reported later that it could not be delivered.
        Failed = "failed",
        /// Meta refused it, or our own guard did when it was about to leave.
        Rejected = "rejected",
        /// Whether Meta took it cannot be known.
        Unknown = "unknown",
        /// It was withdrawn before it left.
        Canceled = "canceled",
    }
}

codes! {
    /// What happened to a conversation.
    ConversationChange {
        /// A customer had the first contact with a number. Counted on the day of what the customer did.
        Opened = "opened",
        /// A person closed it.
        Closed = "closed",
        /// The customer wrote on a closed conversation (counted on the day of the message), or a person
        /// opened it again.
        Reopened = "reopened",
        /// It passed to people: a person began to be awaited, or took it from a bot or from nobody while
        /// none was awaited. From person to person it does not pass again.
        HandedOver = "handed_over",
    }
}

codes! {
    /// How a bot's run ended.
    Outcome {
        /// It has not ended: it waits for the customer.
        Running = "running",
        /// The scenario came to its end.
        Completed = "completed",
        /// People went on: the scenario said so, the bot did not understand twice, a message could not be
        /// sent, or a person took over.
        HandedOver = "handed_over",
        /// A person closed the conversation while it ran.
        Abandoned = "abandoned",
        /// The customer did not answer in time.
        Expired = "expired",
        /// A guard stopped it.
        Failed = "failed",
    }
}

/// What went on in a range of days. Rows exist for what happened only; each list is in the order of its
/// columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Version of the definitions by which it was counted.
    pub definitions: u32,
    /// Position of the last event that is counted.
    pub position: u64,
    /// Time zone in which days begin and end.
    pub time_zone: String,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Messages.
    pub messages: Vec<MessageCount>,
    /// Changes of conversations.
    pub conversations: Vec<ConversationCount>,
    /// First answers of people, by the day and number.
    pub first_responses: Vec<FirstResponse>,
    /// First answers of people in the whole range: medians of days cannot be added up.
    pub first_response_total: ResponseTimes,
    /// Runs of bots.
    pub sessions: Vec<SessionCount>,
    /// Nodes of scenarios.
    pub nodes: Vec<NodeCount>,
    /// Pressed buttons.
    pub presses: Vec<ButtonPresses>,
}

/// Messages of a number on a day: of customers by Meta's time, ours by the time they were queued.
/// Reactions, edits, deletions and notices are no messages. A message is counted once, under the last
/// status known of it, so a day's figures move while statuses come in. With a bot: what it wrote, and what
/// customers wrote while it handled the conversation (so not the message that started it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageCount {
    /// The day.
    pub day: Day,
    /// Our number.
    pub number: NumberId,
    /// Who the messages came from.
    pub direction: Direction,
    /// Their kind: `text`, `image`, `interactive`, ...
    pub message_type: String,
    /// The last that is known of them.
    pub status: DeliveryStatus,
    /// How many.
    pub count: u64,
}

/// Changes of conversations of a number on a day. With a bot: the hand-overs of conversations that it
/// handled last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationCount {
    /// The day.
    pub day: Day,
    /// Our number.
    pub number: NumberId,
    /// What happened.
    pub change: ConversationChange,
    /// Why, for a hand-over: `handed_over` (the scenario said so), `send_failed`, `not_understood`,
    /// `bot_failed`, `taken_over`.
    pub cause: Option<String>,
    /// How many. Conversations that pass to people twice on a day count twice.
    pub count: u64,
}

/// How long customers waited for a person, by the day on which the wait began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstResponse {
    /// The day on which the waits began.
    pub day: Day,
    /// Our number.
    pub number: NumberId,
    /// The times.
    pub times: ResponseTimes,
}

/// Times from a hand-over to the first message of a person. A wait begins when a person begins to be
/// awaited (not with the customer's first message to the bot) and ends when an operator's message is
/// queued; a take-over alone or a message that the installation sends by itself does not end it. A wait that ends by closing or handing back stays
/// unanswered. All hours count, also those at night. With a bot: waits that follow its hand-overs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseTimes {
    /// Waits that began.
    pub waits: u64,
    /// Those that a person answered; the times below are of these.
    pub answered: u64,
    /// All times together, in milliseconds.
    pub sum_ms: u64,
    /// Half of the answers took at most this long (nearest rank), in milliseconds.
    pub median_ms: Option<u64>,
    /// Nine of ten answers took at most this long (nearest rank), in milliseconds.
    pub p90_ms: Option<u64>,
}

/// Runs of a bot that started on a day, by what became of them; a run that a person handed back to goes on
/// and counts by its new end. The counts of all outcomes together are
/// the runs that started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCount {
    /// The day on which they started.
    pub day: Day,
    /// Our number.
    pub number: NumberId,
    /// The bot.
    pub bot: BotId,
    /// Its version.
    pub version: u32,
    /// What became of them.
    pub outcome: Outcome,
    /// How many.
    pub count: u64,
}

/// A node in the runs that started on a day. Every visit either went on, or was the last of its run:
/// `visits` = `went_on` + the six others. A run ends at the node that it entered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCount {
    /// The day on which the runs started.
    pub day: Day,
    /// Our number.
    pub number: NumberId,
    /// The bot.
    pub bot: BotId,
    /// Its version.
    pub version: u32,
    /// The node.
    pub node: String,
    /// Runs that entered it at least once.
    pub sessions: u64,
    /// How often it was entered.
    pub visits: u64,
    /// Visits after which the run went on to a node.
    pub went_on: u64,
    /// Runs that wait here now.
    pub running: u64,
    /// Runs that completed here.
    pub completed: u64,
    /// Runs that people took from here.
    pub handed_over: u64,
    /// Runs that were here when a person closed the conversation.
    pub abandoned: u64,
    /// Runs whose customer did not answer here in time.
    pub expired: u64,
    /// Runs that a guard stopped here.
    pub failed: u64,
}

impl NodeCount {
    /// Runs whose last visit this was, by what became of them.
    pub const fn ends(&self) -> [(Outcome, u64); 6] {
        [
            (Outcome::Running, self.running),
            (Outcome::Completed, self.completed),
            (Outcome::HandedOver, self.handed_over),
            (Outcome::Abandoned, self.abandoned),
            (Outcome::Expired, self.expired),
            (Outcome::Failed, self.failed),
        ]
    }

    /// Runs that ended here because the customer did not go on: expired or abandoned.
    pub const fn drop_off(&self) -> u64 {
        self.expired + self.abandoned
    }
}

/// Presses of a button of a bot on a day. A title that was typed counts; a message counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ButtonPresses {
    /// The day on which the customer pressed.
    pub day: Day,
    /// Our number.
    pub number: NumberId,
    /// The bot.
    pub bot: BotId,
    /// Its version.
    pub version: u32,
    /// The node that shows the button.
    pub node: String,
    /// The button's id.
    pub button: String,
    /// The button's title.
    pub title: String,
    /// How often.
    pub count: u64,
}
