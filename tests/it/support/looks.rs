//! What tests look at: conversations and messages through the API, and that everything is settled.

use serde_json::Value;
use sqlx::SqlitePool;

use super::{DEADLINE, TestApp, eventually};

impl TestApp {
    /// The log's database, for tests that must look there.
    pub(crate) async fn log_file(&self) -> SqlitePool {
        let file = self.folder.path().join("data/log.db");
        SqlitePool::connect(&format!("sqlite://{}", file.display()))
            .await
            .expect("the log's file")
    }

    /// Waits until every delivered item is handled or set aside and the read models show it.
    pub(crate) async fn settled(&self) {
        let log = self.log_file().await;
        // The head as the file has it: the server's own moves a moment after the commit.
        let head = eventually("every item is handled", || async {
            let rest = "select (select count(*) from inbox_items where state < 2), \
                (select coalesce(max(position), 0) from events)";
            let (open, head): (i64, i64) = sqlx::query_as(rest).fetch_one(&log).await.ok()?;
            (open == 0).then_some(head)
        })
        .await;
        log.close().await;
        let head = u64::try_from(head).expect("a position");
        let projections = &self.inside().app().projections;
        let shown = projections.wait_for(head, DEADLINE).await;
        assert!(shown, "the read models follow");
    }

    /// The conversation of the customer with this number in it, once it is there.
    pub(crate) async fn conversation(&self, wa_id: &str) -> Value {
        eventually("the conversation", || async {
            let found = self
                .get(&format!("/conversations?search={wa_id}"))
                .await
                .expect(200);
            found.as_array().and_then(|list| list.first().cloned())
        })
        .await
    }

    /// The conversation once it satisfies a condition.
    pub(crate) async fn conversation_when(
        &self,
        wa_id: &str,
        what: &str,
        condition: impl Fn(&Value) -> bool,
    ) -> Value {
        eventually(what, || async {
            let conversation = self.conversation(wa_id).await;
            condition(&conversation).then_some(conversation)
        })
        .await
    }

    /// The messages of a conversation, oldest first.
    pub(crate) async fn messages(&self, conversation: &Value) -> Vec<Value> {
        let id = conversation["id"].as_str().expect("an id");
        let messages = self
            .get(&format!("/conversations/{id}/messages?limit=5000"))
            .await
            .expect(200);
        messages.as_array().expect("a list").clone()
    }

    /// The messages once they satisfy a condition.
    pub(crate) async fn messages_when(
        &self,
        conversation: &Value,
        what: &str,
        condition: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        eventually(what, || async {
            let messages = self.messages(conversation).await;
            condition(&messages).then_some(messages)
        })
        .await
    }
}
