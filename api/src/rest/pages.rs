//! The pages for people: what runs here and what to type next, and what errors mean. They show no data.

use axum::Extension;
use axum::response::Html;

use super::path::PathPart;
use crate::i18n::Lang;
use crate::problem::{Problem, catalogue, page};

/// What runs here.
pub(super) async fn home(Extension(lang): Extension<Lang>) -> Html<String> {
    let (title, text, api) = match lang {
        Lang::En => (
            "Vestnik is running",
            "A self-hosted WhatsApp Business platform: webhook, bots, conversations, REST API. The next three commands:",
            "The API is described in",
        ),
        Lang::Ru => (
            "Вестник работает",
            "Собственная платформа WhatsApp Business: вебхук, боты, диалоги, REST API. Следующие три команды:",
            "API описан в",
        ),
    };
    let version = env!("CARGO_PKG_VERSION");
    let content = format!(
        "<p>{text}</p><pre>vestnik token create --name me --role admin\n\
         vestnik demo\n\
         vestnik simulate</pre>\
         <p>{api} <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a> · \
         <a href=\"/problems\">/problems</a> · <a href=\"/readyz\">/readyz</a> · {version}</p>"
    );
    Html(page::html(title, &content, lang))
}

/// All errors of the API.
pub(super) async fn problems(Extension(lang): Extension<Lang>) -> Html<String> {
    Html(page::all(lang))
}

/// One error of the API.
pub(super) async fn problem(
    Extension(lang): Extension<Lang>,
    PathPart(code): PathPart,
) -> Result<Html<String>, Problem> {
    let entry = catalogue::find(&code).ok_or_else(|| Problem::new("not_found"))?;
    Ok(Html(page::one(entry, lang)))
}
