//! A running simulator, and a business that takes its webhooks.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use application::tasks::Tasks;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use infrastructure::system::SystemClock;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::simulator::behavior::Behavior;
use crate::simulator::cut::{Cut, CuttableListener};
use crate::simulator::fault::FaultPlan;
use crate::simulator::{BusinessNumbers, Simulator, SimulatorConfig};

pub(in crate::simulator) const NUMBER: &str = "106540352242922";
pub(in crate::simulator) const SECRET: &str = "the app secret";
pub(in crate::simulator) const CUSTOMER: &str = "16505551234";

#[derive(Debug)]
struct OneNumber;

impl BusinessNumbers for OneNumber {
    fn display_phone_number(&self, phone_number_id: &str) -> Option<String> {
        (phone_number_id == NUMBER).then(|| "15550783881".to_owned())
    }

    fn accepts_token(&self, _phone_number_id: &str, token: &str) -> bool {
        token == "good"
    }
}

/// A webhook as it came.
#[derive(Debug)]
pub(in crate::simulator) struct Hook {
    pub(in crate::simulator) signature: String,
    pub(in crate::simulator) body: Bytes,
}

impl Hook {
    pub(in crate::simulator) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the webhook is JSON")
    }

    pub(in crate::simulator) fn value(&self) -> Value {
        self.json()["entry"][0]["changes"][0]["value"].clone()
    }
}

pub(in crate::simulator) struct World {
    pub(in crate::simulator) simulator: Simulator,
    pub(in crate::simulator) hooks: mpsc::UnboundedReceiver<Hook>,
    pub(in crate::simulator) graph: SocketAddr,
    tasks: Tasks,
}

impl Drop for World {
    fn drop(&mut self) {
        self.tasks.stop().cancel();
    }
}

/// A simulator whose first `refusals` webhooks are answered with 503.
pub(in crate::simulator) async fn world(
    behavior: Behavior,
    ledger: Option<PathBuf>,
    refusals: usize,
) -> World {
    let tasks = Tasks::default();
    let (sender, hooks) = mpsc::unbounded_channel();
    let left = Arc::new(AtomicUsize::new(refusals));
    let business = Router::new().route(
        "/hook",
        post(move |headers: HeaderMap, body: Bytes| {
            let signature = headers["X-Hub-Signature-256"]
                .to_str()
                .expect("text")
                .to_owned();
            let refused = left
                .try_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
            sender
                .send(Hook { signature, body })
                .expect("the test reads");
            async move {
                if refused {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::OK
                }
            }
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let callback = format!("http://{}/hook", listener.local_addr().expect("bound"));
    tasks.spawn(async move { axum::serve(listener, business).await.expect("serving") });

    let config = SimulatorConfig {
        callback: callback.parse().expect("a URL"),
        secret: SecretString::from(SECRET),
        ledger,
        seed: 7,
        behavior,
        faults: FaultPlan::default(),
    };
    let simulator = Simulator::start(config, Arc::new(OneNumber), Arc::new(SystemClock), &tasks)
        .expect("starts");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let graph = listener.local_addr().expect("bound");
    let router = simulator
        .graph_router()
        .merge(simulator.phone_router())
        .merge(simulator.control_router());
    tasks.spawn(async move {
        let service = router.into_make_service_with_connect_info::<Cut>();
        axum::serve(CuttableListener(listener), service)
            .await
            .expect("serving");
    });
    World {
        simulator,
        hooks,
        graph,
        tasks,
    }
}

/// What a raw client saw of an answer.
#[derive(Debug)]
pub(in crate::simulator) enum Seen {
    Answer(u16, String),
    Broken(std::io::ErrorKind),
}

impl Seen {
    pub(in crate::simulator) fn json(&self) -> Value {
        match self {
            Self::Answer(_, body) => serde_json::from_str(body).expect("JSON"),
            Self::Broken(kind) => panic!("no answer: {kind}"),
        }
    }

    pub(in crate::simulator) fn status(&self) -> u16 {
        match self {
            Self::Answer(status, _) => *status,
            Self::Broken(kind) => panic!("no answer: {kind}"),
        }
    }
}

impl World {
    pub(in crate::simulator) async fn send(&self, body: &Value) -> Seen {
        let path = format!("/v25.0/{NUMBER}/messages");
        self.request(
            "POST",
            &path,
            "Authorization: Bearer good\r\n",
            &body.to_string(),
        )
        .await
    }

    /// One request over a connection of its own, read to its end.
    pub(in crate::simulator) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Seen {
        let mut stream = TcpStream::connect(self.graph).await.expect("connects");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: graph\r\nConnection: close\r\n{headers}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("writes");
        stream.write_all(body.as_bytes()).await.expect("writes");
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer).await {
            return Seen::Broken(error.kind());
        }
        let answer = String::from_utf8(answer).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let status = head
            .split(' ')
            .nth(1)
            .expect("a status")
            .parse()
            .expect("a number");
        Seen::Answer(status, body.to_owned())
    }

    pub(in crate::simulator) async fn hook(&mut self) -> Hook {
        self.hooks.recv().await.expect("a webhook")
    }
}

/// A server with the product's paths, and what keeps it alive.
pub(in crate::simulator) async fn phone_server() -> (url::Url, World) {
    let world = world(Behavior::default(), None, 0).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = format!("http://{}/", listener.local_addr().expect("bound"));
    let router = crate::simulator::product::router(&world.simulator, |phones| phones);
    world
        .tasks
        .spawn(async move { axum::serve(listener, router).await.expect("serving") });
    (server.parse().expect("a URL"), world)
}
