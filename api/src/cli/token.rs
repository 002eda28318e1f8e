//! `vestnik token`: making, listing and revoking API tokens.

use anyhow::bail;
use application::ports::clock::Clock as _;
use infrastructure::system::SystemClock;
use serde_json::{Value, json};

use super::access_args::TokenCommand;
use super::client::Server;
use super::output;
use crate::i18n::{Lang, Text};

const DAY_SECONDS: i64 = 24 * 60 * 60;

pub(super) async fn run(server: &Server, command: TokenCommand, lang: Lang) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create { name, role, days } => {
            let end = days.map(|days| {
                let end = SystemClock
                    .now()
                    .plus_seconds(i64::from(days) * DAY_SECONDS);
                end.to_rfc3339_millis()
            });
            let body = json!({"name": name, "role": role.as_str(), "expires_at": end});
            let made = server.post("/api/v1/admin/tokens", &body).await?;
            output::result(text(&made, "token"))?;
        }
        TokenCommand::List => {
            for token in all(server).await? {
                let end = token["expiresAt"].as_str().unwrap_or("-");
                let role = text(&token, "role").to_lowercase();
                let row = [text(&token, "id"), &role, end, text(&token, "name")];
                output::result(&row.join("\t"))?;
            }
        }
        TokenCommand::Revoke { token } => revoke(server, &token, lang).await?,
    }
    Ok(())
}

async fn all(server: &Server) -> anyhow::Result<Vec<Value>> {
    let query = "{ apiTokens { id name role expiresAt } }";
    let answer = server.graphql(query, &json!({})).await?;
    Ok(answer["apiTokens"].as_array().cloned().unwrap_or_default())
}

async fn revoke(server: &Server, wanted: &str, lang: Lang) -> anyhow::Result<()> {
    let tokens = all(server).await?;
    let by_id = tokens.iter().find(|token| text(token, "id") == wanted);
    let named: Vec<&Value> = match by_id {
        Some(token) => vec![token],
        None => tokens
            .iter()
            .filter(|token| text(token, "name") == wanted)
            .collect(),
    };
    let [token] = named[..] else {
        let told = if named.is_empty() {
            Text::made(
                format!("no token `{wanted}` holds; see `vestnik token list`"),
                format!("действующего токена `{wanted}` нет; смотрите `vestnik token list`"),
            )
        } else {
            Text::made(
                format!(
                    "{} tokens are called `{wanted}`; give the id, see `vestnik token list`",
                    named.len()
                ),
                format!(
                    "имя `{wanted}` у нескольких токенов ({}); укажите id из `vestnik token list`",
                    named.len()
                ),
            )
        };
        bail!("{}", told.get(lang));
    };
    let mutation = "mutation($input: RevokeApiTokenInput!) { \
        revokeApiToken(input: $input) { status } }";
    let input = json!({"input": {"apiToken": token["id"]}});
    server.graphql(mutation, &input).await?;
    let name = text(token, "name");
    let told = Text::made(
        format!("token {name} is revoked"),
        format!("токен {name} отозван"),
    );
    output::tell(told.get(lang));
    Ok(())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}
