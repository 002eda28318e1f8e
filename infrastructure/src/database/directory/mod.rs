//! The directory: numbers, their opened secrets, bots and tokens in memory, loaded at the start.

mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use application::ports::StoreError;
use application::ports::directory::{BoundBot, Directory, DirectoryNumber, TokenOwner};
use application::ports::row_op::NumberRow;
use async_trait::async_trait;
use domain::bot::BlobHash;
use domain::ids::{NumberId, SecretId};
use domain::number::NumberKind;
use domain::time::Timestamp;
use secrecy::SecretString;

pub(crate) use self::state::DirectoryState;
use self::state::Rows;
use super::context::{corrupt, unavailable};
use super::row_ops::stored::secret_aad;
use crate::database::db::{Connection, Pool, Row, Statement, query};
use crate::keys::{DataKey, Keyring};

const SECRETS: Statement = Statement::portable(
    "directory_secrets",
    "select id, purpose, number, sealed from secrets",
);
const NUMBERS: Statement = Statement::portable(
    "directory_numbers",
    "select id, kind, phone_number_id, is_active, is_removed, auth_broken, access_token, \
       token_fingerprint, app_secret from numbers order by id",
);
const BOTS: Statement = Statement::portable(
    "directory_bots",
    "select number, bot, version, definition from number_bots",
);
const TOKENS: Statement = Statement::portable(
    "directory_tokens",
    "select id, hash, name, role, is_revoked, expires_at from api_tokens",
);
const IN_USE: Statement = Statement::portable(
    "directory_in_use",
    "select count(*) from (select 1 from conversation_routes where phone_number_id = $1 limit 1) r",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[SECRETS, NUMBERS, BOTS, TOKENS, IN_USE];

/// The directory.
#[derive(Debug)]
pub struct StoredDirectory {
    state: Arc<DirectoryState>,
    reads: Pool,
}

impl StoredDirectory {
    pub(crate) const fn new(state: Arc<DirectoryState>, reads: Pool) -> Self {
        Self { state, reads }
    }
}

/// Reads the tables; a secret that does not open is left out, its number says so by having none.
pub(crate) async fn load(
    connection: &mut Connection,
    keyring: &Keyring,
) -> Result<Arc<DirectoryState>, StoreError> {
    let rows = load_rows(connection, keyring).await?;
    Ok(Arc::new(DirectoryState::new(rows)))
}

/// Reads the tables anew after another node has changed them.
pub(crate) async fn reload(
    reads: &Pool,
    keyring: &Keyring,
    state: &DirectoryState,
) -> Result<(), StoreError> {
    let mut connection = reads.acquire().await.map_err(unavailable)?;
    loop {
        let seen = state.changes();
        let rows = load_rows(&mut connection, keyring).await?;
        // A commit of this node meanwhile may not be in what was read.
        if state.replace(seen, rows) {
            return Ok(());
        }
    }
}

async fn load_rows(connection: &mut Connection, keyring: &Keyring) -> Result<Rows, StoreError> {
    let mut rows = Rows::default();
    let stored: Vec<Row> = query(SECRETS)
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    for row in stored {
        let id: SecretId = id(&row, 0)?;
        let number: NumberId = self::id(&row, 2)?;
        let key = keyring.secrets_key();
        if let Some(value) = open_secret(
            key,
            id,
            row.try_get(1).map_err(unavailable)?,
            number,
            row.try_get(3).map_err(unavailable)?,
        ) {
            rows.put_secret(id, Arc::new(value));
        } else {
            tracing::error!(secret = %id, "a stored secret does not open");
        }
    }
    let stored: Vec<Row> = query(NUMBERS)
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    for row in stored {
        rows.put_number(number_row(&row)?);
    }
    let stored: Vec<Row> = query(BOTS)
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    for row in stored {
        let bound = BoundBot {
            bot: id(&row, 1)?,
            version: u32::try_from(row.try_get::<i64, _>(2).map_err(unavailable)?)
                .map_err(|error| corrupt("number_bots.version", error))?,
            definition: BlobHash(row.try_get(3).map_err(unavailable)?),
        };
        rows.bots.insert(id(&row, 0)?, bound);
    }
    let stored: Vec<Row> = query(TOKENS)
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    for row in stored {
        let role: &str = row.try_get(3).map_err(unavailable)?;
        let role = role
            .parse()
            .map_err(|error: String| corrupt("api_tokens.role", error))?;
        let owner = TokenOwner {
            id: id(&row, 0)?,
            name: row.try_get(2).map_err(unavailable)?,
            role,
            expires_at: row
                .try_get::<Option<i64>, _>(5)
                .map_err(unavailable)?
                .map(Timestamp::from_micros),
        };
        rows.put_token(
            owner,
            row.try_get(1).map_err(unavailable)?,
            row.try_get(4).map_err(unavailable)?,
        );
    }
    Ok(rows)
}

/// How many stored secrets do not open under these keys.
pub(crate) async fn closed_secrets(
    connection: &mut Connection,
    keyring: &Keyring,
) -> Result<u64, StoreError> {
    let stored: Vec<Row> = query(SECRETS)
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
    let mut closed = 0;
    for row in stored {
        let (secret, number) = (id(&row, 0)?, id(&row, 2)?);
        let key = keyring.secrets_key();
        closed += u64::from(
            open_secret(
                key,
                secret,
                row.try_get(1).map_err(unavailable)?,
                number,
                row.try_get(3).map_err(unavailable)?,
            )
            .is_none(),
        );
    }
    Ok(closed)
}

fn open_secret(
    key: &DataKey,
    id: SecretId,
    purpose: &str,
    number: NumberId,
    sealed: &[u8],
) -> Option<SecretString> {
    let opened = key
        .open(secret_aad(id, purpose, number).as_bytes(), sealed)
        .ok()?;
    String::from_utf8(opened).ok().map(SecretString::from)
}

fn number_row(row: &Row) -> Result<NumberRow, StoreError> {
    let kind: &str = row.try_get(1).map_err(unavailable)?;
    let app_secret: Option<&str> = row.try_get(8).map_err(unavailable)?;
    Ok(NumberRow {
        id: id(row, 0)?,
        kind: match kind {
            "live" => NumberKind::Live,
            "simulated" => NumberKind::Simulated,
            other => return Err(corrupt("numbers.kind", format!("unknown kind `{other}`"))),
        },
        phone_number_id: row.try_get(2).map_err(unavailable)?,
        is_active: row.try_get(3).map_err(unavailable)?,
        is_removed: row.try_get(4).map_err(unavailable)?,
        auth_broken: row.try_get(5).map_err(unavailable)?,
        access_token: id(row, 6)?,
        token_fingerprint: row.try_get(7).map_err(unavailable)?,
        app_secret: app_secret
            .map(str::parse)
            .transpose()
            .map_err(|error| corrupt("numbers.app_secret", error))?,
    })
}

fn id<T: std::str::FromStr<Err = uuid::Error>>(row: &Row, column: usize) -> Result<T, StoreError> {
    row.try_get::<&str, _>(column)
        .map_err(unavailable)?
        .parse()
        .map_err(|error| corrupt("an id of the directory", error))
}

#[async_trait]
impl Directory for StoredDirectory {
    fn number_by_phone_number_id(&self, phone_number_id: &str) -> Option<Arc<DirectoryNumber>> {
        let rows = self.state.read();
        rows.numbers
            .get(rows.by_phone_number_id.get(phone_number_id)?)
            .cloned()
    }

    fn number(&self, id: NumberId) -> Option<Arc<DirectoryNumber>> {
        self.state.read().numbers.get(&id).cloned()
    }

    fn numbers(&self) -> Vec<Arc<DirectoryNumber>> {
        let mut numbers: Vec<_> = self.state.read().numbers.values().cloned().collect();
        numbers.sort_by_key(|number| number.row.id);
        numbers
    }

    fn bot(&self, number: NumberId) -> Option<BoundBot> {
        self.state.read().bots.get(&number).cloned()
    }

    fn token(&self, hash: &str) -> Option<TokenOwner> {
        self.state.read().tokens.get(hash).cloned()
    }

    fn tokens(&self) -> Vec<TokenOwner> {
        let mut tokens: Vec<TokenOwner> = self.state.read().tokens.values().cloned().collect();
        tokens.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        tokens
    }

    async fn is_in_use(&self, number: NumberId) -> Result<bool, StoreError> {
        let Some(number) = self.number(number) else {
            return Ok(false);
        };
        let routes: i64 = query(IN_USE)
            .bind(&number.row.phone_number_id)
            .fetch_one(&self.reads)
            .await
            .map_err(unavailable)?;
        Ok(routes > 0)
    }
}
