//! Mutations of numbers, bots, tokens and read models.

use serde_json::{Value, json};

use super::{gql, gql_as};
use crate::support::{PHONE_NUMBER_ID, SALON, TestApp};

const ADD: &str = "mutation($input: AddNumberInput!) { addNumber(input: $input) {
    status number { id displayName phoneNumber isActive token { last4 } } message
    violations { field code } clientMutationId } }";

fn number() -> Value {
    json!({"displayName": "Main", "phoneNumber": "+7 900 123-45-67",
        "phoneNumberId": PHONE_NUMBER_ID, "accessToken": "EAAtokenOfTheTests4f2a"})
}

#[tokio::test]
async fn a_number_is_added_edited_switched_and_removed() {
    let app = TestApp::start().await;
    let mut input = number();
    input["clientMutationId"] = json!("add-1");
    let added = gql(&app, ADD, json!({"input": input})).await;
    assert!(!added.answer.text.contains("EAAtoken"));
    let added = added.data()["addNumber"].clone();
    assert_eq!(added["status"], "DONE");
    assert_eq!(added["number"]["phoneNumber"], "+79001234567");
    let again = gql(&app, ADD, json!({"input": input})).await.data();
    assert_eq!(again["addNumber"]["number"]["id"], added["number"]["id"]);
    let exists = gql(&app, ADD, json!({"input": number()})).await.data();
    assert_eq!(exists["addNumber"]["status"], "NUMBER_EXISTS");
    assert_eq!(exists["addNumber"]["number"]["id"], added["number"]["id"]);
    let bad = json!({"input": {"displayName": "", "phoneNumber": "12", "phoneNumberId": "x",
        "accessToken": "t"}});
    let bad = gql(&app, ADD, bad).await.data()["addNumber"].clone();
    assert_eq!(bad["status"], "INVALID");
    let violations = bad["violations"].as_array().expect("a list").iter();
    let fields: Vec<&str> = violations.filter_map(|one| one["field"].as_str()).collect();
    assert_eq!(fields, ["displayName", "phoneNumber", "phoneNumberId"]);

    let id = &added["number"]["id"];
    let edit = "mutation($input: EditNumberInput!) { editNumber(input: $input) {
        status number { displayName whatsappBusinessAccountId phoneNumber } } }";
    let edited = json!({"input": {"number": id, "displayName": "New",
        "whatsappBusinessAccountId": "77"}});
    let edited = gql(&app, edit, edited).await.data()["editNumber"]["number"].clone();
    assert_eq!(edited["displayName"], "New");
    assert_eq!(edited["whatsappBusinessAccountId"], "77");
    let cleared = json!({"input": {"number": id, "whatsappBusinessAccountId": null}});
    let cleared = gql(&app, edit, cleared).await.data()["editNumber"]["number"].clone();
    assert_eq!(cleared["whatsappBusinessAccountId"], Value::Null);
    assert_eq!(cleared["displayName"], "New");
    let switch = "mutation($input: SwitchNumberInput!) { switchNumber(input: $input) {
        number { isActive } } }";
    let off = gql(&app, switch, json!({"input": {"number": id}}))
        .await
        .data();
    assert_eq!(off["switchNumber"]["number"]["isActive"], false);
    let remove = "mutation($input: RemoveNumberInput!) { removeNumber(input: $input) {
        status number { removedAt } } }";
    let gone = gql(&app, remove, json!({"input": {"number": id}}))
        .await
        .data();
    assert!(gone["removeNumber"]["number"]["removedAt"].is_string());
    let again = gql(&app, remove, json!({"input": {"number": id}})).await;
    assert_eq!(again.code(), "NOT_FOUND");
}

