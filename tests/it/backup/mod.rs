//! Backups through the built binary: made beside a running server, restored into an empty folder, served.

mod damage;
mod frozen;
mod postgres;
mod whole;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Said, TestApp, eventually, vestnik_in};

/// Runs the binary with a data folder.
async fn run(data_dir: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Said {
    vestnik_in(data_dir, settings, arguments).await
}

fn data_dir(app: &TestApp) -> PathBuf {
    app.folder.path().join("data")
}

/// Runs a command beside the server under test.
async fn vestnik(app: &TestApp, arguments: &[&str]) -> Said {
    run(&data_dir(app), &[], arguments).await
}

/// Text of a path.
fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Makes a backup and a backup of the keys beside the server; their paths.
async fn back_up(app: &TestApp, name: &str) -> (PathBuf, PathBuf) {
    let backup = app.folder.path().join(name);
    let keys = app.folder.path().join(format!("{name}-keys.txt"));
    let said = vestnik(app, &["backup", "create", "--output", text(&backup)]).await;
    assert_eq!(said.good().trim(), text(&backup));
    vestnik(app, &["keys", "backup", "--output", text(&keys)])
        .await
        .good();
    (backup, keys)
}

/// The machine is lost: the data folder is gone, a new one is restored and served.
async fn lose_and_restore(app: &mut TestApp, backup: &Path, keys: &Path) {
    app.stop().await;
    let lost = app.folder.path().join("lost");
    std::fs::rename(data_dir(app), &lost).expect("the folder goes");
    let restore = ["backup", "restore", text(backup), "--keys", text(keys)];
    vestnik(app, &restore).await.good();
    app.restart().await;
    // The read models are not in the backup: they are built from the log.
    app.settled().await;
}

async fn send(app: &TestApp, conversation: &Value, text: &str) -> Value {
    let id = conversation["id"].as_str().expect("an id");
    let path = format!("/conversations/{id}/messages");
    app.post(&path, json!({"content": text})).await.expect(201)["id"].clone()
}

/// The message once the outbox says this of it.
async fn in_state(app: &TestApp, conversation: &Value, id: &Value, state: &str) -> Value {
    eventually(state, || async {
        let messages = app.messages(conversation).await;
        messages
            .into_iter()
            .find(|message| message["id"] == *id && message["send_state"] == state)
    })
    .await
}
