//! Every setting with what it means: the table of docs/operations.md is made from here, and a test compares.

use std::collections::BTreeMap;

/// A setting for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As in `vestnik.toml`; upper case in the environment and `.env`.
    pub name: &'static str,
    /// What is taken where it is not set, if not a value of `defaults.toml`.
    pub unset: &'static str,
    /// What it is for, with its limits.
    pub meaning: &'static str,
}

const fn setting(name: &'static str, unset: &'static str, meaning: &'static str) -> Setting {
    Setting {
        name,
        unset,
        meaning,
    }
}

/// All of them, in the order of the table.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    setting("whatsapp_api_url", "", "Meta's Graph API with its version. v18 to v20 are dead; a warning says so."),
    setting("whatsapp_verify_token", "made at the first start", "What is typed as *Verify token* at Meta. The made one is printed once and kept in `DATA_DIR/keys/verify_token`."),
    setting("whatsapp_app_secret", "live webhooks are refused", "App secret of Meta's app, which signs webhooks. Several, separated by commas, while one is rotated."),
    setting("encryption_key", "made at the first start", "Seals tokens and personal data: 64 hex digits, 32 bytes as base64, or a passphrase of at least 32 characters. **Losing it loses the data.**"),
    setting("public_url", "`http://localhost:PORT` is shown", "Address under which people and Meta reach this server from outside, with https."),
    setting("host", "", "Address to listen on. `0.0.0.0` listens everywhere; put a proxy with TLS before it."),
    setting("port", "", "Port to listen on; 0 takes a free one."),
    setting("data_dir", "", "Folder of databases, keys and `run.json`."),
    setting("database_url", "SQLite in DATA_DIR", "`postgres://USER:PASSWORD@HOST:PORT/DATABASE` keeps all data but keys in PostgreSQL 14 or newer, reached directly and not through a pooler; `sqlite:FOLDER` is another way to write DATA_DIR."),
    setting("cors_origins", "none", "Web origins of browsers that may call the API, separated by commas."),
    setting("metrics_addr", "none", "Loopback address on which `/metrics` needs no token, e.g. `127.0.0.1:9100`."),
    setting("send_timeout_seconds", "", "1 to 60. A send without an answer for so long counts as unknown."),
    setting("session_expiry_hours", "", "1 to 720. So long a bot waits for an answer."),
    setting("cache_mb", "", "1 to 65536. Memory for states of conversations, in MiB."),
    setting("number_rate", "", "1 to 1000. Messages a second that each number may send: 80 by Meta's rule, 1000 once Meta has upgraded the numbers."),
    setting("lease_seconds", "", "2 to 60. On PostgreSQL: seconds after which other nodes take over the work of one that gives no sign of life. The same on all nodes."),
    setting("nats_url", "none", "`nats://USER:PASSWORD@HOST:4222`, or `tls://…`: every event is published there to a JetStream stream. Several servers of one cluster are separated by commas."),
    setting("nats_stream", "", "Name of the stream; its subjects begin with it. Each installation needs one of its own."),
    setting("nats_personal", "", "What becomes of customers' personal data in published events: `sealed`, `pseudonym` or `open`, as in exports."),
    setting("ready_limit_seconds", "", "0 to 86400. `/readyz` fails where work is unfinished for longer: a received item, a message that may leave, an event that bots have to take. 0: never."),
    setting("otel_exporter_otlp_endpoint", "none", "Address of an OpenTelemetry collector, e.g. `http://localhost:4318`: traces go to `/v1/traces` there. Needs a build with `--features otlp`."),
    setting("simulator", "", "`on`, `off`, or `auto`: on until a live number exists."),
    setting("log", "", "Filter of log lines: `error`, `warn`, `info`, `debug`, or per module (`info,application=debug`)."),
    setting("log_format", "", "`text` or `json`."),
];

/// The table as docs/operations.md has it, in Markdown.
pub fn settings_table() -> String {
    let defaults = defaults(include_str!("defaults.toml"));
    let head = "| setting | default | meaning |\n|---|---|---|\n".to_owned();
    let rows = SETTINGS.iter().map(|one| {
        let default = match defaults.get(one.name).filter(|value| !value.is_empty()) {
            Some(value) => format!("`{value}`"),
            None => one.unset.to_owned(),
        };
        let name = one.name.to_ascii_uppercase();
        format!("| `{name}` | {default} | {} |\n", one.meaning)
    });
    [head].into_iter().chain(rows).collect()
}

/// The shipped defaults are lines of `name = "text"` only.
fn defaults(text: &'static str) -> BTreeMap<&'static str, &'static str> {
    text.lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect()
}
