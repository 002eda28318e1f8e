//! `vestnik numbers`.

use anyhow::Context;
use serde_json::{Value, json};

use super::args::{AddNumber, NumbersCommand};
use super::client::Server;
use super::output;

const PATH: &str = "/api/v1/whatsapp/numbers";

pub(super) async fn run(server: &Server, command: NumbersCommand) -> anyhow::Result<()> {
    match command {
        NumbersCommand::Add(number) => add(server, number).await,
        NumbersCommand::List => list(server).await,
    }
}

async fn add(server: &Server, number: AddNumber) -> anyhow::Result<()> {
    let access_token = match number.access_token {
        Some(token) => token,
        None => read_token()?,
    };
    let body = json!({
        "display_name": number.name,
        "phone_number": number.phone,
        "phone_number_id": number.phone_number_id,
        "whatsapp_business_account_id": number.waba,
        "access_token": access_token.trim(),
        "is_active": !number.inactive,
    });
    let added = server.post(PATH, &body).await?;
    output::result(text(&added, "id"))?;
    Ok(())
}

fn read_token() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .context("the access token cannot be read")?;
    Ok(line)
}

async fn list(server: &Server) -> anyhow::Result<()> {
    let numbers = server.get(PATH).await?;
    for number in numbers.as_array().into_iter().flatten() {
        let columns = [
            "id",
            "phone_number_id",
            "phone_number",
            "status",
            "display_name",
        ];
        let row: Vec<&str> = columns.iter().map(|column| text(number, column)).collect();
        output::result(&row.join("\t"))?;
    }
    Ok(())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}
