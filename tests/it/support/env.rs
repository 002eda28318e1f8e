//! Settings of tests themselves, read from the environment.

/// A number of the environment, or what holds where it says nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "settings of the test, not of the product"
)]
pub(crate) fn of_env<T: std::str::FromStr>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} must be a number")),
        Err(_) => default,
    }
}
