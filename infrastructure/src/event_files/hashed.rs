//! Hashes and counts what passes on its way out.

use std::io::{self, Write};

use application::ports::event_file::Written;
use sha2::{Digest, Sha256};

/// A writer in front of another one.
pub(super) struct Hashed {
    out: Box<dyn Write + Send>,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            out,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    /// Enters length and hash into the books.
    pub(super) fn close(mut self, mut books: Written) -> io::Result<Written> {
        self.out.flush()?;
        books.bytes = self.bytes;
        books.sha256 = hex::encode(self.hash.finalize());
        Ok(books)
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
