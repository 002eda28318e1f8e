//! What an error of the database means for what was asked of it.

/// What to do after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection is gone or of no use: what was sent may have been done or not.
    Lost,
    /// Nothing was done, and the same again may succeed: two transactions were in each other's way.
    Transient,
    /// Nothing was done, and something in the statement or its arguments is at fault.
    Refused,
}

impl Failure {
    /// What an error means.
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => error
                .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
                .map_or(Self::Refused, |error| Self::of_code(error.code())),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Lost,
            _ => Self::Refused,
        }
    }

    /// By PostgreSQL's five characters.
    fn of_code(code: &str) -> Self {
        match code {
            // Serialization, deadlock, lock not available.
            "40001" | "40P01" | "55P03" => Self::Transient,
            // Shut down, crashed, starting up, a standby, or no place for another connection.
            "57P01" | "57P02" | "57P03" | "57P05" | "25006" | "53300" => Self::Lost,
            _ if code.starts_with("08") => Self::Lost,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn codes_say_what_to_do() {
        let table = [
            ("40P01", Failure::Transient),
            ("57P01", Failure::Lost),
            ("08006", Failure::Lost),
            ("25006", Failure::Lost),
            ("23505", Failure::Refused),
            ("22P02", Failure::Refused),
        ];
        for (code, failure) in table {
            assert_eq!(Failure::of_code(code), failure, "{code}");
        }
        assert_eq!(Failure::of(&sqlx::Error::RowNotFound), Failure::Refused);
    }
}
