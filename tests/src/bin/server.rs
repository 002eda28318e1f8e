//! The product's binary under a name of the tests' own: cargo builds it before the tests and the benchmarks
//! that start, kill and measure a real process.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    api::cli::main()
}
