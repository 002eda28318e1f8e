//! Reads messages: a page of a conversation's timeline, or one.

use std::collections::BTreeMap;

use domain::ids::{ConversationId, MessageId};
use infrastructure::database::db::{Statement, query};

use super::view::{self, MessageView};
use crate::page::{self, CursorEpoch, InvalidCursor, Page};
use crate::reads::{Reads, id_list};
use crate::runner::ProjectionError;
use crate::slice::{Edges, Slice};

/// Which page of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageCursor<'a> {
    /// The newest messages.
    Newest,
    /// The messages just before a cursor.
    Before(&'a str),
    /// The messages just after a cursor.
    After(&'a str),
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select m.id, m.conversation, m.place, m.sort_at, m.direction, m.sender, m.payload, \
             m.reply_to, m.repeats, m.created_at, m.cancel_reason, \
             case when m.sender = 'customer' then c.contact else m.sender_id end \
             as shown_sender_id, \
             case when m.sender = 'customer' then k.profile_name \
             when m.sender = 'bot' then b.name else p.name end as shown_sender_name, \
             coalesce(e.message_type, m.message_type) as shown_type, \
             case when e.revoked_at is not null then '' else coalesce(e.content, m.content) end \
             as shown_content, \
             e.payload as edited_payload, e.edited_at, e.revoked_at, \
             coalesce(m.inbound_wamid, d.wamid) as shown_wamid, \
             coalesce(m.unanswered_reason, i.refused_reason) as shown_unanswered, \
             d.outcome, d.error_code, d.error_meta_code, d.error_title, d.error_detail, \
             d.taken_at, d.rejected_at, d.sent_at, d.delivered_at, d.read_at, d.played_at, \
             d.failed_at \
             from message_rows m \
             left join conversation_rows c on c.id = m.conversation \
             left join contact_rows k on k.id = c.contact \
             left join bot_rows b on m.sender = 'bot' and b.id = m.sender_id \
             left join people p on m.sender in ('operator', 'api') and p.id = m.sender_id \
             left join message_changes e on e.target = m.id \
             left join message_deliveries d on d.message = m.id \
             left join message_inputs i on i.message = m.id where ",
            $rest
        )
    };
}

const GET: Statement = Statement::portable("messages get", select!("m.id = $1"));
const BEFORE: Statement = Statement::portable(
    "messages before",
    select!(
        "m.conversation = $1 and (m.sort_at, m.place) < ($2, $3) \
     order by m.sort_at desc, m.place desc limit $4"
    ),
);
const AFTER: Statement = Statement::portable(
    "messages after",
    select!(
        "m.conversation = $1 and (m.sort_at, m.place) > ($2, $3) \
     order by m.sort_at, m.place limit $4"
    ),
);
const SLICE: Statement = Statement::portable(
    "messages slice",
    select!(
        "m.conversation = $1 and (m.sort_at, m.place) > ($2, $3) \
     and (m.sort_at, m.place) < ($4, $5) order by m.sort_at, m.place limit $6"
    ),
);
const SLICE_FROM_END: Statement = Statement::portable(
    "messages slice_from_end",
    select!(
        "m.conversation = $1 and (m.sort_at, m.place) > ($2, $3) \
     and (m.sort_at, m.place) < ($4, $5) order by m.sort_at desc, m.place desc limit $6"
    ),
);
const BY_IDS: Statement = Statement {
    name: "messages by_ids",
    sqlite: select!("m.id in (select value from jsonb_each($1))"),
    postgres: select!("m.id in (select json_array_elements_text(cast($1 as json)))"),
};
const REACTIONS: Statement = Statement {
    name: "messages reactions",
    sqlite: "select target, sender, emoji, at from message_reactions where emoji is not null \
        and target in (select value from jsonb_each($1)) order by target, sender",
    postgres: "select target, sender, emoji, at from message_reactions where emoji is not null \
        and target in (select json_array_elements_text(cast($1 as json))) order by target, sender",
};

pub(crate) const STATEMENTS: &[Statement] =
    &[GET, BEFORE, AFTER, SLICE, SLICE_FROM_END, BY_IDS, REACTIONS];

impl Reads {
    /// One message.
    ///
    /// # Errors
    /// The database failed.
    pub async fn message(
        &self,
        message: MessageId,
    ) -> Result<Option<MessageView>, ProjectionError> {
        let row = query(GET)
            .bind(message.to_string())
            .fetch_optional(self.pool())
            .await?;
        let mut messages = row
            .iter()
            .map(view::message)
            .collect::<Result<Vec<_>, ProjectionError>>()?;
        self.add_reactions(&mut messages).await?;
        Ok(messages.pop())
    }

