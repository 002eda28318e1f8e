//! Reads bots with their versions and numbers.

use domain::ids::{BotId, NumberId};
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};

use crate::reads::{Reads, id, id_list, int, time};
use crate::runner::ProjectionError;

/// A bot as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct BotView {
    /// Its id.
    pub id: BotId,
    /// What people call it.
    pub name: String,
    /// Whether it answers on its numbers.
    pub is_active: bool,
    /// Revision of the draft, 0 without one.
    pub draft_revision: u32,
    /// Hash of the draft's scenario.
    pub draft_definition: Option<String>,
    /// The newest published version, 0 without one.
    pub published_version: u32,
    /// All published versions, oldest first.
    pub versions: Vec<BotVersion>,
    /// The numbers it serves.
    pub numbers: Vec<NumberId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A published version.
#[derive(Clone, Debug, PartialEq)]
pub struct BotVersion {
    /// Counts from 1.
    pub version: u32,
    /// Hash of the scenario.
    pub definition: String,
    /// When.
    pub published_at: Timestamp,
}

const LIST: Statement = Statement::portable(
    "bots list",
    "select * from bot_rows order by created_at, id",
);
const GET: Statement = Statement::portable("bots get", "select * from bot_rows where id = $1");
const VERSIONS: Statement = Statement::portable(
    "bots versions",
    "select * from bot_versions order by bot, version",
);
const VERSIONS_OF: Statement = Statement::portable(
    "bots versions_of",
    "select * from bot_versions where bot = $1 order by version",
);
const NUMBERS: Statement = Statement::portable(
    "bots numbers",
    "select * from bot_numbers where bound = 1 order by bot, number",
);
const NUMBERS_OF: Statement = Statement::portable(
    "bots numbers_of",
    "select * from bot_numbers where bound = 1 and bot = $1 order by number",
);
const BY_IDS: Statement = Statement {
    name: "bots by_ids",
    sqlite: "select * from bot_rows where id in (select value from jsonb_each($1))",
    postgres: "select * from bot_rows \
        where id in (select json_array_elements_text(cast($1 as json)))",
};
const VERSIONS_BY_IDS: Statement = Statement {
    name: "bots versions_by_ids",
    sqlite: "select * from bot_versions where bot in (select value from jsonb_each($1)) \
        order by bot, version",
    postgres: "select * from bot_versions \
        where bot in (select json_array_elements_text(cast($1 as json))) order by bot, version",
};
const NUMBERS_BY_IDS: Statement = Statement {
    name: "bots numbers_by_ids",
    sqlite: "select * from bot_numbers where bound = 1 \
        and bot in (select value from jsonb_each($1)) order by bot, number",
    postgres: "select * from bot_numbers where bound = 1 \
        and bot in (select json_array_elements_text(cast($1 as json))) order by bot, number",
};

pub(crate) const STATEMENTS: &[Statement] = &[
    LIST,
    GET,
    VERSIONS,
    VERSIONS_OF,
    NUMBERS,
    NUMBERS_OF,
    BY_IDS,
    VERSIONS_BY_IDS,
    NUMBERS_BY_IDS,
];

impl Reads {
    /// All bots, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bots(&self) -> Result<Vec<BotView>, ProjectionError> {
        let bots = query(LIST).fetch_all(self.pool()).await?;
        let versions = query(VERSIONS).fetch_all(self.pool()).await?;
        let numbers = query(NUMBERS).fetch_all(self.pool()).await?;
        bots.iter()
            .map(|bot| view(bot, &versions, &numbers))
            .collect()
    }

    /// The bots of a list of ids, in no order; unknown ones are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bots_by_ids(&self, bots: &[BotId]) -> Result<Vec<BotView>, ProjectionError> {
        let ids = id_list(bots);
        let bots = query(BY_IDS).bind(&ids).fetch_all(self.pool()).await?;
        let versions = query(VERSIONS_BY_IDS)
            .bind(&ids)
            .fetch_all(self.pool())
            .await?;
        let numbers = query(NUMBERS_BY_IDS)
            .bind(&ids)
            .fetch_all(self.pool())
            .await?;
        bots.iter()
            .map(|bot| view(bot, &versions, &numbers))
            .collect()
    }

    /// One bot.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bot(&self, bot: BotId) -> Result<Option<BotView>, ProjectionError> {
        let key = bot.to_string();
        let Some(row) = query(GET).bind(&key).fetch_optional(self.pool()).await? else {
            return Ok(None);
        };
        let versions = query(VERSIONS_OF).bind(&key).fetch_all(self.pool()).await?;
        let numbers = query(NUMBERS_OF).bind(&key).fetch_all(self.pool()).await?;
        view(&row, &versions, &numbers).map(Some)
    }
}

fn view(row: &Row, versions: &[Row], numbers: &[Row]) -> Result<BotView, ProjectionError> {
    let bot: BotId = id(row, "id")?;
    let mut view = BotView {
        id: bot,
        name: row.try_get("name")?,
        is_active: row.try_get::<i64, _>("is_active")? != 0,
        draft_revision: int(row, "draft_revision")?,
        draft_definition: row.try_get("draft_definition")?,
        published_version: int(row, "published_version")?,
        versions: Vec::new(),
        numbers: Vec::new(),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    };
    for version in versions {
        if id::<BotId>(version, "bot")? == bot {
            view.versions.push(BotVersion {
                version: int(version, "version")?,
                definition: version.try_get("definition")?,
                published_at: time(version, "published_at")?,
            });
        }
    }
    for number in numbers {
        if id::<BotId>(number, "bot")? == bot {
            view.numbers.push(id(number, "number")?);
        }
    }
    Ok(view)
}
