//! Figures of what went on: from customers' words through the webhook to the lines of the CSV.

use std::collections::HashMap;

use domain::time::Timestamp;
use reqwest::Method;
use serde_json::json;

use crate::support::{TestApp, eventually, now, press};

const ANNA: &str = "79991112233";
const OLEG: &str = "79994445566";

fn day(days_from_now: i64) -> String {
    let then = Timestamp::from_seconds(now()).plus_seconds(days_from_now * 86_400);
    then.to_rfc3339_millis()[..10].to_owned()
}

/// The days around now, so that a test may run over midnight.
fn path(filter: &str) -> String {
    format!("/activity.csv?from={}&to={}{filter}", day(-1), day(1))
}

/// The lines by their columns. No cell of these tests has a comma.
#[derive(Debug)]
struct Figures(Vec<HashMap<String, String>>);

impl Figures {
    async fn ask(app: &TestApp, filter: &str) -> Self {
        let answer = app.get(&path(filter)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        let kind = answer.header("content-type").expect("a type");
        assert!(kind.starts_with("text/csv; charset=utf-8"), "{kind}");
        assert_eq!(answer.header("vestnik-definitions"), Some("1"));
        let mut lines = answer.text.split_terminator("\r\n");
        let columns: Vec<&str> = lines.next().expect("columns").split(',').collect();
        let rows = lines.map(|line| {
            let cells = line.split(',').map(str::to_owned);
            columns
                .iter()
                .map(|&name| name.to_owned())
                .zip(cells)
                .collect()
        });
        Self(rows.collect())
    }

    /// The values of a metric where columns have these values, added up.
    fn sum(&self, metric: &str, filter: &[(&str, &str)]) -> u64 {
        let rows = self.0.iter().filter(|row| row["metric"] == metric);
        rows.filter(|row| filter.iter().all(|(column, value)| row[*column] == *value))
            .map(|row| row["value"].parse::<u64>().expect("a number"))
            .sum()
    }
}

/// Anna books a visit; Oleg asks a question, and a person takes him over and answers.
async fn a_day_at_the_salon(app: &TestApp) {
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    app.meta.acts(ANNA, &press("1", "Записаться на услугу"));
    app.meta.shows(ANNA, 3).await;
    app.meta.types(ANNA, "Анна");
    app.meta.shows(ANNA, 4).await;
    app.meta.types(ANNA, "завтра");
    app.meta.shows(ANNA, 5).await;

    app.meta.types(OLEG, "Здравствуйте");
    app.meta.shows(OLEG, 2).await;
    app.meta.acts(OLEG, &press("3", "Задать вопрос"));
    app.meta.shows(OLEG, 3).await;
    let oleg = app
        .conversation_when(OLEG, "people are awaited", |one| {
            one["handler"]["type"] == "nobody"
        })
        .await;
    let id = oleg["id"].as_str().expect("an id");
    let answer = json!({"content": "Добрый день!"});
    let path = format!("/conversations/{id}/messages");
    let answer = app.post(&path, answer).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    app.meta.shows(OLEG, 4).await;
    let closed = json!({"status": "closed"});
    let path = format!("/conversations/{id}");
    app.call(Method::PATCH, &path, Some(closed))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_day_at_the_salon_is_counted() {
    let app = TestApp::with_salon().await;
    a_day_at_the_salon(&app).await;
    let figures = eventually("everything that was written is read", || async {
        let figures = Figures::ask(&app, "").await;
        let read = [("direction", "outbound"), ("status", "read")];
        (figures.sum("messages", &read) == 9).then_some(figures)
    })
    .await;

    let messages = |filter: &[(&str, &str)]| figures.sum("messages", filter);
    assert_eq!(messages(&[("direction", "outbound")]), 9, "counted once");
    assert_eq!(messages(&[("direction", "inbound")]), 6);
    let pressed = [("direction", "inbound"), ("message_type", "interactive")];
    assert_eq!(messages(&pressed), 2);

    assert_eq!(figures.sum("conversations_opened", &[]), 2);
    assert_eq!(figures.sum("conversations_closed", &[]), 1);
    assert_eq!(figures.sum("conversations_reopened", &[]), 0);
    let by_scenario = [("cause", "handed_over")];
    assert_eq!(figures.sum("conversations_handed_over", &by_scenario), 1);
    assert_eq!(figures.sum("conversations_handed_over", &[]), 1);
    assert_eq!(figures.sum("first_response_waits", &[]), 1);
    assert_eq!(figures.sum("first_response_answered", &[]), 1);
    let median = figures.sum("first_response_median_ms", &[]);
    assert_eq!(median, figures.sum("first_response_sum_ms", &[]));

    assert_eq!(figures.sum("sessions", &[]), 2);
    assert_eq!(figures.sum("sessions", &[("status", "completed")]), 1);
    assert_eq!(figures.sum("sessions", &[("status", "handed_over")]), 1);
    let visits = [
        ("welcome", 2),
        ("menu", 2),
        ("ask_date", 1),
        ("booked", 1),
        ("to_people", 1),
        ("prices", 0),
    ];
    for (node, expected) in visits {
        assert_eq!(
            figures.sum("node_visits", &[("node", node)]),
            expected,
            "{node}"
        );
    }
    assert_eq!(figures.sum("node_went_on", &[("node", "menu")]), 2);
    let ended = [("node", "booked"), ("status", "completed")];
    assert_eq!(figures.sum("node_last_visits", &ended), 1);
    let handed = [("node", "to_people"), ("status", "handed_over")];
    assert_eq!(figures.sum("node_last_visits", &handed), 1);
    assert_eq!(figures.sum("node_drop_off", &[]), 0);
    let title = [("button_title", "Задать вопрос")];
    assert_eq!(figures.sum("button_presses", &title), 1);
    assert_eq!(figures.sum("button_presses", &[("node", "menu")]), 2);

    let number = app.get("/whatsapp/numbers").await.expect(200)[0]["id"].clone();
    let number = number.as_str().expect("an id");
    let of_number = Figures::ask(&app, &format!("&number={number}")).await;
    assert_eq!(of_number.0, figures.0);
    let row = figures.0.iter().find(|row| row["metric"] == "sessions");
    let bot = &row.expect("a session")["bot"];
    let of_bot = Figures::ask(&app, &format!("&bot={bot}")).await;
    assert_eq!(of_bot.sum("messages", &[("direction", "outbound")]), 8);
    assert_eq!(of_bot.sum("conversations_handed_over", &[]), 1);
    assert_eq!(of_bot.sum("first_response_answered", &[]), 1);
    let nobody = "5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f";
    for filter in ["number", "bot"] {
        let empty = Figures::ask(&app, &format!("&{filter}={nobody}")).await;
        assert_eq!(empty.0, []);
    }
}

#[tokio::test]
async fn a_range_that_cannot_be_asked_for_is_told_by_its_parameter() {
    let app = TestApp::start().await;
    let wrong = [
        ("from=2026-11-01", "to", "invalid_date"),
        ("from=2026-11-31&to=2026-12-01", "from", "invalid_date"),
        (
            "from=2026-11-01T00:00&to=2026-12-01",
            "from",
            "invalid_date",
        ),
        ("from=2026-11-02&to=2026-11-01", "to", "range_reversed"),
        ("from=2025-01-01&to=2026-02-05", "to", "range_too_long"),
        ("from=2026-11-01&to=2026-11-01&bot=x", "bot", "invalid_id"),
    ];
    for (query, field, code) in wrong {
        let problem = app.get(&format!("/activity.csv?{query}")).await.expect(422);
        let error = &problem["errors"][0];
        assert_eq!(error["field"], field, "{query}");
        assert_eq!(error["code"], code, "{query}");
    }
    let longest = app.get("/activity.csv?from=2025-01-01&to=2026-02-04").await;
    assert_eq!(longest.status.as_u16(), 200, "{}", longest.text);
    let file = longest.header("content-disposition").expect("a name");
    assert!(
        file.contains("activity_2025-01-01_2026-02-04.csv"),
        "{file}"
    );
    assert_eq!(longest.text.lines().count(), 1, "columns only");
}
