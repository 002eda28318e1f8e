//! Whose items these are when identifiers disagree.

use domain::ids::ContactId;
use uuid::Uuid;

use super::ask;
use crate::database::test_support::{TestDatabase, on_both};

on_both! {
    a_recycled_number_makes_another_contact_and_stays_where_it_is,
    a_new_bsuid_after_a_recycled_number_is_a_contact_of_its_own,
    simulated_identities_are_stored_under_their_scope,
}

async fn a_recycled_number_makes_another_contact_and_stays_where_it_is(database: TestDatabase) {
    let old = ask(1, &[("bsuid", "anna"), ("wa_id", "491")], 1);
    let new = ask(
        2,
        &[("bsuid", "berta"), ("wa_id", "491"), ("wa_id", "0491")],
        2,
    );
    let again = ask(3, &[("bsuid", "berta"), ("wa_id", "491")], 3);
    let number_only = ask(4, &[("wa_id", "491")], 4);
    for batches in [
        vec![vec![old, new.clone(), again.clone(), number_only.clone()]],
        vec![vec![again], vec![number_only]],
    ] {
        let mut answers = Vec::new();
        for batch in batches {
            answers.extend(database.inbox.resolve(batch, None).await.expect("resolved"));
        }
        let mut found = answers.iter().rev();
        let (by_number, by_both) = (found.next().expect("last"), found.next().expect("one"));
        assert_eq!(
            by_number.resolution.contact,
            ContactId::new(Uuid::from_u128(1_001))
        );
        assert_eq!(
            by_both.resolution.contact,
            ContactId::new(Uuid::from_u128(1_002))
        );
        assert_eq!(by_both.conflict, Some(by_number.resolution.contact));
        assert!(answers.len() < 4 || answers[1].conflict == Some(by_number.resolution.contact));
    }
    assert_eq!(database.count("select count(*) from subject_keys").await, 2);
}

async fn a_new_bsuid_after_a_recycled_number_is_a_contact_of_its_own(database: TestDatabase) {
    let old = ask(1, &[("bsuid", "anna"), ("wa_id", "491")], 1);
    let new = ask(2, &[("bsuid", "berta"), ("wa_id", "491")], 2);
    let first = database
        .inbox
        .resolve(vec![old], None)
        .await
        .expect("resolved");
    let second = database
        .inbox
        .resolve(vec![new], None)
        .await
        .expect("resolved");
    assert_ne!(first[0].resolution.contact, second[0].resolution.contact);
    assert_ne!(
        first[0].resolution.conversation,
        second[0].resolution.conversation
    );
    assert_eq!(second[0].conflict, Some(first[0].resolution.contact));
}

async fn simulated_identities_are_stored_under_their_scope(database: TestDatabase) {
    let mut asked = ask(1, &[("wa_id", "491")], 1);
    asked.keys[0].scope = "simulator";
    database
        .inbox
        .resolve(vec![asked.clone()], None)
        .await
        .expect("resolved");
    let again = database
        .inbox
        .resolve(vec![asked], None)
        .await
        .expect("resolved");
    assert_eq!(
        again[0].resolution.contact,
        ContactId::new(Uuid::from_u128(1_001))
    );
    let stored = "select count(*) from identities where scope = 'simulator'";
    assert_eq!(database.count(stored).await, 1);
}
