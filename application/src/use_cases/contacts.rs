//! What people change about a customer: tags and attributes. Who changed it stands in the event's metadata.

use std::sync::Arc;

use domain::contact::{Contact, ContactCommand};
use domain::ids::ContactId;

use super::{Request, UseCaseError, Written};
use crate::execute::Executor;
use crate::ports::clock::Clock;

/// Uses of contacts.
#[derive(Clone, Debug)]
pub struct Contacts {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Contacts {
    /// Assigns a tag; has it already: nothing happens.
    ///
    /// # Errors
    /// Rejected: `tag`. Not found, unavailable.
    pub async fn tag(
        &self,
        request: &Request,
        id: ContactId,
        tag: String,
    ) -> Result<Written<()>, UseCaseError> {
        let command = ContactCommand::AssignTag {
            now: self.clock.now(),
            tag,
            session: None,
        };
        self.execute(request, "tag", id, command).await
    }

    /// Takes a tag away; has it not: nothing happens.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn untag(
        &self,
        request: &Request,
        id: ContactId,
        tag: String,
    ) -> Result<Written<()>, UseCaseError> {
        let command = ContactCommand::RemoveTag {
            now: self.clock.now(),
            tag,
        };
        self.execute(request, "untag", id, command).await
    }

    /// Sets an attribute; so already: nothing happens.
    ///
    /// # Errors
    /// Rejected: `key`, `value`. Not found, unavailable.
    pub async fn set_attribute(
        &self,
        request: &Request,
        id: ContactId,
        key: String,
        value: String,
    ) -> Result<Written<()>, UseCaseError> {
        let command = ContactCommand::SetAttribute {
            now: self.clock.now(),
            key,
            value,
            session: None,
        };
        self.execute(request, "attribute", id, command).await
    }

    async fn execute(
        &self,
        request: &Request,
        step: &str,
        id: ContactId,
        command: ContactCommand,
    ) -> Result<Written<()>, UseCaseError> {
        let done = self
            .executor
            .execute::<Contact>(id.as_uuid(), request.intent(step), command, |_, _| {
                Vec::new()
            })
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }
}
