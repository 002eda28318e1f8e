//! Makes a new migration file rebuild the crate that embeds them.

#[expect(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
