//! Figures of what went on, as a client of the graph asks for them.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::gql;
use crate::support::{TestApp, eventually, now};

const ANNA: &str = "79991112233";
const QUERY: &str = "query ($from: String!, $to: String!, $number: ID) {
  activity(from: $from, to: $to, number: $number) {
    definitions timeZone from to
    messages { direction status count }
    conversations { change cause count }
    firstResponseTotal { waits answered medianMs }
    sessions { outcome count }
    nodes { node visits dropOff }
    presses { title count }
  }
}";

fn day(days_from_now: i64) -> String {
    let then = Timestamp::from_seconds(now()).plus_seconds(days_from_now * 86_400);
    then.to_rfc3339_millis()[..10].to_owned()
}

fn sum(rows: &Value, column: &str, value: &str) -> u64 {
    let rows = rows.as_array().expect("rows").iter();
    rows.filter(|row| row[column] == value)
        .map(|row| row["count"].as_u64().expect("a count"))
        .sum()
}

#[tokio::test]
async fn a_conversation_is_counted() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let range = json!({"from": day(-1), "to": day(1)});
    let activity = eventually("the answers are counted", || async {
        let data = gql(&app, QUERY, range.clone()).await.data();
        let activity = data["activity"].clone();
        (sum(&activity["messages"], "direction", "OUTBOUND") == 2).then_some(activity)
    })
    .await;
    assert_eq!(activity["definitions"], 1);
    assert_eq!(activity["timeZone"], "UTC");
    assert_eq!(sum(&activity["messages"], "direction", "INBOUND"), 1);
    assert_eq!(sum(&activity["conversations"], "change", "OPENED"), 1);
    assert_eq!(sum(&activity["sessions"], "outcome", "RUNNING"), 1);
    assert_eq!(activity["firstResponseTotal"]["waits"], 0);
    let nodes = activity["nodes"].as_array().expect("nodes");
    assert!(
        nodes
            .iter()
            .any(|node| node["node"] == "welcome" && node["visits"] == 1)
    );
}

#[tokio::test]
async fn ranges_that_cannot_be_counted_are_refused_by_field() {
    let app = TestApp::start().await;
    let cases = [
        (
            json!({"from": "2026-11-02", "to": "2026-11-01"}),
            "range_reversed",
        ),
        (
            json!({"from": "2024-01-01", "to": "2026-11-01"}),
            "range_too_long",
        ),
        (
            json!({"from": "yesterday", "to": "2026-11-01"}),
            "invalid_date",
        ),
    ];
    for (range, code) in cases {
        let answer = gql(&app, QUERY, range).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
        assert!(answer.answer.text.contains(code), "{}", answer.answer.text);
    }
}
