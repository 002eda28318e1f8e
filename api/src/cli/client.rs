//! Talks to a server over its own HTTP interface: the one that runs on the data folder, or one that this
//! process starts for the command's sake.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::bootstrap::{DataLock, Running, StartError, run_file, start_for_command};
use crate::config::Config;
use crate::i18n::{Lang, Text};
use crate::problem::{Problem, place};

/// A starting server writes `run.json` within this time.
const START_WAIT: Duration = Duration::from_secs(10);
const START_POLL: Duration = Duration::from_millis(50);

/// A server to ask.
#[derive(Debug)]
pub(super) struct Server {
    http: reqwest::Client,
    address: String,
    token: SecretString,
    lang: Lang,
    own: Option<Running>,
}

impl Server {
    /// Finds the running server, or starts one inside this process.
    pub(super) async fn find(config: &Config, lang: Lang) -> anyhow::Result<Self> {
        let deadline = tokio::time::Instant::now() + START_WAIT;
        loop {
            let folder = config.data_dir.display();
            let lock = DataLock::take(&config.data_dir)
                .with_context(|| format!("{folder} cannot be used; check DATA_DIR"))?;
            if let Some(lock) = lock {
                let started = start_for_command(config.clone(), lock).await;
                let running = started.map_err(|error| not_started(error, lang))?;
                let (address, token) = (running.address(), running.admin_token.clone());
                return Self::new(address, token, lang, Some(running));
            }
            if let Some(info) = run_file::read(&config.data_dir)? {
                return Self::new(info.address, info.admin_token, lang, None);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("another vestnik uses {folder} but does not say where it listens");
            }
            tokio::time::sleep(START_POLL).await;
        }
    }

    /// Where the server that runs on the data folder listens, if one runs; makes nothing.
    pub(super) fn running(config: &Config) -> anyhow::Result<Option<String>> {
        if !config.data_dir.join("lock").exists() || DataLock::take(&config.data_dir)?.is_some() {
            return Ok(None);
        }
        Ok(run_file::read(&config.data_dir)?.map(|info| info.address))
    }

    fn new(
        address: String,
        token: SecretString,
        lang: Lang,
        own: Option<Running>,
    ) -> anyhow::Result<Self> {
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            http,
            address,
            token,
            lang,
            own,
        })
    }

    /// Whether the server lives for this command only.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Where it listens.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The token it takes from this command line.
    pub(super) const fn token(&self) -> &SecretString {
        &self.token
    }

    /// Asks for JSON.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.send(self.request(Method::GET, path)).await?;
        Ok(response.json().await?)
    }

    /// Asks for an answer that goes on for a while.
    pub(super) async fn get_for_lines(&self, path: &str) -> anyhow::Result<Response> {
        self.send(self.request(Method::GET, path)).await
    }

    /// Asks for text.
    pub(super) async fn get_text(&self, path: &str) -> anyhow::Result<String> {
        let response = self.send(self.request(Method::GET, path)).await?;
        Ok(response.text().await?)
    }

    /// Sends JSON, takes JSON.
    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let response = self
            .send(self.request(Method::POST, path).json(body))
            .await?;
        Ok(response.json().await?)
    }

    /// Asks with another method; JSON, or null where the answer is empty.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let bytes = self.send(request).await?.bytes().await?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Asks in GraphQL; the data.
    pub(super) async fn graphql(&self, query: &str, variables: &Value) -> anyhow::Result<Value> {
        let body = serde_json::json!({"query": query, "variables": variables});
        let answer = self.post("/graphql", &body).await?;
        match answer["errors"].get(0) {
            None => Ok(answer["data"].clone()),
            Some(error) => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let more = &error["extensions"];
                let lines = [
                    format!("{} ({})", text(&error["message"]), text(&more["code"])),
                    text(&more["nextStep"]),
                ];
                Err(anyhow!(lines.join("\n").trim_end().to_owned()))
            }
        }
    }

    /// Sends nothing, takes an answer that goes on for a while.
    pub(super) async fn post_for_lines(&self, path: &str) -> anyhow::Result<Response> {
        self.send(self.request(Method::POST, path)).await
    }

    /// Sends JSON, takes an answer that goes on for a while.
    pub(super) async fn post_json_for_lines(
        &self,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Response> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Stops the server if it is this command's own.
    pub(super) async fn finish(self) {
        if let Some(running) = self.own {
            drop(self.http);
            running.stop().await;
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.address))
            .bearer_auth(self.token.expose_secret())
            .header("Accept-Language", self.lang.tag())
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.with_context(|| {
            let text = Text::made(
                format!("the server at {} does not answer", self.address),
                format!("сервер {} не отвечает", self.address),
            );
            text.get(self.lang).to_owned()
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        match response.json::<Value>().await {
            Ok(problem) => Err(refusal(&problem)),
            Err(_) => Err(anyhow!("HTTP {status}")),
        }
    }
}

/// Why no server started: with its code and what to do, where it has one.
pub(super) fn not_started(error: StartError, lang: Lang) -> anyhow::Error {
    match place::of_start(&error) {
        Some(problem) => told(&problem, lang),
        None => error.into(),
    }
}

/// A problem that this process met by itself.
pub(super) fn told(problem: &Problem, lang: Lang) -> anyhow::Error {
    refusal(&problem.to_json(lang, ""))
}

/// A problem as lines for people: title with its code, each field at fault, what to do.
pub(super) fn refusal(problem: &Value) -> anyhow::Error {
    let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!("{} ({})", text("title"), text("code"))];
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    for error in &errors {
        let field = error["field"].as_str().unwrap_or_default();
        let code = error["code"].as_str().unwrap_or_default();
        lines.push(format!(
            "  {field}: {} ({code})",
            error["message"].as_str().unwrap_or_default()
        ));
    }
    if errors.is_empty() {
        lines.push(format!("  {}", text("detail")));
    }
    if let Some(existing) = problem["existing_id"].as_str() {
        lines.push(format!("  existing_id: {existing}"));
    }
    lines.push(text("next_step"));
    anyhow!(lines.join("\n"))
}
