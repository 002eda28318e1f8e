//! `vestnik projections`: how far the read models are, and building one anew with a progress bar.

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::args::ProjectionsCommand;
use super::client::Server;
use super::output;

const PATH: &str = "/api/v1/admin/projections";

pub(super) async fn run(server: &Server, command: ProjectionsCommand) -> anyhow::Result<()> {
    match command {
        ProjectionsCommand::List => list(server).await,
        ProjectionsCommand::Rebuild { name } => rebuild(server, &name).await,
    }
}

async fn list(server: &Server) -> anyhow::Result<()> {
    let projections = server.get(PATH).await?;
    for one in projections.as_array().into_iter().flatten() {
        let row = format!(
            "{}\tv{}\t{}\tposition {}\tlag {}{}",
            one["name"].as_str().unwrap_or(""),
            one["version"],
            one["state"].as_str().unwrap_or(""),
            one["position"],
            one["lag"],
            one["degraded"]
                .as_str()
                .map_or_else(String::new, |why| format!("\tdegraded: {why}")),
        );
        output::result(&row)?;
    }
    Ok(())
}

async fn rebuild(server: &Server, name: &str) -> anyhow::Result<()> {
    let mut response = server
        .post_for_lines(&format!("{PATH}/{name}/rebuild"))
        .await?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} {per_sec} {eta}",
    )?);
    let mut pending = Vec::new();
    let mut is_done = false;
    while let Some(chunk) = response.chunk().await? {
        pending.extend_from_slice(&chunk);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let line: Value = serde_json::from_slice(&line)?;
            if let Some(error) = line["error"].as_str() {
                bail!("{error}");
            }
            is_done |= line["done"] == true;
            if let (Some(position), Some(head)) = (line["position"].as_u64(), line["head"].as_u64())
            {
                bar.set_length(head);
                bar.set_position(position);
            }
        }
    }
    if !is_done {
        bail!("the server stopped before the rebuild was done; the read model is as before");
    }
    bar.finish();
    output::result(name)?;
    Ok(())
}
