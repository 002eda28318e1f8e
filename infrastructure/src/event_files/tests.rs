//! Files read back with the formats' own readers: every event is there, as it was.

use std::io::Write;
use std::sync::{Arc, Mutex};

use application::ports::event_file::{FileFormat, Written};
use application::ports::event_log::Metadata;
use application::use_cases::exports::ExportedEvent;
use bytes::Bytes;
use domain::time::Timestamp;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::parquet::GROUP_ROWS;

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything is refused.
struct Full;

impl Write for Full {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn event(position: u64) -> ExportedEvent {
    ExportedEvent {
        position,
        cursor: format!("cursor-{position}"),
        aggregate_type: "contact".to_owned(),
        aggregate_id: Uuid::from_u128(u128::from(position)),
        sequence: 1,
        event_type: if position % 2 == 1 { "Odd" } else { "Even" }.to_owned(),
        event_version: "1".to_owned(),
        recorded_at: Timestamp::from_micros(1_766_999_999_123_456),
        command_id: Uuid::from_u128(9),
        metadata: Metadata {
            actor: "meta".to_owned(),
            cause: Some(3),
        },
        subject: position.is_multiple_of(3).then(|| Uuid::from_u128(7)),
        lane: 1023,
        payload: json!({"Registered": {"personal": {"profile_name": "Анна \"A\"\n"}}}),
    }
}

fn written(format: FileFormat, count: u64) -> (Written, Vec<u8>) {
    let memory = Memory::default();
    let about = [("vestnik.personal", "open".to_owned())];
    let mut file = super::begin(format, Box::new(memory.clone()), &about).unwrap();
    for position in 1..=count {
        file.write(&event(position)).unwrap();
    }
    let written = file.finish().unwrap();
    let bytes = memory.0.lock().unwrap().clone();
    (written, bytes)
}

#[track_caller]
fn books_fit(written: &Written, bytes: &[u8], count: u64) {
    assert_eq!(written.events, count);
    assert_eq!(written.first_position, Some(1));
    assert_eq!(written.last_position, Some(count));
    assert_eq!(written.event_types["Odd"], count.div_ceil(2));
    assert_eq!(written.bytes, bytes.len() as u64);
    assert_eq!(written.sha256, hex::encode(Sha256::digest(bytes)));
}

fn text(row: &Row, column: &str) -> Option<String> {
    row.get_column_iter()
        .find(|(name, _)| *name == column)
        .and_then(|(_, field)| match field {
            Field::Str(text) => Some(text.clone()),
            Field::Null => None,
            other => Some(other.to_string()),
        })
}

#[test]
fn lines_decode_to_the_same_events() {
    let (written, bytes) = written(FileFormat::Ndjson, 10);
    books_fit(&written, &bytes, 10);
    let text = String::from_utf8(bytes).unwrap();
    let read: Vec<ExportedEvent> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read, (1..=10).map(event).collect::<Vec<_>>());
}

#[test]
fn a_parquet_file_holds_every_column_of_every_event() {
    let (written, bytes) = written(FileFormat::Parquet, 10);
    books_fit(&written, &bytes, 10);
    let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
    let about = reader.metadata().file_metadata().key_value_metadata();
    let about = about
        .unwrap()
        .iter()
        .find(|one| one.key == "vestnik.personal");
    assert_eq!(about.unwrap().value.as_deref(), Some("open"));
    let rows = reader.get_row_iter(None).unwrap();
    for (row, position) in rows.zip(1..) {
        let (row, event) = (row.unwrap(), event(position));
        assert_eq!(text(&row, "position"), Some(position.to_string()));
        assert_eq!(text(&row, "cursor"), Some(event.cursor));
        assert_eq!(
            text(&row, "aggregate_id"),
            Some(event.aggregate_id.to_string())
        );
        assert_eq!(
            text(&row, "subject"),
            event.subject.map(|id| id.to_string())
        );
        assert_eq!(text(&row, "payload"), Some(event.payload.to_string()));
        let recorded = row
            .get_column_iter()
            .find(|(name, _)| *name == "recorded_at");
        assert_eq!(
            recorded.unwrap().1,
            &Field::TimestampMicros(event.recorded_at.as_micros())
        );
    }
}

#[test]
fn row_groups_are_bounded() {
    let count = GROUP_ROWS as u64 + 5;
    let (written, bytes) = written(FileFormat::Parquet, count);
    books_fit(&written, &bytes, count);
    let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
    let rows: Vec<i64> = (0..reader.num_row_groups())
        .map(|group| reader.metadata().row_group(group).num_rows())
        .collect();
    assert_eq!(rows, [GROUP_ROWS as i64, 5]);
}

#[test]
fn a_file_without_events_is_a_file() {
    for format in [FileFormat::Ndjson, FileFormat::Parquet] {
        let (written, bytes) = written(format, 0);
        assert_eq!((written.events, written.first_position), (0, None));
        assert_eq!(written.bytes, bytes.len() as u64);
    }
}

#[test]
fn a_full_disk_is_told_as_such() {
    for format in [FileFormat::Ndjson, FileFormat::Parquet] {
        let begun = super::begin(format, Box::new(Full), &[]);
        let ended = begun.and_then(|mut file| {
            file.write(&event(1))?;
            file.finish()
        });
        let error = ended.unwrap_err().to_string();
        assert!(!error.is_empty());
    }
}
