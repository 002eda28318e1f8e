//! The product's binary under a name of the tests' own: cargo builds it before the tests and the benchmarks
//! that start, kill and measure a real process.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // As long as this lives: the points that the crash lab armed.
    #[cfg(feature = "failpoints")]
    let _armed = application::failpoints::arm();
    api::cli::main()
}
