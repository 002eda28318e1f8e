//! Documents made up from `api/schema.graphql`.

mod schema;
mod values;

use reqwest::header::ACCEPT_LANGUAGE;
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value, json};

use async_graphql::parser::types::{BaseType, FieldDefinition, InputValueDefinition, Type};

pub(super) use self::schema::Schema;
use self::values::Input;
use super::dice::Dice;
use super::ids::Ids;
use super::verdict::{Findings, Judged};

/// Fields within fields that are mostly asked for.
const DEPTH: usize = 4;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    language: &'static str,
    body: Value,
}

/// A document in the making.
struct Draft<'a> {
    dice: &'a mut Dice,
    schema: &'a Schema,
    ids: &'a Ids,
    /// How many values in a hundred are not such as the schema asks for.
    wrong: usize,
    declared: Vec<String>,
    variables: Map<String, Value>,
}

/// Makes a request up.
pub(super) fn request(dice: &mut Dice, schema: &Schema, ids: &Ids) -> Request {
    let root = match dice.below(20) {
        0 => "Subscription",
        1..12 => "Query",
        _ => "Mutation",
    };
    let depth = if dice.chance(5) { DEPTH * 2 } else { DEPTH };
    let is_wild = dice.chance(30);
    let mut draft = Draft {
        dice,
        schema,
        ids,
        wrong: if is_wild { 6 } else { 0 },
        declared: Vec::new(),
        variables: Map::new(),
    };
    let selection = draft.selection(root, depth);
    let declared = if draft.declared.is_empty() {
        String::new()
    } else {
        format!("({})", draft.declared.join(", "))
    };
    let variables = draft.variables;
    let mut query = format!("{} Made{declared} {selection}", root.to_lowercase());
    if is_wild && dice.chance(15) {
        query = dice.damaged(&query);
    }
    let mut body = json!({"query": query, "variables": variables});
    if is_wild && dice.chance(10) {
        let member = *dice.pick(&["query", "variables", "operationName", "extensions", "more"]);
        body[member] = dice.json(2);
    }
    Request {
        language: if dice.chance(50) { "en" } else { "ru" },
        body,
    }
}

impl Draft<'_> {
    /// Some fields of a type, in braces; nothing for types without fields.
    fn selection(&mut self, name: &str, depth: usize) -> String {
        let fields = self.schema.fields(name);
        if fields.is_empty() {
            return String::new();
        }
        let is_root = ["Query", "Mutation", "Subscription"].contains(&name);
        let count = if is_root {
            1 + self.dice.below(2)
        } else {
            1 + self.dice.below(4)
        };
        let mut parts = vec!["__typename".to_owned()];
        for index in 0..count {
            let field = *self.dice.pick(&fields);
            let part = self.field(field, index, depth);
            parts.extend(part);
        }
        for member in self.schema.members(name) {
            if self.dice.chance(30) && depth > 0 {
                let selection = self.selection(&member, depth - 1);
                parts.push(format!("... on {member} {selection}"));
            }
        }
        format!("{{ {} }}", parts.join(" "))
    }

    fn field(&mut self, field: &FieldDefinition, index: usize, depth: usize) -> Option<String> {
        let kind = named(&field.ty.node);
        let has_fields = !self.schema.fields(kind).is_empty();
        if has_fields && depth == 0 {
            return None;
        }
        let selection = if has_fields {
            self.selection(kind, depth - 1)
        } else {
            String::new()
        };
        let mut arguments = Vec::new();
        for argument in &field.arguments {
            let argument = &argument.node;
            let name = argument.name.node.as_str();
            let percent = match name {
                _ if must_be_there(argument) => 100 - self.wrong,
                // Pages go one way, so these are mostly wrong beside the others.
                "last" | "before" => 5,
                _ => 40,
            };
            if self.dice.chance(percent) {
                // `bot(id: ..)` asks for a bot.
                let about = if name == "id" {
                    field.name.node.as_str()
                } else {
                    name
                };
                let value = self.argument(argument, about);
                arguments.push(format!("{}: {value}", argument.name.node));
            }
        }
        let arguments = if arguments.is_empty() {
            String::new()
        } else {
            format!("({})", arguments.join(", "))
        };
        let name = &field.name.node;
        Some(format!("a{index}x{depth}: {name}{arguments} {selection}"))
    }

    /// The text of an argument: the value itself, or a variable that has it.
    fn argument(&mut self, argument: &InputValueDefinition, about: &str) -> String {
        let kind = &argument.ty.node;
        let mut values = values::Values {
            dice: self.dice,
            schema: self.schema,
            ids: self.ids,
            wrong: self.wrong,
        };
        let value: Input = values.of(kind, about, 0);
        if !self.dice.chance(40) {
            return value.literal();
        }
        let name = format!("v{}", self.variables.len());
        self.declared.push(format!("${name}: {kind}"));
        self.variables.insert(name.clone(), value.json());
        format!("${name}")
    }
}

fn must_be_there(value: &InputValueDefinition) -> bool {
    !value.ty.node.nullable && value.default_value.is_none()
}

fn named(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

/// A request as the client sends it.
pub(super) fn sent(client: &Client, base: &str, request: &Request) -> RequestBuilder {
    client
        .post(format!("{base}/graphql"))
        .header(ACCEPT_LANGUAGE, request.language)
        .json(&request.body)
}

/// Sends a request with a token and judges the answer.
pub(super) async fn ask(
    mut sent: RequestBuilder,
    token: &str,
    request: &Request,
    findings: &mut Findings,
) {
    if !token.is_empty() {
        sent = sent.bearer_auth(token);
    }
    let answer = sent.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    let judged = Judged {
        status,
        kind: String::new(),
        request_id: String::new(),
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
    };
    findings.graphql(&request.body.to_string(), &judged);
}
