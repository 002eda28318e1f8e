//! Files of exported events: lines of JSON, or Parquet. Both are hashed while they are written.
//!
//! Absent on purpose: where the files lie, and the manifest beside them (the command line's).

mod hashed;
mod ndjson;
mod parquet;
#[cfg(test)]
mod tests;

use std::io::Write;

use application::ports::event_file::{EventFile, EventFileError, FileFormat, Written};
use application::use_cases::exports::ExportedEvent;

/// Begins a file. What is said `about` the export is kept inside where the format has a place for it.
///
/// # Errors
/// [`EventFileError`].
pub fn begin(
    format: FileFormat,
    out: Box<dyn Write + Send>,
    about: &[(&str, String)],
) -> Result<Box<dyn EventFile>, EventFileError> {
    Ok(match format {
        FileFormat::Ndjson => Box::new(ndjson::NdjsonFile::new(out)),
        FileFormat::Parquet => Box::new(parquet::ParquetFile::new(out, about)?),
    })
}

/// Takes an event into the books of its file.
fn note(books: &mut Written, event: &ExportedEvent) {
    books.events += 1;
    books.first_position.get_or_insert(event.position);
    books.last_position = Some(event.position);
    let counts = &mut books.event_types;
    match counts.get_mut(&event.event_type) {
        Some(count) => *count += 1,
        None => drop(counts.insert(event.event_type.clone(), 1)),
    }
}
