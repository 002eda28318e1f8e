//! A number's own app secret: it signs for that number and for no other, comes in by every door, and goes out by none.

use infrastructure::webhook_signature::sign;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::graphql::gql;
use crate::support::{
    Answer, AppOptions, Delivery, PHONE_NUMBER_ID, TestApp, inbound_text, now, signed,
};

const ANNA: &str = "79991112233";
const OWN: &str = "own-secret-of-the-salon-0123456789";
const OTHER_ID: &str = "555000111222333";

/// A text of Anna's to a number.
fn text_to(phone_number_id: &str, wamid: &str) -> Vec<u8> {
    let message = inbound_text(ANNA, wamid, now(), "hi");
    let body = Delivery::new()
        .change(ANNA, "Anna", &[message], &[])
        .bytes();
    let body = String::from_utf8(body).expect("text");
    body.replace(PHONE_NUMBER_ID, phone_number_id).into_bytes()
}

async fn deliver(app: &TestApp, secret: &str, body: Vec<u8>) -> Answer {
    let signature = sign(&SecretString::from(secret), &body);
    app.deliver_signed(body, &[&signature]).await
}

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!(answer.expect(401)["code"], "signature_invalid");
}

fn other(own: Option<&str>) -> Value {
    json!({
        "display_name": "Other", "phone_number": "+79001234568", "phone_number_id": OTHER_ID,
        "access_token": "EAAtokenOfTheTests9999", "app_secret": own,
    })
}

async fn edit(app: &TestApp, id: &str, body: Value) -> Answer {
    let path = format!("/whatsapp/numbers/{id}");
    app.call(Method::PUT, &path, Some(body)).await
}

#[tokio::test]
async fn a_numbers_own_secret_signs_for_it_and_for_no_other() {
    let app = TestApp::start().await;
    let id = app.add_number().await;
    app.post("/whatsapp/numbers", other(None)).await.expect(201);
    refused(&deliver(&app, OWN, text_to(PHONE_NUMBER_ID, "wamid.1")).await);
    let edited = edit(&app, &id, json!({ "app_secret": OWN })).await;
    edited.expect(200);
    deliver(&app, OWN, text_to(PHONE_NUMBER_ID, "wamid.1"))
        .await
        .expect(200);
    refused(&deliver(&app, OWN, text_to(OTHER_ID, "wamid.2")).await);
    refused(&deliver(&app, OWN, text_to("999", "wamid.3")).await);
    // The server's secrets go on signing for every live number.
    let body = text_to(PHONE_NUMBER_ID, "wamid.4");
    let signature = signed(&body);
    app.deliver_signed(body, &[&signature]).await.expect(200);
    app.settled().await;
    let conversation = app.conversation(ANNA).await;
    assert_eq!(app.messages(&conversation).await.len(), 2);
    // Another edit leaves it, null takes it away.
    edit(&app, &id, json!({"display_name": "Salon"}))
        .await
        .expect(200);
    deliver(&app, OWN, text_to(PHONE_NUMBER_ID, "wamid.5"))
        .await
        .expect(200);
    edit(&app, &id, json!({ "app_secret": null }))
        .await
        .expect(200);
    refused(&deliver(&app, OWN, text_to(PHONE_NUMBER_ID, "wamid.6")).await);
}

#[tokio::test]
async fn an_own_secret_is_enough_and_holds_after_a_restart() {
    let settings = vec![("WHATSAPP_APP_SECRET", String::new())];
    let mut app = TestApp::start_with(AppOptions { settings }).await;
    let added = app.post("/whatsapp/numbers", other(Some(OWN))).await;
    added.expect(201);
    deliver(&app, OWN, text_to(OTHER_ID, "wamid.1"))
        .await
        .expect(200);
    app.restart().await;
    deliver(&app, OWN, text_to(OTHER_ID, "wamid.2"))
        .await
        .expect(200);
    refused(&app.deliver(text_to(OTHER_ID, "wamid.3")).await);
    app.settled().await;
    assert_eq!(app.messages(&app.conversation(ANNA).await).await.len(), 2);
}

