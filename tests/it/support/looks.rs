//! What tests look at: conversations and messages through the API, and that everything is settled.

use infrastructure::database::db::{Connection, Server, query_text};
use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};

use super::{DEADLINE, TestApp, eventually};

impl TestApp {
    /// The log's database, for tests that must look there.
    async fn log_database(&self) -> Connection {
        if let Some(url) = self.database_url() {
            // Not as a server of the installation names itself: some commands refuse to run beside one.
            let server = Server::parse(url).expect("an address").named("a test");
            return server.connect().await.expect("the log's server");
        }
        let file = self.folder.path().join("data/log.db");
        SqliteConnection::connect(&format!("sqlite://{}", file.display()))
            .await
            .expect("the log's file")
            .into()
    }

    /// The number that a statement finds in the log's database, if it finds one.
    pub(crate) async fn log_number(&self, text: &str) -> Option<i64> {
        let mut connection = self.log_database().await;
        let found = query_text("of a test", text.to_owned());
        let number = found.fetch_optional(&mut connection).await.ok().flatten();
        connection.close().await.expect("closed");
        number
    }

    /// Changes the log's database as no program would; how many rows.
    pub(crate) async fn change_log(&self, text: &str) -> u64 {
        let mut connection = self.log_database().await;
        let change = query_text("of a test", text.to_owned());
        let changed = change.execute(&mut connection).await.unwrap_or(0);
        connection.close().await.expect("closed");
        changed
    }

    /// Waits until every delivered item is handled or set aside and the read models show it.
    pub(crate) async fn settled(&self) {
        // The head as the database has it: the server's own moves a moment after the commit.
        let head = eventually("every item is handled", || async {
            let head = "select case when (select count(*) from inbox_items where state < 2) = 0 \
                then (select coalesce(max(position), 0) from events) end";
            self.log_number(head).await
        })
        .await;
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
