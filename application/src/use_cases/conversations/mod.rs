//! What people do in conversations: take over, write, hand back, close, reopen, assign, note, read.
//!
//! A decision that cancels queued bot messages names them as a fact; if one began to leave meanwhile, the
//! commit is refused by its row operation, the facts are gathered anew and the decision is made again.

mod change;
mod hand_back;
mod read_mark;
mod send;
mod take_over;
mod work;

use std::sync::Arc;

use domain::conversation::{Conversation, ConversationCommand, ConversationError};
use domain::ids::{ConversationId, MessageId, NumberId};
use domain::send_guard::NumberFacts;

pub use hand_back::{HandBackMode, HandedBack};
pub use send::SendText;
pub use take_over::TakenOver;

use super::conversation_rows::conversation_row_ops;
use super::{Request, UseCaseError};
use crate::execute::{ExecuteError, Executed, Executor};
use crate::ports::clock::Clock;
use crate::ports::cloud_api::CloudApi;
use crate::ports::directory::Directory;
use crate::ports::outbox::{Outbox, OutboxState};
use crate::tasks::Tasks;

/// Times that facts are gathered anew before the request is told to come later.
const MAX_GATHERINGS: usize = 8;

/// Uses of conversations.
#[derive(Clone, Debug)]
pub struct Conversations {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// What is known of numbers.
    pub directory: Arc<dyn Directory>,
    /// What waits to leave.
    pub outbox: Arc<dyn Outbox>,
    /// Meta, for marks of reading.
    pub cloud_api: Arc<dyn CloudApi>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Owns marks of reading on their way.
    pub tasks: Tasks,
}

/// Facts about what a bot has on its way.
#[derive(Debug, Default)]
struct BotMessages {
    queued: Vec<MessageId>,
    attempting: usize,
}

impl Conversations {
    async fn bot_messages(&self, id: ConversationId) -> Result<BotMessages, UseCaseError> {
        let mut facts = BotMessages::default();
        for row in self.outbox.of_conversation(id).await? {
            match row.state {
                OutboxState::Queued if row.turn.is_some() => facts.queued.push(row.message),
                OutboxState::Attempting if row.turn.is_some() => facts.attempting += 1,
                _ => {}
            }
        }
        Ok(facts)
    }

    fn number_facts(&self, id: Option<NumberId>) -> NumberFacts {
        id.and_then(|id| self.directory.number(id))
            .map_or_else(NumberFacts::default, |number| NumberFacts {
                is_active: number.row.is_active,
                is_removed: number.row.is_removed,
            })
    }

    /// Executes a command that is made from fresh facts until those facts hold at the commit.
    async fn execute(
        &self,
        request: &Request,
        step: &str,
        id: ConversationId,
        command: impl Fn(Vec<MessageId>) -> ConversationCommand,
    ) -> Result<(Executed<Conversation>, usize), UseCaseError> {
        for _ in 0..MAX_GATHERINGS {
            let facts = self.bot_messages(id).await?;
            let done = self
                .executor
                .execute::<Conversation>(
                    id.as_uuid(),
                    request.intent(step),
                    command(facts.queued),
                    |events, state| conversation_row_ops(id, events, state),
                )
                .await;
            match done {
                Err(ExecuteError::Precondition(_)) => {}
                other => return Ok((other.map_err(from_execute)?, facts.attempting)),
            }
        }
        Err(UseCaseError::Busy)
    }
}

fn from_execute(error: ExecuteError<ConversationError>) -> UseCaseError {
    error.into()
}
