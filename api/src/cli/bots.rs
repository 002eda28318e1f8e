//! `vestnik bots`: import, export and check scenarios. Checking needs no server.

use std::path::Path;

use anyhow::{Context, bail};
use domain::bot::scenario::Scenario;
use serde_json::{Value, json};

use super::args::BotsCommand;
use super::client::Server;
use super::output;
use crate::i18n::{Lang, Text};

const BOTS: &str = "query { bots { id name isActive publishedVersion numbers { phoneNumberId } } }";
const SCENARIO: &str = "query($id: ID!, $version: Int!) { bot(id: $id) { \
    draft version(version: $version) { definition } } }";

pub(super) async fn run(server: &Server, command: BotsCommand) -> anyhow::Result<()> {
    match command {
        BotsCommand::Import {
            file,
            number,
            publish,
            name,
        } => {
            let definition = read(&file)?;
            let stem = file
                .file_stem()
                .map_or_else(|| "bot".into(), |stem| stem.to_string_lossy().into_owned());
            let body = json!({
                "name": name.unwrap_or(stem),
                "definition": definition,
                "phone_number_id": number,
                "publish": publish,
            });
            let imported = server.post("/api/v1/admin/bots/import", &body).await?;
            output::result(imported["id"].as_str().unwrap_or(""))?;
            Ok(())
        }
        BotsCommand::Export {
            bot,
            number,
            version,
            draft,
        } => {
            let wanted = Wanted {
                bot,
                number,
                version,
                draft,
            };
            export(server, &wanted).await
        }
        BotsCommand::List => list(server).await,
        BotsCommand::Validate { .. } => Ok(()),
    }
}

/// Which scenario to export.
#[derive(Debug)]
struct Wanted {
    bot: Option<String>,
    number: Option<String>,
    version: Option<u32>,
    draft: bool,
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read as UTF-8 text", file.display()))
}

/// Says all that is wrong with a scenario, each with its node and code.
pub(super) fn validate(file: &Path, lang: Lang) -> anyhow::Result<()> {
    let shown = file.display();
    match Scenario::parse(read(file)?) {
        Ok(scenario) => {
            let nodes = scenario.nodes().len();
            let text = Text::made(
                format!("{shown}: nothing is wrong; nodes: {nodes}"),
                format!("{shown}: ошибок нет; узлов: {nodes}"),
            );
            output::result(text.get(lang))?;
            Ok(())
        }
        Err(problems) => {
            for problem in &problems {
                let node = problem.node.as_deref().unwrap_or("-");
                let message = match lang {
                    Lang::En => &problem.message,
                    Lang::Ru => &problem.message_ru,
                };
                let line = format!("{}\t{node}\t{message}", problem.code);
                output::result(&line)?;
            }
            let count = problems.len();
            let text = Text::made(
                format!("{shown}: {count} problems"),
                format!("{shown}: ошибок: {count}"),
            );
            bail!("{}", text.get(lang))
        }
    }
}

async fn list(server: &Server) -> anyhow::Result<()> {
    let data = server.graphql(BOTS, &Value::Null).await?;
    for bot in rows(&data["bots"]) {
        let state = if bot["isActive"] == true {
            "active"
        } else {
            "off"
        };
        let row = [
            id(bot),
            state.to_owned(),
            format!("v{}", bot["publishedVersion"]),
            numbers(bot).join(","),
            bot["name"].as_str().unwrap_or("").to_owned(),
        ];
        output::result(&row.join("\t"))?;
    }
    Ok(())
}

async fn export(server: &Server, wanted: &Wanted) -> anyhow::Result<()> {
    let data = server.graphql(BOTS, &Value::Null).await?;
    let fits = |bot: &&Value| match (&wanted.bot, &wanted.number) {
        (Some(name), _) => id(bot) == *name || bot["name"] == name.as_str(),
        (None, Some(number)) => bot["isActive"] == true && numbers(bot).contains(number),
        (None, None) => false,
    };
    let found: Vec<&Value> = rows(&data["bots"]).iter().filter(fits).collect();
    let [bot] = found.as_slice() else {
        let count = found.len();
        bail!("{count} bots are meant by this; see vestnik bots list");
    };
    let published = bot["publishedVersion"].as_u64().unwrap_or(0);
    let version = wanted.version.map_or(published, u64::from);
    let variables = json!({"id": bot["id"], "version": version});
    let data = server.graphql(SCENARIO, &variables).await?;
    let takes_draft = wanted.draft || (wanted.version.is_none() && published == 0);
    let scenario = if takes_draft {
        &data["bot"]["draft"]
    } else {
        &data["bot"]["version"]["definition"]
    };
    if scenario.is_null() {
        bail!("the bot has no such version; it has {published}");
    }
    output::result(&serde_json::to_string_pretty(scenario)?)?;
    Ok(())
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn id(bot: &Value) -> String {
    let id = bot["id"].as_str().unwrap_or("");
    id.trim_start_matches("bot:").to_owned()
}

fn numbers(bot: &Value) -> Vec<String> {
    rows(&bot["numbers"])
        .iter()
        .filter_map(|number| number["phoneNumberId"].as_str().map(str::to_owned))
        .collect()
}
