//! The state of a delivery: what became of the attempt, and which statuses Meta reported.
//!
//! Evidence that Meta took the message beats everything else, in any order: a status proves it, an answer
//! says it; an unknown or refused attempt gives way to either.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AcceptedMessage, DeliveryCommand, DeliveryError, DeliveryEvent, DeliveryHead, FailureCode,
    FailureText, ReconciledBy, Report, StatusKind, StatusReport,
};
use crate::any_event::aggregate_type;
use crate::ids::{ContactId, ConversationId};
use crate::personal::Personal;
use crate::stream::{self, StreamAggregate};
use crate::time::Timestamp;

/// What became of handing the message to Meta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is known yet.
    #[default]
    None,
    /// Meta took it.
    Accepted,
    /// Definitely refused.
    Rejected,
    /// It cannot be known.
    Unknown,
    /// It could not be known at first; Meta had taken it.
    Reconciled,
}

impl Outcome {
    /// Whether Meta is known to have taken the message.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Accepted | Self::Reconciled)
    }
}

/// One outbound message on its way.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    conversation: Option<ConversationId>,
    contact: Option<ContactId>,
    outcome: Outcome,
    wamid: Option<String>,
    /// One bit for each status seen, see [`bit`].
    seen: u8,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("conversation", &self.conversation)
            .field("outcome", &self.outcome)
            .field("best_status", &self.best_status())
            .finish_non_exhaustive()
    }
}

const fn bit(status: StatusKind) -> u8 {
    match status {
        StatusKind::Sent => 1,
        StatusKind::Delivered => 1 << 1,
        StatusKind::Read => 1 << 2,
        StatusKind::Played => 1 << 3,
        StatusKind::Failed => 1 << 4,
    }
}

impl Delivery {
    /// What became of handing it to Meta.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Meta's message id, once known and while not erased.
    pub fn wamid(&self) -> Option<&str> {
        self.wamid.as_deref()
    }

    /// Whether Meta reported this status.
    pub const fn has_seen(&self, status: StatusKind) -> bool {
        self.seen & bit(status) != 0
    }

    /// The status people see: the furthest one; `failed` only while nothing says it was delivered.
    pub fn best_status(&self) -> Option<StatusKind> {
        use StatusKind::{Delivered, Failed, Played, Read, Sent};
        [Played, Read, Delivered, Failed, Sent]
            .into_iter()
            .find(|status| self.has_seen(*status))
    }

    /// Whether people see it as failed: refused, or reported as failed and not delivered after all.
    pub fn is_failed(&self) -> bool {
        self.outcome == Outcome::Rejected || self.best_status() == Some(StatusKind::Failed)
    }

    fn taken(
        &self,
        head: &DeliveryHead,
        now: Timestamp,
        by: ReconciledBy,
        message: AcceptedMessage,
    ) -> Option<DeliveryEvent> {
        match self.outcome {
            Outcome::Accepted | Outcome::Reconciled => None,
            Outcome::Unknown => Some(DeliveryEvent::Reconciled {
                conversation: head.conversation,
                contact: head.contact,
                at: now,
                by,
                personal: message.into(),
            }),
            Outcome::None | Outcome::Rejected => Some(DeliveryEvent::Accepted {
                conversation: head.conversation,
                contact: head.contact,
                at: now,
                personal: message.into(),
            }),
        }
    }

    fn report(&self, report: &StatusReport) -> Vec<DeliveryEvent> {
        if self.has_seen(report.status) {
            return Vec::new();
        }
        let message = AcceptedMessage {
            wamid: report.wamid.clone(),
            message_status: None,
        };
        self.taken(&report.head, report.now, ReconciledBy::Status, message)
            .into_iter()
            .chain([status_event(report)])
            .collect()
    }

    fn take(&mut self, outcome: Outcome, personal: Personal<AcceptedMessage>) {
        self.outcome = outcome;
        if let Personal::Open(message) = personal {
            self.wamid = Some(message.wamid);
        }
    }

    fn see(&mut self, status: StatusKind, report: &Report) {
        self.locate(report.conversation, report.contact);
        self.seen |= bit(status);
    }

    fn locate(&mut self, conversation: ConversationId, contact: ContactId) {
        self.conversation = Some(conversation);
        self.contact = Some(contact);
    }
}

