//! `vestnik nodes`: the servers that work on this database, with what each has to do.

use serde_json::{Value, json};

use super::client::Server;
use super::output;
use crate::i18n::{Lang, Text};

const QUERY: &str = "{ serverNodes { nodeId host version isSelf state seenAt \
    silentSeconds leases { name fence hasRunOut } } }";

pub(super) async fn run(server: &Server, lang: Lang) -> anyhow::Result<()> {
    let answer = server.graphql(QUERY, &json!({})).await?;
    for node in answer["serverNodes"].as_array().into_iter().flatten() {
        output::result(&line(node, server.is_own(), lang))?;
        for lease in node["leases"].as_array().into_iter().flatten() {
            output::result(&lease_line(lease, lang))?;
        }
    }
    Ok(())
}

/// Id, host, version, how it stands, when it was last heard of, how much it has.
fn line(node: &Value, is_own: bool, lang: Lang) -> String {
    let text = |key: &str| node[key].as_str().unwrap_or("");
    let count = node["leases"].as_array().map_or(0, Vec::len);
    let (seen, silent) = (text("seenAt"), &node["silentSeconds"]);
    let told = Text::made(
        format!("last sign {silent} s ago ({seen})\tleases: {count}"),
        format!("последний признак жизни {silent} с назад ({seen})\tработ: {count}"),
    );
    let state = state(node, is_own);
    let columns = [
        text("nodeId"),
        text("host"),
        text("version"),
        state.get(lang),
        told.get(lang),
    ];
    columns.join("\t")
}

fn state(node: &Value, is_own: bool) -> Text {
    match node["state"].as_str() {
        Some("GONE") => Text::new("gone", "пропал"),
        Some("LEAVING") => Text::new("leaving", "уходит"),
        Some("COMMAND") => Text::new("a command", "команда"),
        _ if node["isSelf"] == true && !is_own => Text::new("works (asked)", "работает (опрошен)"),
        _ => Text::new("works", "работает"),
    }
}

fn lease_line(lease: &Value, lang: Lang) -> String {
    let (name, fence) = (lease["name"].as_str().unwrap_or(""), &lease["fence"]);
    let ran_out = Text::new("\tran out", "\tистекла");
    let end = if lease["hasRunOut"] == true {
        ran_out.get(lang)
    } else {
        ""
    };
    format!("  {name}\t{fence}{end}")
}
