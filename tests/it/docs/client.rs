//! The TypeScript clients of docs/api.md: types taken off, run under Node.js against a server.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::{DEADLINE, TestApp, not_run, packages};
use crate::tidy::{read, root};

/// The code of an example: 0 asks and changes, 1 subscribes.
fn example(place: usize) -> String {
    let text = read(&root().join("docs/api.md"));
    let found: Vec<&str> = text
        .split("```ts\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect();
    assert_eq!(found.len(), 2, "examples in TypeScript");
    found[place].to_owned()
}

/// Takes types off. They may be `type NAME = {` blocks that end in `};`, ` as TYPE`, and annotations in
/// the line of a function or of a `let`: that is all this page's examples use.
fn stripped(code: &str) -> String {
    let mut lines = Vec::new();
    let mut in_type = false;
    for line in code.lines() {
        if line.starts_with("type ") {
            in_type = !line.ends_with("};");
            continue;
        }
        if in_type {
            in_type = line != "};";
            continue;
        }
        lines.push(if line.contains("function ") {
            without_annotations(line)
        } else if line.starts_with("let ") {
            without_annotation(line)
        } else {
            without_casts(line)
        });
    }
    lines.join("\n")
}

fn without_annotations(line: &str) -> String {
    let mut kept = String::new();
    let mut is_kept = true;
    let mut depth = 0_usize;
    for sign in line.chars() {
        match sign {
            ':' => is_kept = false,
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ',' | ')' | '{' | '=' if depth == 0 => is_kept = true,
            _ => {}
        }
        if is_kept && depth == 0 && sign != '>' {
            kept.push(sign);
        }
    }
    kept
}

fn without_annotation(line: &str) -> String {
    let parts = line.split_once(": ").zip(line.split_once(" = "));
    match parts {
        Some(((name, _), (_, value))) => format!("{name} = {value}"),
        None => line.to_owned(),
    }
}

fn without_casts(line: &str) -> String {
    let mut parts = line.split(" as ");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([';', ')', ',']).unwrap_or(part.len());
        kept.push_str(&part[end..]);
    }
    kept
}

#[test]
fn types_are_taken_off() {
    let code = "type A = { b: string };\ntype C = {\n  d: number;\n};\n\
                let e: string | null = null; // a note\n\
                async function f(x: string, y: A = {}): Promise<C> {\n  return (z as C).d;";
    assert_eq!(
        stripped(code),
        "let e = null; // a note\nasync function f(x, y= {}){\n  return (z).d;"
    );
}

#[tokio::test]
async fn the_typescript_client_lists_and_answers_conversations() {
    let has_node = Command::new("node").arg("--version").output().await;
    if !has_node.is_ok_and(|done| done.status.success()) {
        not_run("docs/api.md: no Node.js for its example").expect("a note");
        return;
    }
    let app = TestApp::with_salon().await;
    app.meta.types("79991112233", "Здравствуйте");
    app.meta.shows("79991112233", 2).await;
    app.settled().await;
    let script = app.folder.path().join("client.mjs");
    std::fs::write(&script, stripped(&example(0))).expect("a file");
    let done = Command::new("node")
        .arg(&script)
        .env("VESTNIK_URL", app.base())
        .env("VESTNIK_TOKEN", app.token("agent").await)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("Node.js runs");
    let (out, err) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert!(done.status.success(), "{out}{err}");
    assert!(out.contains("+79991112233"), "{out}");
    assert!(out.contains("taken over"), "{out}");
    let texts = app.meta.shows("79991112233", 3).await;
    assert!(texts.iter().any(|text| text == "Добрый день!"), "{texts:?}");
}

#[tokio::test]
async fn the_typescript_subscriber_tells_of_changes_and_goes_on_after_a_cut() {
    let folder = tokio::task::spawn_blocking(packages)
        .await
        .expect("it ends")
        .expect("a folder");
    let Some(folder) = folder else {
        not_run("docs/api.md: no Node.js, or no packages, for its subscriber").expect("a note");
        return;
    };
    let mut app = TestApp::with_number().await;
    // The server comes back where the subscriber looks for it.
    let (_, port) = app.base().rsplit_once(':').expect("a port");
    app.set("PORT", port.to_owned());
    let conversation = app.hears("79991112233", "Анна", "first").await;
    let token = app.token("agent").await;
    // Beside its packages, because Node.js looks for them beside the script.
    let script = folder.join(format!("live-{}.mjs", std::process::id()));
    std::fs::write(&script, stripped(&example(1))).expect("a file");
    let mut child = Command::new("node")
        .arg(&script)
        .env("VESTNIK_URL", app.base())
        .env("VESTNIK_TOKEN", &token)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let path = format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    );
    // It begins with what comes next, so it is told of something new until it says that it heard.
    let mut count = 0;
    let began = std::time::Instant::now();
    loop {
        assert!(began.elapsed() < DEADLINE, "it never heard of anything");
        count += 1;
        app.post(
            &path,
            serde_json::json!({"content": format!("ours {count}")}),
        )
        .await
        .expect(201);
        let heard = next_with(
            &mut lines,
            "content: 'ours",
            std::time::Duration::from_secs(1),
        );
        if heard.await {
            break;
        }
    }
    app.restart().await;
    app.post(&path, serde_json::json!({"content": "after the cut"}))
        .await
        .expect(201);
    assert!(next_with(&mut lines, "content: 'after the cut'", DEADLINE).await);
    child.kill().await.expect("it ends");
    std::fs::remove_file(script).expect("the script goes");
}

/// Whether a line with a text comes within a time.
async fn next_with(
    lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
    text: &str,
    within: std::time::Duration,
) -> bool {
    let found = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains(text) {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(within, found).await.unwrap_or(false)
}
