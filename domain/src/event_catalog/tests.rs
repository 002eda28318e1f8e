//! The catalog against the event types that aggregates declare.

use std::collections::BTreeSet;

use super::*;
use crate::api_token::ApiToken;
use crate::bot::Bot;
use crate::bot_session::BotSession;
use crate::contact::Contact;
use crate::conversation::Conversation;
use crate::deal::Deal;
use crate::delivery::Delivery;
use crate::number::Number;
use crate::quick_reply::QuickReply;
use crate::saved_view::SavedView;
use crate::settings::Settings;
use crate::stream::StreamAggregate;

#[test]
fn every_event_type_is_described_once() {
    let described: Vec<String> = events().into_iter().map(|one| one.event_type).collect();
    let declared: BTreeSet<String> = [
        Number::EVENT_TYPES,
        Contact::EVENT_TYPES,
        Conversation::EVENT_TYPES,
        Delivery::EVENT_TYPES,
        Bot::EVENT_TYPES,
        BotSession::EVENT_TYPES,
        Deal::EVENT_TYPES,
        ApiToken::EVENT_TYPES,
        QuickReply::EVENT_TYPES,
        SavedView::EVENT_TYPES,
        Settings::EVENT_TYPES,
    ]
    .concat()
    .into_iter()
    .map(str::to_owned)
    .collect();
    assert_eq!(described.len(), declared.len());
    assert_eq!(described.into_iter().collect::<BTreeSet<_>>(), declared);
}

#[test]
fn no_schema_refers_to_what_it_does_not_hold() {
    for one in events() {
        for name in references(&one.schema) {
            let found = one.schema["$defs"].get(&name);
            assert!(
                found.is_some_and(Value::is_object),
                "{}: {name}",
                one.event_type
            );
        }
        assert!(!one.meaning.is_empty(), "{}", one.event_type);
    }
}
