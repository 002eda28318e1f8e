//! The audit suite of GraphQL over HTTP (npm `graphql-http`) against a running server: every MUST and every
//! SHOULD holds.

use serde_json::Value;

use crate::support::{TestApp, run_script};

#[tokio::test]
async fn the_audit_of_graphql_over_http_finds_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await;
    let variables = vec![
        ("GRAPHQL_URL", format!("{}/graphql", app.base())),
        ("GRAPHQL_TOKEN", app.admin_token().to_owned()),
    ];
    let Some(output) = run_script("audit.mjs", variables).await? else {
        return Ok(());
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let results: Vec<Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let failed: Vec<&Value> = results
        .iter()
        .filter(|result| result["status"] != "ok")
        .filter(|result| {
            let name = result["name"].as_str().unwrap_or_default();
            name.starts_with("MUST") || name.starts_with("SHOULD")
        })
        .collect();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(results.len() > 50, "{} results: {said}", results.len());
    assert!(failed.is_empty(), "{failed:#?}");
    Ok(())
}
