//! What became of one outbound message. The stream's id is the message id, which is also the send id.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FailureCode, ReconciledBy, UnknownCause};
use crate::ids::{ContactId, ConversationId};
use crate::personal::Personal;
use crate::time::Timestamp;

/// Events of one delivery. Each names the conversation, so that it can be routed alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum DeliveryEvent {
    /// Meta took the message.
    /// Example: `{"Accepted":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","at":"2025-12-29T09:20:00Z","personal":{"wamid":"wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA","message_status":"paused"}}}`
    Accepted {
        /// The conversation.
        conversation: ConversationId,
        /// The customer, whose key seals this stream.
        contact: ContactId,
        /// When the answer came.
        at: Timestamp,
        /// Meta's message id.
        personal: Personal<AcceptedMessage>,
    },
    /// Meta definitely refused the message, or the guard did when it was about to leave.
    /// Example: `{"Rejected":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","at":"2025-12-29T09:20:00Z","code":"recipient_unavailable","meta_code":131026,"personal":{"title":"Message undeliverable"}}}`
    Rejected {
        /// The conversation.
        conversation: ConversationId,
        /// The customer.
        contact: ContactId,
        /// When the answer came.
        at: Timestamp,
        /// Our code, e.g. `window_closed`.
        code: FailureCode,
        /// Meta's code, if Meta answered.
        meta_code: Option<i64>,
        /// What Meta said.
        personal: Personal<FailureText>,
    },
    /// Whether Meta took the message cannot be known; it is not sent again by the machine.
    /// Example: `{"Unknown":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","at":"2025-12-29T09:20:00Z","cause":"timeout"}}`
    Unknown {
        /// The conversation.
        conversation: ConversationId,
        /// The customer.
        contact: ContactId,
        /// When this was declared.
        at: Timestamp,
        /// How the answer was lost.
        cause: UnknownCause,
    },
    /// An unknown outcome became known: Meta had taken it.
    /// Example: `{"Reconciled":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","at":"2025-12-29T09:20:00Z","by":"status","personal":{"wamid":"wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"}}}`
    Reconciled {
        /// The conversation.
        conversation: ConversationId,
        /// The customer, whose key seals this stream.
        contact: ContactId,
        /// When.
        at: Timestamp,
        /// By what.
        by: ReconciledBy,
        /// Meta's message id.
        personal: Personal<AcceptedMessage>,
    },
    /// Meta reported `sent`.
    /// Example: `{"Sent":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","received_at":"2025-12-29T09:20:02Z","provider_at":"2025-12-29T09:20:01Z","pricing":{"billable":true,"category":"service"}}}`
    Sent {
        /// The report.
        #[serde(flatten)]
        report: Report,
    },
    /// Meta reported `delivered`.
    /// Example: `{"Delivered":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","received_at":"2025-12-29T09:20:02Z","provider_at":"2025-12-29T09:20:01Z"}}`
    Delivered {
        /// The report.
        #[serde(flatten)]
        report: Report,
    },
    /// Meta reported `read`.
    /// Example: `{"Read":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","received_at":"2025-12-29T09:20:02Z","provider_at":"2025-12-29T09:20:01Z"}}`
    Read {
        /// The report.
        #[serde(flatten)]
        report: Report,
    },
    /// Meta reported `played`.
    /// Example: `{"Played":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","received_at":"2025-12-29T09:20:02Z","provider_at":"2025-12-29T09:20:01Z"}}`
    Played {
        /// The report.
        #[serde(flatten)]
        report: Report,
    },
    /// Meta reported `failed`.
    /// Example: `{"Failed":{"conversation":"00000000-0000-0000-0000-000000000002","contact":"00000000-0000-0000-0000-000000000001","received_at":"2025-12-29T09:20:02Z","provider_at":"2025-12-29T09:20:01Z","code":"recipient_unavailable","meta_code":131026,"personal":{"title":"Message undeliverable"}}}`
    Failed {
        /// The report.
        #[serde(flatten)]
        report: Report,
        /// Our code.
        code: FailureCode,
        /// Meta's code.
        meta_code: Option<i64>,
        /// What Meta said.
        personal: Personal<FailureText>,
    },
}

/// What every status report says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub contact: ContactId,
    /// When the delivery of the webhook reached us.
    pub received_at: Timestamp,
    /// Meta's timestamp.
    pub provider_at: Timestamp,
    /// Meta's `pricing` object, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Value>,
}

/// Meta's id of a message it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcceptedMessage {
    /// Meta's message id (contains the phone number).
    pub wamid: String,
    /// `held_for_quality_assessment`, `paused`: what Meta added to its acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_status: Option<String>,
}

/// What Meta said of a failure; it may quote the customer's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureText {
    /// Meta's title or message.
    pub title: String,
    /// Meta's details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl DomainEvent for DeliveryEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Accepted { .. } => "DeliveryAccepted",
            Self::Rejected { .. } => "DeliveryRejected",
            Self::Unknown { .. } => "DeliveryUnknown",
            Self::Reconciled { .. } => "DeliveryReconciled",
            Self::Sent { .. } => "DeliverySent",
            Self::Delivered { .. } => "DeliveryDelivered",
            Self::Read { .. } => "DeliveryRead",
            Self::Played { .. } => "DeliveryPlayed",
            Self::Failed { .. } => "DeliveryFailed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
