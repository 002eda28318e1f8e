//! Reads conversations: the list by filters in two orders, or one.

use domain::ids::ConversationId;
use infrastructure::database::db::{Query, Statement, query};

use super::entry_queries;
use super::filter::{ConversationFilter, ConversationSort};
use super::view::{self, ConversationView};
use crate::page::{self, CursorEpoch, InvalidCursor, Page};
use crate::reads::{Reads, id_list};
use crate::runner::ProjectionError;
use crate::slice::{Edges, Slice};

/// Begins the cursors of those who wait longest: a cursor of one order means nothing in the other.
const WAITING_MARK: char = 'w';

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "select c.*, k.profile_name, k.username, k.wa_id, k.attributes, k.tags, \
             b.name as bot_name, p.name as handler_name, a.name as assignee_name, \
             s.version as bot_version, s.node, \
             m.id as message_id, m.direction, m.created_at as message_created_at, m.cancel_reason, \
             coalesce(e.message_type, m.message_type) as message_type, \
             case when e.revoked_at is not null then '' else coalesce(e.content, m.content) end \
             as content, d.* \
             from conversation_rows c \
             left join contact_rows k on k.id = c.contact \
             left join session_rows s on s.id = c.session \
             left join bot_rows b on c.handler = 'bot' and b.id = c.handler_id \
             left join people p on c.handler = 'person' and p.id = c.handler_id \
             left join people a on a.id = c.assignee \
             left join message_rows m on m.id = c.last_message \
             left join message_changes e on e.target = c.last_message \
             left join message_deliveries d on d.message = c.last_message where ",
            $($rest)*
        )
    };
}

/// `$3` to `$12` of a list, which [`ConversationFilter`] binds.
macro_rules! filtered {
    () => {
        " and (cast($3 as text) is null or c.status = $3) \
         and (cast($4 as text) is null or c.number = $4) \
         and (cast($5 as text) is null or c.contact = $5) \
         and (cast($6 as text) is null or c.handler = $6) \
         and (cast($7 as text) is null or k.search like $7 escape '\\' \
         or k.search like cast($8 as text) escape '\\') \
         and (cast($9 as text) is null or coalesce(c.assignee, '') = $9) \
         and (cast($10 as bigint) is null \
         or case when c.awaiting_people_since is null then 0 else 1 end = $10) \
         and (cast($11 as bigint) is null \
         or case when c.unread_count > 0 then 1 else 0 end = $11) \
         and (cast($12 as text) is null or replace(k.tags, $12, '') <> k.tags) "
    };
}

/// A list's order and bounds. `$at` is its column: with a plus before it no index gives the order, so that
/// the narrowed form begins at its customers. `$of` narrows, or is empty.
macro_rules! newest {
    ($at:expr, $of:expr) => {
        select!(
            concat!("(", $at, ", c.id) < ($1, $2) ", $of),
            filtered!(),
            concat!("order by ", $at, " desc, c.id desc limit $13")
        )
    };
}
macro_rules! longest_waiting {
    ($at:expr, $of:expr) => {
        select!(
            concat!(
                "c.awaiting_people_since is not null and (",
                $at,
                ", c.id) > ($1, $2) ",
                $of
            ),
            filtered!(),
            concat!("order by ", $at, ", c.id limit $13")
        )
    };
}
/// A part in either direction: bounds behind the filter (`$13`, `$14`), then the limit.
macro_rules! recent {
    ($at:expr, $of:expr, $way:literal) => {
        select!(
            concat!(
                "(",
                $at,
                ", c.id) < ($1, $2) and (",
                $at,
                ", c.id) > ($13, $14) ",
                $of
            ),
            filtered!(),
            concat!("order by ", $at, $way, ", c.id", $way, " limit $15")
        )
    };
}
macro_rules! waiting {
    ($at:expr, $of:expr, $way:literal) => {
        select!(
            concat!(
                "c.awaiting_people_since is not null and (",
                $at,
                ", c.id) > ($1, $2) and (",
                $at,
                ", c.id) < ($13, $14) ",
                $of
            ),
            filtered!(),
            concat!("order by ", $at, $way, ", c.id", $way, " limit $15")
        )
    };
}

/// A list as it is, and the same of few customers, whose ids are bound behind everything else.
#[derive(Clone, Copy, Debug)]
struct Listed {
    whole: Statement,
    narrowed: Statement,
}

macro_rules! listed {
    ($name:literal, $kind:ident, $column:literal, $list:literal $(, $way:literal)?) => {
        Listed {
            whole: Statement::portable(
                concat!("conversations ", $name),
                $kind!($column, "" $(, $way)?),
            ),
            narrowed: Statement {
                name: concat!("conversations ", $name, "_narrowed"),
                sqlite: $kind!(
                    concat!("+", $column),
                    concat!("and c.contact in (select value from jsonb_each(", $list, "))")
                    $(, $way)?
                ),
                postgres: $kind!(
                    concat!("+", $column),
                    concat!(
                        "and c.contact in (select json_array_elements_text(cast(", $list, " as json)))"
                    )
                    $(, $way)?
                ),
            },
        }
    };
}

