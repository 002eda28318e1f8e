//! A load generator: prepared requests over keep-alive connections, one at a time on each.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use application::ports::clock::Clock;
use futures::future::try_join_all;
use infrastructure::system::SystemClock;
use infrastructure::webhook_signature::sign;
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::per_second;

/// Customers of the load.
const CUSTOMERS: usize = 2_000;
/// A customer's phone number is this and the customer's number.
pub(crate) const FIRST_PHONE: u64 = 79_900_000_000;

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

/// Who writes to whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writers<'a> {
    /// Customers, in turn.
    pub(crate) customers: usize,
    /// Their numbers' ids; a customer always writes to the same one.
    pub(crate) numbers: &'a [String],
    /// App secret that signs.
    pub(crate) secret: &'a str,
    /// Told apart from other loads on the same server.
    pub(crate) run: u32,
}

/// Signed webhooks with one text each, of customers in turn, as they go over the wire.
pub(crate) fn webhooks(count: usize, phone_number_id: &str, secret: &str) -> Vec<Vec<u8>> {
    texts(
        count,
        Writers {
            customers: CUSTOMERS,
            numbers: &[phone_number_id.to_owned()],
            secret,
            run: 0,
        },
    )
}

/// Signed webhooks with one text each.
pub(crate) fn texts(count: usize, writers: Writers<'_>) -> Vec<Vec<u8>> {
    let secret = SecretString::from(writers.secret.to_owned());
    let numbers = writers.numbers.iter().cycle();
    let by_customer: Vec<&String> = numbers.take(writers.customers).collect();
    (0..count)
        .map(|index| {
            let customer = index % writers.customers;
            let phone_number_id = by_customer.get(customer).map_or("", |id| id.as_str());
            let run = writers.run;
            let wa_id = wa_id(customer);
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
                        "id": format!("wamid.HBgLbench{run:04}{index:028}"),
                        "timestamp": unix_seconds().to_string(),
                        "type": "text", "text": {"body": "Здравствуйте! ".repeat(18)},
                    }],
                }}]}],
            })
            .to_string();
            signed_request(&secret, &body)
        })
        .collect()
}

/// The phone number of a customer.
pub(crate) fn wa_id(customer: usize) -> String {
    (FIRST_PHONE + customer as u64).to_string()
}

/// Meta writes times in seconds.
pub(crate) fn unix_seconds() -> i64 {
    SystemClock.now().as_micros() / 1_000_000
}

/// A signed delivery as it goes over the wire.
pub(crate) fn signed_request(secret: &SecretString, body: &str) -> Vec<u8> {
    let signature = sign(secret, body.as_bytes());
    format!(
        "POST /api/v1/webhooks/whatsapp HTTP/1.1\r\nhost: localhost\r\n\
         content-type: application/json\r\nx-hub-signature-256: {signature}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends all requests as fast as they are answered; every answer must be 200.
pub(crate) async fn post_all(
    port: u16,
    requests: &[Vec<u8>],
    connections: usize,
) -> anyhow::Result<Outcome> {
    post(port, requests, connections, None, |_| ()).await
}

/// Sends requests at a steady rate, whatever the answers do; times count from when a request was due.
/// `begins` hears of each one when it is due.
pub(crate) async fn post_steadily(
    port: u16,
    requests: &[Vec<u8>],
    connections: usize,
    each_second: usize,
    begins: impl Fn(usize),
) -> anyhow::Result<Outcome> {
    let interval = Duration::from_secs(1) / u32::try_from(each_second)?;
    post(port, requests, connections, Some(interval), begins).await
}

async fn post(
    port: u16,
    requests: &[Vec<u8>],
    connections: usize,
    interval: Option<Duration>,
    begins: impl Fn(usize),
) -> anyhow::Result<Outcome> {
    let load = Load {
        port,
        requests,
        next: Cell::new(0),
        began: Instant::now(),
        interval,
        begins,
    };
    let times = try_join_all((0..connections).map(|_| load.one_connection())).await?;
    let rate = per_second(requests.len() as u64, load.began.elapsed());
    let mut times: Vec<Duration> = times.into_iter().flatten().collect();
    let (p50, p99) = percentiles(&mut times);
    Ok(Outcome { rate, p50, p99 })
}

/// The median and the 99th percentile.
pub(crate) fn percentiles(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied();
    (at(50).unwrap_or_default(), at(99).unwrap_or_default())
}

struct Load<'a, F> {
    port: u16,
    requests: &'a [Vec<u8>],
    next: Cell<usize>,
    began: Instant,
    interval: Option<Duration>,
    begins: F,
}

impl<F: Fn(usize)> Load<'_, F> {
    async fn one_connection(&self) -> anyhow::Result<Vec<Duration>> {
        let mut connection = Connection::open(self.port).await?;
        let mut times = Vec::new();
        while let Some(request) = self.requests.get(self.next.get()) {
            let index = self.next.get();
            self.next.set(index + 1);
            let mut due = Instant::now();
            if let Some(interval) = self.interval {
                due = self.began + interval * u32::try_from(index)?;
                tokio::time::sleep_until(due.into()).await;
            }
            (self.begins)(index);
            connection.ask(request).await?;
            times.push(due.elapsed());
        }
        Ok(times)
    }
}

/// A keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects to this machine.
    pub(crate) async fn open(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let answer = Vec::with_capacity(4096);
        Ok(Self { stream, answer })
    }

    /// Sends a request and waits for its whole answer, which must be 200.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        while !is_whole(&self.answer) {
            ensure!(
                self.stream.read_buf(&mut self.answer).await? > 0,
                "the server hung up"
            );
        }
        let head = self.answer.get(..12).context("no status")?;
        ensure!(
            head == b"HTTP/1.1 200",
            "refused: {}",
            String::from_utf8_lossy(&self.answer)
        );
        Ok(&self.answer)
    }
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
