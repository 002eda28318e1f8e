//! `vestnik bots import`.

use anyhow::Context;
use serde_json::json;

use super::args::BotsCommand;
use super::client::Server;
use super::output;

pub(super) async fn run(server: &Server, command: BotsCommand) -> anyhow::Result<()> {
    let BotsCommand::Import {
        file,
        number,
        publish,
        name,
    } = command;
    let definition = std::fs::read_to_string(&file)
        .with_context(|| format!("{} cannot be read as UTF-8 text", file.display()))?;
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
