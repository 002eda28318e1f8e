//! What only the server knows: its numbers with their sealed tokens, bots, held items, read models.

use application::ports::StoreError;
use domain::number::NumberKind;
use projections::bot::BotView;
use projections::number::NumberView;
use projections::{ProjectionState, ProjectionStatus};
use serde_json::Value;

use super::network::graph;
use super::{Finding, subscribed};
use crate::i18n::Text;
use crate::problem::Problem;
use crate::rest::App;

/// Held items that are counted; more are shown as this many.
const HELD: usize = 500;
/// Events a read model may be behind without being told.
const LAG: u64 = 10_000;

/// Everything the server can say.
pub(crate) async fn look(app: &App) -> Result<Vec<Finding>, Problem> {
    let mut findings = vec![outbound(app), read_models(&app.projections.list())];
    findings.push(held(app).await?);
    let numbers = app.reads().numbers().await?;
    let bots = app.reads().bots().await?;
    findings.push(live_numbers(&numbers));
    for number in &numbers {
        if is_live(number) {
            findings.push(token(app, number).await);
            findings.push(subscribed::look(app, number).await);
            findings.push(inbound(number));
        }
        findings.push(bot(number, &bots));
    }
    Ok(findings)
}

pub(super) fn is_live(number: &NumberView) -> bool {
    number.kind == "live"
}

/// Whether messages leave.
pub(super) fn outbound(app: &App) -> Finding {
    match app.outbox.frozen() {
        None => Finding::good(
            "D-OUTBOUND",
            Text::new("messages leave", "сообщения отправляются"),
        ),
        Some(freeze) => {
            let since = freeze.since.to_rfc3339_millis();
            Finding::problem(
                "D-OUTBOUND",
                Text::made(
                    format!(
                        "restored from a backup at {since}: no message leaves until you release them"
                    ),
                    format!(
                        "восстановлено из копии {since}: сообщения не уходят, пока вы не разрешите"
                    ),
                ),
            )
        }
    }
}

fn read_models(all: &[ProjectionStatus]) -> Finding {
    let live = all
        .iter()
        .filter(|one| one.state == ProjectionState::Live)
        .collect::<Vec<_>>();
    let names = |chosen: Vec<&&ProjectionStatus>| {
        let names: Vec<&str> = chosen.into_iter().map(|one| one.name).collect();
        names.join(", ")
    };
    let degraded = names(live.iter().filter(|one| one.degraded.is_some()).collect());
    if !degraded.is_empty() {
        return Finding::problem(
            "D-READ-MODELS",
            Text::made(
                format!("do not show everything: {degraded}"),
                format!("показывают не всё: {degraded}"),
            ),
        );
    }
    let behind = names(live.iter().filter(|one| one.lag > LAG).collect());
    if !behind.is_empty() {
        return Finding::warning(
            "D-READ-MODELS",
            Text::made(
                format!("more than {LAG} events behind: {behind}"),
                format!("отстают более чем на {LAG} событий: {behind}"),
            ),
        );
    }
    let count = live.len();
    Finding::good(
        "D-READ-MODELS",
        Text::made(
            format!("{count} read models follow the log"),
            format!("моделей чтения, успевающих за журналом: {count}"),
        ),
    )
}

async fn held(app: &App) -> Result<Finding, StoreError> {
    let held = app.inbox.held(0, HELD).await?.len();
    if held == 0 {
        let text = Text::new("nothing is held", "необработанных элементов нет");
        return Ok(Finding::good("D-HELD", text));
    }
    let more = if held == HELD { "+" } else { "" };
    Ok(Finding::warning(
        "D-HELD",
        Text::made(
            format!("{held}{more} received items could not be handled"),
            format!("не обработано полученных элементов: {held}{more}"),
        ),
    ))
}

fn live_numbers(numbers: &[NumberView]) -> Finding {
    let live = numbers.iter().filter(|one| is_live(one));
    let (on, all) = (
        live.clone().filter(|one| one.is_active).count(),
        live.count(),
    );
    let text = Text::made(
        format!("live numbers: {all}, switched on: {on}"),
        format!("живых номеров: {all}, включено: {on}"),
    );
    if on > 0 {
        Finding::good("D-NUMBERS", text)
    } else {
        Finding::warning("D-NUMBERS", text)
    }
}

/// The bot that answers on a number, or the lack of one.
pub(super) fn bot(number: &NumberView, bots: &[BotView]) -> Finding {
    let id = &number.phone_number_id;
    let bound = bots.iter().find(|bot| Some(bot.id) == number.bot);
    if let Some(bot) = bound {
        let (name, version) = (&bot.name, bot.published_version);
        return Finding::good(
            "D-BOT",
            Text::made(
                format!("{id}: bot {name}, version {version}, answers"),
                format!("{id}: отвечает бот {name}, версия {version}"),
            ),
        );
    }
    let off = bots.iter().find(|bot| bot.numbers.contains(&number.id));
    let text = match off {
        Some(bot) => Text::made(
            format!("{id}: bot {} is bound but switched off", bot.name),
            format!("{id}: бот {} привязан, но выключен", bot.name),
        ),
        None => Text::made(
            format!("{id}: no bot is bound; people answer"),
            format!("{id}: бот не привязан; отвечают люди"),
        ),
    };
    Finding::warning("D-BOT", text)
}

