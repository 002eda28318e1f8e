//! `vestnik demo` and the phone in the terminal, as the README's first conversation has them.

use serde_json::Value;

use super::Served;

const TALK: &str = "Здравствуйте\nЗаписаться на услугу\nАнна\nзавтра\n";
const CONVERSATIONS: &str = "/api/v1/conversations?limit=1";

#[track_caller]
fn is_the_readmes_conversation(out: &str) {
    let bubbles = [
        "Анна: Здравствуйте",
        "Привет! Я бот салона красоты",
        "Что вас интересует?",
        "[1] Записаться на услугу",
        "[2] Узнать цены",
        "[3] Задать вопрос",
        "Анна: Записаться на услугу",
        "Как вас зовут?",
        "Анна: Анна",
        "На какую дату?",
        "Анна: завтра",
        "Заявка принята! Менеджер свяжется с вами.",
    ];
    let mut rest = out;
    for bubble in bubbles {
        let (_, after) = rest
            .split_once(bubble)
            .unwrap_or_else(|| panic!("{bubble} does not follow in\n{out}"));
        rest = after;
    }
}

#[tokio::test]
async fn demo_serves_and_a_piped_phone_has_the_readmes_conversation() {
    let mut served = Served::start("demo", &[]).await;
    assert!(
        served.out().contains("The demo is ready"),
        "{}",
        served.out()
    );
    let talked = served.types(&["simulate"], TALK).await.good();
    is_the_readmes_conversation(&talked);
    let is_there = |shown: &Value| {
        let customer = &shown[0]["customer"];
        (customer["metadata"]["visit_date"] == "завтра").then(|| customer.clone())
    };
    let customer = served.sees(CONVERSATIONS, is_there).await;
    assert_eq!(customer["name"], "Анна");
    assert_eq!(customer["phone_number"], "+79991112233");
    served.stop().await;
    // Again it is there already; the conversation stays.
    served.run("demo").await;
    assert!(
        served.out().contains("The demo is there"),
        "{}",
        served.out()
    );
    served.sees(CONVERSATIONS, is_there).await;
    served.stop().await;
}

#[tokio::test]
async fn demo_beside_a_server_is_made_there() {
    // Where Meta is configured the server makes no demo by itself.
    let settings = [("WHATSAPP_APP_SECRET", "a-secret-of-metas-dashboard")];
    let mut served = Served::start("serve", &settings).await;
    let numbers = "/api/v1/whatsapp/numbers";
    served
        .sees(numbers, |all| {
            all.as_array().is_some_and(Vec::is_empty).then_some(())
        })
        .await;
    let said = served.types(&["demo"], "").await.good();
    assert!(
        said.contains("The demo is ready") && said.contains("simulate"),
        "{said}"
    );
    served
        .sees(numbers, |all| (all[0]["status"] == "active").then_some(()))
        .await;
    let again = served.types(&["demo"], "").await.good();
    assert!(again.contains("The demo is there"), "{again}");
    let script = served.folder.path().join("talk.txt");
    std::fs::write(script, TALK).expect("a file");
    let talked = served
        .types(&["simulate", "--script", "talk.txt"], "")
        .await;
    is_the_readmes_conversation(&talked.good());
    served.stop().await;
    let alone = served.types(&["simulate"], TALK).await;
    assert!(
        !alone.success && alone.err.contains("vestnik demo"),
        "{}",
        alone.err
    );
}
