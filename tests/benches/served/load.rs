//! A load generator: prepared requests over keep-alive connections, one at a time on each.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::future::try_join_all;
use infrastructure::webhook_signature::sign;
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::per_second;

/// Customers of the load.
const CUSTOMERS: usize = 2_000;

/// What came of a load.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Answers 200 a second.
    pub(crate) rate: f64,
    /// Half of the answers came faster.
    pub(crate) p50: Duration,
    /// All but one of a hundred came faster.
    pub(crate) p99: Duration,
}

/// Signed webhooks with one text each, of customers in turn, as they go over the wire.
pub(crate) fn webhooks(count: usize, phone_number_id: &str, secret: &str) -> Vec<Vec<u8>> {
    let secret = SecretString::from(secret.to_owned());
    (0..count)
        .map(|index| {
            let wa_id = (79_990_000_000 + index % CUSTOMERS).to_string();
            let body = json!({
                "object": "whatsapp_business_account",
                "entry": [{"id": "100000000000002", "changes": [{"field": "messages", "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {
                        "display_phone_number": "79001234567", "phone_number_id": phone_number_id,
                    },
                    "contacts": [{
                        "profile": {"name": "Анна"}, "wa_id": wa_id, "user_id": format!("RU.{wa_id}"),
                    }],
                    "messages": [{
                        "from": wa_id, "from_user_id": format!("RU.{wa_id}"),
                        "id": format!("wamid.HBgLbench{index:032}"), "timestamp": "1766999999",
                        "type": "text", "text": {"body": "Здравствуйте! ".repeat(18)},
                    }],
                }}]}],
            })
            .to_string();
            let signature = sign(&secret, body.as_bytes());
            format!(
                "POST /api/v1/webhooks/whatsapp HTTP/1.1\r\nhost: localhost\r\n\
                 content-type: application/json\r\nx-hub-signature-256: {signature}\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        })
        .collect()
}

/// Sends all requests; every answer must be 200.
pub(crate) async fn post_all(
    port: u16,
    requests: &[Vec<u8>],
    connections: usize,
) -> anyhow::Result<Outcome> {
    let next = Cell::new(0);
    let began = Instant::now();
    let times =
        try_join_all((0..connections).map(|_| one_connection(port, requests, &next))).await?;
    let rate = per_second(requests.len() as u64, began.elapsed());
    let mut times: Vec<Duration> = times.into_iter().flatten().collect();
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    Ok(Outcome {
        rate,
        p50: at(50),
        p99: at(99),
    })
}

async fn one_connection(
    port: u16,
    requests: &[Vec<u8>],
    next: &Cell<usize>,
) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::new();
    let mut answer = Vec::with_capacity(4096);
    while let Some(request) = requests.get(next.get()) {
        next.set(next.get() + 1);
        let began = Instant::now();
        stream.write_all(request).await?;
        answer.clear();
        while !is_whole(&answer) {
            ensure!(
                stream.read_buf(&mut answer).await? > 0,
                "the server hung up"
            );
        }
        times.push(began.elapsed());
        let head = answer.get(..12).context("no status")?;
        ensure!(
            head == b"HTTP/1.1 200",
            "refused: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    Ok(times)
}

/// Whether the head and as many bytes as it promises are here.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok());
    answer.len() >= end + 4 + length.unwrap_or(0)
}
