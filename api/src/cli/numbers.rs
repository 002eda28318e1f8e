//! `vestnik numbers`: adding, listing, editing, switching and removing WhatsApp numbers.

use std::path::Path;

use anyhow::{Context, anyhow};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::access_args::{AddNumber, EditNumber, NumbersCommand};
use super::client::Server;
use super::output;
use crate::i18n::{Lang, Text};

const PATH: &str = "/api/v1/whatsapp/numbers";

pub(super) async fn run(
    server: &Server,
    command: NumbersCommand,
    lang: Lang,
) -> anyhow::Result<()> {
    match command {
        NumbersCommand::Add(number) => add(server, number, lang).await,
        NumbersCommand::List => list(server).await,
        NumbersCommand::Edit(changes) => edit(server, changes, lang).await,
        NumbersCommand::On { number } => switch(server, &number, true, lang).await,
        NumbersCommand::Off { number } => switch(server, &number, false, lang).await,
        NumbersCommand::Remove { number } => {
            let path = path_of(server, &number, lang).await?;
            server.ask(Method::DELETE, &path, None).await?;
            let told = Text::made(
                format!("number {number} is removed; its conversations stay readable"),
                format!("номер {number} удалён; его диалоги остаются доступны для чтения"),
            );
            output::tell(told.get(lang));
            Ok(())
        }
    }
}

async fn add(server: &Server, number: AddNumber, lang: Lang) -> anyhow::Result<()> {
    let access_token = match number.access_token {
        Some(token) => token,
        None => read_token()?,
    };
    let app_secret = match &number.app_secret_file {
        Some(file) => Some(read_app_secret(file, lang)?),
        None => None,
    };
    let body = json!({
        "display_name": number.name,
        "phone_number": number.phone,
        "phone_number_id": number.phone_number_id,
        "whatsapp_business_account_id": number.waba,
        "access_token": access_token.trim(),
        "app_secret": app_secret,
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

/// Read after the access token, which may come on the line before.
fn read_app_secret(file: &Path, lang: Lang) -> anyhow::Result<String> {
    let text = if file == Path::new("-") {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.with_context(|| {
        let told = Text::made(
            format!("the app secret cannot be read from {}", file.display()),
            format!("секрет приложения не читается из {}", file.display()),
        );
        told.get(lang).to_owned()
    })?;
    let secret = text.trim();
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        let told = Text::new(
            "the file must hold one app secret and nothing else",
            "в файле должен быть один секрет приложения и ничего больше",
        );
        return Err(anyhow!("{}", told.get(lang)));
    }
    Ok(secret.to_owned())
}

async fn list(server: &Server) -> anyhow::Result<()> {
    let numbers = server.get(PATH).await?;
    for number in numbers.as_array().into_iter().flatten() {
        show(number)?;
    }
    Ok(())
}

async fn edit(server: &Server, changes: EditNumber, lang: Lang) -> anyhow::Result<()> {
    let path = path_of(server, &changes.number, lang).await?;
    let mut body = Map::new();
    let given = [
        ("display_name", changes.name),
        ("phone_number", changes.phone),
        ("phone_number_id", changes.phone_number_id),
        ("whatsapp_business_account_id", changes.waba),
    ];
    for (key, value) in given {
        if let Some(value) = value {
            body.insert(key.to_owned(), Value::String(value));
        }
    }
    if changes.new_token {
        let token = read_token()?.trim().to_owned();
        if token.is_empty() {
            let told = Text::new(
                "no access token came on standard input",
                "токен доступа не передан на стандартный ввод",
            );
            return Err(anyhow!("{}", told.get(lang)));
        }
        body.insert("access_token".to_owned(), Value::String(token));
    }
    if let Some(file) = &changes.app_secret_file {
        let secret = read_app_secret(file, lang)?;
        body.insert("app_secret".to_owned(), Value::String(secret));
    } else if changes.no_app_secret {
        body.insert("app_secret".to_owned(), Value::Null);
    }
    if body.is_empty() {
        let told = Text::new(
            "nothing is to change; see `vestnik numbers edit --help`",
            "нечего менять; смотрите `vestnik numbers edit --help`",
        );
        return Err(anyhow!("{}", told.get(lang)));
    }
    let body = Value::Object(body);
    let edited = server.ask(Method::PUT, &path, Some(&body)).await?;
    show(&edited)
}

async fn switch(server: &Server, number: &str, is_on: bool, lang: Lang) -> anyhow::Result<()> {
    let path = format!("{}/toggle", path_of(server, number, lang).await?);
    let body = json!({ "is_active": is_on });
    let switched = server.ask(Method::PATCH, &path, Some(&body)).await?;
    show(&switched)
}

/// The path of a number, given by its id here or Meta's.
async fn path_of(server: &Server, wanted: &str, lang: Lang) -> anyhow::Result<String> {
    let numbers = server.get(PATH).await?;
    let mut numbers = numbers.as_array().into_iter().flatten();
    let found = numbers
        .find(|one| text(one, "id") == wanted || text(one, "phone_number_id") == wanted)
        .ok_or_else(|| {
            let told = Text::made(
                format!("there is no number {wanted}; see `vestnik numbers list`"),
                format!("номера {wanted} нет; смотрите `vestnik numbers list`"),
            );
            anyhow!("{}", told.get(lang))
        })?;
    Ok(format!("{PATH}/{}", text(found, "id")))
}

fn show(number: &Value) -> anyhow::Result<()> {
    let columns = [
        "id",
        "phone_number_id",
        "phone_number",
        "status",
        "display_name",
    ];
    let row: Vec<&str> = columns.iter().map(|column| text(number, column)).collect();
    output::result(&row.join("\t"))?;
    Ok(())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}