fn inbound(number: &NumberView) -> Finding {
    let id = &number.phone_number_id;
    match number.webhook_last_seen_at {
        Some(at) => {
            let at = at.to_rfc3339_millis();
            Finding::good(
                "D-INBOUND",
                Text::made(
                    format!("{id}: the last message came in at {at}"),
                    format!("{id}: последнее сообщение пришло {at}"),
                ),
            )
        }
        None => Finding::warning(
            "D-INBOUND",
            Text::made(
                format!("{id}: no message has come in yet"),
                format!("{id}: сообщений ещё не было"),
            ),
        ),
    }
}

/// Asks Meta for the number with its own token.
pub(super) async fn token(app: &App, number: &NumberView) -> Finding {
    let id = &number.phone_number_id;
    let known = app.directory.number(number.id);
    let Some(token) = known.and_then(|number| {
        debug_assert!(number.row.kind == NumberKind::Live);
        number.access_token.clone()
    }) else {
        return Finding::problem(
            "D-TOKEN",
            Text::made(
                format!("{id}: the stored token cannot be opened"),
                format!("{id}: сохранённый токен не открывается"),
            ),
        );
    };
    let fields = [(
        "fields",
        "display_phone_number,verified_name,quality_rating",
    )];
    match graph(&app.config.whatsapp_api_url, &[id], &fields, &token).await {
        Some((status, body)) => judge(number, status, &body),
        None => Finding::not_checked(
            "D-TOKEN",
            Text::made(
                format!("{id}: the Graph API could not be reached"),
                format!("{id}: Graph API недоступен"),
            ),
        )
        .then(Text::new(
            "See that this machine may open https connections to WHATSAPP_API_URL.",
            "Проверьте, что машине разрешены соединения https с WHATSAPP_API_URL.",
        )),
    }
}

/// What Meta's answer says of the token.
pub(super) fn judge(number: &NumberView, status: u16, body: &Value) -> Finding {
    let id = &number.phone_number_id;
    let last4 = &number.token_last4;
    if status == 200 {
        let there = body["display_phone_number"].as_str().unwrap_or("");
        let digits = |text: &str| {
            text.chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
        };
        if !there.is_empty() && digits(there) != digits(&number.phone_number) {
            return Finding::warning(
                "D-TOKEN",
                Text::made(
                    format!("{id}: Meta knows this id under another phone number than the one entered here"),
                    format!("{id}: у Meta этот id относится к другому номеру телефона, чем указано здесь"),
                ),
            )
            .then(Text::new(
                "Compare phone number and Phone number ID with Meta's dashboard (WhatsApp > API Setup).",
                "Сверьте номер и Phone number ID с панелью Meta (WhatsApp > API Setup).",
            ));
        }
        let quality = body["quality_rating"].as_str().unwrap_or("UNKNOWN");
        return Finding::good(
            "D-TOKEN",
            Text::made(
                format!("{id}: Meta takes the token …{last4}; quality {quality}"),
                format!("{id}: Meta принимает токен …{last4}; качество {quality}"),
            ),
        );
    }
    let code = body["error"]["code"].as_i64().unwrap_or_default();
    match (status, code) {
        (401, _) | (_, 190) => Finding::problem(
            "D-TOKEN",
            Text::made(
                format!("{id}: Meta refuses the token …{last4} ({code}): expired or taken back"),
                format!("{id}: Meta отклоняет токен …{last4} ({code}): истёк или отозван"),
            ),
        ),
        (403, _) | (_, 10 | 100 | 200..=299) => Finding::problem(
            "D-TOKEN",
            Text::made(
                format!("{id}: the token …{last4} has no right to this number, or the Phone number ID is wrong ({code})"),
                format!("{id}: у токена …{last4} нет прав на этот номер, или неверен Phone number ID ({code})"),
            ),
        )
        .then(Text::new(
            "Give the system user the app and the WhatsApp account, with whatsapp_business_messaging and whatsapp_business_management; compare the id.",
            "Назначьте системному пользователю приложение и аккаунт WhatsApp с правами whatsapp_business_messaging и whatsapp_business_management; сверьте id.",
        )),
        _ => Finding::not_checked(
            "D-TOKEN",
            Text::made(
                format!("{id}: Meta answered {status} ({code})"),
                format!("{id}: Meta ответила {status} ({code})"),
            ),
        )
        .then(Text::new(
            "Ask again later; see https://metastatus.com.",
            "Повторите позже; смотрите https://metastatus.com.",
        )),
    }
}
