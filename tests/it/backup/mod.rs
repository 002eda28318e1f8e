//! Backups through the built binary: made beside a running server, restored into an empty folder, served.

mod damage;
mod frozen;
mod whole;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{APP_SECRET, TestApp, eventually};

/// How a command ended.
#[derive(Debug)]
struct Said {
    success: bool,
    out: String,
    err: String,
}

impl Said {
    /// Standard output of a command that must succeed.
    #[track_caller]
    fn good(self) -> String {
        assert!(self.success, "{}{}", self.out, self.err);
        self.out
    }

    /// Standard error of a command that must fail with this code.
    #[track_caller]
    fn refused(self, code: &str) -> String {
        assert!(!self.success, "{}", self.out);
        assert!(self.err.contains(&format!("({code})")), "{}", self.err);
        self.err
    }
}

/// Runs the binary with a data folder.
async fn run(data_dir: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Said {
    let folder = data_dir.parent().expect("a folder above");
    let done = Command::new(env!("CARGO_BIN_EXE_server"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("ENCRYPTION_KEY")
        .env("LC_ALL", "C")
        .env("DATA_DIR", data_dir)
        .env("PORT", "0")
        .env("SIMULATOR", "off")
        .env("WHATSAPP_APP_SECRET", APP_SECRET)
        .env("LOG", "warn")
        .envs(settings.iter().copied())
        .output()
        .await
        .expect("the binary runs");
    Said {
        success: done.status.success(),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
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
