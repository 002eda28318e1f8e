//! What every server of the tests is set to, and the bot that answers everything.

/// The app secret of every test server.
pub const APP_SECRET: &str = "app-secret-of-the-tests-0123456789";
/// The verify token of every test server.
pub const VERIFY_TOKEN: &str = "verify-token-of-the-tests";
/// Two bubbles of the customer, three of the bot, and again from the start.
pub const BOT: &str = r#"{
    "nodes": [
        {"id": "welcome", "type": "welcome", "data": {"message": "Добрый день!"}},
        {"id": "ask", "type": "question", "data": {"question": "Как вас зовут?", "saveAs": "name"}},
        {"id": "thanks", "type": "message", "data": {"message": "Спасибо, {{name}}!"}}
    ],
    "edges": [
        {"id": "a", "source": "welcome", "target": "ask"},
        {"id": "b", "source": "ask", "target": "thanks"}
    ]
}"#;

/// Meta's id of the lab's numbers, from 0.
pub fn phone_number_id(number: usize) -> String {
    format!("12345678901234{number}")
}
