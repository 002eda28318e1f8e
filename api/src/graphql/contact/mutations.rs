//! What people change about a customer.

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::ids::ContactId;

use super::Contact;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::outcome::Outcome;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::problem::Problem;

/// A tag of a customer.
#[derive(InputObject)]
pub(crate) struct TagContactInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The customer.
    contact: ID,
    /// The tag.
    tag: String,
}

/// An attribute of a customer.
#[derive(InputObject)]
pub(crate) struct SetContactAttributeInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The customer.
    contact: ID,
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// What came of a mutation of a customer.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ContactMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
}

/// What a mutation of a customer answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct ContactPayload {
    /// What came of it.
    status: ContactMutationStatus,
    /// The customer as it is now.
    contact: Option<Contact>,
    /// The rest.
    #[graphql(flatten)]
    outcome: Outcome,
}

/// Mutations of customers.
#[derive(Debug, Default)]
pub(crate) struct ContactMutations;

#[Object]
impl ContactMutations {
    /// Gives a customer a tag.
    #[graphql(guard = "Can(Action::EditContacts)")]
    async fn tag_contact(
        &self,
        ctx: &Context<'_>,
        input: TagContactInput,
    ) -> Result<ContactPayload, Problem> {
        let (app, id) = (app(ctx)?, contact_id(&input.contact)?);
        let call = Call::new("tagContact", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let written = app.contacts.tag(&request, id, input.tag.clone()).await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }

    /// Takes a tag of a customer away.
    #[graphql(guard = "Can(Action::EditContacts)")]
    async fn untag_contact(
        &self,
        ctx: &Context<'_>,
        input: TagContactInput,
    ) -> Result<ContactPayload, Problem> {
        let (app, id) = (app(ctx)?, contact_id(&input.contact)?);
        let call = Call::new("untagContact", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let written = app.contacts.untag(&request, id, input.tag.clone()).await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }

    /// Sets an attribute of a customer.
    #[graphql(guard = "Can(Action::EditContacts)")]
    async fn set_contact_attribute(
        &self,
        ctx: &Context<'_>,
        input: SetContactAttributeInput,
    ) -> Result<ContactPayload, Problem> {
        let (app, id) = (app(ctx)?, contact_id(&input.contact)?);
        let call = Call::new(
            "setContactAttribute",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let done = write(ctx, call, refusal, async |request| {
            let (name, value) = (input.name.clone(), input.value.clone());
            let written = app
                .contacts
                .set_attribute(&request, id, name, value)
                .await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }
}

fn contact_id(id: &ID) -> Result<ContactId, Problem> {
    Kind::Contact.parse("contact", id)
}

const fn change(id: ContactId, position: u64) -> Change {
    Change {
        subject: id.as_uuid(),
        position,
    }
}

fn refusal(code: &str) -> Option<ContactMutationStatus> {
    (code == "validation_failed").then_some(ContactMutationStatus::Invalid)
}

async fn payload(
    ctx: &Context<'_>,
    id: ContactId,
    answer: Answer<ContactMutationStatus>,
) -> Result<ContactPayload, Problem> {
    Ok(ContactPayload {
        status: answer.refusal.unwrap_or(ContactMutationStatus::Done),
        contact: app(ctx)?.reads().contact(id).await?.map(Contact),
        outcome: answer.outcome,
    })
}
