//! The seed's salon scenario as a golden conversation: from the customer's first word to the deal.

use serde_json::{Value, json};

use crate::graphql::gql;
use crate::support::{TestApp, press};

const ANNA: &str = "79991112233";

#[tokio::test]
async fn salon_books_a_visit_and_opens_a_deal() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    let asked = app.meta.shows(ANNA, 2).await;
    assert_eq!(
        asked,
        ["Привет! Я бот салона красоты", "Что вас интересует?"]
    );

    app.meta.acts(ANNA, &press("1", "Записаться на услугу"));
    assert_eq!(app.meta.shows(ANNA, 3).await[2], "Как вас зовут?");
    app.meta.types(ANNA, "Анна");
    assert_eq!(app.meta.shows(ANNA, 4).await[3], "На какую дату?");
    app.meta.types(ANNA, "завтра");
    assert_eq!(
        app.meta.shows(ANNA, 5).await[4],
        "Заявка принята! Менеджер свяжется с вами."
    );

    let conversation = app
        .conversation_when(ANNA, "the bot is done", |conversation| {
            conversation["handler"]["type"] == "nobody"
        })
        .await;
    assert_eq!(
        conversation["customer"]["metadata"]["customer_name"],
        "Анна"
    );
    assert_eq!(conversation["customer"]["metadata"]["visit_date"], "завтра");
    let messages = app
        .messages_when(&conversation, "everything is read", |messages| {
            messages.len() == 9
                && messages
                    .iter()
                    .filter(|message| message["direction"] == "outbound")
                    .all(|message| message["status"] == "read")
        })
        .await;
    let texts: Vec<&str> = messages
        .iter()
        .filter_map(|message| message["content"].as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "Здравствуйте",
            "Привет! Я бот салона красоты",
            "Что вас интересует?",
            "Записаться на услугу",
            "Как вас зовут?",
            "Анна",
            "На какую дату?",
            "завтра",
            "Заявка принята! Менеджер свяжется с вами.",
        ]
    );
    let deals = "{ deals { nodes { title stage createdAt attributes { name value } bot { name }
        customer { name } conversation { id } } } }";
    let deals = gql(&app, deals, Value::Null).await.data();
    let deals = deals["deals"]["nodes"].as_array().expect("deals").clone();
    assert_eq!(deals.len(), 1, "{deals:?}");
    let deal = &deals[0];
    assert_eq!(deal["title"], "Анна, завтра");
    assert_eq!(deal["stage"], "new");
    assert_eq!(deal["bot"]["name"], "Salon");
    let id = conversation["id"].as_str().expect("an id");
    assert_eq!(deal["conversation"]["id"], format!("conversation:{id}"));
    for (name, value) in [("customer_name", "Анна"), ("visit_date", "завтра")] {
        let attributes = deal["attributes"].as_array().expect("attributes");
        let attribute = json!({"name": name, "value": value});
        assert!(attributes.contains(&attribute), "{attributes:?}");
    }
}
