//! Mutations of numbers.

use application::use_cases::policy::Action;
use async_graphql::{Context, MaybeUndefined, Object};
use domain::ids::NumberId;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Number;
use super::payload::{
    AddNumberInput, EditNumberInput, NumberMutationStatus, NumberPayload, RemoveNumberInput,
    SwitchNumberInput,
};
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::problem::Problem;
use crate::rest::numbers::{changes, new_number};

/// Mutations of numbers.
#[derive(Debug, Default)]
pub(crate) struct NumberMutations;

#[Object]
impl NumberMutations {
    /// Adds a number. Meta is first asked when a message leaves.
    #[graphql(guard = "Can(Action::ManageNumbers)")]
    async fn add_number(
        &self,
        ctx: &Context<'_>,
        input: AddNumberInput,
    ) -> Result<NumberPayload, Problem> {
        let app = app(ctx)?;
        let call = Call::new("addNumber", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, NumberMutationStatus::of, async |request| {
            let written = app
                .numbers
                .add(&request, new_number(&input.members())?)
                .await?;
            Ok(change(written.value.as_uuid(), written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Edits a number; what is left out stays.
    #[graphql(guard = "Can(Action::ManageNumbers)")]
    async fn edit_number(
        &self,
        ctx: &Context<'_>,
        input: EditNumberInput,
    ) -> Result<NumberPayload, Problem> {
        let app = app(ctx)?;
        let id: NumberId = Kind::Number.parse("number", &input.number)?;
        let call = Call::new("editNumber", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, NumberMutationStatus::of, async |request| {
            let edit = changes(&input.members())?;
            let written = app.numbers.edit(&request, id, edit).await?;
            Ok(change(id.as_uuid(), written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Switches a number on or off.
    #[graphql(guard = "Can(Action::ManageNumbers)")]
    async fn switch_number(
        &self,
        ctx: &Context<'_>,
        input: SwitchNumberInput,
    ) -> Result<NumberPayload, Problem> {
        let app = app(ctx)?;
        let id: NumberId = Kind::Number.parse("number", &input.number)?;
        let call = Call::new("switchNumber", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, NumberMutationStatus::of, async |request| {
            let written = match input.is_active {
                Some(is_active) => app.numbers.set_active(&request, id, is_active).await?,
                None => app.numbers.toggle(&request, id).await?,
            };
            Ok(change(id.as_uuid(), written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Takes a number out of use; its history stays.
    #[graphql(guard = "Can(Action::ManageNumbers)")]
    async fn remove_number(
        &self,
        ctx: &Context<'_>,
        input: RemoveNumberInput,
    ) -> Result<NumberPayload, Problem> {
        let app = app(ctx)?;
        let id: NumberId = Kind::Number.parse("number", &input.number)?;
        let call = Call::new("removeNumber", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, NumberMutationStatus::of, async |request| {
            let written = app.numbers.remove(&request, id).await?;
            Ok(change(id.as_uuid(), written.position))
        })
        .await?;
        payload(ctx, done).await
    }
}

const fn change(subject: Uuid, position: u64) -> Change {
    Change { subject, position }
}

async fn payload(
    ctx: &Context<'_>,
    answer: Answer<NumberMutationStatus>,
) -> Result<NumberPayload, Problem> {
    let number = match answer.subject {
        Some(id) => app(ctx)?.reads().number(NumberId::new(id)).await?,
        None => None,
    };
    Ok(NumberPayload {
        status: answer.refusal.unwrap_or(NumberMutationStatus::Done),
        number: number.map(Number),
        outcome: answer.outcome,
    })
}

impl AddNumberInput {
    /// As the body of the REST API, whose rules hold here too.
    fn members(&self) -> Map<String, Value> {
        object(json!({
            "display_name": self.display_name,
            "phone_number": self.phone_number,
            "phone_number_id": self.phone_number_id,
            "whatsapp_business_account_id": self.whatsapp_business_account_id,
            "access_token": self.access_token,
            "app_secret": self.app_secret,
            "is_active": self.is_active,
        }))
    }
}

impl EditNumberInput {
    /// As the body of the REST API, whose rules hold here too.
    fn members(&self) -> Map<String, Value> {
        let mut members = object(json!({
            "display_name": self.display_name,
            "phone_number": self.phone_number,
            "phone_number_id": self.phone_number_id,
            "access_token": self.access_token,
            "is_active": self.is_active,
        }));
        members.retain(|_, value| !value.is_null());
        let clearable = [
            (
                "whatsapp_business_account_id",
                &self.whatsapp_business_account_id,
            ),
            ("app_secret", &self.app_secret),
        ];
        for (name, given) in clearable {
            let value = match given {
                MaybeUndefined::Undefined => continue,
                MaybeUndefined::Null => Value::Null,
                MaybeUndefined::Value(text) => Value::from(text.as_str()),
            };
            members.insert(name.to_owned(), value);
        }
        members
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
