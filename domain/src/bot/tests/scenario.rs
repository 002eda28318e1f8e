//! Parsing a scenario: every problem of a node is found, with its code, its field and its limit.

use serde_json::{Value, json};

use crate::bot::scenario::{Problem, Scenario, Segment, Template, Test};

/// The problems of a scenario; each is said in Russian too.
pub(super) fn problems(scenario: &Value) -> Vec<Problem> {
    let problems = Scenario::parse(scenario.to_string()).expect_err("the scenario has problems");
    for problem in &problems {
        let is_russian = problem.message_ru.chars().any(|c| ('а'..='я').contains(&c));
        assert!(is_russian, "{problem:?}");
    }
    problems
}

pub(super) fn codes(scenario: &Value) -> Vec<String> {
    problems(scenario)
        .into_iter()
        .map(|problem| problem.code)
        .collect()
}

/// A welcome node and the node under test, with an edge between them.
fn with_node(node: &Value) -> Value {
    json!({
        "nodes": [{"id": "w", "type": "welcome", "data": {"message": "Hi"}}, node],
        "edges": [{"source": "w", "target": "n"}],
    })
}

fn node(kind: &str, data: &Value) -> Value {
    with_node(&json!({"id": "n", "type": kind, "data": data}))
}

#[test]
fn problem_of_each_field_has_its_code() {
    let buttons = |buttons: Value| node("buttons", &json!({"message": "?", "buttons": buttons}));
    let condition =
        |kind, value| node("condition", &json!({"conditionType": kind, "value": value}));
    let many: Vec<Value> = (0..4)
        .map(|id| json!({"id": id, "label": format!("b{id}")}))
        .collect();
    let cases: Vec<(Value, &[&str])> = vec![
        (node("dance", &json!({})), &["unknown_node_type"]),
        (node("message", &json!({})), &["missing_field"]),
        (node("message", &json!({"message": " "})), &["empty_field"]),
        (node("message", &json!({"message": 5})), &["wrong_type"]),
        (
            node("message", &json!({"message": "ж".repeat(4097)})),
            &["text_too_long"],
        ),
        (node("message", &json!([])), &["wrong_type"]),
        (
            node("question", &json!({})),
            &["missing_field", "missing_field"],
        ),
        (
            node("question", &json!({"question": "?", "saveAs": ""})),
            &["empty_field"],
        ),
        (
            node(
                "buttons",
                &json!({"message": "ж".repeat(1025), "buttons": [{"id": 1, "label": "a"}]}),
            ),
            &["text_too_long"],
        ),
        (
            node("buttons", &json!({"message": "?"})),
            &["missing_field"],
        ),
        (buttons(json!("none")), &["wrong_type"]),
        (buttons(json!([])), &["no_buttons"]),
        (buttons(json!(many)), &["too_many_buttons"]),
        (buttons(json!([{"id": "1"}])), &["missing_field"]),
        (buttons(json!([{"label": "a"}])), &["missing_field"]),
        (
            buttons(json!([{"id": "1", "label": "а".repeat(21)}])),
            &["label_too_long"],
        ),
        (
            buttons(json!([{"id": "1", "label": "Да"}, {"id": "2", "label": "дА "}])),
            &["duplicate_button_label"],
        ),
        (
            buttons(json!([{"id": "1", "label": "a"}, {"id": 1, "label": "b"}])),
            &["duplicate_button_id"],
        ),
        (
            buttons(json!([{"id": "1", "label": "Failed"}])),
            &["reserved_label"],
        ),
        (condition("similar", "x"), &["unknown_condition_type"]),
        (condition("contains", ""), &["empty_field"]),
        (condition("regex", "("), &["invalid_regex"]),
        (condition("regex", r"\w{1000}{1000}"), &["invalid_regex"]),
        (
            node("action", &json!({"actionType": "dance"})),
            &["unknown_action_type"],
        ),
        (
            node(
                "action",
                &json!({"actionType": "save_to_crm", "value": "x"}),
            ),
            &["missing_field"],
        ),
        (
            node("action", &json!({"actionType": "assign_tag", "value": 1})),
            &["wrong_type"],
        ),
        (
            with_node(&json!({"id": "n", "data": {}})),
            &["missing_field"],
        ),
    ];
    for (scenario, expected) in cases {
        let found = problems(&scenario);
        let codes: Vec<&str> = found.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!(codes, expected, "{scenario}");
        assert!(
            found
                .iter()
                .all(|problem| problem.node.as_deref() == Some("n")),
            "{found:?}"
        );
    }
}

