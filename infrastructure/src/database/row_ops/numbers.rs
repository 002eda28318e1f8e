//! Row operations of the directory: numbers and the bots that answer on them. Rare, so row by row.

use application::ports::row_op::{NumberRow, RowOp};
use domain::number::NumberKind;

use super::{Applied, Checked, Failed};
use crate::database::db::{Connection, Statement, query};

const TAKEN: Statement = Statement::portable(
    "numbers_taken",
    "select count(*) from numbers where phone_number_id = $1 and not is_removed and id <> $2",
);
const UPSERT: Statement = Statement::portable(
    "numbers_upsert",
    "insert into numbers (id, kind, phone_number_id, is_active, is_removed, auth_broken, \
       access_token, token_fingerprint, app_secret) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
     on conflict (id) do update set phone_number_id = excluded.phone_number_id, \
       is_active = excluded.is_active, is_removed = excluded.is_removed, \
       auth_broken = excluded.auth_broken, access_token = excluded.access_token, \
       token_fingerprint = excluded.token_fingerprint, app_secret = excluded.app_secret",
);
const OTHER_BOT: Statement = Statement::portable(
    "number_bots_other",
    "select count(*) from number_bots where number = $1 and bot <> $2",
);
const BIND: Statement = Statement::portable(
    "number_bots_bind",
    "insert into number_bots (number, bot, version, definition) values ($1, $2, $3, $4) \
     on conflict (number) do update set bot = excluded.bot, version = excluded.version, \
       definition = excluded.definition",
);
const UNBIND: Statement = Statement::portable(
    "number_bots_unbind",
    "delete from number_bots where number = $1 and bot = $2",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[TAKEN, UPSERT, OTHER_BOT, BIND, UNBIND];

/// Which commits fail which precondition.
pub(crate) async fn check(tx: &mut Connection, ops: &[Checked<'_>]) -> Result<Failed, sqlx::Error> {
    let mut failed = Failed::new();
    for (commit, op) in ops {
        match op {
            RowOp::Number(row) if !row.is_removed => {
                let taken: i64 = query(TAKEN)
                    .bind(&row.phone_number_id)
                    .bind(row.id.to_string())
                    .fetch_one(&mut *tx)
                    .await?;
                if taken > 0 {
                    failed.insert((*commit, "number_exists"));
                }
            }
            RowOp::BotBound { number, bot, .. } => {
                let others: i64 = query(OTHER_BOT)
                    .bind(number.to_string())
                    .bind(bot.to_string())
                    .fetch_one(&mut *tx)
                    .await?;
                if others > 0 {
                    failed.insert((*commit, "number_has_bot"));
                }
            }
            _ => {}
        }
    }
    Ok(failed)
}

/// Applies the operations of the winners.
pub(crate) async fn apply(tx: &mut Connection, ops: &[Applied<'_>]) -> Result<(), sqlx::Error> {
    for (_, op, _) in ops {
        match op {
            RowOp::Number(row) => upsert(tx, row).await?,
            RowOp::BotBound {
                number,
                bot,
                version,
                definition,
            } => {
                query(BIND)
                    .bind(number.to_string())
                    .bind(bot.to_string())
                    .bind(i64::from(*version))
                    .bind(&definition.0)
                    .execute(&mut *tx)
                    .await?;
            }
            RowOp::BotUnbound { number, bot } => {
                query(UNBIND)
                    .bind(number.to_string())
                    .bind(bot.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn upsert(tx: &mut Connection, row: &NumberRow) -> Result<(), sqlx::Error> {
    query(UPSERT)
        .bind(row.id.to_string())
        .bind(kind_text(row.kind))
        .bind(&row.phone_number_id)
        .bind(row.is_active)
        .bind(row.is_removed)
        .bind(row.auth_broken)
        .bind(row.access_token.to_string())
        .bind(&row.token_fingerprint)
        .bind(row.app_secret.map(|id| id.to_string()))
        .execute(tx)
        .await?;
    Ok(())
}

/// A kind as stored.
pub(crate) const fn kind_text(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Live => "live",
        NumberKind::Simulated => "simulated",
    }
}
