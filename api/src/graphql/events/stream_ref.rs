//! Streams as the API names them: `conversation:UUID`, with the same ids as the things they belong to.

use application::ports::event_log::StreamId;
use async_graphql::ID;
use domain::any_event::aggregate_type;
use uuid::Uuid;

use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// The kinds of streams and what stands before their ids.
pub(in crate::graphql) const KINDS: &[(&str, &str)] = &[
    (aggregate_type::NUMBER, "number"),
    (aggregate_type::CONTACT, "contact"),
    (aggregate_type::CONVERSATION, "conversation"),
    (aggregate_type::DELIVERY, "message"),
    (aggregate_type::BOT, "bot"),
    (aggregate_type::BOT_SESSION, "session"),
    (aggregate_type::DEAL, "deal"),
    (aggregate_type::API_TOKEN, "token"),
    (aggregate_type::QUICK_REPLY, "quick_reply"),
    (aggregate_type::SAVED_VIEW, "saved_view"),
    (aggregate_type::SETTINGS, "settings"),
];

/// The id of a stream.
pub(in crate::graphql) fn id_of(stream: StreamId) -> ID {
    let known = KINDS
        .iter()
        .find(|(aggregate, _)| *aggregate == stream.aggregate_type);
    let prefix = known.map_or(stream.aggregate_type, |(_, prefix)| *prefix);
    ID(format!("{prefix}:{}", stream.id))
}

/// The stream of an id.
///
/// # Errors
/// It is no id of a stream.
pub(in crate::graphql) fn parse(argument: &str, id: &ID) -> Result<StreamId, Problem> {
    let parts = id.split_once(':').and_then(|(prefix, uuid)| {
        let (aggregate, _) = KINDS.iter().find(|(_, known)| *known == prefix)?;
        Some(StreamId {
            aggregate_type: aggregate,
            id: Uuid::parse_str(uuid).ok()?,
        })
    });
    parts.ok_or_else(|| {
        let kinds: Vec<&str> = KINDS.iter().map(|(_, prefix)| *prefix).collect();
        let kinds = kinds.join(", ");
        Problem::invalid(vec![FieldError::new(
            argument,
            "invalid_id",
            Text::made(
                format!("must be KIND:UUID, where KIND is one of {kinds}"),
                format!("должно иметь вид KIND:UUID, где KIND — одно из {kinds}"),
            ),
        )])
    })
}