#[tokio::test]
async fn a_secret_replaces_the_former_one_and_no_answer_shows_either() {
    let app = TestApp::start().await;
    let id = app.add_number().await;
    let mut answers = vec![
        edit(&app, &id, json!({ "app_secret": OWN })).await,
        edit(&app, &id, json!({ "app_secret": OWN })).await,
        edit(&app, &id, json!({ "app_secret": "the-next-own-secret-99" })).await,
    ];
    refused(&deliver(&app, OWN, text_to(PHONE_NUMBER_ID, "wamid.1")).await);
    let body = text_to(PHONE_NUMBER_ID, "wamid.1");
    deliver(&app, "the-next-own-secret-99", body)
        .await
        .expect(200);
    // The same secret again is no change.
    let replaced = "select count(*) from events where event_type = 'NumberAppSecretReplaced'";
    assert_eq!(app.log_number(replaced).await, Some(2));
    let kept = "select count(*) from secrets where purpose = 'app_secret'";
    assert_eq!(app.log_number(kept).await, Some(1));
    answers.push(app.get("/whatsapp/numbers").await);
    answers.push(app.get("/events?personal=open").await);
    for answer in &answers {
        answer.expect(200);
        assert!(!answer.text.contains(OWN), "{}", answer.text);
        assert!(!answer.text.contains("the-next-own"), "{}", answer.text);
    }
    for bad in [json!(""), json!(7), json!("x".repeat(4097))] {
        let problem = edit(&app, &id, json!({ "app_secret": bad }))
            .await
            .expect(422);
        assert_eq!(problem["errors"][0]["field"], "app_secret");
    }
}

#[tokio::test]
async fn graphql_takes_own_secrets_and_null_takes_them_away() {
    let app = TestApp::start().await;
    let add = "mutation($secret: String) { addNumber(input: {displayName: \"Other\", \
        phoneNumber: \"+79001234568\", phoneNumberId: \"555000111222333\", \
        accessToken: \"EAAtokenOfTheTests9999\", appSecret: $secret}) { status number { id } } }";
    let added = gql(&app, add, json!({ "secret": OWN })).await.data();
    assert_eq!(added["addNumber"]["status"], "DONE");
    let id = &added["addNumber"]["number"]["id"];
    deliver(&app, OWN, text_to(OTHER_ID, "wamid.1"))
        .await
        .expect(200);
    let edits = [
        ("displayName: \"Still mine\"", OWN),
        (
            "appSecret: \"another-own-secret-88\"",
            "another-own-secret-88",
        ),
    ];
    for (change, secret) in edits {
        let edit = format!(
            "mutation($id: ID!) {{ editNumber(input: {{number: $id, {change}}}) {{ status }} }}"
        );
        gql(&app, &edit, json!({ "id": id })).await.data();
        deliver(&app, secret, text_to(OTHER_ID, "wamid.1"))
            .await
            .expect(200);
    }
    let edit =
        "mutation($id: ID!) { editNumber(input: {number: $id, appSecret: null}) { status } }";
    gql(&app, edit, json!({ "id": id })).await.data();
    let body = text_to(OTHER_ID, "wamid.1");
    refused(&deliver(&app, "another-own-secret-88", body).await);
}

#[tokio::test]
async fn the_command_line_reads_own_secrets_from_a_file_or_behind_the_token() {
    let app = TestApp::start().await;
    let file = app.folder.path().join("secret.txt");
    std::fs::write(&file, format!("{OWN}\n")).expect("a file");
    let add = [
        "numbers",
        "add",
        "--name",
        "Other",
        "--phone",
        "+79001234568",
        "--phone-number-id",
        OTHER_ID,
        "--app-secret-file",
        "-",
    ];
    let input = format!("EAAtokenOfTheTests9999\n{OWN}\n");
    app.vestnik_fed(&[], &add, &input).await.good();
    deliver(&app, OWN, text_to(OTHER_ID, "wamid.1"))
        .await
        .expect(200);
    let edit = |more: &'static [&'static str]| [&["numbers", "edit", OTHER_ID], more].concat();
    let removed = app.vestnik(&[], &edit(&["--no-app-secret"])).await;
    removed.good();
    refused(&deliver(&app, OWN, text_to(OTHER_ID, "wamid.1")).await);
    let from_file = edit(&["--app-secret-file", "secret.txt"]);
    let shown = app.vestnik(&[], &from_file).await.good();
    assert!(shown.contains(OTHER_ID) && !shown.contains(OWN), "{shown}");
    deliver(&app, OWN, text_to(OTHER_ID, "wamid.1"))
        .await
        .expect(200);
    let renewed = edit(&["--new-token", "--app-secret-file", "-"]);
    let input = "EAAtokenOfTheTests8888\nthe-next-own-secret-99\n";
    app.vestnik_fed(&[], &renewed, input).await.good();
    let body = text_to(OTHER_ID, "wamid.1");
    deliver(&app, "the-next-own-secret-99", body)
        .await
        .expect(200);
    for (bad, input) in [("nowhere.txt", ""), ("-", ""), ("-", "two words\n")] {
        let said = app
            .vestnik_fed(
                &[],
                &["numbers", "edit", OTHER_ID, "--app-secret-file", bad],
                input,
            )
            .await;
        assert!(
            !said.success && said.err.contains("app secret"),
            "{}",
            said.err
        );
    }
}
