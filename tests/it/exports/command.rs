//! `vestnik events`: the built binary beside a running server and without one.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::{lines, positions, with_events};
use crate::support::TestApp;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command
        .args(["--lang", "en", "events"])
        .args(arguments)
        .current_dir(folder)
        .env("DATA_DIR", folder.join("data"))
        .env("SIMULATOR", "off")
        .env("LOG", "error")
        .kill_on_drop(true);
    command
}

async fn run(app: &TestApp, arguments: &[&str]) -> Output {
    let output = command(app.folder.path(), arguments).output().await;
    output.expect("the command runs")
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn file(app: &TestApp, name: &str) -> Vec<u8> {
    std::fs::read(app.folder.path().join(name)).expect("the file")
}

fn manifest(app: &TestApp, name: &str) -> Value {
    serde_json::from_slice(&file(app, &format!("{name}.manifest.json"))).expect("JSON")
}

#[tokio::test]
async fn standard_output_is_what_the_server_answers_with_and_without_it_running() {
    let mut app = with_events().await;
    for personal in ["sealed", "pseudonym", "open"] {
        let served = app.get(&format!("/events?personal={personal}")).await.text;
        let printed = succeeded(&run(&app, &["export", "--personal", personal]).await);
        assert_eq!(printed, served);
    }
    let served = app.get("/events").await.text;
    app.stop().await;
    let printed = succeeded(&run(&app, &["export"]).await);
    assert_eq!(printed, served, "in process");
}

#[tokio::test]
async fn a_file_comes_with_a_manifest_that_fits_it() {
    let app = with_events().await;
    let head = app.inside().app().log.head();
    let epoch = app.inside().app().log.epoch().to_string();
    for (format, name) in [("ndjson", "events.ndjson"), ("parquet", "events.parquet")] {
        let output = run(&app, &["export", "--format", format, "--output", name]).await;
        assert_eq!(succeeded(&output), "", "standard output stays clean");
        let (bytes, manifest) = (file(&app, name), manifest(&app, name));
        assert_eq!(manifest["file"], name);
        assert_eq!(manifest["format"], format);
        assert_eq!(manifest["personal"], "sealed");
        assert_eq!(manifest["product_version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(manifest["epoch"], *epoch);
        assert_eq!(manifest["first_position"], 1);
        assert_eq!(manifest["last_position"], head);
        assert_eq!(manifest["events"], head);
        assert_eq!(manifest["bytes"], bytes.len());
        let hash = app.inside().app().hasher.hash(&bytes).0;
        assert_eq!(manifest["sha256"], hash);
        let counts = manifest["event_types"].as_object().expect("counts");
        let sum: u64 = counts.values().filter_map(Value::as_u64).sum();
        assert_eq!(sum, head);
        assert_eq!(counts["ContactRegistered"], 1);
        let mode = std::fs::metadata(app.folder.path().join(name)).expect("the file");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        assert!(!app.folder.path().join(format!("{name}.part")).exists());
    }
}

#[tokio::test]
async fn the_manifests_cursor_goes_on_where_the_file_ends() {
    let app = with_events().await;
    succeeded(&run(&app, &["export", "--limit", "5", "--output", "a.ndjson"]).await);
    let first = manifest(&app, "a.ndjson");
    let cursor = first["cursor"].as_str().expect("a cursor");
    succeeded(&run(&app, &["export", "--after", cursor, "--output", "b.ndjson"]).await);
    let rest = manifest(&app, "b.ndjson");
    assert_eq!(
        (&first["last_position"], &rest["first_position"]),
        (&5.into(), &6.into())
    );
    assert_eq!(rest["after"], cursor);
    let mut both = file(&app, "a.ndjson");
    both.extend(file(&app, "b.ndjson"));
    assert_eq!(both, app.get("/events").await.text.into_bytes());
    // At the end there is nothing, and that is a good export.
    let end = rest["cursor"].as_str().expect("a cursor");
    succeeded(&run(&app, &["export", "--after", end, "--output", "c.ndjson"]).await);
    assert_eq!(manifest(&app, "c.ndjson")["events"], 0);
    assert_eq!(manifest(&app, "c.ndjson")["cursor"], end);
}

#[tokio::test]
async fn following_writes_events_as_they_come() {
    let app = TestApp::start().await;
    app.token("agent").await;
    let mut child = command(app.folder.path(), &["export", "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let out = child.stdout.take().expect("standard output");
    let mut printed = BufReader::new(out).lines();
    for position in 1..=3_u64 {
        let line = printed.next_line().await.expect("a line").expect("no end");
        assert_eq!(positions(&lines(&line)), [position]);
        app.token("agent").await;
    }
    child.kill().await.expect("it ends");
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_the_remedy() {
    let mut app = TestApp::start().await;
    app.token("agent").await;
    let cases: [(&[&str], &str); 3] = [
        (&["export", "--after", "garbage"], "begin without one"),
        (
            &["export", "--output", "no/such/folder/x"],
            "no/such/folder/x",
        ),
        (&["schema", "NoSuchEvent"], "vestnik events schema"),
    ];
    for (arguments, remedy) in cases {
        let output = run(&app, arguments).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(remedy), "{said}");
    }
    app.stop().await;
    let output = run(&app, &["export", "--follow"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("vestnik serve"));
}

#[tokio::test]
async fn schemas_are_printed_without_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = command(folder.path(), &["schema"]).output().await;
    let list = succeeded(&list.expect("the command runs"));
    for event in domain::event_catalog::events() {
        assert!(list.contains(&event.event_type));
    }
    let one = command(folder.path(), &["schema", "DealCreated"])
        .output()
        .await;
    let one: Value = serde_json::from_str(&succeeded(&one.expect("it runs"))).expect("JSON");
    assert_eq!(one["title"], "DealCreated");
}
