//! The subscription to conversations: the inbox as it changes.

use std::collections::{BTreeMap, HashMap, VecDeque};

use application::ports::event_log::RecordedEvent;
use application::use_cases::policy::Action;
use async_graphql::{Context, ID, InputObject, SimpleObject, Subscription};
use domain::any_event::aggregate_type;
use domain::bot_session::BotSession;
use domain::ids::{ContactId, ConversationId, NumberId, SessionId};
use domain::stream::lane_of;
use futures::{Stream, stream};
use projections::Slice;
use projections::conversation::{
    ConversationFilter as ReadFilter, ConversationSort, ConversationView, HandlerView,
};

use super::change::{Changes, in_order};
use crate::graphql::context::app;
use crate::graphql::conversation::{Conversation, ConversationStatus, HandlerType};
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::problem::Problem;

/// Conversations of one customer that a change of the customer is told for.
const CONVERSATIONS_OF_CONTACT: usize = 100;

/// Which conversations to tell of; what is left out tells of all.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ConversationChangeFilter {
    /// Only of this number.
    number: Option<ID>,
    /// Only of this customer.
    customer: Option<ID>,
    /// `matches` asks for those that go on, or for closed ones.
    status: Option<ConversationStatus>,
    /// `matches` asks for a handler of this kind.
    handler: Option<HandlerType>,
}

/// A conversation that changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct ConversationChange {
    /// Hand this back as `after` to go on behind this change.
    cursor: String,
    /// The conversation as it is now.
    conversation: Conversation,
    /// Whether it fits the filter's `status` and `handler` now. Those that do not are told too, because they
    /// may have left a list.
    matches: bool,
}

/// Subscriptions to conversations.
#[derive(Debug, Default)]
pub(crate) struct ConversationSubscriptions;

#[Subscription]
impl ConversationSubscriptions {
    /// Conversations that change (a message, a status, the handler, the customer): each as it is now, at
    /// least once after its last change. Begins behind the cursor `after`, without one with what comes next.
    #[graphql(guard = "Can(Action::ReadConversations)")]
    async fn conversation_changed(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        conversation: Option<ID>,
        filter: Option<ConversationChangeFilter>,
    ) -> Result<impl Stream<Item = Result<ConversationChange, Problem>>, Problem> {
        let app = app(ctx)?;
        let mut wanted = Wanted::of(filter.unwrap_or_default())?;
        if let Some(id) = conversation {
            let id = Kind::Conversation.parse("conversation", &id)?;
            let view = app.reads().conversation(id).await?;
            let view = view.ok_or_else(|| Problem::new("not_found"))?;
            wanted.one = Some((id, view.customer.id));
        }
        let following = Following {
            changes: Changes::begin(app, after.as_deref())?,
            wanted,
            ready: VecDeque::new(),
        };
        Ok(stream::try_unfold(following, |mut following| async move {
            loop {
                if let Some(change) = following.ready.pop_front() {
                    return Ok(Some((change, following)));
                }
                following.refill().await?;
            }
        }))
    }
}

/// What the caller asked for.
#[derive(Debug, Default)]
struct Wanted {
    one: Option<(ConversationId, ContactId)>,
    number: Option<NumberId>,
    customer: Option<ContactId>,
    status: Option<ConversationStatus>,
    handler: Option<HandlerType>,
}

/// What an event says about which conversation changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touched {
    Conversation(ConversationId),
    Session(SessionId),
    Contact(ContactId),
}

impl Wanted {
    fn of(filter: ConversationChangeFilter) -> Result<Self, Problem> {
        let (number, customer) = (filter.number.as_ref(), filter.customer.as_ref());
        Ok(Self {
            one: None,
            number: number
                .map(|id| Kind::Number.parse("filter.number", id))
                .transpose()?,
            customer: customer
                .map(|id| Kind::Contact.parse("filter.customer", id))
                .transpose()?,
            status: filter.status,
            handler: filter.handler,
        })
    }

    fn touched(&self, event: &RecordedEvent) -> Option<Touched> {
        let id = event.stream.id;
        let touched = match event.stream.aggregate_type {
            aggregate_type::CONVERSATION => Touched::Conversation(ConversationId::new(id)),
            aggregate_type::DELIVERY => Touched::Conversation(of_delivery(event)?),
            aggregate_type::BOT_SESSION => Touched::Session(SessionId::new(id)),
            aggregate_type::CONTACT => Touched::Contact(ContactId::new(id)),
            _ => return None,
        };
        let Some((one, contact)) = self.one else {
            return Some(touched);
        };
        let may_be = match touched {
            Touched::Conversation(id) => id == one,
            // All streams of a conversation share its lane.
            Touched::Session(_) => event.lane == lane_of(one.as_uuid()),
            Touched::Contact(id) => id == contact,
        };
        may_be.then_some(touched)
    }

