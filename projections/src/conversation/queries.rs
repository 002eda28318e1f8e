//! Reads conversations: the list by filters, one, and a conversation's notes.

use domain::ids::{ContactId, ConversationId, NumberId};
use sqlx::Row;

use super::view::{self, ConversationView, NoteView};
use crate::page::{self, Page};
use crate::reads::{Reads, id, id_list, time};
use crate::runner::ProjectionError;
use crate::search;
use crate::slice::{Edges, Slice};
use crate::statements::Statement;

/// In which order conversations are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConversationSort {
    /// The last message newest first.
    #[default]
    LastMessage,
    /// Only those that wait for a person, the longest waiting first.
    LongestWaiting,
}

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

impl ConversationFilter {
    fn status(&self) -> Option<&'static str> {
        self.is_closed
            .map(|closed| if closed { "closed" } else { "active" })
    }

    fn sought(&self) -> Option<&str> {
        self.search
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }
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
/// The filter's parameters stand behind the bounds (`$1` to `$4`) and the limit (`$5`).
macro_rules! slice {
    ($bounds:literal, $order:literal) => {
        concat!(
            select!($bounds),
            " and (cast($6 as text) is null or c.status = $6) \
             and (cast($7 as text) is null or c.number = $7) \
             and (cast($8 as text) is null or c.contact = $8) \
             and (cast($9 as text) is null or c.handler = $9) \
             and (cast($10 as text) is null or k.search like $10 escape '\\' \
             or k.search like cast($11 as text) escape '\\') order by ",
            $order,
            " limit $5"
        )
    };
}

const RECENT: &str = slice!(
    "(c.sort_at, c.id) < ($1, $2) and (c.sort_at, c.id) > ($3, $4)",
    "c.sort_at desc, c.id desc"
);
const RECENT_FROM_END: &str = slice!(
    "(c.sort_at, c.id) < ($1, $2) and (c.sort_at, c.id) > ($3, $4)",
    "c.sort_at, c.id"
);
const WAITING: &str = slice!(
    "(c.awaiting_people_since, c.id) > ($1, $2) and (c.awaiting_people_since, c.id) < ($3, $4)",
    "c.awaiting_people_since, c.id"
);
const WAITING_FROM_END: &str = slice!(
    "(c.awaiting_people_since, c.id) > ($1, $2) and (c.awaiting_people_since, c.id) < ($3, $4)",
    "c.awaiting_people_since desc, c.id desc"
);
const BY_IDS: Statement = Statement {
    name: "conversations by_ids",
    sqlite: select!("c.id in (select value from json_each($1))"),
    postgres: select!("c.id in (select json_array_elements_text(cast($1 as json)))"),
};
const NOTES: &str = "select * from note_rows where conversation = $1 order by place";

pub(crate) const STATEMENTS: &[Statement] = &[
    Statement::portable("conversations list", LIST),
    Statement::portable("conversations get", GET),
    Statement::portable("conversations recent", RECENT),
    Statement::portable("conversations recent_from_end", RECENT_FROM_END),
    Statement::portable("conversations waiting", WAITING),
    Statement::portable("conversations waiting_from_end", WAITING_FROM_END),
    BY_IDS,
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
        let (sort_at, tie) = after.map_or(Ok(page::LAST), page::parse)?;
        let sought = filter.sought();
        let rows = sqlx::query(LIST)
            .bind(sort_at)
            .bind(tie)
            .bind(filter.status())
            .bind(filter.number.map(|number| number.to_string()))
            .bind(filter.contact.map(|contact| contact.to_string()))
            .bind(filter.handler.as_deref())
            .bind(sought.map(|text| search::pattern(text.trim_start_matches('@'))))
            .bind(sought.and_then(search::digits_pattern))
            .bind(page::one_more(limit))
            .fetch_all(self.pool())
            .await?;
        let mut items = rows
            .iter()
            .map(view::conversation)
            .collect::<Result<Vec<_>, _>>()?;
        let next = page::cut(&mut items, limit, |one| {
            page::cursor(one.sort_at, &one.id.to_string())
        });
        Ok(Page {
            items,
            previous: None,
            next,
        })
    }

    /// A part of the list of conversations in either direction.
    ///
    /// # Errors
    /// The database failed, or a cursor is not ours.
    pub async fn conversation_slice(
        &self,
        filter: &ConversationFilter,
        sort: ConversationSort,
        slice: &Slice,
    ) -> Result<Edges<ConversationView>, ProjectionError> {
        let (statement, (from, to)) = match (sort, slice.from_end) {
            (ConversationSort::LastMessage, false) => (RECENT, slice.descending()?),
            (ConversationSort::LastMessage, true) => (RECENT_FROM_END, slice.descending()?),
            (ConversationSort::LongestWaiting, false) => (WAITING, slice.ascending()?),
            (ConversationSort::LongestWaiting, true) => (WAITING_FROM_END, slice.ascending()?),
        };
        let sought = filter.sought();
        let rows = sqlx::query(statement)
            .bind(from.0)
            .bind(from.1)
            .bind(to.0)
            .bind(to.1)
            .bind(page::one_more(slice.limit))
            .bind(filter.status())
            .bind(filter.number.map(|number| number.to_string()))
            .bind(filter.contact.map(|contact| contact.to_string()))
            .bind(filter.handler.as_deref())
            .bind(sought.map(|text| search::pattern(text.trim_start_matches('@'))))
            .bind(sought.and_then(search::digits_pattern))
            .fetch_all(self.pool())
            .await?;
        let views = rows
            .iter()
            .map(view::conversation)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(slice.edges(views, |one| {
            let place = match sort {
                ConversationSort::LastMessage => one.sort_at,
                ConversationSort::LongestWaiting => one
                    .awaiting_people_since
                    .map_or(i64::MIN, domain::time::Timestamp::as_micros),
            };
            page::cursor(place, &one.id.to_string())
        }))
    }

    /// The conversations of a list of ids in one query, in no order; unknown ones are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn conversations_by_ids(
        &self,
        conversations: &[ConversationId],
    ) -> Result<Vec<ConversationView>, ProjectionError> {
        let rows = sqlx::query(BY_IDS.sqlite)
            .bind(id_list(conversations))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(view::conversation).collect()
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
            .fetch_optional(self.pool())
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
            .fetch_all(self.pool())
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
