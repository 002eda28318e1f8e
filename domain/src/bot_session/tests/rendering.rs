//! Filling templates.

use super::*;
use crate::bot::scenario::Template;

fn fill(source: &str, limit: usize) -> String {
    render::body(&Template::parse(source), limit, |name| match name {
        "name" => Some("Анна"),
        "sly" => Some("{{name}}"),
        "blank" => Some(" "),
        _ => None,
    })
}

#[test]
fn names_become_values_and_unknown_ones_nothing() {
    assert_eq!(fill("Привет, {{ name }}{{who}}!", 100), "Привет, Анна!");
}

#[test]
fn values_are_quoted_literally() {
    assert_eq!(fill("{{sly}} {{name}}", 100), "{{name}} Анна");
}

#[test]
fn text_of_nothing_becomes_an_ellipsis() {
    assert_eq!(fill("{{who}}", 100), "…");
    assert_eq!(fill("{{blank}}", 100), "…");
}

#[test]
fn long_texts_are_cut_between_characters() {
    assert_eq!(fill("{{name}}{{name}}", 6), "АннаАн");
    assert_eq!(render::cut("a😀b".to_owned(), 2), "a");
    assert_eq!(render::cut("a😀b".to_owned(), 3), "a😀");
    assert_eq!(render::cut("a😀b".to_owned(), 4), "a😀b");
}

#[tokio::test]
async fn session_variables_come_before_attributes() {
    let scenario = scenario(
        json!([
            {"id": "q", "type": "question", "data": {"question": "{{name}} of {{city}}?", "saveAs": "name"}},
            {"id": "m", "type": "message", "data": {"message": "{{name}} of {{city}}: {{user_input}}"}},
        ]),
        json!([{"source": "q", "target": "m"}]),
    );
    let attributes = [("name", "Ольга"), ("city", "Тверь")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut commands = vec![start(&scenario), take(&scenario, input(1, 5, "{{city}}"))];
    for command in &mut commands {
        if let BotSessionCommand::Start { context, .. }
        | BotSessionCommand::TakeInput { context, .. } = command
        {
            context.attributes = attributes.iter().cloned().collect();
        }
    }
    let said = texts(&story(commands));
    assert_eq!(said, ["Ольга of Тверь?", "{{city}} of Тверь: {{city}}"]);
}
