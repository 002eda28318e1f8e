//! The numbers read model.

use domain::any_event::aggregate_type;
use domain::bot::BotEvent;
use domain::ids::{NumberId, SecretId};
use domain::number::{NumberEvent, NumberKind, TokenRef};
use domain::phone::E164;

use super::{NumberStatus, NumberView};
use crate::testing::{Lab, at, uuid};

fn token(last4: &str, seconds: i64) -> TokenRef {
    TokenRef {
        secret: SecretId::new(uuid(8)),
        last4: last4.to_owned(),
        fingerprint: "0011223344556677".to_owned(),
        set_at: at(seconds),
    }
}

fn push(lab: &Lab, event: NumberEvent) {
    lab.log.push(aggregate_type::NUMBER, uuid(1), event);
}

async fn added() -> Lab {
    let lab = Lab::new().await;
    let event = NumberEvent::Added {
        at: at(0),
        kind: NumberKind::Live,
        display_name: "Main".to_owned(),
        phone_number: E164::parse("+79001234567").unwrap(),
        phone_number_id: "123".to_owned(),
        whatsapp_business_account_id: None,
        token: token("4f2a", 0),
        app_secret: None,
        is_active: true,
    };
    push(&lab, event);
    lab
}

async fn shown(lab: &Lab) -> NumberView {
    lab.catch_up().await;
    lab.projections
        .reads()
        .number(NumberId::new(uuid(1)))
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn an_added_number_shows_all_but_its_token() {
    let lab = added().await;
    let number = shown(&lab).await;
    assert_eq!(
        (number.display_name.as_str(), number.phone_number.as_str()),
        ("Main", "+79001234567")
    );
    assert_eq!(
        (number.token_last4.as_str(), number.token_set_at),
        ("4f2a", at(0))
    );
    assert_eq!(
        (number.status, number.status_reason),
        (NumberStatus::Active, None)
    );
    let found = lab
        .projections
        .reads()
        .number_by_phone_number_id("123")
        .await
        .unwrap();
    assert_eq!(found, Some(number));
}

#[tokio::test]
async fn edits_and_switches_show() {
    let lab = added().await;
    push(
        &lab,
        NumberEvent::Edited {
            at: at(1),
            display_name: "Second".to_owned(),
            phone_number: E164::parse("+79001234568").unwrap(),
            phone_number_id: "124".to_owned(),
            whatsapp_business_account_id: Some("9".to_owned()),
        },
    );
    push(&lab, NumberEvent::Deactivated { at: at(2) });
    push(
        &lab,
        NumberEvent::AppSecretReplaced {
            at: at(3),
            app_secret: None,
        },
    );
    let number = shown(&lab).await;
    assert_eq!(
        (
            number.display_name.as_str(),
            number.phone_number_id.as_str()
        ),
        ("Second", "124")
    );
    assert_eq!(
        (number.status, number.is_active),
        (NumberStatus::Off, false)
    );
    assert_eq!((number.created_at, number.updated_at), (at(0), at(3)));
    push(&lab, NumberEvent::Activated { at: at(4) });
    assert_eq!(shown(&lab).await.status, NumberStatus::Active);
}

#[tokio::test]
async fn a_refused_token_asks_for_attention_until_a_new_one_or_an_answer() {
    let lab = added().await;
    for repaired in [
        NumberEvent::TokenReplaced {
            at: at(5),
            token: token("beef", 5),
        },
        NumberEvent::AuthRestored { at: at(6) },
    ] {
        push(
            &lab,
            NumberEvent::AuthBroken {
                at: at(4),
                meta_code: 190,
            },
        );
        let number = shown(&lab).await;
        assert_eq!(number.status, NumberStatus::Attention);
        assert_eq!(number.status_reason, Some("token_invalid"));
        push(&lab, repaired);
        assert_eq!(shown(&lab).await.status, NumberStatus::Active);
    }
    assert_eq!(shown(&lab).await.token_last4, "beef");
}

#[tokio::test]
async fn a_removed_number_leaves_the_list_and_stays_readable() {
    let lab = added().await;
    push(&lab, NumberEvent::Removed { at: at(5) });
    assert_eq!(shown(&lab).await.removed_at, Some(at(5)));
    assert_eq!(lab.projections.reads().numbers().await.unwrap(), []);
}

#[tokio::test]
async fn the_active_bot_and_the_last_webhook_show() {
    let lab = added().await;
    let bot = |event| lab.log.push(aggregate_type::BOT, uuid(30), event);
    bot(BotEvent::Created {
        at: at(0),
        name: "Салон".to_owned(),
    });
    bot(BotEvent::Bound {
        at: at(1),
        numbers: vec![NumberId::new(uuid(1))],
    });
    assert_eq!(
        shown(&lab).await.bot,
        None,
        "a bot that is off serves nobody"
    );
    bot(BotEvent::Activated { at: at(2) });
    assert_eq!(
        shown(&lab).await.bot.map(|bot| bot.as_uuid()),
        Some(uuid(30))
    );
    bot(BotEvent::Bound {
        at: at(3),
        numbers: vec![],
    });
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 100, 7, 0);
    let number = shown(&lab).await;
    assert_eq!(
        (number.bot, number.webhook_last_seen_at),
        (None, Some(at(7)))
    );
}
