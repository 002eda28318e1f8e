//! What a lab asks of its nodes over HTTP.

use anyhow::ensure;
use serde_json::{Value, json};

use super::{BOT, Lab, phone_number_id};

impl Lab {
    /// A request to a node; the answer must be a success.
    ///
    /// # Errors
    /// It is none.
    pub async fn get(&self, place: usize, path: &str) -> anyhow::Result<String> {
        let node = &self.nodes[place];
        let url = node.url(&format!("/api/v1{path}"))?;
        let asked = self.client.get(url).bearer_auth(&node.token);
        let answer = asked.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(text)
    }

    /// As [`Self::get`], with a body to change something.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(&self, place: usize, path: &str, body: &Value) -> anyhow::Result<String> {
        let path = format!("/api/v1{path}");
        self.send(place, &path, body).await
    }

    /// A GraphQL operation; it must have no errors.
    ///
    /// # Errors
    /// It has.
    pub async fn graphql(&self, place: usize, query: &str) -> anyhow::Result<Value> {
        let text = self
            .send(place, "/graphql", &json!({ "query": query }))
            .await?;
        let answer: Value = serde_json::from_str(&text)?;
        ensure!(answer["errors"].is_null(), "{answer}");
        Ok(answer["data"].clone())
    }

    async fn send(&self, place: usize, path: &str, body: &Value) -> anyhow::Result<String> {
        let node = &self.nodes[place];
        let url = node.url(path)?;
        let asked = self.client.post(url).bearer_auth(&node.token).json(body);
        let answer = asked.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(text)
    }

    /// What a node counted under a name, all labels together.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn metric(&self, place: usize, name: &str) -> anyhow::Result<f64> {
        let node = &self.nodes[place];
        let asked = self.client.get(node.url("/metrics")?);
        let text = asked.bearer_auth(&node.token).send().await?.text().await?;
        let lines = text.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        // A sum of nothing would be -0.
        Ok(values.fold(0.0, |sum, value| sum + value))
    }

    /// Live numbers with a bot that answers everything.
    ///
    /// # Errors
    /// The product refuses.
    pub async fn add_numbers(&self, count: usize) -> anyhow::Result<()> {
        for number in 0..count {
            let id = phone_number_id(number);
            let place = number % self.nodes.len();
            let added = json!({
                "display_name": format!("Number {number}"), "is_active": true,
                "phone_number": format!("+7900123456{number}"), "phone_number_id": id,
                "whatsapp_business_account_id": "100000000000002",
                "access_token": "EAAtokenOfTheTests4f2a",
            });
            self.post(place, "/whatsapp/numbers", &added).await?;
            let bot = json!({
                "name": format!("Chatty {number}"), "phone_number_id": id, "publish": true,
                "definition": BOT,
            });
            self.post(place, "/admin/bots/import", &bot).await?;
        }
        Ok(())
    }
}
