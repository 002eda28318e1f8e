//! Time and ids from outside, so that tests decide both.

use domain::time::Timestamp;
use uuid::Uuid;

/// The clock of this node. Stored times come from the database's clock where one exists.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now, in microseconds since 1970 UTC.
    fn now(&self) -> Timestamp;
}

/// Makes ids that sort by time (uuid v7).
pub trait IdGenerator: Send + Sync + std::fmt::Debug {
    /// A new id.
    fn next(&self) -> Uuid;
}
