//! The bots read model: each event, twice, out of order.

use domain::any_event::aggregate_type;
use domain::bot::{BlobHash, BotEvent};
use domain::ids::{BotId, NumberId};

use super::BotView;
use crate::testing::{Lab, at, uuid};

fn push(lab: &Lab, event: BotEvent) {
    lab.log.push(aggregate_type::BOT, uuid(30), event);
}

async fn shown(lab: &Lab) -> BotView {
    lab.catch_up().await;
    lab.projections
        .reads()
        .bot(BotId::new(uuid(30)))
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn drafts_versions_numbers_and_the_switch_show() {
    let lab = Lab::new().await;
    push(
        &lab,
        BotEvent::Created {
            at: at(0),
            name: "Салон".to_owned(),
        },
    );
    push(
        &lab,
        BotEvent::DraftSaved {
            at: at(1),
            revision: 2,
            definition: BlobHash("aa".into()),
        },
    );
    for version in [1, 2] {
        let definition = BlobHash(format!("v{version}"));
        push(
            &lab,
            BotEvent::Published {
                at: at(2),
                version,
                definition,
            },
        );
    }
    push(&lab, BotEvent::Activated { at: at(3) });
    let numbers = |ids: &[u128]| {
        ids.iter()
            .map(|id| NumberId::new(uuid(*id)))
            .collect::<Vec<_>>()
    };
    push(
        &lab,
        BotEvent::Bound {
            at: at(4),
            numbers: numbers(&[1, 2]),
        },
    );
    let bot = shown(&lab).await;
    assert_eq!((bot.name.as_str(), bot.is_active), ("Салон", true));
    assert_eq!(
        (bot.draft_revision, bot.draft_definition.as_deref()),
        (2, Some("aa"))
    );
    assert_eq!((bot.published_version, bot.versions.len()), (2, 2));
    assert_eq!(bot.versions[0].definition, "v1");
    assert_eq!(bot.numbers, numbers(&[1, 2]));

    push(
        &lab,
        BotEvent::Bound {
            at: at(5),
            numbers: numbers(&[2, 3]),
        },
    );
    push(&lab, BotEvent::Deactivated { at: at(6) });
    let bot = shown(&lab).await;
    assert_eq!(
        (bot.numbers.clone(), bot.is_active),
        (numbers(&[2, 3]), false)
    );
    assert_eq!(bot.updated_at, at(6));
    assert_eq!(lab.projections.reads().bots().await.unwrap(), [bot]);
}
