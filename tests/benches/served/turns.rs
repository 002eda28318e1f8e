//! From a customer's webhook to the bot's first answer at the Cloud API, under a steady load.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use application::tasks::Tasks;
use tokio::runtime::Runtime;

use crate::load::{Writers, percentiles, post_steadily, texts};
use crate::meta::Meta;
use crate::server::{SECRET, Server};
use crate::{milliseconds, per_second, row, setting, whole};

/// Numbers that customers write to, without `NUMBERS`.
const NUMBERS: usize = 10;
/// Customers, without `CUSTOMERS`; each starts at most one conversation.
const CUSTOMERS: usize = 20_000;
/// Turns begun a second without `TURNS`.
const TURNS: usize = 300;
/// Seconds of load without `SECONDS`.
const SECONDS: usize = 30;
const CONNECTIONS: usize = 64;
/// The salon's first turn sends its greeting and its menu.
const MESSAGES_A_TURN: u64 = 2;
/// What is under way when the load ends gets this long.
const REST: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(10);

/// Measures and prints.
pub(crate) fn run(runtime: &Runtime) -> anyhow::Result<()> {
    let each_second = setting("TURNS").unwrap_or(TURNS);
    let seconds = setting("SECONDS").unwrap_or(SECONDS);
    for reports in [false, true] {
        runtime.block_on(measure(each_second, seconds, reports))?;
    }
    Ok(())
}

async fn measure(each_second: usize, seconds: usize, reports: bool) -> anyhow::Result<()> {
    let tasks = Tasks::default();
    let (numbers, customers) = (
        setting("NUMBERS").unwrap_or(NUMBERS),
        setting("CUSTOMERS").unwrap_or(CUSTOMERS),
    );
    let count = (each_second * seconds).min(customers);
    let meta = Meta::start(&tasks, customers, reports).await?;
    let numbers: Vec<String> = (0..numbers)
        .map(|index| format!("12345678901{index:04}"))
        .collect();
    let server = Server::start_with(&meta.url, &numbers).await?;
    for number in &numbers {
        server.import_salon(number).await?;
    }
    meta.report(&tasks, server.port);
    let writers = Writers {
        customers,
        numbers: &numbers,
        secret: SECRET,
        run: 0,
    };
    let requests = texts(count, writers);
    let due = RefCell::new(vec![None; count]);
    let began = Instant::now();
    let interval = Duration::from_secs(1) / u32::try_from(each_second)?;
    post_steadily(server.port, &requests, CONNECTIONS, each_second, |index| {
        let at = began + interval * u32::try_from(index).unwrap_or(u32::MAX);
        if let Some(place) = due.borrow_mut().get_mut(index) {
            *place = Some(at);
        }
    })
    .await?;
    let wanted = count as u64 * MESSAGES_A_TURN;
    let ended = Instant::now();
    while meta.messages() < wanted && ended.elapsed() < REST {
        tokio::time::sleep(LOOK).await;
    }
    let took = began.elapsed();
    while reports && !meta.is_reported() && ended.elapsed() < REST {
        tokio::time::sleep(LOOK).await;
    }
    let first = meta.first_messages();
    let mut times: Vec<Duration> = due
        .into_inner()
        .iter()
        .zip(&first)
        .filter_map(|(due, came)| Some(came.as_ref()?.duration_since((*due)?)))
        .collect();
    let answered = times.len();
    let (p50, p99) = percentiles(&mut times);
    let load = if reports {
        format!(
            "each message reported sent, delivered, read ({} statuses)",
            meta.reported()
        )
    } else {
        "no statuses".to_owned()
    };
    row(
        &format!(
            "turns: {} numbers, {customers} customers, {load}",
            numbers.len()
        ),
        format!(
            "{each_second}/s asked, {answered} of {count} answered, {}/s; first answer p50 {}, p99 {}",
            whole(per_second(answered as u64, took)),
            milliseconds(p50),
            milliseconds(p99)
        ),
    )?;
    let (resident, most) = server.resident_mb()?;
    row(
        "turns: messages at the Cloud API; resident memory",
        format!(
            "{} of {wanted}; {resident} MB, at most {most} MB",
            meta.messages()
        ),
    )?;
    tasks.stop().cancel();
    Ok(())
}