#[tokio::test]
async fn a_bot_is_made_published_bound_and_switched() {
    let app = TestApp::with_number().await;
    let bot =
        "{ status bot { id name isActive draftRevision publishedVersion numbers { phoneNumberId } }
        message violations { field code message } }";
    let run = async |mutation: &str, kind: &str, input: Value| {
        let query =
            format!("mutation($input: {kind}!) {{ done: {mutation}(input: $input) {bot} }}");
        gql(&app, &query, json!({"input": input})).await.data()["done"].clone()
    };
    let made = run("createBot", "CreateBotInput", json!({"name": "B"})).await;
    let id = &made["bot"]["id"];
    let early = run("publishBot", "PublishBotInput", json!({"bot": id})).await;
    assert_eq!(
        (&early["status"], early["message"].is_string()),
        (&json!("NO_DRAFT"), true)
    );
    let early = json!({"bot": id, "isActive": true});
    assert_eq!(
        run("switchBot", "SwitchBotInput", early).await["status"],
        "NOT_PUBLISHED"
    );
    let bad = json!({"bot": id, "definition": "{\"nodes\": [], \"edges\": []}"});
    let bad = run("saveBotDraft", "SaveBotDraftInput", bad).await;
    assert_eq!(bad["status"], "INVALID_SCENARIO");
    assert!(bad["violations"][0]["code"].is_string());
    let saved = run(
        "saveBotDraft",
        "SaveBotDraftInput",
        json!({"bot": id, "definition": SALON}),
    )
    .await;
    assert_eq!(saved["bot"]["draftRevision"], 1);
    let published = run("publishBot", "PublishBotInput", json!({"bot": id})).await;
    assert_eq!(published["bot"]["publishedVersion"], 1);
    let numbers = gql(&app, "{ numbers { id } }", Value::Null).await.data();
    let bind = json!({"bot": id, "numbers": [numbers["numbers"][0]["id"]]});
    let bound = run("bindBot", "BindBotInput", bind).await;
    assert_eq!(bound["bot"]["numbers"][0]["phoneNumberId"], PHONE_NUMBER_ID);
    let on = run(
        "switchBot",
        "SwitchBotInput",
        json!({"bot": id, "isActive": true}),
    )
    .await;
    assert_eq!(on["bot"]["isActive"], true);
    let import = json!({"name": "B", "definition": SALON, "phoneNumberId": PHONE_NUMBER_ID,
        "publish": true, "clientMutationId": "import-1"});
    for _ in 0..2 {
        let imported = run("importBot", "ImportBotInput", import.clone()).await;
        assert_eq!(imported["bot"]["id"], *id);
        assert_eq!(imported["bot"]["publishedVersion"], 1);
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_works_until_it_is_revoked() {
    let app = TestApp::start().await;
    let make = "mutation($input: MakeApiTokenInput!) { makeApiToken(input: $input) {
        status secret apiToken { id name role } violations { field } } }";
    let input = json!({"input": {"name": "crm", "role": "AGENT", "clientMutationId": "t-1"}});
    let made = gql(&app, make, input.clone()).await.data()["makeApiToken"].clone();
    assert_eq!(made["status"], "DONE");
    let secret = made["secret"].as_str().expect("a token");
    let again = gql(&app, make, input).await.data()["makeApiToken"].clone();
    assert_eq!(again["status"], "ALREADY_MADE");
    assert_eq!(
        (&again["secret"], &again["apiToken"]),
        (&Value::Null, &made["apiToken"])
    );
    let me = gql_as(&app, secret, &[], "{ me { id } }", Value::Null).await;
    assert_eq!(me.data()["me"]["id"], made["apiToken"]["id"]);
    let empty = gql(&app, make, json!({"input": {"name": " ", "role": "AGENT"}}))
        .await
        .data();
    assert_eq!(empty["makeApiToken"]["status"], "INVALID");
    let revoke =
        "mutation($id: ID!) { revokeApiToken(input: {apiToken: $id}) { status apiToken { id } } }";
    let gone = gql(&app, revoke, json!({"id": made["apiToken"]["id"]}))
        .await
        .data();
    assert_eq!(
        gone["revokeApiToken"],
        json!({"status": "DONE", "apiToken": null})
    );
    let refused = gql_as(&app, secret, &[], "{ me { id } }", Value::Null).await;
    assert_eq!(refused.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_read_model_is_rebuilt_and_answers_as_before() {
    let app = TestApp::with_number().await;
    app.hears("79991112233", "Anna", "hi").await;
    let rebuild = "mutation($name: String!) { rebuildProjection(input: {name: $name}) {
        status projections { name build } } }";
    let started = gql(&app, rebuild, json!({"name": "contacts"})).await.data();
    assert_eq!(started["rebuildProjection"]["status"], "STARTED");
    crate::support::eventually("the new build", || async {
        let builds = gql(&app, "{ projections { name build state } }", Value::Null).await;
        let builds = builds.data()["projections"].clone();
        let live = builds.as_array()?.iter();
        live.into_iter()
            .any(|one| one["name"] == "contacts" && one["build"] == 2 && one["state"] == "LIVE")
            .then_some(())
    })
    .await;
    let found = gql(&app, "{ contacts { nodes { name } } }", Value::Null)
        .await
        .data();
    assert_eq!(found["contacts"]["nodes"][0]["name"], "Anna");
    let unknown = gql(&app, rebuild, json!({"name": "cats"})).await;
    assert_eq!(unknown.code(), "NOT_FOUND");
}
