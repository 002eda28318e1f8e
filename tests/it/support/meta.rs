//! Meta as the tests see it: the simulator's Cloud API on a port of its own, and customers' phones.

use std::net::SocketAddr;
use std::sync::Arc;

use api::simulator::behavior::Behavior;
use api::simulator::fault::{Fault, FaultPlan, Faults};
use api::simulator::{Act, Bubble, BusinessNumbers, Simulator, SimulatorConfig};
use application::tasks::Tasks;
use infrastructure::system::SystemClock;
use secrecy::SecretString;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{APP_SECRET, PHONE_NUMBER_ID, eventually};

/// Every number exists and every token is good.
#[derive(Debug)]
struct AnyNumber;

impl BusinessNumbers for AnyNumber {
    fn display_phone_number(&self, _phone_number_id: &str) -> Option<String> {
        Some("79001234567".to_owned())
    }

    fn accepts_token(&self, _phone_number_id: &str, token: &str) -> bool {
        token != "revoked"
    }
}

/// A running Meta.
#[derive(Debug)]
pub(crate) struct TestMeta {
    pub(crate) simulator: Simulator,
    address: SocketAddr,
    tasks: Tasks,
}

impl TestMeta {
    /// Starts it; webhooks go nowhere until [`Self::call_back`].
    pub(crate) async fn start() -> Self {
        let tasks = Tasks::default();
        let config = SimulatorConfig {
            callback: "http://127.0.0.1:9/".parse().expect("a URL"),
            secret: SecretString::from(APP_SECRET),
            ledger: None,
            seed: 1,
            behavior: Behavior::default(),
            faults: FaultPlan::default(),
        };
        let simulator =
            Simulator::start(config, Arc::new(AnyNumber), Arc::new(SystemClock), &tasks)
                .expect("the simulator starts");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = simulator.graph_router();
        let stop = tasks.stop().clone();
        tasks.spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await
                .expect("the simulator serves");
        });
        Self {
            simulator,
            address,
            tasks,
        }
    }

    /// What `WHATSAPP_API_URL` is set to.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v25.0", self.address)
    }

    /// Where webhooks go.
    pub(crate) fn call_back(&self, server: &str) {
        let url = format!("{server}/api/v1/webhooks/whatsapp")
            .parse()
            .expect("a URL");
        self.simulator.meta().set_callback(url);
    }

    /// A customer types a text; the wamid.
    pub(crate) fn types(&self, wa_id: &str, text: &str) -> String {
        self.acts(wa_id, &Act::Text(text.to_owned()))
    }

    /// A customer does something; the wamid.
    pub(crate) fn acts(&self, wa_id: &str, act: &Act) -> String {
        self.simulator.meta().act(PHONE_NUMBER_ID, wa_id, act)
    }

    /// The next sends fail like this, one after the other.
    pub(crate) fn will(&self, faults: impl IntoIterator<Item = Fault>) {
        self.simulator.meta().with_faults(|all| all.script(faults));
    }

    /// Nothing fails any more.
    pub(crate) fn heals(&self) {
        let none = Faults::new(FaultPlan::default(), 1);
        self.simulator.meta().with_faults(|all| *all = none);
    }

    /// No status comes by itself.
    pub(crate) fn keeps_statuses(&self) {
        self.simulator.meta().set_behavior(Behavior {
            status_delay_ms: 3_600_000,
            ..Behavior::default()
        });
    }

    /// The requests so far of a kind (`text`, `interactive`, `read`, `refused`), oldest first.
    pub(crate) fn requests(&self, kind: &str) -> Vec<Value> {
        let lines = self.simulator.meta().ledger().requests_in_memory();
        let requests = lines
            .iter()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line of the ledger"));
        requests.filter(|line| line["kind"] == kind).collect()
    }

    /// What Meta answered to each request with this send id, oldest first.
    pub(crate) fn outcomes(&self, send_id: &Value) -> Vec<String> {
        self.requests("text")
            .iter()
            .filter(|request| request["send_id"] == *send_id)
            .filter_map(|request| request["outcome"].as_str().map(str::to_owned))
            .collect()
    }

    /// What the business has sent to a phone so far, oldest first.
    pub(crate) fn answers(&self, wa_id: &str) -> Vec<Bubble> {
        let screen = self
            .simulator
            .meta()
            .screen(PHONE_NUMBER_ID, wa_id, 0, true);
        screen
            .messages
            .into_iter()
            .filter(|bubble| bubble.from == api::simulator::Author::Business)
            .collect()
    }

    /// Waits until a phone shows this many answers; their texts.
    pub(crate) async fn shows(&self, wa_id: &str, count: usize) -> Vec<String> {
        eventually(&format!("{count} answers on the phone"), || async {
            let answers = self.answers(wa_id);
            (answers.len() >= count)
                .then(|| answers.into_iter().map(|bubble| bubble.text).collect())
        })
        .await
    }

    /// Waits until every webhook was taken.
    pub(crate) async fn drained(&self) {
        self.simulator.meta().drained().await;
    }
}

impl Drop for TestMeta {
    fn drop(&mut self) {
        self.tasks.stop().cancel();
    }
}

/// The act of pressing a reply button.
pub(crate) fn press(id: &str, title: &str) -> Act {
    Act::Press {
        id: id.to_owned(),
        title: title.to_owned(),
        message_id: None,
    }
}
