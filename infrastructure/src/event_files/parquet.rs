//! Apache Parquet: the envelope as columns, metadata and payload as JSON text, row groups of bounded size.
//!
//! Written with the format's own writer, column by column. Absent on purpose: Arrow, and columns for what is
//! inside payloads: they differ by event type, and engines read JSON text.

use std::io::Write;
use std::sync::Arc;

use application::ports::event_file::{EventFile, EventFileError, Written};
use application::use_cases::exports::ExportedEvent;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::hashed::Hashed;
use super::note;

/// Most rows of a row group.
pub(super) const GROUP_ROWS: usize = 65_536;
/// Most bytes of text that wait for their row group.
const GROUP_BYTES: usize = 32 * 1024 * 1024;

/// The columns, in the order in which [`Group::write`] writes them.
const SCHEMA: &str = "message events {
    required int64 position;
    required binary cursor (STRING);
    required binary aggregate_type (STRING);
    required binary aggregate_id (STRING);
    required int64 sequence;
    required binary event_type (STRING);
    required binary event_version (STRING);
    required int64 recorded_at (TIMESTAMP(MICROS, true));
    required binary command_id (STRING);
    required binary metadata (STRING);
    optional binary subject (STRING);
    required int32 lane;
    required binary payload (STRING);
}";

impl From<ParquetError> for Failed {
    fn from(error: ParquetError) -> Self {
        Self(match error {
            ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
                Ok(io) => EventFileError::Io(*io),
                Err(other) => EventFileError::Format(other.to_string()),
            },
            other => EventFileError::Format(other.to_string()),
        })
    }
}

/// So that `?` turns the format's errors into the port's.
struct Failed(EventFileError);

impl From<Failed> for EventFileError {
    fn from(failed: Failed) -> Self {
        failed.0
    }
}

/// A file of row groups.
pub(super) struct ParquetFile {
    out: SerializedFileWriter<Hashed>,
    group: Group,
    books: Written,
}

impl ParquetFile {
    pub(super) fn new(
        out: Box<dyn Write + Send>,
        about: &[(&str, String)],
    ) -> Result<Self, EventFileError> {
        Ok(Self {
            out: open(out, about)?,
            group: Group::default(),
            books: Written::default(),
        })
    }

    fn write_group(&mut self) -> Result<(), Failed> {
        if self.group.positions.is_empty() {
            return Ok(());
        }
        let group = std::mem::take(&mut self.group);
        let mut row_group = self.out.next_row_group()?;
        group.write(&mut row_group)?;
        row_group.close()?;
        Ok(())
    }

    fn close(mut self) -> Result<Written, EventFileError> {
        self.write_group()?;
        let out = self.out.into_inner().map_err(Failed::from)?;
        Ok(out.close(self.books)?)
    }
}

fn open(
    out: Box<dyn Write + Send>,
    about: &[(&str, String)],
) -> Result<SerializedFileWriter<Hashed>, Failed> {
    let about = about
        .iter()
        .map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("vestnik {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(about.collect()))
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    Ok(SerializedFileWriter::new(
        Hashed::new(out),
        schema,
        Arc::new(properties),
    )?)
}

impl EventFile for ParquetFile {
    fn write(&mut self, event: &ExportedEvent) -> Result<(), EventFileError> {
        self.group.push(event)?;
        note(&mut self.books, event);
        if self.group.positions.len() >= GROUP_ROWS || self.group.bytes >= GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), EventFileError> {
        // A row group a flush would make files of crumbs; the footer tells where the groups are anyway.
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, EventFileError> {
        self.close()
    }
}

/// Rows that wait until they are enough for a row group, by column.
#[derive(Default)]
struct Group {
    bytes: usize,
    positions: Vec<i64>,
    cursors: Vec<ByteArray>,
    aggregate_types: Vec<ByteArray>,
    aggregate_ids: Vec<ByteArray>,
    sequences: Vec<i64>,
    event_types: Vec<ByteArray>,
    event_versions: Vec<ByteArray>,
    recorded: Vec<i64>,
    command_ids: Vec<ByteArray>,
    metadata: Vec<ByteArray>,
    subjects: Vec<ByteArray>,
    has_subject: Vec<i16>,
    lanes: Vec<i32>,
    payloads: Vec<ByteArray>,
}

impl Group {
    fn push(&mut self, event: &ExportedEvent) -> Result<(), EventFileError> {
        let metadata = serde_json::to_vec(&event.metadata).map_err(std::io::Error::from)?;
        let payload = serde_json::to_vec(&event.payload).map_err(std::io::Error::from)?;
        // The fixed columns take about this much.
        self.bytes += metadata.len() + payload.len() + 256;
        self.positions.push(event.position.cast_signed());
        self.cursors.push(event.cursor.as_str().into());
        self.aggregate_types
            .push(event.aggregate_type.as_str().into());
        self.aggregate_ids
            .push(event.aggregate_id.to_string().into_bytes().into());
        self.sequences.push(event.sequence.cast_signed());
        self.event_types.push(event.event_type.as_str().into());
        self.event_versions
            .push(event.event_version.as_str().into());
        self.recorded.push(event.recorded_at.as_micros());
        self.command_ids
            .push(event.command_id.to_string().into_bytes().into());
        self.metadata.push(metadata.into());
        self.has_subject.push(i16::from(event.subject.is_some()));
        let subject = event.subject.map(|id| id.to_string().into_bytes().into());
        self.subjects.extend(subject);
        self.lanes.push(i32::from(event.lane));
        self.payloads.push(payload.into());
        Ok(())
    }

    fn write(&self, out: &mut SerializedRowGroupWriter<'_, Hashed>) -> Result<(), Failed> {
        column::<Int64Type>(out, &self.positions, None)?;
        column::<ByteArrayType>(out, &self.cursors, None)?;
        column::<ByteArrayType>(out, &self.aggregate_types, None)?;
        column::<ByteArrayType>(out, &self.aggregate_ids, None)?;
        column::<Int64Type>(out, &self.sequences, None)?;
        column::<ByteArrayType>(out, &self.event_types, None)?;
        column::<ByteArrayType>(out, &self.event_versions, None)?;
        column::<Int64Type>(out, &self.recorded, None)?;
        column::<ByteArrayType>(out, &self.command_ids, None)?;
        column::<ByteArrayType>(out, &self.metadata, None)?;
        column::<ByteArrayType>(out, &self.subjects, Some(&self.has_subject))?;
        column::<Int32Type>(out, &self.lanes, None)?;
        column::<ByteArrayType>(out, &self.payloads, None)?;
        Ok(())
    }
}

fn column<T: DataType>(
    out: &mut SerializedRowGroupWriter<'_, Hashed>,
    values: &[T::T],
    present: Option<&[i16]>,
) -> Result<(), Failed> {
    let Some(mut column) = out.next_column()? else {
        let missing = "the schema has fewer columns than are written".to_owned();
        return Err(Failed(EventFileError::Format(missing)));
    };
    column.typed::<T>().write_batch(values, present, None)?;
    column.close()?;
    Ok(())
}
