//! Who looks at a conversation and who types in it.

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::ids::ConversationId;

use super::context::{app, caller};
use super::guard::Can;
use super::id::Kind;
use super::person::Person;
use crate::problem::Problem;
use crate::rest::App;

/// Someone who looks at a conversation.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct Present {
    /// Who.
    person: Person,
    /// Whether they type.
    is_typing: bool,
}

/// That somebody looks at a conversation.
#[derive(InputObject)]
pub(crate) struct LookInput {
    /// Sent back with the answer; nothing of this is recorded.
    client_mutation_id: Option<String>,
    /// The conversation.
    conversation: ID,
    /// Whether they look (`true`), or look away.
    #[graphql(default = true)]
    is_looking: bool,
    /// Whether they type.
    #[graphql(default = false)]
    is_typing: bool,
}

/// What showing one's presence answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct PresencePayload {
    /// The id that was sent.
    client_mutation_id: Option<String>,
    /// Everyone who looks at the conversation now.
    present: Vec<Present>,
}

/// Mutations of presence.
#[derive(Debug, Default)]
pub(crate) struct PresenceMutations;

#[Object]
impl PresenceMutations {
    /// Says that the caller looks at a conversation, for 30 seconds; typing is shown for 6. Call it again
    /// as long as it is so.
    #[graphql(guard = "Can(Action::Presence)")]
    async fn show_presence(
        &self,
        ctx: &Context<'_>,
        input: LookInput,
    ) -> Result<PresencePayload, Problem> {
        let app = app(ctx)?;
        let id: ConversationId = Kind::Conversation.parse("conversation", &input.conversation)?;
        if app.reads().conversation(id).await?.is_none() {
            return Err(Problem::new("not_found"));
        }
        let person = caller(ctx)?.actor.id;
        if input.is_looking {
            app.presence.look(id, person, input.is_typing);
        } else {
            app.presence.leave(id, person);
        }
        Ok(PresencePayload {
            client_mutation_id: input.client_mutation_id,
            present: present(ctx, id)?,
        })
    }
}

/// Who looks at a conversation now.
pub(super) fn present(ctx: &Context<'_>, id: ConversationId) -> Result<Vec<Present>, Problem> {
    Ok(present_in(app(ctx)?, id))
}

/// Who looks at a conversation now.
pub(super) fn present_in(app: &App, id: ConversationId) -> Vec<Present> {
    let people = app.presence.present(id);
    if people.is_empty() {
        return Vec::new();
    }
    let tokens = app.directory.tokens();
    let shown = people.into_iter().map(|one| {
        let token = tokens.iter().find(|token| token.id == one.person);
        let name = token.map_or_else(|| "cli".to_owned(), |token| token.name.clone());
        Present {
            person: Person::new(one.person.as_uuid(), name),
            is_typing: one.is_typing,
        }
    });
    shown.collect()
}
