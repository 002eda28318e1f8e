//! What a bot says and understands: texts, buttons, conditions, edges, and scenarios that are refused.

use api::simulator::Act;
use api::simulator::fault::Fault;
use serde_json::{Value, json};

use super::{ANNA, BORIS, CLARA, DINA, is_free, menu, reason};
use crate::support::{PHONE_NUMBER_ID, ScenarioJson, TestApp, eventually, press};

#[tokio::test]
async fn answers_are_kept_and_braces_of_a_customer_are_quoted() {
    let scenario = ScenarioJson::new()
        .welcome("w", "You said {{user_input}}")
        .question("name", "Your name?", "name")
        .question("date", "{{name}}, which date?", "date")
        .message("end", "{{name}} on {{date}}: {{user_input}}")
        .edge("w", "name")
        .edge("name", "date")
        .edge("date", "end");
    let app = TestApp::with_bot(&scenario).await;
    app.meta.types(ANNA, "{{name}}");
    let texts = app.meta.shows(ANNA, 2).await;
    assert_eq!(texts, ["You said {{name}}", "Your name?"]);
    app.meta.types(ANNA, "{{date}} {{user_input}}");
    let texts = app.meta.shows(ANNA, 3).await;
    assert_eq!(texts[2], "{{date}} {{user_input}}, which date?");
    let photo = json!({
        "type": "image",
        "image": {"id": "900100200", "mime_type": "image/jpeg", "sha256": "c2hh", "caption": "tomorrow"},
    });
    app.meta.acts(ANNA, &Act::Raw(photo));
    let texts = app.meta.shows(ANNA, 4).await;
    assert_eq!(texts[3], "{{date}} {{user_input}} on tomorrow: tomorrow");
    let done = app.conversation_when(ANNA, "the end", is_free).await;
    let attributes = &done["customer"]["metadata"];
    assert_eq!(attributes["name"], "{{date}} {{user_input}}");
    assert_eq!(attributes["date"], "tomorrow");
}

#[tokio::test]
async fn media_without_a_caption_is_an_answer_too() {
    let scenario = ScenarioJson::new()
        .question("photo", "A photo?", "photo")
        .message("end", "Thanks")
        .edge("photo", "end");
    let app = TestApp::with_bot(&scenario).await;
    app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 1).await;
    let photo = json!({"type": "image", "image": {"id": "900100201", "mime_type": "image/jpeg"}});
    app.meta.acts(ANNA, &Act::Raw(photo));
    assert_eq!(app.meta.shows(ANNA, 2).await[1], "Thanks");
    let done = app.conversation_when(ANNA, "the end", is_free).await;
    let kept = done["customer"]["metadata"]["photo"].as_str();
    assert!(kept.is_some_and(|kept| !kept.is_empty()), "{done}");
}

#[tokio::test]
async fn buttons_take_taps_and_labels_and_ask_others_once_more() {
    let app = TestApp::with_bot(&menu()).await;
    for wa_id in [ANNA, BORIS, CLARA, DINA] {
        app.meta.types(wa_id, "привет");
        app.meta.shows(wa_id, 1).await;
    }
    app.meta.acts(ANNA, &press("yes", "Да"));
    assert_eq!(app.meta.shows(ANNA, 2).await[1], "Ждём");
    app.meta.types(BORIS, " нЕТ ");
    assert_eq!(app.meta.shows(BORIS, 2).await[1], "Жаль");
    // A button whose edge is missing ends the run; nobody has to come.
    app.meta.acts(DINA, &press("x", "Позже"));
    let done = app.conversation_when(DINA, "the end", is_free).await;
    assert_eq!(done["awaiting_people_since"], Value::Null);

    app.meta.types(CLARA, "может быть");
    assert_eq!(app.meta.shows(CLARA, 2).await[1], "Придёте?");
    app.meta.types(CLARA, "не знаю");
    let handed = app
        .conversation_when(CLARA, "people are asked", is_free)
        .await;
    assert!(handed["awaiting_people_since"].is_string(), "{handed}");
    assert_eq!(reason(&app, CLARA, "не знаю").await, "not_understood");
    app.meta.types(CLARA, "алло");
    assert_eq!(reason(&app, CLARA, "алло").await, "awaiting_people");
    assert_eq!(app.meta.answers(CLARA).len(), 2);
}

