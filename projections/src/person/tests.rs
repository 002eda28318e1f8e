//! The list of people: made, revoked, and the command line, which has no token.

use domain::any_event::aggregate_type;
use domain::api_token::ApiTokenEvent;
use domain::ids::TokenId;
use uuid::Uuid;

use crate::testing::{Lab, at, uuid};

async fn names(lab: &Lab) -> Vec<String> {
    lab.catch_up().await;
    let people = lab.projections.reads().people().await.unwrap();
    people.into_iter().map(|person| person.name).collect()
}

#[tokio::test]
async fn a_revoked_token_leaves_the_list_and_keeps_its_name() {
    let lab = Lab::new().await;
    lab.log.token(77, "Ольга");
    lab.log.token(78, "Anna");
    assert_eq!(names(&lab).await, ["Anna", "Ольга"]);
    let revoked = ApiTokenEvent::Revoked { at: at(5) };
    lab.log.push(aggregate_type::API_TOKEN, uuid(77), revoked);
    assert_eq!(names(&lab).await, ["Anna"]);
    let reads = lab.projections.reads();
    let olga = reads.person(TokenId::new(uuid(77))).await.unwrap().unwrap();
    assert_eq!(
        (olga.name.as_str(), olga.revoked_at),
        ("Ольга", Some(at(5)))
    );
    assert_eq!(olga.role, "agent");
}

#[tokio::test]
async fn the_command_line_is_known_and_a_stranger_is_shown_by_id() {
    let lab = Lab::new().await;
    lab.catch_up().await;
    let reads = lab.projections.reads();
    let cli = TokenId::new(Uuid::nil());
    assert_eq!(reads.person_name(cli).await.unwrap(), "cli");
    let stranger = TokenId::new(uuid(5));
    assert_eq!(reads.person(stranger).await.unwrap(), None);
    assert_eq!(
        reads.person_name(stranger).await.unwrap(),
        uuid(5).to_string()
    );
}
