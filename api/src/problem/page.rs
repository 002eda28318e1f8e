//! The pages that `type` of a problem leads to: what it means and what to do.

use std::fmt::Write;

use super::catalogue::{CATALOGUE, Entry};
use crate::i18n::Lang;

/// The page of one code.
pub fn one(entry: &Entry, lang: Lang) -> String {
    let (meaning, next_step) = match lang {
        Lang::En => ("What it means", "What to do"),
        Lang::Ru => ("Что это значит", "Что делать"),
    };
    let content = format!(
        "<p><code>{}</code> · HTTP {}</p><h2>{meaning}</h2><p>{}</p><h2>{next_step}</h2><p>{}</p>\
         <p><a href=\"/problems\">/problems</a></p>",
        entry.code,
        entry.status,
        escape(entry.meaning.get(lang)),
        escape(entry.next_step.get(lang)),
    );
    html(entry.title.get(lang), &content, lang)
}

/// The list of all codes.
pub fn all(lang: Lang) -> String {
    let mut rows = String::from("<ul>");
    for entry in CATALOGUE {
        let _ = write!(
            rows,
            "<li><a href=\"/problems/{0}\"><code>{0}</code></a> · {1} · {2}</li>",
            entry.code,
            entry.status,
            escape(entry.title.get(lang)),
        );
    }
    rows.push_str("</ul>");
    let title = match lang {
        Lang::En => "Errors of the API",
        Lang::Ru => "Ошибки API",
    };
    html(title, &rows, lang)
}

/// A bare page: no scripts, no outside resources.
pub fn html(title: &str, content: &str, lang: Lang) -> String {
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;\
         color:#1c1e21;background:#fff}}code,pre{{background:#f0f2f5;padding:.1em .3em;border-radius:4px}}\
         pre{{padding:1em;overflow-x:auto}}@media(prefers-color-scheme:dark){{body{{color:#e4e6eb;background:#18191a}}\
         code,pre{{background:#3a3b3c}}a{{color:#8ab4f8}}}}</style></head>\
         <body><h1>{title}</h1>{content}</body></html>",
        lang.tag(),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
