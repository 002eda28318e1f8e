//! Handling held items again.

use application::ports::inbox::Release;
use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, InputObject, Object, OneofObject, SimpleObject};
use uuid::Uuid;

use super::HoldReason;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::outcome::Outcome;
use crate::graphql::write::{Call, Change, write};
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Items that one call releases by their ids.
const ITEMS_LIMIT: usize = 1_000;

/// Held items to handle again.
#[derive(InputObject)]
pub(crate) struct RedriveHeldItemsInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// Which ones.
    which: HeldItemsChoice,
}

/// Held items, by reason or one by one.
#[derive(OneofObject)]
pub(crate) enum HeldItemsChoice {
    /// All that are held for this reason.
    Reason(HoldReason),
    /// These (`WebhookItem.item`), up to 1000; what is not held any more is passed over.
    Items(Vec<String>),
}

/// What came of handling held items again.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum RedriveStatus {
    /// Done, also where none was held.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
}

/// What handling held items again answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct RedrivePayload {
    /// What came of it.
    status: RedriveStatus,
    /// Items released; null where it was done before under this `clientMutationId`.
    released: Option<usize>,
    /// The rest.
    #[graphql(flatten)]
    outcome: Outcome,
}

/// Mutations of deliveries.
#[derive(Debug, Default)]
pub(crate) struct WebhookMutations;

#[Object]
impl WebhookMutations {
    /// Handles held items again, e.g. parked ones after their cause is gone.
    #[graphql(guard = "Can(Action::Operate)")]
    async fn redrive_held_items(
        &self,
        ctx: &Context<'_>,
        input: RedriveHeldItemsInput,
    ) -> Result<RedrivePayload, Problem> {
        let app = app(ctx)?;
        let mut released = None;
        let call = Call::new(
            "redriveHeldItems",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let invalid = |code: &str| (code == "validation_failed").then_some(RedriveStatus::Invalid);
        let done = write(ctx, call, invalid, async |_request| {
            released = Some(app.inbox.release(input.which.release()?).await?);
            Ok(Change {
                subject: Uuid::nil(),
                position: 0,
            })
        })
        .await?;
        Ok(RedrivePayload {
            status: done.refusal.unwrap_or(RedriveStatus::Done),
            released,
            outcome: done.outcome,
        })
    }
}

impl HeldItemsChoice {
    fn release(&self) -> Result<Release, Problem> {
        match self {
            Self::Reason(reason) => Ok(Release::Reason((*reason).into())),
            Self::Items(items) if items.len() > ITEMS_LIMIT => {
                let message = Text::made(
                    format!("must name at most {ITEMS_LIMIT} items"),
                    format!("должно содержать не больше {ITEMS_LIMIT} элементов"),
                );
                let error = FieldError::new("which.items", "too_many", message);
                let actual = items.len() as u64;
                Err(Problem::invalid(vec![
                    error.with_limit(ITEMS_LIMIT as u64, actual),
                ]))
            }
            Self::Items(items) => {
                let parsed = items.iter().map(|item| item.parse().ok());
                let items: Option<Vec<i64>> = parsed.collect();
                items.map(Release::Items).ok_or_else(|| {
                    let message = Text::new(
                        "must be items as `heldItems` lists them",
                        "должно содержать элементы из списка heldItems",
                    );
                    Problem::invalid(vec![FieldError::new("which.items", "invalid_id", message)])
                })
            }
        }
    }
}
