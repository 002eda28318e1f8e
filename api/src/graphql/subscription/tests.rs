//! Following a log: nothing is missed, nothing comes twice, and who falls behind is told where to go on.

use std::sync::{Arc, Mutex};

use application::cursor::Cursor;
use application::ports::StoreError;
use application::ports::event_log::{
    Commit, CommitError, Committed, EventLog, Metadata, RecordedEvent, StreamId,
};
use async_graphql::async_trait::async_trait;
use domain::any_event::{AnyEvent, aggregate_type};
use domain::ids::CommandId;
use domain::time::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use super::feed::Feed;
use crate::graphql::error::Code;
use crate::graphql::limits;

/// A log in memory.
#[derive(Debug)]
struct Memory {
    events: Mutex<Vec<Arc<RecordedEvent>>>,
    head: watch::Sender<u64>,
}

impl Memory {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            events: Mutex::default(),
            head: watch::Sender::new(0),
        })
    }

    fn grow(&self, count: u64) {
        let mut events = self.events.lock().unwrap();
        for _ in 0..count {
            let position = events.len() as u64 + 1;
            events.push(Arc::new(RecordedEvent {
                position,
                stream: StreamId {
                    aggregate_type: aggregate_type::NUMBER,
                    id: Uuid::nil(),
                },
                sequence: position,
                event_type: "Any".to_owned(),
                event_version: "1".to_owned(),
                data: AnyEvent::Unknown(Value::Null),
                metadata: Metadata::default(),
                command_id: CommandId::new(Uuid::nil()),
                recorded_at: Timestamp::from_micros(0),
                subject: None,
                lane: 0,
            }));
        }
        self.head.send_replace(events.len() as u64);
    }
}

#[async_trait]
impl EventLog for Memory {
    async fn append(&self, _: Commit) -> Result<Committed, CommitError> {
        Err(StoreError::Overloaded.into())
    }

    async fn read_stream(
        &self,
        _: StreamId,
        _: u64,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        Err(StoreError::Overloaded)
    }

    async fn stream_version(&self, _: StreamId) -> Result<u64, StoreError> {
        Err(StoreError::Overloaded)
    }

    async fn find_command(
        &self,
        _: StreamId,
        _: CommandId,
    ) -> Result<Option<Committed>, StoreError> {
        Err(StoreError::Overloaded)
    }

    async fn read_at(&self, _: u64) -> Result<Option<Arc<RecordedEvent>>, StoreError> {
        Err(StoreError::Overloaded)
    }

    async fn read_after(
        &self,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        let events = self.events.lock().unwrap();
        let from = usize::try_from(position).unwrap().min(events.len());
        Ok(events[from..].iter().take(limit).cloned().collect())
    }

    async fn wait_beyond(&self, position: u64) {
        let mut head = self.head.subscribe();
        head.wait_for(|head| *head > position).await.unwrap();
    }

    fn head(&self) -> u64 {
        *self.head.borrow()
    }

    fn epoch(&self) -> Uuid {
        Uuid::from_u128(9)
    }
}

fn feed(log: &Arc<Memory>, after: Option<&str>) -> Feed {
    let log: Arc<dyn EventLog> = Arc::<Memory>::clone(log);
    Feed::begin(&log, after, log.head()).unwrap()
}

async fn positions(feed: &mut Feed, until: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    while feed.position() < until {
        let events = feed.next().await.unwrap();
        seen.extend(events.iter().map(|event| event.position));
    }
    seen
}

#[tokio::test]
async fn a_feed_reads_what_is_there_and_then_what_comes() {
    let log = Memory::new();
    log.grow(600);
    let mut feed = feed(&log, Some("begin"));
    let first = positions(&mut feed, 600).await;
    let growing = async {
        for _ in 0..50 {
            log.grow(7);
            tokio::task::yield_now().await;
        }
    };
    let (rest, ()) = futures::future::join(positions(&mut feed, 950), growing).await;
    let all: Vec<u64> = first.into_iter().chain(rest).collect();
    assert_eq!(all, (1..=950).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_feed_goes_on_behind_its_cursor() {
    let log = Memory::new();
    log.grow(10);
    let cursor = feed(&log, Some("begin")).cursor(6);
    let mut feed = feed(&log, Some(&cursor));
    assert_eq!(positions(&mut feed, 10).await, [7, 8, 9, 10]);
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_ended_with_its_cursor() {
    let log = Memory::new();
    log.grow(1);
    let mut feed = feed(&log, None);
    log.grow(1);
    assert_eq!(feed.next().await.unwrap().len(), 1);
    // It waits at the end once, so it counts as live.
    let (one, ()) = futures::future::join(feed.next(), async { log.grow(1) }).await;
    assert_eq!(one.unwrap().len(), 1);
    log.grow(limits::FEED_LAG + 1);
    let problem = feed.next().await.unwrap_err();
    assert_eq!(Code::of(&problem).as_str(), "RESUME_REQUIRED");
    let cursor = Cursor::new(log.epoch(), 3).to_string();
    assert_eq!(problem.extra("cursor"), Some(&Value::from(cursor)));
}

#[tokio::test]
async fn whoever_begins_long_ago_is_not_slow() {
    let log = Memory::new();
    log.grow(limits::FEED_LAG * 2);
    let mut feed = feed(&log, Some("begin"));
    let head = log.head();
    assert_eq!(positions(&mut feed, head).await.len() as u64, head);
}

#[test]
fn cursors_of_others_are_refused_with_their_codes() {
    let log: Arc<dyn EventLog> = Memory::new();
    let other = Cursor::new(Uuid::from_u128(8), 0).to_string();
    let beyond = Cursor::new(log.epoch(), 1).to_string();
    for (text, code) in [
        ("garbage", "invalid_cursor"),
        (beyond.as_str(), "invalid_cursor"),
    ] {
        let problem = Feed::begin(&log, Some(text), 0).unwrap_err();
        assert_eq!(problem.code(), code);
        assert_eq!(problem.field_errors()[0].field, "after");
    }
    let problem = Feed::begin(&log, Some(&other), 0).unwrap_err();
    assert_eq!(problem.code(), "cursor_expired");
}
