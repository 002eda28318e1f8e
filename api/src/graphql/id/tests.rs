//! Ids of the graph there and back.

use async_graphql::ID;
use domain::ids::BotId;
use uuid::Uuid;

use super::{Kind, parse_any};

#[test]
fn an_id_leads_back_to_its_kind_and_uuid() {
    for kind in Kind::ALL {
        let uuid = Uuid::from_u128(7);
        assert_eq!(parse_any("id", &kind.id(uuid)).unwrap(), (kind, uuid));
    }
}

#[test]
fn an_id_of_another_kind_or_none_is_bad_input() {
    let bot = BotId::new(Uuid::from_u128(7));
    for id in [
        Kind::Number.id(bot),
        ID(bot.to_string()),
        ID("bot:".to_owned()),
        ID("cat:1".to_owned()),
    ] {
        let problem = Kind::Bot.parse::<BotId>("id", &id).unwrap_err();
        assert_eq!(problem.status().as_u16(), 422, "{id:?}");
    }
}