    /// A page of a conversation's messages, oldest first.
    ///
    /// # Errors
    /// The database failed, or the cursor is not ours.
    pub async fn messages(
        &self,
        conversation: ConversationId,
        cursor: MessageCursor<'_>,
        limit: usize,
    ) -> Result<Page<MessageView>, ProjectionError> {
        let (statement, (sort_at, place)) = match cursor {
            MessageCursor::Newest => (BEFORE, (i64::MAX, i64::MAX)),
            MessageCursor::Before(cursor) => (BEFORE, parse(self.epoch, cursor)?),
            MessageCursor::After(cursor) => (AFTER, parse(self.epoch, cursor)?),
        };
        let rows = query(statement)
            .bind(conversation.to_string())
            .bind(sort_at)
            .bind(place)
            .bind(page::one_more(limit))
            .fetch_all(self.pool())
            .await?;
        let mut items = rows
            .iter()
            .map(view::message)
            .collect::<Result<Vec<_>, _>>()?;
        let key = |message: &MessageView| key(self.epoch, message);
        let further = page::cut(&mut items, limit, key);
        let page = match cursor {
            MessageCursor::After(_) => {
                let previous = items.first().map(key);
                Page {
                    items,
                    previous,
                    next: further,
                }
            }
            MessageCursor::Newest | MessageCursor::Before(_) => {
                items.reverse();
                let is_newest = cursor == MessageCursor::Newest;
                let next = items.last().map(key).filter(|_| !is_newest);
                Page {
                    items,
                    previous: further,
                    next,
                }
            }
        };
        let Page {
            mut items,
            previous,
            next,
        } = page;
        self.add_reactions(&mut items).await?;
        Ok(Page {
            items,
            previous,
            next,
        })
    }

    /// A part of a conversation's timeline in either direction, oldest first.
    ///
    /// # Errors
    /// The database failed, or a cursor is not ours.
    pub async fn message_slice(
        &self,
        conversation: ConversationId,
        slice: &Slice,
    ) -> Result<Edges<MessageView>, ProjectionError> {
        let place = |cursor: &Option<String>| {
            let cursor = cursor.as_deref();
            cursor.map(|cursor| parse(self.epoch, cursor)).transpose()
        };
        let (after, before) = (place(&slice.after)?, place(&slice.before)?);
        let from = after.unwrap_or((i64::MIN, i64::MIN));
        let to = before.unwrap_or((i64::MAX, i64::MAX));
        let statement = if slice.from_end {
            SLICE_FROM_END
        } else {
            SLICE
        };
        let rows = query(statement)
            .bind(conversation.to_string())
            .bind(from.0)
            .bind(from.1)
            .bind(to.0)
            .bind(to.1)
            .bind(page::one_more(slice.limit))
            .fetch_all(self.pool())
            .await?;
        let mut messages = rows
            .iter()
            .map(view::message)
            .collect::<Result<Vec<_>, _>>()?;
        self.add_reactions(&mut messages).await?;
        Ok(slice.edges(messages, |one| key(self.epoch, one)))
    }

    /// The messages of a list of ids, in no order; unknown ones are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_by_ids(
        &self,
        messages: &[MessageId],
    ) -> Result<Vec<MessageView>, ProjectionError> {
        let rows = query(BY_IDS)
            .bind(id_list(messages))
            .fetch_all(self.pool())
            .await?;
        let mut messages = rows
            .iter()
            .map(view::message)
            .collect::<Result<Vec<_>, _>>()?;
        self.add_reactions(&mut messages).await?;
        Ok(messages)
    }

    async fn add_reactions(&self, messages: &mut [MessageView]) -> Result<(), ProjectionError> {
        if messages.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = messages
            .iter()
            .map(|message| message.id.to_string())
            .collect();
        let rows = query(REACTIONS)
            .bind(serde_json::Value::from(ids).to_string())
            .fetch_all(self.pool())
            .await?;
        let mut reactions: BTreeMap<MessageId, Vec<_>> = BTreeMap::new();
        for row in &rows {
            let (target, reaction) = view::reaction(row)?;
            reactions.entry(target).or_default().push(reaction);
        }
        for message in messages {
            message.reactions = reactions.remove(&message.id).unwrap_or_default();
        }
        Ok(())
    }
}

fn key(epoch: CursorEpoch, message: &MessageView) -> String {
    let (sort_at, place) = message.key;
    page::cursor(epoch, sort_at, &place.to_string())
}

fn parse(epoch: CursorEpoch, cursor: &str) -> Result<(i64, i64), InvalidCursor> {
    let (sort_at, place) = page::parse(epoch, cursor)?;
    let place = place.parse().map_err(|_| InvalidCursor::Unreadable)?;
    Ok((sort_at, place))
}
