//! Waiting on a condition with a deadline.

use std::future::Future;
use std::time::{Duration, Instant};

/// After this a condition counts as never coming true.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(15);

/// Asks until the answer is `Some`.
///
/// # Panics
/// The deadline passed; `what` says what never came.
pub(crate) async fn eventually<T, F, Fut>(what: &str, mut ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < DEADLINE, "never came: {what}");
        tokio::time::sleep(LOOK).await;
    }
}
