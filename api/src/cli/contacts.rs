//! `vestnik contacts`: customers as the server knows them.

use anyhow::bail;
use serde_json::{Value, json};

use super::client::Server;
use super::look_args::ContactsCommand;
use super::output;

/// Customers that one question brings at most.
const PAGE: usize = 100;
const LIST: &str = "query($search: String, $first: Int, $after: String) { \
    contacts(search: $search, first: $first, after: $after) { \
      nodes { id phoneNumber name tags } pageInfo { hasNextPage endCursor } } }";
const SHOW: &str = "query($id: ID!) { contact(id: $id) { id phoneNumber name username tags createdAt \
    attributes { name value } \
    conversations(first: 20) { nodes { id status lastMessageAt } } } }";

pub(super) async fn run(server: &Server, command: ContactsCommand) -> anyhow::Result<()> {
    match command {
        ContactsCommand::List { search, limit } => list(server, search.as_deref(), limit).await,
        ContactsCommand::Show { contact } => show(server, &contact).await,
    }
}

async fn list(server: &Server, search: Option<&str>, limit: usize) -> anyhow::Result<()> {
    let mut after = Value::Null;
    let mut left = limit;
    while left > 0 {
        let variables = json!({"search": search, "first": left.min(PAGE), "after": after});
        let data = server.graphql(LIST, &variables).await?;
        let nodes = rows(&data["contacts"]["nodes"]);
        for node in nodes {
            let columns = [
                bare_id(node),
                text(node, "phoneNumber"),
                text(node, "name"),
                tags(node),
            ];
            output::result(&columns.join("\t"))?;
        }
        left = left.saturating_sub(nodes.len());
        let page = &data["contacts"]["pageInfo"];
        if nodes.is_empty() || page["hasNextPage"] != true {
            break;
        }
        after = page["endCursor"].clone();
    }
    Ok(())
}

async fn show(server: &Server, wanted: &str) -> anyhow::Result<()> {
    let id = if wanted.starts_with('+') {
        by_phone(server, wanted).await?
    } else {
        format!("contact:{}", wanted.trim_start_matches("contact:"))
    };
    let data = server.graphql(SHOW, &json!({ "id": id })).await?;
    let contact = &data["contact"];
    if contact.is_null() {
        bail!("no customer {wanted}; see vestnik contacts list");
    }
    let facts = [
        ("id", bare_id(contact)),
        ("phone", text(contact, "phoneNumber")),
        ("name", text(contact, "name")),
        ("username", text(contact, "username")),
        ("tags", tags(contact)),
        ("since", text(contact, "createdAt")),
    ];
    for (name, value) in facts {
        output::result(&format!("{name}\t{value}"))?;
    }
    for attribute in rows(&contact["attributes"]) {
        let (name, value) = (text(attribute, "name"), text(attribute, "value"));
        output::result(&format!("metadata.{name}\t{value}"))?;
    }
    for one in rows(&contact["conversations"]["nodes"]) {
        let line = [
            bare_id(one),
            text(one, "status").to_lowercase(),
            text(one, "lastMessageAt"),
        ];
        output::result(&format!("conversation\t{}", line.join("\t")))?;
    }
    Ok(())
}

async fn by_phone(server: &Server, phone: &str) -> anyhow::Result<String> {
    let variables = json!({"search": phone, "first": PAGE});
    let data = server.graphql(LIST, &variables).await?;
    let found = rows(&data["contacts"]["nodes"])
        .iter()
        .find(|node| node["phoneNumber"] == phone);
    match found {
        Some(node) => Ok(text(node, "id")),
        None => bail!("no customer has the number {phone}; see vestnik contacts list"),
    }
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text on one line: a name may hold anything.
fn text(value: &Value, key: &str) -> String {
    let text = value[key].as_str().unwrap_or("");
    text.replace(char::is_control, " ")
}

/// The id as REST and the other commands use it.
fn bare_id(value: &Value) -> String {
    let id = text(value, "id");
    match id.split_once(':') {
        Some((_, bare)) => bare.to_owned(),
        None => id,
    }
}

fn tags(value: &Value) -> String {
    let tags = rows(&value["tags"]).iter().filter_map(Value::as_str);
    tags.collect::<Vec<_>>()
        .join(",")
        .replace(char::is_control, " ")
}
