//! One JSON object a line.

use std::io::{BufWriter, Write};

use application::ports::event_file::{EventFile, EventFileError, Written};
use application::use_cases::exports::ExportedEvent;

use super::hashed::Hashed;
use super::note;

/// A file of lines.
pub(super) struct NdjsonFile {
    out: BufWriter<Hashed>,
    books: Written,
}

impl NdjsonFile {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            out: BufWriter::with_capacity(64 * 1024, Hashed::new(out)),
            books: Written::default(),
        }
    }
}

impl EventFile for NdjsonFile {
    fn write(&mut self, event: &ExportedEvent) -> Result<(), EventFileError> {
        serde_json::to_writer(&mut self.out, event).map_err(std::io::Error::from)?;
        self.out.write_all(b"\n")?;
        note(&mut self.books, event);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), EventFileError> {
        Ok(self.out.flush()?)
    }

    fn finish(self: Box<Self>) -> Result<Written, EventFileError> {
        let out = self
            .out
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        Ok(out.close(self.books)?)
    }
}
