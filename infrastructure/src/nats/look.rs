//! Looking at the stream without making or changing anything, for `vestnik doctor`.

use application::ports::broker::{BrokerError, Holds};

use super::{Address, connect, find, holds};

/// What was seen of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Messages in it.
    pub messages: u64,
    /// What is at its end.
    pub holds: Holds,
}

/// What a stream holds; `None` if it is not there.
///
/// # Errors
/// NATS cannot be reached, or refuses.
pub async fn look(address: &Address, stream: &str) -> Result<Option<Seen>, BrokerError> {
    let context = connect(address).await?;
    let Some(stream) = find(&context, stream).await? else {
        return Ok(None);
    };
    Ok(Some(Seen {
        messages: stream.cached_info().state.messages,
        holds: holds(&stream).await?,
    }))
}
