//! The npm client `graphql-ws` against a running server: it subscribes, is cut off and goes on.

use serde_json::{Value, json};

use super::{all_events, position};
use crate::support::{TestApp, run_script};

#[tokio::test]
async fn the_usual_client_subscribes_and_goes_on_from_its_cursor() -> anyhow::Result<()> {
    let app = TestApp::with_number().await;
    app.hears("79991112233", "Anna", "hi").await;
    app.settled().await;
    let all: Vec<u64> = all_events(&app).await.iter().map(position).collect();
    let variables = vec![
        (
            "GRAPHQL_URL",
            format!("{}/graphql", app.base().replace("http", "ws")),
        ),
        ("GRAPHQL_TOKEN", app.admin_token().to_owned()),
        ("EVENTS", all.len().to_string()),
    ];
    let Some(output) = run_script("subscribe.mjs", variables).await? else {
        return Ok(());
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let told: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| anyhow::anyhow!("{error}: {said}"))?;
    let seen: Vec<u64> = told["events"]
        .as_array()
        .into_iter()
        .flatten()
        .map(position)
        .collect();
    assert_eq!(seen, all, "{said}");
    assert_eq!(told["connections"], 3, "{told}");
    assert_eq!(told["name"], "cli");
    assert_eq!(told["badToken"], 4403);
    assert_eq!(told["badCursor"], "BAD_USER_INPUT", "{told}");
    assert_eq!(told["subprotocols"], json!([4406, 4406]));
    Ok(())
}
