//! What lines mean and how bubbles look.

use domain::phone::E164;
use secrecy::SecretString;
use serde_json::json;

use super::client::PhoneClient;
use super::screen::{Chat, Typed, business_bubble, own_bubble};
use crate::i18n::Lang;
use crate::simulator::tests::server::{NUMBER, phone_server};
use crate::simulator::{Author, Bubble, Screen, ShownButton, Ticks};

fn menu() -> Bubble {
    let button = |id: &str, title: &str| ShownButton {
        id: id.to_owned(),
        title: title.to_owned(),
    };
    Bubble {
        version: 3,
        id: "wamid.menu".to_owned(),
        from: Author::Business,
        text: "Что вас интересует?".to_owned(),
        buttons: vec![
            button("book", "Записаться на услугу"),
            button("prices", "Узнать цены"),
        ],
        quotes: None,
        reaction: None,
        ticks: None,
        at: 0,
    }
}

async fn chat() -> Chat {
    let (server, _world) = phone_server().await;
    let phone = E164::parse("+79991112233").expect("a phone");
    let token = SecretString::from("any");
    let client = PhoneClient::new(&server, token, NUMBER, &phone, "Анна").expect("a client");
    Chat::begin(client, Lang::Ru)
        .await
        .expect("a phone that shows nothing")
}

#[tokio::test]
async fn digits_press_buttons_once_there_are_some() {
    let mut chat = chat().await;
    assert_eq!(chat.read("1"), Typed::Act(json!({ "text": "1" })));
    chat.take(&Screen {
        next: 3,
        typing: false,
        messages: vec![menu()],
    });
    assert_eq!(
        chat.read(" 2 "),
        Typed::Act(json!({
            "press": { "id": "prices", "title": "Узнать цены", "message_id": "wamid.menu" },
        }))
    );
    assert!(matches!(chat.read("3"), Typed::Say(_)));
    assert_eq!(chat.read("10"), Typed::Act(json!({ "text": "10" })));
    assert_eq!(chat.read("Анна"), Typed::Act(json!({ "text": "Анна" })));
}

#[tokio::test]
async fn commands_start_with_a_slash() {
    let mut chat = chat().await;
    assert_eq!(chat.read("/quit"), Typed::Quit);
    assert_eq!(chat.read("  "), Typed::Nothing);
    assert!(matches!(chat.read("/help"), Typed::Say(text) if text.contains("Enter")));
    assert!(matches!(chat.read("/react 👍"), Typed::Say(_)));
    chat.take(&Screen {
        next: 3,
        typing: false,
        messages: vec![menu()],
    });
    assert_eq!(
        chat.read("/react 👍"),
        Typed::Act(json!({ "reaction": { "message_id": "wamid.menu", "emoji": "👍" } }))
    );
}

#[test]
fn bubbles_show_numbered_buttons_and_ticks() {
    assert_eq!(
        business_bubble(&menu()),
        "  ┃ Что вас интересует?\n  ┃  [1] Записаться на услугу\n  ┃  [2] Узнать цены"
    );
    let own = Bubble {
        from: Author::Me,
        buttons: Vec::new(),
        ticks: Some(Ticks::Read),
        ..menu()
    };
    assert_eq!(own_bubble("Анна", &own), "Анна: Что вас интересует? ✓✓ 👁");
}
