//! What an answer must be: no failure of the server, and errors in our shape.

use std::collections::BTreeMap;

use api::problem::catalogue::CATALOGUE;
use serde_json::Value;

/// Codes that say that the caller is at fault, or may not.
const CODES: [&str; 6] = [
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "BAD_USER_INPUT",
    "NOT_FOUND",
    "CONFLICT",
    "RATE_LIMITED",
];
/// Findings that are shown.
const SHOWN: usize = 10;

/// An answer, as far as it is judged.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) status: u16,
    pub(super) kind: String,
    pub(super) request_id: String,
    pub(super) body: Value,
}

/// What was wrong so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    case: String,
    found: Vec<String>,
    seen: BTreeMap<String, usize>,
}

impl Findings {
    /// From here on this request is judged.
    pub(super) fn case(&mut self, caller: &str, case: usize) {
        self.case = format!("{caller} {case}");
    }

    /// Notes what is wrong with the answer to a request.
    fn add(&mut self, what: &str, request: &str, answer: &Judged) {
        let body: String = answer.body.to_string().chars().take(600).collect();
        self.found.push(format!(
            "{}: {what}: {} {request}\n  {body}",
            self.case, answer.status
        ));
    }

    fn count(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    /// How often which code was answered.
    pub(super) fn summary(&self) -> String {
        let counted = self.seen.iter();
        let counted: Vec<String> = counted
            .map(|(code, count)| format!("{code} {count}"))
            .collect();
        counted.join(", ")
    }

    /// Ends the test where there are any.
    pub(super) fn must_be_none(&self, seed: u64) {
        let shown: Vec<&str> = self.found.iter().take(SHOWN).map(String::as_str).collect();
        assert!(
            self.found.is_empty(),
            "{} findings with FUZZ_SEED={seed}:\n{}",
            self.found.len(),
            shown.join("\n")
        );
    }

    /// Judges an answer of REST.
    pub(super) fn rest(&mut self, request: &str, answer: &Judged) {
        let body = &answer.body;
        if answer.status >= 500 {
            self.add("the server failed", request, answer);
        }
        if answer.status < 400 {
            self.count("done");
            return;
        }
        let code = body["code"].as_str().unwrap_or("");
        self.count(code);
        let known = CATALOGUE.iter().any(|entry| entry.code == code);
        let texts = ["title", "detail", "next_step"];
        let is_problem = answer.kind == "application/problem+json"
            && known
            && body["status"] == answer.status
            && body["type"] == format!("/problems/{code}")
            && body["request_id"] == answer.request_id
            && texts.iter().all(|text| is_said(&body[*text]))
            && body["errors"].as_array().is_some_and(|errors| {
                errors.iter().all(|error| {
                    is_said(&error["field"])
                        && is_said(&error["code"])
                        && is_said(&error["message"])
                })
            });
        if !is_problem {
            self.add("no problem of ours", request, answer);
        }
    }

    /// Judges an answer of GraphQL.
    pub(super) fn graphql(&mut self, request: &str, answer: &Judged) {
        if answer.status >= 500 {
            self.add("the server failed", request, answer);
        }
        let Some(members) = answer.body.as_object() else {
            self.add("no JSON object", request, answer);
            return;
        };
        let Some(errors) = members.get("errors") else {
            self.count("done");
            if answer.status != 200 || !members.contains_key("data") {
                self.add("neither data nor errors", request, answer);
            }
            return;
        };
        let errors = errors.as_array().map_or(&[][..], Vec::as_slice);
        if errors.is_empty() {
            self.add("errors without one", request, answer);
        }
        for error in errors {
            let extensions = &error["extensions"];
            let code = extensions["code"].as_str().unwrap_or("");
            let problem = extensions["problem"].as_str().unwrap_or("");
            self.count(problem);
            let known = CATALOGUE.iter().any(|entry| entry.code == problem);
            if !CODES.contains(&code) || !known {
                self.add("no coded error of ours", request, answer);
            }
            if !is_said(&error["message"]) || !is_said(&extensions["nextStep"]) {
                self.add("an error without words", request, answer);
            }
        }
    }
}

fn is_said(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}
