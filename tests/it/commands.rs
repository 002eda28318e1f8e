//! Commands that look: bots, contacts, conversations, completions, through the built binary.

use serde_json::Value;

use crate::support::{PHONE_NUMBER_ID, SALON, TestApp, vestnik_in};

const CUSTOMER: &str = "79991112233";

async fn talked() -> (TestApp, String) {
    let app = TestApp::with_salon().await;
    app.meta.types(CUSTOMER, "Здравствуйте");
    app.meta.shows(CUSTOMER, 2).await;
    app.settled().await;
    let conversation = app.conversation(CUSTOMER).await;
    let id = conversation["id"].as_str().expect("an id").to_owned();
    (app, id)
}

#[tokio::test]
async fn an_exported_scenario_is_the_imported_one_and_validates() {
    let app = TestApp::with_salon().await;
    let listed = app.vestnik(&[], &["bots", "list"]).await.good();
    let row: Vec<&str> = listed.trim_end().split('\t').collect();
    assert_eq!(&row[1..], ["active", "v1", PHONE_NUMBER_ID, "Salon"]);
    let imported: Value = serde_json::from_str(SALON).expect("JSON");
    let ways: [&[&str]; 3] = [
        &["bots", "export", "Salon"],
        &["bots", "export", row[0]],
        &["bots", "export", "--number", PHONE_NUMBER_ID],
    ];
    for arguments in ways {
        let exported = app.vestnik(&[], arguments).await.good();
        let scenario: Value = serde_json::from_str(&exported).expect("JSON");
        assert_eq!(scenario, imported);
        let file = app.folder.path().join("exported.json");
        std::fs::write(&file, exported).expect("a file");
        let checked = app
            .vestnik(&[], &["bots", "validate", "exported.json"])
            .await;
        assert!(checked.good().contains("nothing is wrong"));
    }
    let none = app.vestnik(&[], &["bots", "export", "Nobody"]).await;
    assert!(
        !none.success && none.err.contains("bots list"),
        "{}",
        none.err
    );
}

#[tokio::test]
async fn a_bad_scenario_is_told_with_all_codes_and_nodes() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = r#"{"nodes":[
        {"id":"a","type":"welcome","data":{"message":""}},
        {"id":"b","type":"question","data":{"question":"?"}},
        {"id":"c","type":"dance","data":{}}],
        "edges":[{"id":"e","source":"a","target":"nowhere"}]}"#;
    std::fs::write(folder.path().join("bad.json"), scenario).expect("a file");
    let arguments = ["bots", "validate", "bad.json"];
    let said = vestnik_in(&folder.path().join("data"), &[], &arguments).await;
    assert!(!said.success);
    let lines: Vec<Vec<&str>> = said
        .out
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(lines.len() >= 3, "{}", said.out);
    assert!(lines.iter().all(|line| line.len() == 3), "{}", said.out);
    let nodes: Vec<&str> = lines.iter().map(|line| line[1]).collect();
    assert!(nodes.contains(&"c"), "{}", said.out);
}

#[tokio::test]
async fn contacts_are_listed_and_shown() {
    let (app, conversation) = talked().await;
    let listed = app.vestnik(&[], &["contacts", "list"]).await.good();
    let row: Vec<&str> = listed.trim_end().split('\t').collect();
    assert_eq!(row[1], format!("+{CUSTOMER}"));
    let none = app.vestnik(&[], &["contacts", "list", "--search", "nobody"]);
    assert_eq!(none.await.good(), "");
    for wanted in [row[0], row[1]] {
        let shown = app.vestnik(&[], &["contacts", "show", wanted]).await.good();
        assert!(shown.contains(&format!("phone\t{}", row[1])), "{shown}");
        assert!(shown.contains(&conversation), "{shown}");
    }
    let unknown = app
        .vestnik(&[], &["contacts", "show", "+10000000000"])
        .await;
    assert!(!unknown.success);
}

