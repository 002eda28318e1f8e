//! A server that answers each connection with the next line of a script.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a connection once it has read the request.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Sends these bytes and closes.
    Answer(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Sends these bytes and then nothing more.
    Stall(Vec<u8>),
}

/// Serves one connection and hands back the request it read.
pub(super) async fn serve_one(listener: TcpListener, step: Step) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let request = read_request(&mut stream).await;
    match step {
        Step::Answer(bytes) => {
            // The client may hang up first when it has read enough.
            let _closed = stream.write_all(&bytes).await;
            let _closed = stream.shutdown().await;
        }
        Step::Reset => stream.set_zero_linger().unwrap(),
        Step::Stall(bytes) => {
            stream.write_all(&bytes).await.unwrap();
            let mut rest = [0; 16];
            let _closed = stream.read(&mut rest).await;
        }
    }
    request
}

/// Answers a TLS greeting with plain HTTP.
pub(super) async fn refuse_tls(listener: TcpListener) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut hello = [0; 1024];
    let _read = stream.read(&mut hello).await.unwrap();
    let _closed = stream.write_all(b"HTTP/1.1 400 no\r\n\r\n").await;
}

/// A JSON answer.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let complete = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            body.len() >= length
        });
        if complete || read == 0 {
            return text;
        }
    }
}
