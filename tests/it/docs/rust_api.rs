//! The Rust example of `api/examples`: run as it is, against the tests' Meta.

#[path = "../../../api/examples/rust_api.rs"]
#[expect(dead_code, reason = "the example's own `main` is not called here")]
mod example;

use crate::support::{PHONE_NUMBER_ID, TestApp};

const CUSTOMER: &str = "79991112233";

#[tokio::test]
async fn the_bot_processes_a_message_and_the_program_writes() {
    let app = TestApp::with_salon().await;
    let lines = example::run(app.inside(), PHONE_NUMBER_ID, CUSTOMER, "wamid.example")
        .await
        .expect("the example runs");
    assert_eq!(lines[0], "Сообщение обработано ботом");
    // Two bubbles of the bot, the text and the buttons.
    let texts = app.meta.shows(CUSTOMER, 4).await;
    let said = |text: &str| texts.iter().any(|shown| shown.contains(text));
    assert!(said("Привет! Это сообщение от бота."), "{texts:?}");
    assert!(said("Выберите опцию:"), "{texts:?}");
    let again = example::run(app.inside(), PHONE_NUMBER_ID, CUSTOMER, "wamid.example").await;
    let error = again.expect_err("it came before").to_string();
    assert!(error.contains("processed before"), "{error}");
}

#[tokio::test]
async fn without_a_bot_an_operator_is_needed() {
    let app = TestApp::with_number().await;
    let lines = example::run(app.inside(), PHONE_NUMBER_ID, CUSTOMER, "wamid.example")
        .await
        .expect("the example runs");
    assert!(
        lines[0].contains("требуется оператор: NoActiveBot"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn an_unknown_number_and_a_silent_customer_are_refused() {
    let app = TestApp::with_number().await;
    let missing = api::embed::get_whatsapp_service(app.inside(), "1");
    assert!(missing.is_err());
    let service = api::embed::get_whatsapp_service(app.inside(), PHONE_NUMBER_ID);
    let sent = service
        .expect("the number is there")
        .send_text_message(CUSTOMER, "Hello")
        .await;
    assert!(matches!(sent, Err(api::embed::EmbedError::NoConversation)));
}
