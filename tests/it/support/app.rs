//! A server under test and a client that speaks its API.

use api::bootstrap::{self, Running};
use api::config::Config;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::private_postgres::PrivatePostgres;

use super::{APP_SECRET, PHONE_NUMBER_ID, SALON, ScenarioJson, TestMeta, VERIFY_TOKEN, signed};

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; `null` where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Settings beyond those of every test server.
#[derive(Clone, Debug, Default)]
pub(crate) struct AppOptions {
    /// More settings by their names in the environment; an empty value takes one away.
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl AppOptions {
    fn database_url(&self) -> Option<&str> {
        let mut settings = self.settings.iter();
        let found = settings.find(|(name, _)| *name == "DATABASE_URL");
        let url = found.map(|(_, url)| url.as_str());
        url.filter(|url| url.starts_with("postgres"))
    }
}

/// Whether tests that need no certain database run on PostgreSQL.
#[expect(
    clippy::disallowed_methods,
    reason = "a knob of the tests, no configuration of the product"
)]
fn wants_postgres() -> bool {
    std::env::var("TEST_DATABASE").is_ok_and(|wanted| wanted == "postgres")
}

/// A server under test.
#[derive(Debug)]
pub(crate) struct TestApp {
    running: Option<Running>,
    base: String,
    pub(super) token: String,
    pub(super) client: reqwest::Client,
    pub(crate) folder: TempDir,
    pub(crate) meta: TestMeta,
    options: AppOptions,
    // Ends after the server under test.
    _postgres: Option<PrivatePostgres>,
}

impl TestApp {
    /// A server with a Meta and nothing else.
    pub(crate) async fn start() -> Self {
        Self::start_with(AppOptions::default()).await
    }

    /// A server with more settings.
    ///
    /// `TEST_DATABASE=postgres` runs it on a PostgreSQL of its own, where the test does not say itself what database
    /// it needs.
    pub(crate) async fn start_with(mut options: AppOptions) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let postgres = if options.database_url().is_none() && wants_postgres() {
            PrivatePostgres::start().expect("PostgreSQL starts")
        } else {
            None
        };
        let url = postgres.as_ref().map(|server| server.url("postgres"));
        options
            .settings
            .extend(url.map(|url| ("DATABASE_URL", url)));
        let meta = TestMeta::start().await;
        let mut app = Self {
            running: None,
            base: String::new(),
            token: String::new(),
            client: client(),
            folder,
            meta,
            options,
            _postgres: postgres,
        };
        app.run().await;
        app
    }

    /// A server with an active live number.
    pub(crate) async fn with_number() -> Self {
        let app = Self::start().await;
        app.add_number().await;
        app
    }

    /// A server with an active live number that the salon bot answers on.
    pub(crate) async fn with_salon() -> Self {
        let app = Self::with_number().await;
        app.import_bot(SALON).await;
        app
    }

    /// A server with an active live number and a bot of this scenario.
    pub(crate) async fn with_bot(scenario: &ScenarioJson) -> Self {
        let app = Self::with_number().await;
        app.import_bot(&scenario.text()).await;
        app
    }

    async fn run(&mut self) {
        let mut settings = vec![
            ("WHATSAPP_API_URL", self.meta.url()),
            ("WHATSAPP_VERIFY_TOKEN", VERIFY_TOKEN.to_owned()),
            ("WHATSAPP_APP_SECRET", APP_SECRET.to_owned()),
            (
                "DATA_DIR",
                self.folder.path().join("data").display().to_string(),
            ),
            ("PORT", "0".to_owned()),
            ("SIMULATOR", "off".to_owned()),
        ];
        settings.extend(self.options.settings.iter().cloned());
        let env = settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let config = Config::from_sources(self.folder.path(), env).expect("a good configuration");
        let running = bootstrap::start(config).await.expect("the server starts");
        self.base = running.address();
        running
            .admin_token
            .expose_secret()
            .clone_into(&mut self.token);
        self.meta.call_back(&self.base);
        self.running = Some(running);
    }

    /// Stops and starts the server on the same folder.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.run().await;
    }

    /// Stops the server in order.
    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            assert!(running.stop().await, "the server stops in time");
        }
    }

    /// Another setting for the next start, or another value.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.options.settings.retain(|(other, _)| *other != name);
        self.options.settings.push((name, value));
    }

    /// The address of the server that keeps its data, if it is not in its folder.
    pub(crate) fn database_url(&self) -> Option<&str> {
        self.options.database_url()
    }

    /// What is inside, for tests that must look there.
    pub(crate) fn inside(&self) -> &Running {
        self.running.as_ref().expect("the server runs")
    }

    /// Where the server listens.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// A request as the admin; the path below `/api/v1`.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.token, method, path, body, &[]).await
    }

    /// A request with a token and headers; an empty token sends none.
    pub(crate) async fn call_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.base));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }

    /// `GET` as the admin.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// `POST` as the admin.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A request outside `/api/v1`, without a token.
    pub(crate) async fn get_root(&self, path: &str) -> Answer {
        self.get_url(&format!("{}{path}", self.base)).await
    }

    /// A request outside `/api/v1`, as the admin.
    pub(crate) async fn get_root_as_admin(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base);
        answer(self.client.get(url).bearer_auth(&self.token)).await
    }

    /// A request to any address, without a token.
    pub(crate) async fn get_url(&self, url: &str) -> Answer {
        answer(self.client.get(url)).await
    }

    /// Delivers bytes to the webhook with the given signature headers.
    pub(crate) async fn deliver_signed(&self, body: Vec<u8>, signatures: &[&str]) -> Answer {
        let mut request = self
            .client
            .post(format!("{}/api/v1/webhooks/whatsapp", self.base))
            .header("content-type", "application/json");
        for signature in signatures {
            request = request.header("x-hub-signature-256", *signature);
        }
        answer(request.body(body)).await
    }

    /// Delivers bytes to the webhook, signed by the app secret.
    pub(crate) async fn deliver(&self, body: Vec<u8>) -> Answer {
        let signature = signed(&body);
        self.deliver_signed(body, &[&signature]).await
    }

    /// Adds the live number that tests use; its id.
    pub(crate) async fn add_number(&self) -> String {
        let body = json!({
            "display_name": "Main Number",
            "phone_number": "+79001234567",
            "phone_number_id": PHONE_NUMBER_ID,
            "whatsapp_business_account_id": "987654321098765",
            "access_token": "EAAtokenOfTheTests4f2a",
            "is_active": true,
        });
        let added = self.post("/whatsapp/numbers", body).await.expect(201);
        added["id"].as_str().expect("an id").to_owned()
    }

    /// Imports, publishes and activates a bot on the number.
    pub(crate) async fn import_bot(&self, scenario: &str) -> Value {
        let body = json!({
            "name": "Salon",
            "phone_number_id": PHONE_NUMBER_ID,
            "publish": true,
            "definition": scenario,
        });
        let answer = self.post("/admin/bots/import", body).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.json()
    }

    /// Makes a token of a role.
    pub(crate) async fn token(&self, role: &str) -> String {
        let body = json!({"name": format!("a {role}"), "role": role});
        let answer = self.post("/admin/tokens", body).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.json()["token"].as_str().expect("a token").to_owned()
    }
}

fn client() -> reqwest::Client {
    // Whoever comes second finds the same provider installed.
    let _already = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}

pub(super) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.expect("a body"),
    }
}
