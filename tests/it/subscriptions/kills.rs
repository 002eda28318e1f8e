//! Sockets that are cut off at random points: nothing of `events` is lost, nothing comes twice.

use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{EVENTS, Socket, all_events, position};
use crate::support::{TestApp, inbound_text, now};

/// How often the socket is cut off.
const KILLS: usize = 100;

/// Numbers that look random and are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Customers who write, one after the other.
async fn traffic(app: &TestApp) {
    futures::stream::iter(0..250)
        .for_each_concurrent(4, |customer| async move {
            let wa_id = format!("7999{customer:07}");
            let wamid = format!("wamid.{customer}");
            let message = inbound_text(&wa_id, &wamid, now(), "hello");
            app.receives(&wa_id, "Somebody", &[message]).await;
        })
        .await;
    app.settled().await;
}

/// Reads a few events and is cut off; the cursor of the last one.
async fn read_and_die(app: &TestApp, after: &Value, count: u64, seen: &mut Vec<u64>) -> Value {
    let mut socket = Socket::admin(app).await;
    socket.begin("1", EVENTS, json!({"after": after})).await;
    let mut last = after.clone();
    for _ in 0..count {
        let change = socket.data().await["events"].clone();
        seen.push(position(&change["event"]));
        last = change["cursor"].clone();
    }
    // Dropped without a word, with whatever is on its way.
    last
}

#[tokio::test]
async fn a_socket_killed_a_hundred_times_loses_nothing_and_repeats_nothing() {
    let app = TestApp::with_number().await;
    let mut seen = Vec::new();
    let reading = async {
        let mut chance = Chance(7);
        let mut after = json!("begin");
        for _ in 0..KILLS {
            let count = chance.below(8);
            after = read_and_die(&app, &after, count, &mut seen).await;
        }
        after
    };
    let (after, ()) = futures::future::join(reading, traffic(&app)).await;
    let all: Vec<u64> = all_events(&app).await.iter().map(position).collect();
    assert!(seen.len() > 250, "{} events were read", seen.len());
    assert!(seen.len() <= all.len());
    let rest = (all.len() - seen.len()) as u64;
    read_and_die(&app, &after, rest, &mut seen).await;
    assert_eq!(seen, all);
}
