//! What happened in one run of a bot: one commit per turn.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FailReason, HandOverCause, RefusedReason, WaitKind};
use crate::bot::BlobHash;
use crate::ids::{BotId, ContactId, ConversationId, DealId, MessageId, NumberId, SessionId};
use crate::message::Content;
use crate::personal::Personal;
use crate::time::Timestamp;

/// Events of one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum BotSessionEvent {
    /// The run began, with the version it keeps to its end.
    ///
    /// Example: `{"Started":{"at":"2026-11-18T11:06:40Z","session":"00000000-0000-0000-0000-000000000004","conversation":"00000000-0000-0000-0000-000000000005","contact":"00000000-0000-0000-0000-000000000002","number":"00000000-0000-0000-0000-000000000001","bot":"00000000-0000-0000-0000-000000000003","version":7,"definition":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","epoch":1,"trigger":"00000000-0000-0000-0000-000000000100"}}`
    Started {
        /// When.
        at: Timestamp,
        /// The run itself: the ids of its messages and deals are derived from it.
        session: SessionId,
        /// The conversation.
        conversation: ConversationId,
        /// The customer, whose key seals this stream.
        contact: ContactId,
        /// Our number.
        number: NumberId,
        /// The bot.
        bot: BotId,
        /// Its version.
        version: u32,
        /// The version's definition.
        definition: BlobHash,
        /// The handler's epoch under which the run decides.
        epoch: u64,
        /// The message that started it.
        trigger: Option<MessageId>,
    },
    /// A node was entered.
    ///
    /// Example: `{"NodeEntered":{"turn":1,"node":"menu","node_type":"buttons"}}`
    NodeEntered {
        /// The turn, from 1.
        turn: u32,
        /// The node's id.
        node: String,
        /// Its type.
        node_type: String,
    },
    /// A node speaks: the message is relayed to the conversation.
    ///
    /// Example: `{"MessageComposed":{"message":"117284b8-542a-5e77-99d5-9eb633925a04","turn":1,"node":"menu","personal":{"content":{"buttons":{"body":"Что вас интересует?","buttons":[{"id":"book","title":"Записаться на услугу"}]}}}}}`
    MessageComposed {
        /// The message and send id, derived from session, turn and ordinal.
        message: MessageId,
        /// The turn.
        turn: u32,
        /// The node.
        node: String,
        /// What it says.
        personal: Personal<Composed>,
    },
    /// The run waits for the customer.
    ///
    /// Example: `{"Waiting":{"wait":1,"node":"menu","kind":"press","question":"117284b8-542a-5e77-99d5-9eb633925a04","since":"2026-11-18T11:06:40Z","expires_at":"2026-11-18T12:06:40Z"}}`
    Waiting {
        /// Counts waits from 1; a timer of an older wait is stale.
        wait: u32,
        /// The node that asks.
        node: String,
        /// What for.
        kind: WaitKind,
        /// The question's message.
        question: MessageId,
        /// Since when.
        since: Timestamp,
        /// When the run expires.
        expires_at: Timestamp,
    },
    /// An input answered the wait.
    ///
    /// Example: `{"InputTaken":{"at":"2026-11-18T11:06:45Z","message":"00000000-0000-0000-0000-000000000101","wait":1,"node":"menu","personal":{"text":"Записаться на услугу"}}}`
    InputTaken {
        /// When.
        at: Timestamp,
        /// The customer's message.
        message: MessageId,
        /// The wait it answers.
        wait: u32,
        /// The node that asked.
        node: String,
        /// What it says.
        personal: Personal<InputText>,
    },
    /// An input did not answer, and why; the run waits on.
    ///
    /// Example: `{"InputRefused":{"at":"2026-11-18T11:06:46Z","message":"00000000-0000-0000-0000-000000000102","wait":1,"reason":"before_question"}}`
    InputRefused {
        /// When.
        at: Timestamp,
        /// The customer's message.
        message: MessageId,
        /// The wait it met, if one was open.
        wait: Option<u32>,
        /// Why.
        reason: RefusedReason,
    },
    /// A button was pressed, or its label typed.
    ///
    /// Example: `{"ButtonPressed":{"at":"2026-11-18T11:06:45Z","message":"00000000-0000-0000-0000-000000000101","bot":"00000000-0000-0000-0000-000000000003","version":7,"node":"menu","button_id":"book","title":"Записаться на услугу"}}`
    ButtonPressed {
        /// When.
        at: Timestamp,
        /// The customer's message.
        message: MessageId,
        /// The bot.
        bot: BotId,
        /// Its version.
        version: u32,
        /// The buttons node.
        node: String,
        /// The button's id.
        button_id: String,
        /// The button's title.
        title: String,
    },
    /// An answer was saved under a name; it becomes the contact's attribute.
    ///
    /// Example: `{"VariableSet":{"name":"customer_name","node":"ask_name","personal":{"value":"Анна"}}}`
    VariableSet {
        /// The name.
        name: String,
        /// The node.
        node: String,
        /// The value.
        personal: Personal<VariableValue>,
    },
    /// A condition decided.
    ///
    /// Example: `{"ConditionDecided":{"node":"wants_booking","verdict":true}}`
    ConditionDecided {
        /// The node.
        node: String,
        /// Whether it held.
        verdict: bool,
    },
    /// An action was taken; what it does to others is relayed.
    ///
    /// Example: `{"ActionTaken":{"node":"create_deal","action":{"create_deal":{"deal":"00000000-0000-0000-0000-000000000006"}},"personal":{"value":"Анна, 12 декабря"}}}`
    ActionTaken {
        /// The node.
        node: String,
        /// Which.
        action: Action,
        /// With what.
        personal: Personal<VariableValue>,
    },
    /// People are to go on.
    ///
    /// Example: `{"HandedOver":{"at":"2026-11-18T11:06:49Z","node":"menu","cause":"send_failed","code":"window_closed"}}`
    HandedOver {
        /// When.
        at: Timestamp,
        /// The node it stood at.
        node: Option<String>,
        /// Why.
        cause: HandOverCause,
        /// The code of the refusal, for `send_failed`.
        code: Option<String>,
    },
    /// A person handed the conversation back to this run: it asks again where it asked last.
    ///
    /// Example: `{"Resumed":{"at":"2026-11-18T11:06:49Z","node":"menu","epoch":3}}`
    Resumed {
        /// When.
        at: Timestamp,
        /// The node that asks again.
        node: String,
        /// The handler's epoch under which the run decides from now on.
        epoch: u64,
    },
    /// The scenario ended; `missing_branch` names the edge that did not exist.
    ///
    /// Example: `{"Completed":{"at":"2026-11-18T11:06:49Z","node":"wants_booking","missing_branch":"false"}}`
    Completed {
        /// When.
        at: Timestamp,
        /// The last node.
        node: String,
        /// The label that no edge has, or `next`.
        missing_branch: Option<String>,
    },
    /// Nobody answered in time.
    ///
    /// Example: `{"Expired":{"at":"2026-11-18T12:06:40Z","wait":1}}`
    Expired {
        /// When.
        at: Timestamp,
        /// The wait that ended.
        wait: u32,
    },
    /// A guard stopped it.
    ///
    /// Example: `{"Failed":{"at":"2026-11-18T11:06:49Z","node":"menu","reason":"too_many_steps"}}`
    Failed {
        /// When.
        at: Timestamp,
        /// The node it stood at.
        node: Option<String>,
        /// Why.
        reason: FailReason,
    },
}