    fn holds(&self, view: &ConversationView) -> bool {
        self.one.is_none_or(|(one, _)| view.id == one)
            && self.number.is_none_or(|number| view.number == number)
            && self
                .customer
                .is_none_or(|customer| view.customer.id == customer)
    }

    fn matches(&self, view: &ConversationView) -> bool {
        let status = if view.is_closed {
            ConversationStatus::Closed
        } else {
            ConversationStatus::Active
        };
        let handler = match view.handler {
            HandlerView::Bot { .. } => HandlerType::Bot,
            HandlerView::Person { .. } => HandlerType::Person,
            HandlerView::Nobody => HandlerType::Nobody,
        };
        self.status.is_none_or(|wanted| wanted == status)
            && self.handler.is_none_or(|wanted| wanted == handler)
    }
}

/// Where a subscription stands.
struct Following {
    changes: Changes,
    wanted: Wanted,
    ready: VecDeque<ConversationChange>,
}

impl Following {
    async fn refill(&mut self) -> Result<(), Problem> {
        let wanted = &self.wanted;
        let touched = self.changes.next(|event| wanted.touched(event)).await?;
        let read = self.read(&touched).await;
        self.ready = read.map_err(|problem| self.changes.failed(problem, &touched))?;
        Ok(())
    }

    async fn read(
        &self,
        touched: &[(u64, Touched)],
    ) -> Result<VecDeque<ConversationChange>, Problem> {
        let mut last: BTreeMap<ConversationId, u64> = BTreeMap::new();
        for (position, touched) in touched {
            for conversation in self.conversations_of(*touched).await? {
                last.insert(conversation, *position);
            }
        }
        let ids: Vec<ConversationId> = last.keys().copied().collect();
        let views = self.changes.app.reads().conversations_by_ids(&ids).await?;
        let mut views: HashMap<ConversationId, ConversationView> =
            views.into_iter().map(|view| (view.id, view)).collect();
        let found = in_order(last).into_iter().filter_map(|(position, id)| {
            let view = views.remove(&id).filter(|view| self.wanted.holds(view))?;
            Some(ConversationChange {
                cursor: self.changes.cursor(position),
                matches: self.wanted.matches(&view),
                conversation: Conversation(view),
            })
        });
        Ok(found.collect())
    }

    async fn conversations_of(&self, touched: Touched) -> Result<Vec<ConversationId>, Problem> {
        let app = &self.changes.app;
        Ok(match touched {
            Touched::Conversation(id) => vec![id],
            Touched::Session(id) => {
                let executor = &app.conversations.executor;
                let session = executor.load::<BotSession>(id.as_uuid()).await?;
                session.conversation().into_iter().collect()
            }
            Touched::Contact(contact) => {
                let filter = ReadFilter {
                    contact: Some(contact),
                    ..ReadFilter::default()
                };
                let slice = Slice {
                    after: None,
                    before: None,
                    limit: CONVERSATIONS_OF_CONTACT,
                    from_end: false,
                };
                let sort = ConversationSort::Newest;
                let read = app
                    .reads()
                    .conversation_slice(&filter, sort, &slice)
                    .await?;
                read.edges.into_iter().map(|edge| edge.row.id).collect()
            }
        })
    }
}

/// Each event of a delivery names its conversation.
fn of_delivery(event: &RecordedEvent) -> Option<ConversationId> {
    use domain::any_event::AnyEvent;
    use domain::delivery::{DeliveryEvent, Report};
    let AnyEvent::Delivery(event) = &event.data else {
        return None;
    };
    Some(match event {
        DeliveryEvent::Accepted { conversation, .. }
        | DeliveryEvent::Rejected { conversation, .. }
        | DeliveryEvent::Unknown { conversation, .. }
        | DeliveryEvent::Reconciled { conversation, .. }
        | DeliveryEvent::Sent {
            report: Report { conversation, .. },
        }
        | DeliveryEvent::Delivered {
            report: Report { conversation, .. },
        }
        | DeliveryEvent::Read {
            report: Report { conversation, .. },
        }
        | DeliveryEvent::Played {
            report: Report { conversation, .. },
        }
        | DeliveryEvent::Failed {
            report: Report { conversation, .. },
            ..
        } => *conversation,
    })
}
