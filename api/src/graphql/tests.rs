//! The committed schema is the one of the code.

#[test]
fn the_committed_schema_is_current() {
    let committed = include_str!("../../schema.graphql");
    assert!(
        committed == super::sdl(),
        "api/schema.graphql is not the schema of the code: run `cargo run -- schema > api/schema.graphql`"
    );
}