/// What an action does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The value becomes the contact's attribute `field`.
    SaveToCrm {
        /// Name of the attribute.
        field: String,
    },
    /// A deal is opened with the value as its title.
    CreateDeal {
        /// Its id, derived from session, turn and step.
        deal: DealId,
    },
    /// The value becomes a tag of the contact.
    AssignTag,
    /// People are to go on.
    HumanTakeover,
}

/// Personal fields of a composed message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Composed {
    /// What to say.
    pub content: Content,
}

/// Personal fields of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputText {
    /// The text a bot read.
    pub text: String,
}

/// Personal fields of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VariableValue {
    /// The text.
    pub value: String,
}

impl DomainEvent for BotSessionEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Started { .. } => "BotSessionStarted",
            Self::NodeEntered { .. } => "BotSessionNodeEntered",
            Self::MessageComposed { .. } => "BotSessionMessageComposed",
            Self::Waiting { .. } => "BotSessionWaiting",
            Self::InputTaken { .. } => "BotSessionInputTaken",
            Self::InputRefused { .. } => "BotSessionInputRefused",
            Self::ButtonPressed { .. } => "BotSessionButtonPressed",
            Self::VariableSet { .. } => "BotSessionVariableSet",
            Self::ConditionDecided { .. } => "BotSessionConditionDecided",
            Self::ActionTaken { .. } => "BotSessionActionTaken",
            Self::HandedOver { .. } => "BotSessionHandedOver",
            Self::Resumed { .. } => "BotSessionResumed",
            Self::Completed { .. } => "BotSessionCompleted",
            Self::Expired { .. } => "BotSessionExpired",
            Self::Failed { .. } => "BotSessionFailed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
