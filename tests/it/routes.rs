//! The table of `access.rs` against the source: a route without a line there fails, and so does a line without its
//! route.

use std::collections::BTreeSet;

use crate::access::LINES;
use crate::tidy::{files, read, report, root};

/// Open to all, looked at in `access.rs` and `webhook.rs`.
const OPEN: [(&str, &str); 8] = [
    ("GET", "/api/v1/webhooks/whatsapp"),
    ("POST", "/api/v1/webhooks/whatsapp"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/"),
    ("GET", "/problems"),
    ("GET", "/problems/{code}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
];
/// Guarded in ways of their own, each with tests of its own: admins or the loopback listener (`access.rs`,
/// `metrics.rs`), every field by itself (`graphql/access.rs`), a number's access token (the simulator's tests).
const OWN: [(&str, &str); 6] = [
    ("GET", "/metrics"),
    ("GET", "/graphql"),
    ("POST", "/graphql"),
    ("POST", "/simulator/{version}/{phone_number_id}/messages"),
    ("GET", "/simulator/{version}/{phone_number_id}"),
    ("GET", "/simulator/{version}/{account}/subscribed_apps"),
];
/// Not of the product: what the tests' own Meta is told through.
const NOT_SERVED: &str = "simulator/control.rs";

/// Where the routes of a file are mounted; those of `rest/mod.rs` say it themselves.
fn mount(file: &str, path: &str) -> &'static str {
    match file {
        "rest/mod.rs" => {
            let at_the_root = ["/problems", "/healthz", "/readyz", "/metrics"];
            let is_root = path == "/" || at_the_root.iter().any(|one| path.starts_with(one));
            if is_root { "" } else { "/api/v1" }
        }
        _ if file.starts_with("rest/") => "/api/v1/admin",
        _ if file.starts_with("simulator/") => "/simulator",
        _ => "",
    }
}

/// Every `.route("PATH", ...)` of a text with its methods.
fn routes_in(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in text.split(".route(").skip(1) {
        let mut depth = 1_usize;
        let end = part.find(|sign| {
            match sign {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let arguments = &part[..end.unwrap_or(part.len())];
        let Some((path, handlers)) = arguments
            .trim_start()
            .strip_prefix('"')
            .and_then(|rest| rest.split_once('"'))
        else {
            continue;
        };
        for method in ["get", "post", "put", "patch", "delete", "any"] {
            let is_there = handlers
                .match_indices(&format!("{method}("))
                .any(|(at, _)| {
                    let before = handlers[..at].chars().next_back();
                    !before.is_some_and(|sign| sign.is_alphanumeric() || sign == '_' || sign == ':')
                });
            if is_there {
                found.push((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    found
}

/// Every route that the product serves.
fn served() -> BTreeSet<(String, String)> {
    let source = root().join("api/src");
    let mut all = BTreeSet::new();
    for path in files(&source, &[".rs"]) {
        let inside = path.strip_prefix(&source).unwrap_or(&path);
        let file = inside.display().to_string();
        let is_served = ["rest/", "graphql/", "simulator/"]
            .iter()
            .any(|folder| file.starts_with(folder));
        if !is_served || file == NOT_SERVED || file.contains("tests") {
            continue;
        }
        for (method, path) in routes_in(&read(&path)) {
            all.insert((method, format!("{}{path}", mount(&file, &path))));
        }
    }
    all
}

/// Whether a path is one that a pattern with `{names}` describes.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern
            .zip(path)
            .all(|(one, other)| one.starts_with('{') || one == other)
}

fn has_line(method: &str, pattern: &str) -> bool {
    LINES.iter().any(|(of, path, ..)| {
        let path = path.split('?').next().unwrap_or_default();
        let path = if path.starts_with("/simulator") {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        *of == method && fits(pattern, &path)
    })
}

#[test]
fn every_route_has_a_line_that_says_who_may() {
    let served = served();
    assert!(served.len() > 35, "{served:#?}");
    let known = OPEN.iter().chain(&OWN);
    let known: BTreeSet<(String, String)> = known
        .map(|(method, path)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let mut findings: Vec<String> = served
        .difference(&known)
        .filter(|(method, path)| !has_line(method, path))
        .map(|(method, path)| format!("{method} {path} has no line in access.rs"))
        .collect();
    let gone = known.difference(&served);
    findings.extend(gone.map(|(method, path)| format!("{method} {path} is no route")));
    for (method, path, ..) in LINES {
        let bare = path.split('?').next().unwrap_or_default();
        let whole = format!("/api/v1{bare}");
        let is_route = served
            .iter()
            .any(|(of, pattern)| of == method && (fits(pattern, &whole) || fits(pattern, bare)));
        if !is_route {
            findings.push(format!("{method} {path} of access.rs is no route"));
        }
    }
    report("routes and who may use them differ", &findings);
}

#[test]
fn routes_are_read_with_all_their_methods() {
    let text = r#"
        .route("/a", get(list))
        .route(
            "/b/{id}",
            get(numbers::get).put(numbers::put_it).delete(forget),
        )"#;
    let read: Vec<String> = routes_in(text)
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(
        read,
        ["GET /a", "GET /b/{id}", "PUT /b/{id}", "DELETE /b/{id}"]
    );
}
