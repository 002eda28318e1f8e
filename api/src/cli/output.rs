//! Writing to the terminal. Standard output carries results only, everything else goes to standard error.

use std::io::Write;

/// Writes a line of the result.
///
/// # Errors
/// Nobody reads any more.
pub(super) fn result(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}

/// Writes a result that has lines of its own.
///
/// # Errors
/// Nobody reads any more.
pub(super) fn text(text: &str) -> std::io::Result<()> {
    write!(std::io::stdout().lock(), "{text}")
}

/// Tells the person at the terminal something; if nobody reads, nothing is lost.
pub(super) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// How this program was called, for commands that a person can repeat: `vestnik`, or a path.
pub(super) fn program() -> String {
    std::env::args()
        .next()
        .unwrap_or_else(|| "vestnik".to_owned())
}
