//! Reads conversations: the list by filters, one, and a conversation's notes.

use domain::ids::{ContactId, ConversationId, NumberId};
use sqlx::Row;

use super::view::{self, ConversationView, NoteView};
use crate::page::{self, Page};
use crate::reads::{Reads, id, time};
use crate::runner::ProjectionError;
use crate::search;
use crate::statements::Statement;

/// Which conversations to list; the default lists all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Only closed (`true`) or only open ones (`false`).
    pub is_closed: Option<bool>,
    /// Part of a name, of a username or of a phone number.
    pub search: Option<String>,
    /// Only of this number.
    pub number: Option<NumberId>,
    /// Only of this customer.
    pub contact: Option<ContactId>,
    /// Only handled by `bot`, `person` or `nobody`.
    pub handler: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select c.*, k.profile_name, k.username, k.wa_id, k.attributes, k.tags, \
             b.name as bot_name, s.version as bot_version, s.node, \
             m.id as message_id, m.direction, m.created_at as message_created_at, m.cancel_reason, \
             coalesce(e.message_type, m.message_type) as message_type, \
             case when e.revoked_at is not null then '' else coalesce(e.content, m.content) end \
             as content, d.* \
             from conversation_rows c \
             left join contact_rows k on k.id = c.contact \
             left join session_rows s on s.id = c.session \
             left join bot_rows b on c.handler = 'bot' and b.id = c.handler_id \
             left join message_rows m on m.id = c.last_message \
             left join message_changes e on e.target = c.last_message \
             left join message_deliveries d on d.message = c.last_message where ",
            $rest
        )
    };
}

const LIST: &str = select!(
    "(c.sort_at, c.id) < ($1, $2) \
     and (cast($3 as text) is null or c.status = $3) \
     and (cast($4 as text) is null or c.number = $4) \
     and (cast($5 as text) is null or c.contact = $5) \
     and (cast($6 as text) is null or c.handler = $6) \
     and (cast($7 as text) is null or k.search like $7 escape '\\' \
     or k.search like cast($8 as text) escape '\\') \
     order by c.sort_at desc, c.id desc limit $9"
);
const GET: &str = select!("c.id = $1");
const NOTES: &str = "select * from note_rows where conversation = $1 order by place";

pub(crate) const STATEMENTS: &[Statement] = &[
    Statement::portable("conversations list", LIST),
    Statement::portable("conversations get", GET),
    Statement::portable("conversations notes", NOTES),
];

impl Reads {
    /// Conversations, the last message newest first, after a cursor.
    ///
    /// # Errors
    /// The database failed, or the cursor is not ours.
    pub async fn conversations(
        &self,
        filter: &ConversationFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ConversationView>, ProjectionError> {
        let (sort_at, tie) =
            after.map_or(Ok(page::LAST), |cursor| page::parse(self.epoch, cursor))?;
        let sought = filter
            .search
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let rows = sqlx::query(LIST)
            .bind(sort_at)
            .bind(tie)
            .bind(
                filter
                    .is_closed
                    .map(|closed| if closed { "closed" } else { "active" }),
            )
            .bind(filter.number.map(|number| number.to_string()))
            .bind(filter.contact.map(|contact| contact.to_string()))
            .bind(filter.handler.as_deref())
            .bind(sought.map(|text| search::pattern(text.trim_start_matches('@'))))
            .bind(sought.and_then(search::digits_pattern))
            .bind(page::one_more(limit))
            .fetch_all(&self.pool)
            .await?;
        let mut items = rows
            .iter()
            .map(view::conversation)
            .collect::<Result<Vec<_>, _>>()?;
        let next = page::cut(&mut items, limit, |one| {
            page::cursor(self.epoch, one.sort_at, &one.id.to_string())
        });
        Ok(Page {
            items,
            previous: None,
            next,
        })
    }

    /// One conversation.
    ///
    /// # Errors
    /// The database failed.
    pub async fn conversation(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<ConversationView>, ProjectionError> {
        let row = sqlx::query(GET)
            .bind(conversation.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(view::conversation).transpose()
    }

    /// The notes of a conversation, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn notes(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<NoteView>, ProjectionError> {
        let rows = sqlx::query(NOTES)
            .bind(conversation.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(NoteView {
                    at: time(row, "at")?,
                    author: id(row, "author_id")?,
                    author_name: row.try_get("author_name")?,
                    note: row.try_get("note")?,
                })
            })
            .collect()
    }
}
