//! A client of `graphql-transport-ws`, as plain as it can be: it can be cut off at any point.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::support::{DEADLINE, TestApp};

const PROTOCOL: &str = "graphql-transport-ws";

/// An open socket.
#[derive(Debug)]
pub(super) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

/// What came.
#[derive(Debug)]
pub(super) enum Came {
    /// A message of the protocol.
    Message(Value),
    /// The server closed, with this code.
    Closed(u16),
}

impl Socket {
    /// A socket on which nothing was said yet.
    pub(super) async fn open(app: &TestApp, headers: &[(&'static str, &str)]) -> Self {
        Self::open_at(&app.base().replace("http://", ""), headers).await
    }

    /// The same to the server at a host and port.
    async fn open_at(address: &str, headers: &[(&'static str, &str)]) -> Self {
        let mut request = format!("ws://{address}/graphql")
            .into_client_request()
            .expect("a request");
        for (name, value) in headers {
            let value = value.parse().expect("a header");
            request.headers_mut().insert(*name, value);
        }
        let tcp = TcpStream::connect(address).await.expect("a connection");
        let opened = tokio_tungstenite::client_async(request, tcp);
        let (stream, _) = opened.await.expect("a socket");
        Self { stream }
    }

    /// A socket that speaks the protocol, on which nothing was said yet.
    pub(super) async fn plain(app: &TestApp) -> Self {
        Self::open(app, &[("sec-websocket-protocol", PROTOCOL)]).await
    }

    /// A socket of a token.
    pub(super) async fn of(app: &TestApp, token: &str) -> Self {
        let mut socket = Self::plain(app).await;
        socket.init(token).await;
        assert_eq!(socket.message().await["type"], "connection_ack");
        socket
    }

    /// A socket of a token to the server at a host and port.
    pub(super) async fn at(address: &str, token: &str) -> Self {
        let mut socket = Self::open_at(address, &[("sec-websocket-protocol", PROTOCOL)]).await;
        socket.init(token).await;
        assert_eq!(socket.message().await["type"], "connection_ack");
        socket
    }

    /// A socket of the admin.
    pub(super) async fn admin(app: &TestApp) -> Self {
        Self::of(app, app.admin_token()).await
    }

    /// Says who it is.
    pub(super) async fn init(&mut self, token: &str) {
        let payload = json!({"Authorization": format!("Bearer {token}")});
        self.send(json!({"type": "connection_init", "payload": payload}))
            .await;
    }

    /// Sends a message.
    pub(super) async fn send(&mut self, message: Value) {
        let sent = self.stream.send(Message::text(message.to_string()));
        sent.await.expect("the socket takes it");
    }

    /// Closes from this side; what comes is read on.
    pub(super) async fn leave(&mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "done".into(),
        };
        let sent = self.stream.send(Message::Close(Some(frame)));
        sent.await.expect("the socket takes it");
    }

    /// Begins an operation.
    pub(super) async fn begin(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.send(json!({"type": "subscribe", "id": id, "payload": payload}))
            .await;
    }

    /// Sends a message that the server does not read to its end; the code with which it closes meanwhile.
    pub(super) async fn refused(&mut self, message: &Value) -> u16 {
        let (mut sink, mut stream) = (&mut self.stream).split();
        let sending = async {
            let _refused = sink.send(Message::text(message.to_string())).await;
            std::future::pending::<()>().await;
        };
        let reading = async {
            loop {
                match stream.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                    Some(Ok(_)) => {}
                    other => panic!("the socket ended: {other:?}"),
                }
            }
        };
        tokio::select! {
            code = tokio::time::timeout(DEADLINE, reading) => code.expect("it closes in time"),
            () = sending => unreachable!("it waits for ever"),
        }
    }

    /// What comes next.
    pub(super) async fn came(&mut self) -> Came {
        loop {
            let frame = tokio::time::timeout(DEADLINE, self.stream.next()).await;
            match frame.expect("something comes in time") {
                Some(Ok(Message::Text(text))) => {
                    return Came::Message(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => return Came::Closed(frame.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the socket ended: {other:?}"),
            }
        }
    }

    /// The next message.
    pub(super) async fn message(&mut self) -> Value {
        match self.came().await {
            Came::Message(message) => message,
            Came::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// The code with which the server closes, after whatever comes before.
    pub(super) async fn closed(&mut self) -> u16 {
        loop {
            if let Came::Closed(code) = self.came().await {
                return code;
            }
        }
    }

    /// The data of the next result of an operation.
    pub(super) async fn data(&mut self) -> Value {
        let message = self.message().await;
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"]["errors"].is_null(), "{message}");
        message["payload"]["data"].clone()
    }

    /// The only error that ends an operation.
    pub(super) async fn error(&mut self) -> Value {
        let message = self.message().await;
        assert_eq!(message["type"], "error", "{message}");
        message["payload"][0].clone()
    }

    /// Waits for a result whose data satisfies a condition.
    pub(super) async fn data_when(&mut self, condition: impl Fn(&Value) -> bool) -> Value {
        loop {
            let data = self.data().await;
            if condition(&data) {
                return data;
            }
        }
    }
}
