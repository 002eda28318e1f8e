//! A reader whose connection breaks at any byte, a hundred times, while events keep coming: it goes on from
//! the last whole event it has and misses none, and gets none twice.

use serde_json::Value;

use super::stream::parse;
use crate::support::TestApp;

/// Connections that break.
const KILLS: u64 = 100;

/// Numbers that look random and are the same on every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Lines,
    FollowedLines,
    ServerSent,
}

/// What a reader keeps between its connections.
#[derive(Default)]
struct Reader {
    cursor: Option<String>,
    positions: Vec<u64>,
}

impl Reader {
    /// Takes the whole events of what arrived; a part of one at the end is lost with the connection.
    fn take(&mut self, door: Door, arrived: &str) {
        let separator = if door == Door::ServerSent {
            "\n\n"
        } else {
            "\n"
        };
        let Some(whole) = arrived.rfind(separator) else {
            return;
        };
        for record in arrived[..whole + separator.len()].split_inclusive(separator) {
            let event: Option<Value> = if door == Door::ServerSent {
                parse(record).map(|sent| {
                    assert_eq!(sent.data["cursor"], sent.id);
                    sent.data
                })
            } else {
                Some(serde_json::from_str(record).expect("a line is JSON"))
            };
            let Some(event) = event else { continue };
            self.cursor = event["cursor"].as_str().map(str::to_owned);
            self.positions
                .push(event["position"].as_u64().expect("a position"));
        }
    }

    /// Reads at most so many bytes and breaks the connection.
    async fn connect(&mut self, app: &TestApp, door: Door, at_most: usize) {
        let head = app.inside().app().log.head();
        let mut query = vec![("personal", "open".to_owned())];
        if door == Door::FollowedLines {
            query.push(("follow", "true".to_owned()));
        }
        let client = reqwest::Client::builder().no_proxy().build();
        let mut request = client
            .expect("a client")
            .get(format!("{}/api/v1/events", app.base()))
            .bearer_auth(app.admin_token());
        match (&self.cursor, door) {
            (Some(cursor), Door::ServerSent) => {
                request = request.header("last-event-id", cursor);
            }
            (Some(cursor), _) => query.push(("after", cursor.clone())),
            (None, _) => {}
        }
        if door == Door::ServerSent {
            request = request.header("accept", "text/event-stream");
        }
        let mut response = request.query(&query).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let mut arrived = Vec::new();
        let last = format!("\"position\":{head},");
        // Nothing more comes behind the head, so one need not wait for it.
        while arrived.len() < at_most && !String::from_utf8_lossy(&arrived).contains(&last) {
            match response.chunk().await.expect("a chunk") {
                Some(chunk) => arrived.extend_from_slice(&chunk),
                None => break,
            }
        }
        drop(response);
        arrived.truncate(at_most);
        self.take(door, &String::from_utf8_lossy(&arrived));
    }
}

#[tokio::test]
async fn a_hundred_broken_connections_lose_and_repeat_nothing() {
    let app = TestApp::with_salon().await;
    app.meta.types("79991112233", "Здравствуйте");
    let mut dice = Dice(13);
    let mut reader = Reader::default();
    for _ in 0..KILLS {
        for _ in 0..=dice.below(3) {
            app.token("agent").await;
        }
        let door = match dice.below(3) {
            0 => Door::Lines,
            1 => Door::FollowedLines,
            _ => Door::ServerSent,
        };
        let at_most = usize::try_from(dice.below(4_000)).expect("small");
        reader.connect(&app, door, at_most).await;
    }
    app.settled().await;
    reader.connect(&app, Door::Lines, usize::MAX).await;
    let head = app.inside().app().log.head();
    assert!(head > KILLS);
    assert_eq!(reader.positions, (1..=head).collect::<Vec<_>>());
}
