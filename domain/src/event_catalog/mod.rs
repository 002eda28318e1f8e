//! Every event described from its own code: meaning, example, and the JSON Schema of its payload.
//!
//! The schemas in `docs/schemas` and the dictionary `docs/events.md` are made of this. Absent on purpose:
//! forms of older versions; their files stay as they were committed.

use std::collections::BTreeSet;

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::any_event::aggregate_type;
use crate::api_token::ApiTokenEvent;
use crate::bot::BotEvent;
use crate::bot_session::BotSessionEvent;
use crate::contact::ContactEvent;
use crate::conversation::ConversationEvent;
use crate::deal::DealEvent;
use crate::delivery::DeliveryEvent;
use crate::number::NumberEvent;
use crate::personal::MEMBER;
use crate::quick_reply::QuickReplyEvent;
use crate::saved_view::SavedViewEvent;
use crate::settings::SettingsEvent;

/// The member that stands for `personal` while it is sealed.
pub const SEALED_MEMBER: &str = "$sealed";

/// Where schemas keep the types they share.
const DEFINITIONS: &str = "#/$defs/";

/// One event type in its newest version.
#[derive(Clone, Debug)]
pub struct EventDescription {
    /// Its stream's aggregate.
    pub aggregate: &'static str,
    /// As stored.
    pub event_type: String,
    /// As stored.
    pub event_version: String,
    /// The one member of its payload.
    pub tag: String,
    /// What it says.
    pub meaning: String,
    /// A payload.
    pub example: Value,
    /// Describes the payload, complete in itself.
    pub schema: Value,
}

/// All events, by aggregate and in the order of the code.
pub fn events() -> Vec<EventDescription> {
    [
        of::<NumberEvent>(aggregate_type::NUMBER),
        of::<ContactEvent>(aggregate_type::CONTACT),
        of::<ConversationEvent>(aggregate_type::CONVERSATION),
        of::<DeliveryEvent>(aggregate_type::DELIVERY),
        of::<BotEvent>(aggregate_type::BOT),
        of::<BotSessionEvent>(aggregate_type::BOT_SESSION),
        of::<DealEvent>(aggregate_type::DEAL),
        of::<ApiTokenEvent>(aggregate_type::API_TOKEN),
        of::<QuickReplyEvent>(aggregate_type::QUICK_REPLY),
        of::<SavedViewEvent>(aggregate_type::SAVED_VIEW),
        of::<SettingsEvent>(aggregate_type::SETTINGS),
    ]
    .concat()
}

/// The JSON Schema of any type, with the types it uses.
pub fn schema_of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

fn of<E: DomainEvent + JsonSchema>(aggregate: &'static str) -> Vec<EventDescription> {
    let root = schema_of::<E>();
    let variants = root["oneOf"].as_array().cloned().unwrap_or_default();
    variants
        .into_iter()
        .filter_map(|variant| describe::<E>(aggregate, &root, variant))
        .collect()
}

/// Takes one variant of an enum's schema; `None` if its doc comment lacks the example.
fn describe<E: DomainEvent>(
    aggregate: &'static str,
    root: &Value,
    variant: Value,
) -> Option<EventDescription> {
    let (meaning, example) = variant["description"].as_str()?.split_once("Example: `")?;
    let meaning = meaning.trim().replace('\n', " ");
    let example: Value = serde_json::from_str(example.trim_end().strip_suffix('`')?).ok()?;
    let event: E = serde_json::from_value(example.clone()).ok()?;
    let (tag, fields) = variant["properties"].as_object()?.iter().next()?;
    let mut fields = fields.clone();
    allow_sealed(&mut fields);
    let mut definitions = Map::new();
    collect(&fields, root, &mut definitions);
    let schema = json!({
        "$schema": root["$schema"],
        "title": event.event_type(),
        "description": meaning,
        "examples": [example],
        "type": "object",
        "properties": {tag: fields},
        "required": [tag],
        "additionalProperties": false,
        "$defs": definitions,
    });
    Some(EventDescription {
        aggregate,
        event_type: event.event_type(),
        event_version: event.event_version(),
        tag: tag.clone(),
        meaning,
        example,
        schema,
    })
}

/// Events leave the installation with `personal`, or with its sealed form in its place.
fn allow_sealed(fields: &mut Value) {
    let is_personal = fields["properties"].get(MEMBER).is_some();
    if !is_personal {
        return;
    }
    fields["properties"][SEALED_MEMBER] = json!({
        "type": "string",
        "contentEncoding": "base64",
        "description": "The member `personal`, sealed under the key of the event's subject.",
    });
    if let Some(required) = fields["required"].as_array_mut() {
        required.retain(|name| name != MEMBER);
    }
    fields["oneOf"] = json!([{"required": [MEMBER]}, {"required": [SEALED_MEMBER]}]);
}

/// Copies the definitions that a schema refers to, and those that they refer to.
fn collect(schema: &Value, root: &Value, definitions: &mut Map<String, Value>) {
    for name in references(schema) {
        if !definitions.contains_key(&name) {
            let definition = root["$defs"][&name].clone();
            definitions.insert(name, definition.clone());
            collect(&definition, root, definitions);
        }
    }
}

fn references(schema: &Value) -> BTreeSet<String> {
    match schema {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|text| text.strip_prefix(DEFINITIONS));
            let mut found: BTreeSet<String> = members.values().flat_map(references).collect();
            found.extend(own.map(str::to_owned));
            found
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests;
