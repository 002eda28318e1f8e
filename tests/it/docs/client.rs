//! The TypeScript client of docs/api.md: types taken off, run under Node.js against a server.

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{TestApp, not_run};
use crate::tidy::{read, root};

/// The example's code.
fn example() -> String {
    let text = read(&root().join("docs/api.md"));
    let (_, rest) = text
        .split_once("```ts\n")
        .expect("an example in TypeScript");
    rest.split("```").next().unwrap_or_default().to_owned()
}

/// Takes types off. They may be `type NAME = {` blocks that end in `};`, ` as TYPE`, and annotations in
/// the line of a function: that is all this page's example uses.
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
                async function f(x: string, y: A = {}): Promise<C> {\n  return (z as C).d;";
    assert_eq!(
        stripped(code),
        "async function f(x, y= {}){\n  return (z).d;"
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
    std::fs::write(&script, stripped(&example())).expect("a file");
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