#[test]
fn length_problems_name_field_limit_and_actual_value() {
    let label = "а".repeat(21);
    let data = json!({"message": "?", "buttons": [{"id": "1", "label": label}]});
    assert_eq!(
        problems(&node("buttons", &data))[0].message,
        "data.buttons[0].label has 21 characters, 20 are allowed"
    );
}

#[test]
fn lengths_count_utf16_units() {
    let fits = node("message", &json!({"message": "😀".repeat(2048)}));
    assert!(Scenario::parse(fits.to_string()).is_ok());
    let too_long = node("message", &json!({"message": "😀".repeat(2049)}));
    assert_eq!(codes(&too_long), ["text_too_long"]);
}

#[test]
fn problem_of_the_file_has_its_code() {
    let cases = [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("[]", "wrong_type"),
        (r#"{"edges": []}"#, "missing_field"),
        (r#"{"nodes": 1, "edges": []}"#, "wrong_type"),
        (r#"{"nodes": [], "edges": []}"#, "no_nodes"),
    ];
    for (text, code) in cases {
        let problems = Scenario::parse(text).expect_err("problems");
        assert_eq!(problems[0].code, code, "{text}");
    }
    let large = format!(
        r#"{{"nodes": [], "edges": [], "note": "{}"}}"#,
        "x".repeat(256 * 1024)
    );
    assert_eq!(
        Scenario::parse(large).expect_err("too large")[0].code,
        "too_large"
    );
    assert_eq!(
        Scenario::parse([0xff, 0xfe]).expect_err("no UTF-8")[0].code,
        "malformed_json"
    );
    let deep = "[".repeat(100_000);
    assert_eq!(
        Scenario::parse(deep).expect_err("too deep")[0].code,
        "malformed_json"
    );
}

#[test]
fn all_problems_are_found_at_once() {
    let scenario = json!({
        "nodes": [
            {"id": "a", "type": "message", "data": {}},
            {"id": "a", "type": "dance", "data": {}},
            {"id": "c", "type": "condition", "data": {"conditionType": "like", "value": ""}},
            {"type": "message", "data": {"message": "x"}},
        ],
        "edges": [{"id": "e1", "source": "a", "target": "nowhere"}, {"source": "c"}],
    });
    assert_eq!(
        codes(&scenario),
        [
            "missing_field",
            "unknown_node_type",
            "empty_field",
            "unknown_condition_type",
            "missing_field",
            "missing_field",
            "duplicate_node_id",
            "edge_target_missing",
            "no_start",
        ]
    );
}

#[test]
fn templates_are_split_at_names() {
    let text = |text: &str| Segment::Text(text.to_owned());
    let variable = |name: &str| Segment::Variable(name.to_owned());
    let cases = [
        ("plain", vec![text("plain")]),
        (
            "Hi {{ first name }}!",
            vec![text("Hi "), variable("first name"), text("!")],
        ),
        ("{{a}}{{b}}", vec![variable("a"), variable("b")]),
        ("{{}} {{ }}", vec![text("{{}} {{ }}")]),
        ("{{a", vec![text("{{a")]),
        ("a}} {{b}}", vec![text("a}} "), variable("b")]),
        ("{{ {{b}} }}", vec![text("{{ "), variable("b"), text(" }}")]),
    ];
    for (source, expected) in cases {
        assert_eq!(Template::parse(source).segments(), expected, "{source}");
    }
}

#[test]
fn conditions_ignore_case_in_any_script() {
    let parse = |kind: &str, value: &str| {
        let data = json!({"conditionType": kind, "value": value});
        let scenario = Scenario::parse(node("condition", &data).to_string()).expect("valid");
        match &scenario.nodes()[1].kind {
            crate::bot::scenario::NodeKind::Condition(test) => test.clone(),
            other => panic!("{other:?} is no condition"),
        }
    };
    let cases: [(&str, &str, &str, bool); 10] = [
        ("contains", "запис", "Записаться на услугу", true),
        ("contains", "ЗАПИС", "хочу записаться", true),
        ("contains", "цен", "Записаться на услугу", false),
        ("equals", "Да", " дА ", true),
        ("equals", "Да", "да, конечно", false),
        ("starts_with", "привет", "ПРИВЕТ всем", true),
        ("starts_with", "всем", "ПРИВЕТ всем", false),
        ("ends_with", "ВСЕМ", "привет всем", true),
        ("regex", r"^\d{2}\.\d{2}$", "24.11", true),
        ("regex", "ПРИВЕТ|здравствуй", "Ну привет", true),
    ];
    for (kind, value, text, verdict) in cases {
        let test: Test = parse(kind, value);
        assert_eq!(test.holds(text), verdict, "{kind} {value} {text}");
    }
}
