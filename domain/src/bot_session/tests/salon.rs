//! The salon scenario of the contract, from the first message to its ends.

use super::*;

fn salon() -> Arc<Scenario> {
    let json = include_str!("../../../scenarios/salon.json");
    Arc::new(Scenario::parse(json).expect("the shipped scenario is valid"))
}

#[tokio::test]
async fn booking_asks_name_and_date_and_opens_a_deal() {
    let salon = salon();
    let opening = last(vec![start(&salon)]).await;
    assert_eq!(
        texts(&opening),
        ["Привет! Я бот салона красоты", "Что вас интересует?"]
    );
    let press = take(&salon, press(1, 5, "book", "Записаться на услугу"));
    let name = take(&salon, input(2, 10, "Анна"));
    let date = take(&salon, input(3, 15, "12 декабря"));

    let chosen = last(vec![start(&salon), press.clone()]).await;
    let node = "wants_booking".to_owned();
    assert!(chosen.contains(&BotSessionEvent::ConditionDecided {
        node,
        verdict: true
    }));
    assert_eq!(texts(&chosen), ["Как вас зовут?"]);

    let named = last(vec![start(&salon), press.clone(), name.clone()]).await;
    assert_eq!(texts(&named), ["На какую дату?"]);

    let booked = last(vec![start(&salon), press, name, date]).await;
    assert_eq!(
        texts(&booked),
        ["Заявка принята! Менеджер свяжется с вами."]
    );
    let deal = booked.iter().find_map(|event| match event {
        BotSessionEvent::ActionTaken {
            action: Action::CreateDeal { .. },
            personal,
            ..
        } => personal.open().map(|fields| fields.value.as_str()),
        _ => None,
    });
    assert_eq!(deal, Some("Анна, 12 декабря"));
    assert_eq!(booked.last(), Some(&completed(15, "booked", None)));
}

#[tokio::test]
async fn typed_wish_counts_like_its_button() {
    let salon = salon();
    let typed = take(&salon, input(1, 5, "хочу записаться"));
    assert_eq!(
        texts(&last(vec![start(&salon), typed]).await),
        ["Как вас зовут?"]
    );
}

#[tokio::test]
async fn prices_are_told() {
    let salon = salon();
    let press = take(&salon, press(1, 5, "prices", "Узнать цены"));
    let events = last(vec![start(&salon), press]).await;
    assert!(texts(&events)[0].starts_with("Стрижка"));
    assert_eq!(events.last(), Some(&completed(5, "prices", None)));
}

#[tokio::test]
async fn questions_go_to_people() {
    let salon = salon();
    for input in [
        press(1, 5, "ask", "Задать вопрос"),
        input(1, 5, "А парковка есть?"),
    ] {
        let events = last(vec![start(&salon), take(&salon, input)]).await;
        assert_eq!(
            texts(&events),
            ["Передаю ваш вопрос менеджеру, он ответит здесь."]
        );
        let handed_over = BotSessionEvent::HandedOver {
            at: at(5),
            node: Some("to_people".to_owned()),
            cause: HandOverCause::Scenario,
            code: None,
        };
        assert_eq!(events.last(), Some(&handed_over));
    }
}