#[tokio::test]
async fn conversations_are_listed_and_their_messages_printed() {
    let (app, id) = talked().await;
    let listed = app.vestnik(&[], &["conversations", "list"]).await.good();
    assert!(
        listed.starts_with(&format!("{id}\tactive\tbot\t+{CUSTOMER}\t")),
        "{listed}"
    );
    let none = ["conversations", "list", "--handler", "person"];
    assert_eq!(app.vestnik(&[], &none).await.good(), "");
    let wrong = app
        .vestnik(&[], &["conversations", "list", "--status", "x"])
        .await;
    assert!(wrong.err.contains("(invalid_choice)"), "{}", wrong.err);
    let tail = ["conversations", "tail", &id, "--no-follow"];
    let printed = app.vestnik(&[], &tail).await.good();
    assert_eq!(printed.lines().count(), 3, "{printed}");
    assert!(
        printed
            .lines()
            .next()
            .is_some_and(|line| line.ends_with("\tЗдравствуйте"))
    );
    let all = app
        .vestnik(&[], &["conversations", "tail", "--no-follow"])
        .await
        .good();
    assert_eq!(all.lines().count(), 1, "{all}");
}

#[tokio::test]
async fn a_number_is_edited_switched_and_removed() {
    let app = TestApp::with_number().await;
    let row = async |arguments: &[&str]| {
        let said = app.vestnik(&[], arguments).await.good();
        let row: Vec<String> = said.trim_end().split('\t').map(str::to_owned).collect();
        row
    };
    let edited = row(&["numbers", "edit", PHONE_NUMBER_ID, "--name", "New name"]).await;
    assert_eq!(edited[4], "New name");
    let off = row(&["numbers", "off", PHONE_NUMBER_ID]).await;
    assert_eq!(off[3], "off");
    let on = row(&["numbers", "on", &edited[0]]).await;
    assert_eq!(on[3], "active");
    let wrong = ["numbers", "edit", PHONE_NUMBER_ID, "--phone", "12"];
    let wrong = app.vestnik(&[], &wrong).await;
    assert!(wrong.err.contains("(invalid_phone)"), "{}", wrong.err);
    let nothing = app
        .vestnik(&[], &["numbers", "edit", PHONE_NUMBER_ID])
        .await;
    assert!(!nothing.success && nothing.err.contains("nothing is to change"));
    let token = ["numbers", "edit", PHONE_NUMBER_ID, "--new-token"];
    let token = app.vestnik(&[], &token).await;
    assert!(
        !token.success && token.err.contains("standard input"),
        "{}",
        token.err
    );
    let unknown = app
        .vestnik(&[], &["--lang", "ru", "numbers", "remove", "77"])
        .await;
    assert!(
        !unknown.success && unknown.err.contains("номера 77 нет"),
        "{}",
        unknown.err
    );
    let removed = app
        .vestnik(&[], &["numbers", "remove", PHONE_NUMBER_ID])
        .await;
    assert!(removed.success, "{}", removed.err);
    assert_eq!(app.vestnik(&[], &["numbers", "list"]).await.good(), "");
}

#[tokio::test]
async fn a_tail_prints_what_comes_later() {
    use std::process::Stdio;
    use tokio::io::{AsyncBufReadExt, BufReader};

    let (app, id) = talked().await;
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_server"))
        .args(["conversations", "tail", &id, "--lines", "1"])
        .current_dir(app.folder.path())
        .env("DATA_DIR", app.folder.path().join("data"))
        .env("LOG", "warn")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut next = async || {
        let line = tokio::time::timeout(crate::support::DEADLINE, lines.next_line()).await;
        line.expect("in time")
            .expect("a line")
            .expect("not the end")
    };
    next().await;
    app.meta.types(CUSTOMER, "Узнать цены");
    let line = next().await;
    assert!(
        line.contains("\tinbound\t") && line.ends_with("\tУзнать цены"),
        "{line}"
    );
    child.kill().await.expect("it ends");
}

#[tokio::test]
async fn completions_name_the_commands() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish"] {
        let arguments = ["completions", shell];
        let script = vestnik_in(&folder.path().join("data"), &[], &arguments)
            .await
            .good();
        assert!(
            script.contains("vestnik") && script.contains("doctor"),
            "{shell}"
        );
    }
}
