//! Whether an app is subscribed to the number's WhatsApp business account at Meta: without one, no webhook
//! comes, whatever the dashboard's fields say. Absent on purpose: subscribing it.

use projections::number::NumberView;
use serde_json::Value;

use super::Finding;
use super::network::graph;
use crate::i18n::Text;
use crate::rest::App;

const CODE: &str = "D-SUBSCRIBED";
/// App names that are shown at most.
const SHOWN: usize = 5;

/// Asks Meta with the number's own token.
pub(super) async fn look(app: &App, number: &NumberView) -> Finding {
    let id = &number.phone_number_id;
    let Some(account) = &number.business_account else {
        return Finding::not_checked(
            CODE,
            Text::made(
                format!("{id}: its WhatsApp business account is not known here"),
                format!("{id}: его аккаунт WhatsApp Business здесь не указан"),
            ),
        )
        .then(Text::made(
            format!("Enter it: vestnik numbers edit {id} --waba WABA-ID."),
            format!("Укажите его: vestnik numbers edit {id} --waba WABA-ID."),
        ));
    };
    let known = app.directory.number(number.id);
    let token = known.and_then(|number| number.access_token.clone());
    let Some(token) = token else {
        return not_checked(
            id,
            "the stored token cannot be opened",
            "сохранённый токен не открывается",
        );
    };
    let path = [account, "subscribed_apps"];
    match graph(&app.config.whatsapp_api_url, &path, &[], &token).await {
        Some((status, body)) => judge(id, status, &body),
        None => not_checked(
            id,
            "the Graph API could not be reached",
            "Graph API недоступен",
        ),
    }
}

/// What Meta's answer says.
pub(super) fn judge(id: &str, status: u16, body: &Value) -> Finding {
    let Some(apps) = body["data"].as_array().filter(|_| status == 200) else {
        let code = body["error"]["code"].as_i64().unwrap_or_default();
        return not_checked(
            id,
            &format!("Meta answered {status} ({code})"),
            &format!("Meta ответила {status} ({code})"),
        )
        .then(Text::new(
            "The token needs whatsapp_business_management and the account; D-TOKEN tells more.",
            "Токену нужны право whatsapp_business_management и этот аккаунт; подробнее в D-TOKEN.",
        ));
    };
    if apps.is_empty() {
        return Finding::problem(
            CODE,
            Text::made(
                format!("{id}: no app is subscribed to its WhatsApp account, so no webhook comes"),
                format!(
                    "{id}: на его аккаунт WhatsApp не подписано ни одно приложение, вебхуков не будет"
                ),
            ),
        );
    }
    let names = apps
        .iter()
        .filter_map(|one| one["whatsapp_business_api_data"]["name"].as_str())
        .take(SHOWN)
        .collect::<Vec<_>>()
        .join(", ");
    Finding::good(
        CODE,
        Text::made(
            format!("{id}: apps subscribed to its account: {names}"),
            format!("{id}: на его аккаунт подписаны приложения: {names}"),
        ),
    )
}

fn not_checked(id: &str, english: &str, russian: &str) -> Finding {
    Finding::not_checked(
        CODE,
        Text::made(format!("{id}: {english}"), format!("{id}: {russian}")),
    )
}
