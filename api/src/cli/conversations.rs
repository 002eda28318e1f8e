//! `vestnik conversations`: the list, and messages as they come.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::client::Server;
use super::look_args::ConversationsCommand;
use super::output;

const PATH: &str = "/api/v1/conversations";
/// How often the server is asked for what is new.
const POLL: Duration = Duration::from_secs(1);
/// Messages of one conversation between two looks.
const BURST: usize = 100;
/// Characters of a message on a line of the list.
const SHOWN: usize = 60;

pub(super) async fn run(server: &Server, command: ConversationsCommand) -> anyhow::Result<()> {
    match command {
        ConversationsCommand::List {
            status,
            handler,
            search,
            limit,
        } => {
            let mut query = Serializer::new(String::new());
            query.append_pair("status", &status);
            query.append_pair("limit", &limit.to_string());
            let filters = [("handler", handler), ("search", search)];
            for (name, value) in filters {
                if let Some(value) = value {
                    query.append_pair(name, &value);
                }
            }
            list(server, &query.finish()).await
        }
        ConversationsCommand::Tail {
            id,
            lines,
            no_follow,
        } => {
            // A server of this command's own receives nothing: there is nothing to wait for.
            let follows = !no_follow && !server.is_own();
            match id {
                Some(id) => tail_one(server, &id, lines, follows).await,
                None => tail_all(server, follows).await,
            }
        }
    }
}

async fn list(server: &Server, query: &str) -> anyhow::Result<()> {
    let conversations = server.get(&format!("{PATH}?{query}")).await?;
    for one in rows(&conversations) {
        let last = text(&one["last_message"], "content");
        let columns = [
            text(one, "id"),
            text(one, "status"),
            text(&one["handler"], "type"),
            text(&one["customer"], "phone_number"),
            text(&one["customer"], "name"),
            text(one, "last_message_at"),
            last.chars().take(SHOWN).collect(),
        ];
        output::result(&columns.join("\t"))?;
    }
    Ok(())
}

async fn tail_one(server: &Server, id: &str, lines: usize, follows: bool) -> anyhow::Result<()> {
    let mut last = None;
    let mut limit = lines.max(1);
    loop {
        last = show_after(server, id, limit, last.as_deref(), false).await?;
        if !follows {
            return Ok(());
        }
        limit = BURST;
        tokio::time::sleep(POLL).await;
    }
}

/// What comes from now on in all conversations; without following, the last message of each.
async fn tail_all(server: &Server, follows: bool) -> anyhow::Result<()> {
    let mut last: HashMap<String, String> = HashMap::new();
    let mut is_first = true;
    loop {
        let path = format!("{PATH}?status=all&limit=200");
        let conversations = server.get(&path).await?;
        // Oldest first, as a person reads.
        for one in rows(&conversations).iter().rev() {
            let (id, message) = (text(one, "id"), text(&one["last_message"], "id"));
            if message.is_empty() || last.get(&id) == Some(&message) {
                continue;
            }
            let newest = if is_first && follows {
                Some(message)
            } else {
                let limit = if follows { BURST } else { 1 };
                let after = last.get(&id).map(String::as_str);
                show_after(server, &id, limit, after, true).await?
            };
            if let Some(newest) = newest {
                last.insert(id, newest);
            }
        }
        if !follows {
            return Ok(());
        }
        is_first = false;
        tokio::time::sleep(POLL).await;
    }
}

/// Prints the messages after one that was printed; the last one there is.
async fn show_after(
    server: &Server,
    id: &str,
    limit: usize,
    after: Option<&str>,
    with_id: bool,
) -> anyhow::Result<Option<String>> {
    let messages = server
        .get(&format!("{PATH}/{id}/messages?limit={limit}"))
        .await?;
    let messages = rows(&messages);
    let known = after.and_then(|after| messages.iter().rposition(|one| one["id"] == after));
    let fresh = known.map_or(0, |place| place + 1);
    for message in &messages[fresh..] {
        let line = line(message);
        if with_id {
            output::result(&format!("{id}\t{line}"))?;
        } else {
            output::result(&line)?;
        }
    }
    let newest = messages.last().map(|one| text(one, "id"));
    Ok(newest.or_else(|| after.map(str::to_owned)))
}

fn line(message: &Value) -> String {
    let sender = &message["sender"];
    let name = text(sender, "name");
    let who = if name.is_empty() {
        text(sender, "type")
    } else {
        name
    };
    let mut columns = vec![
        text(message, "created_at"),
        text(message, "direction"),
        who,
        text(message, "message_type"),
        text(message, "status"),
        text(message, "content"),
    ];
    columns.extend(why_not_delivered(&message["error"]));
    columns.join("\t")
}

/// Our code, Meta's where it gave one, and what to do.
fn why_not_delivered(error: &Value) -> Option<String> {
    let code = error["code"].as_str()?;
    let meta = error["meta_code"].as_i64();
    let meta = meta.map_or_else(String::new, |meta| format!(" ({meta})"));
    Some(format!("{code}{meta}: {}", text(error, "next_step")))
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text on one line: a message may hold anything, also what steers a terminal.
fn text(value: &Value, key: &str) -> String {
    let text = value[key].as_str().unwrap_or("");
    text.replace(char::is_control, " ")
}
