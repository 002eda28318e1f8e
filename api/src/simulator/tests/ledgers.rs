//! Books on disk.

use std::io::Write;

use serde_json::{Value, json};

use super::server::{CUSTOMER, world};
use crate::simulator::behavior::Behavior;
use crate::simulator::ledger::{DELIVERIES, Ledger, LedgerError, REQUESTS};

fn lines(path: &std::path::Path) -> Vec<Value> {
    let content = std::fs::read_to_string(path).expect("a file");
    content
        .lines()
        .map(|line| serde_json::from_str(line).expect("whole lines"))
        .collect()
}

#[tokio::test]
async fn a_torn_last_line_is_cut_and_the_book_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::open(Some(folder.path())).expect("opens");
    ledger.request(&json!({ "n": 1 })).await.expect("written");
    drop(ledger);
    let path = folder.path().join(REQUESTS);
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("a file");
    file.write_all(b"{\"n\":2").expect("torn");
    let ledger = Ledger::open(Some(folder.path())).expect("opens again");
    ledger.request(&json!({ "n": 3 })).await.expect("written");
    assert_eq!(lines(&path), [json!({ "n": 1 }), json!({ "n": 3 })]);
}

#[tokio::test]
async fn many_writers_lose_no_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::open(Some(folder.path())).expect("opens");
    let writes = (0..200).map(|n| {
        let ledger = &ledger;
        async move { ledger.delivery(&json!({ "n": n })).await }
    });
    let written = futures::future::join_all(writes).await;
    assert!(written.iter().all(Result::is_ok));
    assert_eq!(lines(&folder.path().join(DELIVERIES)).len(), 200);
}

#[tokio::test]
async fn what_was_answered_and_acknowledged_is_on_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut world = world(Behavior::default(), Some(folder.path().to_owned()), 0).await;
    let body = json!({
        "messaging_product": "whatsapp", "to": CUSTOMER, "text": { "body": "x" },
        "biz_opaque_callback_data": "send-1",
    });
    let answer = world.send(&body).await.json();
    let requests = lines(&folder.path().join(REQUESTS));
    assert_eq!(requests[0]["send_id"], "send-1");
    assert_eq!(requests[0]["arrival"], 1);
    assert_eq!(requests[0]["outcome"], "accepted");
    assert_eq!(requests[0]["wamid"], answer["messages"][0]["id"]);
    world.hook().await;
    world.simulator.meta().drained().await;
    let deliveries = lines(&folder.path().join(DELIVERIES));
    let item = &deliveries[0]["items"][0];
    assert_eq!(
        (&item["id"], &item["status"]),
        (&requests[0]["wamid"], &json!("sent"))
    );
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let opened = Ledger::open(Some(file.path()));
    assert!(matches!(opened, Err(LedgerError::Open { path, .. }) if path.ends_with(REQUESTS)));
}