#[tokio::test]
async fn conditions_of_every_kind_choose_the_branch() {
    let scenario = ScenarioJson::new()
        .question("ask", "Say", "said")
        .condition("equals", "equals", "ДА")
        .condition("regex", "regex", "^\\d+$")
        .condition("ends", "ends_with", "!")
        .condition("starts", "starts_with", "при")
        .condition("has", "contains", "ЁЛК")
        .message("t1", "equals")
        .message("t2", "regex")
        .message("t3", "ends")
        .message("t4", "starts")
        .message("t5", "contains")
        .edge("ask", "equals")
        .labeled("equals", "true", "t1")
        .labeled("equals", "false", "regex")
        .handle("regex", "true", "t2")
        .handle("regex", "false", "ends")
        .labeled("ends", "true", "t3")
        .labeled("ends", "false", "starts")
        .labeled("starts", "true", "t4")
        .labeled("starts", "false", "has")
        .labeled("has", "true", "t5");
    let app = TestApp::with_bot(&scenario).await;
    let cases = [
        ("79991110011", "да", "equals"),
        ("79991110012", "2026", "regex"),
        ("79991110013", "Скорее!", "ends"),
        ("79991110014", "ПРИвет", "starts"),
        ("79991110015", "под ёлкой", "contains"),
    ];
    for (wa_id, _, _) in cases {
        app.meta.types(wa_id, "hi");
    }
    for (wa_id, said, answer) in cases {
        app.meta.shows(wa_id, 1).await;
        app.meta.types(wa_id, said);
        assert_eq!(app.meta.shows(wa_id, 2).await[1], answer, "{said}");
    }
}

#[tokio::test]
async fn edge_of_failed_sending_is_followed() {
    let scenario = ScenarioJson::new()
        .welcome("w", "One")
        .question("ask", "Two?", "two")
        .message("sorry", "Once more")
        .edge("w", "ask")
        .labeled("w", "failed", "sorry");
    let app = TestApp::with_bot(&scenario).await;
    app.meta.will([Fault::Reject(131_009)]);
    app.meta.types(ANNA, "hi");
    eventually("the other way", || async {
        let texts: Vec<String> = app
            .meta
            .answers(ANNA)
            .into_iter()
            .map(|one| one.text)
            .collect();
        texts.contains(&"Once more".to_owned()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn invalid_scenario_is_refused_with_every_problem() {
    let app = TestApp::with_number().await;
    let scenario = ScenarioJson::new()
        .welcome("w", "")
        .node(
            "b",
            "buttons",
            json!({"message": "?", "buttons": [
                {"id": "1", "label": "a label of more than twenty characters"},
                {"id": "2", "label": "b"}, {"id": "3", "label": "B"}, {"id": "4", "label": "d"},
            ]}),
        )
        .condition("c", "regex", "(")
        .node("z", "dance", json!({}))
        .edge("w", "gone")
        .edge("b", "c")
        .edge("c", "b");
    let body = json!({
        "name": "Broken", "phone_number_id": PHONE_NUMBER_ID, "publish": true, "definition": scenario.text(),
    });
    let problem = app.post("/admin/bots/import", body).await.expect(422);
    assert_eq!(problem["code"], "invalid_scenario");
    let errors: Vec<String> = problem["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| {
            format!(
                "{} {}",
                error["field"].as_str().unwrap_or(""),
                error["code"].as_str().unwrap_or("")
            )
        })
        .collect();
    for expected in [
        "nodes[w] empty_field",
        "nodes[b] too_many_buttons",
        "nodes[b] label_too_long",
        "nodes[b] duplicate_button_label",
        "nodes[c] invalid_regex",
        "nodes[z] unknown_node_type",
        "nodes[w] edge_target_missing",
    ] {
        assert!(
            errors.iter().any(|error| error == expected),
            "{expected}: {errors:#?}"
        );
    }
    app.meta.types(ANNA, "hi");
    assert_eq!(reason(&app, ANNA, "hi").await, "no_active_bot");
}
