//! What every kind of content shows in lists, gives a bot as input, and counts as a press.

use serde_json::json;

use crate::message::{Button, Content};

/// Content as stored, its name in answers, its line in lists, a bot's input, a press.
type Row = (
    serde_json::Value,
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<(&'static str, &'static str)>,
);

fn table() -> Vec<Row> {
    vec![
        (
            json!({"text": {"body": "hi"}}),
            "text",
            "hi",
            Some("hi"),
            None,
        ),
        (
            json!({"media": {"kind": "image", "media_id": "7", "caption": "look", "special": false}}),
            "image",
            "look",
            Some("look"),
            None,
        ),
        (
            json!({"media": {"kind": "audio", "media_id": "7", "caption": " ", "special": true}}),
            "audio",
            " ",
            Some("media:7"),
            None,
        ),
        (
            json!({"media": {"kind": "sticker", "special": false}}),
            "sticker",
            "",
            None,
            None,
        ),
        (
            json!({"location": {"latitude": 55.75, "longitude": 37.5, "address": "Street 1"}}),
            "location",
            "Street 1",
            Some("55.75,37.5"),
            None,
        ),
        (
            json!({"contacts": {"cards": [{"name": {"formatted_name": "Bob"}, "phones": [{"phone": "+1 650"}], "emails": []}]}}),
            "contacts",
            "Bob",
            Some("Bob +1 650"),
            None,
        ),
        (
            json!({"contacts": {"cards": [{"name": {"formatted_name": "Bob"}, "phones": [], "emails": []}]}}),
            "contacts",
            "Bob",
            Some("Bob"),
            None,
        ),
        (
            json!({"contacts": {"cards": []}}),
            "contacts",
            "",
            None,
            None,
        ),
        (
            json!({"buttons": {"body": "Which?", "buttons": [{"id": "a", "title": "A"}]}}),
            "interactive",
            "Which?",
            Some("Which?"),
            None,
        ),
        (
            json!({"button_reply": {"id": "yes", "title": "Yes"}}),
            "interactive",
            "Yes",
            Some("Yes"),
            Some(("yes", "Yes")),
        ),
        (
            json!({"list_reply": {"id": "row", "title": "Row"}}),
            "interactive",
            "Row",
            Some("Row"),
            Some(("row", "Row")),
        ),
        (
            json!({"template_button": {"payload": "stop", "text": "Stop"}}),
            "button",
            "Stop",
            Some("Stop"),
            Some(("stop", "Stop")),
        ),
        (
            json!({"flow_reply": {"name": "flow", "body": "Sent", "response_json": "{\"a\":1}"}}),
            "interactive",
            "Sent",
            Some("{\"a\":1}"),
            None,
        ),
        (
            json!({"call_permission_reply": {"accepted": true, "is_permanent": false}}),
            "interactive",
            "",
            Some("accept"),
            None,
        ),
        (
            json!({"call_permission_reply": {"accepted": false, "is_permanent": false}}),
            "interactive",
            "",
            Some("reject"),
            None,
        ),
        (
            json!({"order": {"catalog_id": "1", "text": "two please", "items": []}}),
            "order",
            "two please",
            Some("two please"),
            None,
        ),
        (
            json!({"unsupported": {"type": "poll", "raw": {"type": "poll"}}}),
            "unsupported",
            "",
            None,
            None,
        ),
    ]
}

#[test]
fn every_kind_answers_the_questions_of_lists_and_bots() {
    for (stored, message_type, shown, input, press) in table() {
        let content: Content = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(content.message_type().as_str(), message_type, "{stored}");
        assert_eq!(content.display_text(), shown, "{stored}");
        assert_eq!(content.input_text().as_deref(), input, "{stored}");
        let press = press.map(|(id, title)| Button {
            id: id.to_owned(),
            title: title.to_owned(),
        });
        assert_eq!(content.press(), press, "{stored}");
    }
}

#[test]
fn every_kind_round_trips() {
    for (stored, ..) in table() {
        let content: Content = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(content).unwrap(), stored);
    }
}

#[test]
fn a_place_shows_its_name_before_its_address() {
    let place = json!({"location": {"latitude": 0.0, "longitude": 0.0, "name": "Office", "address": "Street 1"}});
    let content: Content = serde_json::from_value(place).unwrap();
    assert_eq!(content.display_text(), "Office");
}
