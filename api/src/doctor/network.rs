//! What the network shows: the clock, the public address, the webhook behind it.
//!
//! Neither the verify token nor an access token is in anything printed.

use std::time::Duration;

use application::ports::clock::Clock;
use domain::time::Timestamp;
use infrastructure::system::SystemClock;
use reqwest::{Client, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Host, Url};

use super::{Finding, catalogue, setup};
use crate::bootstrap::random;
use crate::config::Config;
use crate::i18n::Text;

/// An answer takes at most this long.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Beyond this the times people see are wrong; `Date` counts whole seconds.
const CLOCK_OFF: i64 = 5;
/// Beyond this windows, statuses and certificates go wrong.
const CLOCK_WRONG: i64 = 120;
const CLOCK_OFF_FROM: i64 = CLOCK_OFF + 1;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Asks the Graph API for something with a number's own token: status and body, `None` where it cannot be reached.
pub(super) async fn graph(
    base: &Url,
    path: &[&str],
    query: &[(&str, &str)],
    token: &SecretString,
) -> Option<(u16, Value)> {
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    let request = client().ok()?.get(url).query(query);
    let answer = request
        .bearer_auth(token.expose_secret())
        .send()
        .await
        .ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.json().await.unwrap_or(Value::Null)))
}

/// A client for questions: short, following no redirects, as Meta does not.
pub(super) fn client() -> reqwest::Result<Client> {
    // Whoever comes second finds the same provider installed.
    let _already = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("vestnik/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The clock against the Graph API's.
pub(super) async fn clock(config: &Config) -> Finding {
    match date_of(&config.whatsapp_api_url).await {
        Some(there) => compare(SystemClock.now(), there),
        None => Finding::not_checked(
            "D-CLOCK",
            Text::new(
                "the Graph API could not be reached from here",
                "отсюда не удалось обратиться к Graph API",
            ),
        )
        .then(Text::new(
            "Sends need it too: see that this machine may open https connections to WHATSAPP_API_URL.",
            "Он нужен и для отправки: проверьте, что машине разрешены соединения https с WHATSAPP_API_URL.",
        )),
    }
}

async fn date_of(url: &Url) -> Option<Timestamp> {
    let answer = client().ok()?.get(url.clone()).send().await.ok()?;
    http_date(answer.headers().get(header::DATE)?.to_str().ok()?)
}

pub(super) fn compare(here: Timestamp, there: Timestamp) -> Finding {
    let off = here.micros_since(there) / 1_000_000;
    let text = Text::made(
        format!("this machine's clock differs by {off} s from the Graph API's"),
        format!("часы машины отличаются от часов Graph API на {off} с"),
    );
    match off.abs() {
        ..=CLOCK_OFF => Finding::good("D-CLOCK", text),
        CLOCK_OFF_FROM..=CLOCK_WRONG => Finding::warning("D-CLOCK", text),
        _ => Finding::problem("D-CLOCK", text),
    }
}

/// `Sun, 22 Nov 2026 17:53:30 GMT`, the one form that servers may write.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let (day, month) = (parts.next()?, parts.next()?);
    let (year, time) = (parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    format!("{year}-{month:02}-{day:0>2}T{time}Z").parse().ok()
}

/// The public address by its form.
pub(super) fn public_url(config: &Config) -> Finding {
    let Some(url) = &config.public_url else {
        return Finding::warning(
            "D-PUBLIC-URL",
            Text::new(
                "PUBLIC_URL is not set: the addresses shown for Meta begin with http://localhost",
                "PUBLIC_URL не задан: адреса для Meta начинаются с http://localhost",
            ),
        );
    };
    let shown = url.origin().ascii_serialization();
    if url.scheme() != "https" {
        return Finding::problem(
            "D-PUBLIC-URL",
            Text::made(
                format!("{shown} is not https: Meta calls https addresses only"),
                format!("{shown} — не https: Meta обращается только по https"),
            ),
        );
    }
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || !name.contains('.'),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        None => true,
    };
    if is_local {
        return Finding::problem(
            "D-PUBLIC-URL",
            Text::made(
                format!(
                    "{shown} is an address of this machine or its network: Meta cannot reach it"
                ),
                format!("{shown} — адрес этой машины или её сети: Meta его не достигнет"),
            ),
        );
    }
    Finding::good("D-PUBLIC-URL", Text::same(shown))
}

/// Meta's verification, asked through the public address.
pub(super) async fn webhook(
    config: &Config,
    is_served: bool,
    token: Option<&SecretString>,
) -> Finding {
    let not_checked = |text| Finding::not_checked("D-WEBHOOK", text);
    if config.public_url.is_none() {
        let text = Text::new(
            "the webhook through PUBLIC_URL: it is not set",
            "вебхук через PUBLIC_URL: адрес не задан",
        );
        let step = catalogue::find("D-PUBLIC-URL").map(|entry| entry.next_step.clone());
        return match step {
            Some(step) => not_checked(text).then(step),
            None => not_checked(text),
        };
    }
    let (true, Some(token)) = (is_served, token) else {
        return not_checked(Text::new(
            "the webhook through PUBLIC_URL: no server runs",
            "вебхук через PUBLIC_URL: сервер не работает",
        ))
        .then(setup::start());
    };
    let url = config.webhook_url(config.port);
    let Ok(challenge) = random::bytes().map(|bytes| hex::encode(&bytes[..8])) else {
        return not_checked(Text::same("no random bytes"));
    };
    let asked = [
        ("hub.mode", "subscribe"),
        ("hub.verify_token", token.expose_secret()),
        ("hub.challenge", &challenge),
    ];
    let sent = match client() {
        Ok(client) => client.get(&url).query(&asked).send().await,
        Err(error) => return not_checked(Text::same(error.to_string())),
    };
    match sent {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap_or_default();
            if status == 200 && text == challenge {
                return Finding::good(
                    "D-WEBHOOK",
                    Text::made(
                        format!("{url} answers Meta's verification"),
                        format!("{url} отвечает на проверку Meta"),
                    ),
                );
            }
            Finding::problem("D-WEBHOOK", wrong_answer(&url, status))
        }
        // The error's own words repeat the address with the token in it.
        Err(error) => {
            let (en, ru) = if error.is_timeout() {
                ("did not answer in time", "не ответил вовремя")
            } else {
                ("cannot be reached", "недоступен")
            };
            Finding::problem(
                "D-WEBHOOK",
                Text::made(format!("{url} {en}"), format!("{url} {ru}")),
            )
        }
    }
}

fn wrong_answer(url: &str, status: u16) -> Text {
    match status {
        403 => Text::made(
            format!("{url} leads to a server with another verify token (403)"),
            format!("{url} ведёт на сервер с другим verify token (403)"),
        ),
        200 => Text::made(
            format!(
                "{url} answers with something else than the challenge: another program or a tunnel's page"
            ),
            format!("{url} отвечает не контрольной строкой: другая программа или страница туннеля"),
        ),
        status => Text::made(
            format!("{url} answers {status} instead of 200: it does not lead to this server"),
            format!("{url} отвечает {status} вместо 200: адрес не ведёт на этот сервер"),
        ),
    }
}