const NEWEST: Listed = listed!("newest", newest, "c.sort_at", "$14");
const LONGEST_WAITING: Listed = listed!(
    "longest_waiting",
    longest_waiting,
    "c.awaiting_people_since",
    "$14"
);
const RECENT: Listed = listed!("recent", recent, "c.sort_at", "$16", " desc");
const RECENT_FROM_END: Listed = listed!("recent_from_end", recent, "c.sort_at", "$16", "");
const WAITING: Listed = listed!("waiting", waiting, "c.awaiting_people_since", "$16", "");
const WAITING_FROM_END: Listed = listed!(
    "waiting_from_end",
    waiting,
    "c.awaiting_people_since",
    "$16",
    " desc"
);
const GET: Statement = Statement::portable("conversations get", select!("c.id = $1"));
const BY_IDS: Statement = Statement {
    name: "conversations by_ids",
    sqlite: select!("c.id in (select value from jsonb_each($1))"),
    postgres: select!("c.id in (select json_array_elements_text(cast($1 as json)))"),
};

pub(crate) const STATEMENTS: &[Statement] = &[
    NEWEST.whole,
    NEWEST.narrowed,
    LONGEST_WAITING.whole,
    LONGEST_WAITING.narrowed,
    RECENT.whole,
    RECENT.narrowed,
    RECENT_FROM_END.whole,
    RECENT_FROM_END.narrowed,
    WAITING.whole,
    WAITING.narrowed,
    WAITING_FROM_END.whole,
    WAITING_FROM_END.narrowed,
    GET,
    BY_IDS,
    entry_queries::ENTRIES,
    entry_queries::SLICE,
    entry_queries::SLICE_FROM_END,
    entry_queries::NOTES,
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
        self.sorted_conversations(filter, ConversationSort::Newest, after, limit)
            .await
    }

    /// Conversations in an order, after a cursor of the same order.
    ///
    /// # Errors
    /// The database failed, or the cursor is not ours.
    pub async fn sorted_conversations(
        &self,
        filter: &ConversationFilter,
        sort: ConversationSort,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ConversationView>, ProjectionError> {
        let (list, (key, tie)) = match sort {
            ConversationSort::Newest => (
                NEWEST,
                after.map_or(Ok(page::LAST), |cursor| page::parse(self.epoch, cursor))?,
            ),
            ConversationSort::LongestWaiting => (
                LONGEST_WAITING,
                after.map_or(Ok((i64::MIN, "")), |cursor| waiting(self.epoch, cursor))?,
            ),
        };
        let few = self.few_sought(filter.search.as_deref()).await?;
        let begun = list.query(few.as_deref()).bind(key).bind(tie);
        let bound = filter.bind(begun).bind(page::one_more(limit));
        let rows = narrow(bound, few).fetch_all(self.pool()).await?;
        let mut items = rows
            .iter()
            .map(view::conversation)
            .collect::<Result<Vec<_>, _>>()?;
        let next = page::cut(&mut items, limit, |one| {
            let id = one.id.to_string();
            match (sort, one.awaiting_people_since) {
                (ConversationSort::LongestWaiting, Some(since)) => {
                    format!(
                        "{WAITING_MARK}{}",
                        page::cursor(self.epoch, since.as_micros(), &id)
                    )
                }
                _ => page::cursor(self.epoch, one.sort_at, &id),
            }
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
        let (list, (from, to)) = match (sort, slice.from_end) {
            (ConversationSort::Newest, false) => (RECENT, slice.descending(self.epoch)?),
            (ConversationSort::Newest, true) => (RECENT_FROM_END, slice.descending(self.epoch)?),
            (ConversationSort::LongestWaiting, false) => (WAITING, slice.ascending(self.epoch)?),
            (ConversationSort::LongestWaiting, true) => {
                (WAITING_FROM_END, slice.ascending(self.epoch)?)
            }
        };
        let few = self.few_sought(filter.search.as_deref()).await?;
        let begun = list.query(few.as_deref()).bind(from.0).bind(from.1);
        let bound = filter.bind(begun).bind(to.0).bind(to.1);
        let bound = bound.bind(page::one_more(slice.limit));
        let rows = narrow(bound, few).fetch_all(self.pool()).await?;
        let views = rows
            .iter()
            .map(view::conversation)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(slice.edges(views, |one| {
            let place = match (sort, one.awaiting_people_since) {
                (ConversationSort::LongestWaiting, Some(since)) => since.as_micros(),
                _ => one.sort_at,
            };
            page::cursor(self.epoch, place, &one.id.to_string())
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
        let rows = query(BY_IDS)
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
        id: ConversationId,
    ) -> Result<Option<ConversationView>, ProjectionError> {
        let row = query(GET)
            .bind(id.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(view::conversation).transpose()
    }
}

impl Listed {
    fn query<'q>(self, few: Option<&str>) -> Query<'q> {
        query(if few.is_some() {
            self.narrowed
        } else {
            self.whole
        })
    }
}

/// Binds the customers that a list is narrowed to, behind everything else.
fn narrow(bound: Query<'_>, few: Option<String>) -> Query<'_> {
    match few {
        Some(ids) => bound.bind(ids),
        None => bound,
    }
}

fn waiting(epoch: CursorEpoch, cursor: &str) -> Result<(i64, &str), InvalidCursor> {
    let own = cursor.strip_prefix(WAITING_MARK);
    page::parse(epoch, own.ok_or(InvalidCursor::Unreadable)?)
}