fn status_event(status: &StatusReport) -> DeliveryEvent {
    let report = Report {
        conversation: status.head.conversation,
        contact: status.head.contact,
        received_at: status.received_at,
        provider_at: status.provider_at,
        // A JSON null says nothing and would not survive the log as `Some`.
        pricing: status.pricing.clone().filter(|pricing| !pricing.is_null()),
    };
    match status.status {
        StatusKind::Sent => DeliveryEvent::Sent { report },
        StatusKind::Delivered => DeliveryEvent::Delivered { report },
        StatusKind::Read => DeliveryEvent::Read { report },
        StatusKind::Played => DeliveryEvent::Played { report },
        StatusKind::Failed => {
            let (code, meta_code, title, detail) = status.failure.clone().unwrap_or_else(|| {
                let code = FailureCode("rejected_by_meta".to_owned());
                (code, None, "no reason given".to_owned(), None)
            });
            DeliveryEvent::Failed {
                report,
                code,
                meta_code,
                personal: FailureText { title, detail }.into(),
            }
        }
    }
}

impl Aggregate for Delivery {
    const TYPE: &'static str = aggregate_type::DELIVERY;
    type Command = DeliveryCommand;
    type Event = DeliveryEvent;
    type Error = DeliveryError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            DeliveryEvent::Accepted {
                conversation,
                contact,
                personal,
                ..
            } => {
                self.locate(conversation, contact);
                self.take(Outcome::Accepted, personal);
            }
            DeliveryEvent::Rejected {
                conversation,
                contact,
                ..
            } => {
                self.locate(conversation, contact);
                self.outcome = Outcome::Rejected;
            }
            DeliveryEvent::Unknown {
                conversation,
                contact,
                ..
            } => {
                self.locate(conversation, contact);
                self.outcome = Outcome::Unknown;
            }
            DeliveryEvent::Reconciled {
                conversation,
                contact,
                personal,
                ..
            } => {
                self.locate(conversation, contact);
                self.take(Outcome::Reconciled, personal);
            }
            DeliveryEvent::Sent { report } => self.see(StatusKind::Sent, &report),
            DeliveryEvent::Delivered { report } => self.see(StatusKind::Delivered, &report),
            DeliveryEvent::Read { report } => self.see(StatusKind::Read, &report),
            DeliveryEvent::Played { report } => self.see(StatusKind::Played, &report),
            DeliveryEvent::Failed { report, .. } => self.see(StatusKind::Failed, &report),
        }
    }
}

impl StreamAggregate for Delivery {
    const EVENT_TYPES: &'static [&'static str] = &[
        "DeliveryAccepted",
        "DeliveryRejected",
        "DeliveryUnknown",
        "DeliveryReconciled",
        "DeliverySent",
        "DeliveryDelivered",
        "DeliveryRead",
        "DeliveryPlayed",
        "DeliveryFailed",
    ];

    fn decide(&self, command: &DeliveryCommand) -> Result<Vec<DeliveryEvent>, DeliveryError> {
        let event = match command {
            DeliveryCommand::Report(report) => return Ok(self.report(report)),
            DeliveryCommand::Accept {
                head,
                now,
                wamid,
                message_status,
            } => {
                let message = AcceptedMessage {
                    wamid: wamid.clone(),
                    message_status: message_status.clone(),
                };
                self.taken(head, *now, ReconciledBy::LateAnswer, message)
            }
            DeliveryCommand::Reject {
                head,
                now,
                code,
                meta_code,
                title,
                detail,
            } => matches!(self.outcome, Outcome::None | Outcome::Unknown).then(|| {
                DeliveryEvent::Rejected {
                    conversation: head.conversation,
                    contact: head.contact,
                    at: *now,
                    code: code.clone(),
                    meta_code: *meta_code,
                    personal: FailureText {
                        title: title.clone(),
                        detail: detail.clone(),
                    }
                    .into(),
                }
            }),
            DeliveryCommand::DeclareUnknown { head, now, cause } => (self.outcome == Outcome::None)
                .then_some(DeliveryEvent::Unknown {
                    conversation: head.conversation,
                    contact: head.contact,
                    at: *now,
                    cause: *cause,
                }),
        };
        Ok(event.into_iter().collect())
    }

    fn subject(&self) -> Option<ContactId> {
        self.contact
    }

    fn lane_key(&self) -> Option<Uuid> {
        self.conversation.map(|conversation| conversation.as_uuid())
    }

    fn weight_bytes(&self) -> usize {
        size_of::<Self>() + self.wamid.as_ref().map_or(0, String::len)
    }
}
