//! `vestnik demo`: beside a running server the demo is made there, else the server starts with it.

use domain::ids::NumberId;
use serde_json::json;
use uuid::Uuid;

use super::client::Server;
use super::{output, serve};
use crate::bootstrap::DataLock;
use crate::config::Config;
use crate::i18n::Lang;
use crate::simulator::demo::{self, Demo};

pub(super) async fn run(config: Config, lang: Lang) -> anyhow::Result<()> {
    // Free means that no server runs; it is given back at once and taken again by the start.
    if DataLock::take(&config.data_dir)?.is_some() {
        return serve::run_with_demo(config, lang).await;
    }
    let server = Server::find(&config, lang).await?;
    let made = server.post("/api/v1/admin/demo", &json!({})).await?;
    let number = made["number_id"]
        .as_str()
        .and_then(|id| id.parse::<Uuid>().ok())
        .unwrap_or_default();
    let is_new = made["is_new"].as_bool().unwrap_or(false);
    let demo = Demo {
        number: NumberId::new(number),
        is_new,
        position: 0,
    };
    output::result(demo::next_steps(&demo, &output::program()).get(lang))?;
    server.finish().await;
    Ok(())
}
