//! The product on PostgreSQL, through HTTP: a bot's whole conversation, a restart, a second start's look.

use serde_json::json;
use tests::private_postgres::PrivatePostgres;

use crate::salon;
use crate::support::{AppOptions, SALON, TestApp};

/// A server whose log is on PostgreSQL.
async fn start(server: &PrivatePostgres) -> TestApp {
    let settings = vec![("DATABASE_URL", server.url("postgres"))];
    TestApp::start_with(AppOptions { settings }).await
}

#[tokio::test]
async fn the_salon_books_a_visit_also_on_postgres() -> anyhow::Result<()> {
    let Some(server) = PrivatePostgres::start()? else {
        return Ok(());
    };
    let mut app = start(&server).await;
    app.add_number().await;
    app.import_bot(SALON).await;
    salon::books_a_visit(&app).await;
    let shown = app.get("/conversations").await.expect(200);
    app.restart().await;
    assert_eq!(app.get("/conversations").await.expect(200), shown);
    assert!(
        !app.folder.path().join("data/log.db").exists(),
        "the log is not in the folder"
    );
    app.post("/admin/tokens", json!({"name": "crm", "role": "agent"}))
        .await
        .expect(201);
    app.stop().await;
    Ok(())
}
