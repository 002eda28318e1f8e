//! A view is saved, changed and removed once each, one person's by that person only.

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::{
    SavedView, SavedViewCommand as Command, SavedViewError, SavedViewEvent as Event, ViewAssignee,
    ViewFilter, ViewHandler, ViewSort,
};
use crate::ids::TokenId;
use crate::stream::{Refusal, StreamAggregate};
use crate::time::Timestamp;

const ANNA: TokenId = TokenId::new(Uuid::from_u128(0x61));
const BORIS: TokenId = TokenId::new(Uuid::from_u128(0x62));

fn now() -> Timestamp {
    Timestamp::from_seconds(1_767_000_000)
}

fn waiting(tag: &str) -> ViewFilter {
    ViewFilter {
        handler: Some(ViewHandler::Nobody),
        assignee: Some(ViewAssignee::Me),
        awaiting: Some(true),
        tag: Some(tag.to_owned()),
        ..ViewFilter::default()
    }
}

fn unread() -> ViewFilter {
    ViewFilter {
        unread: Some(true),
        closed: Some(false),
        ..ViewFilter::default()
    }
}

fn save(name: &str, owner: Option<TokenId>, tag: &str) -> Command {
    Command::Save {
        now: now(),
        name: name.to_owned(),
        owner,
        filter: waiting(tag),
        sort: ViewSort::LongestWaiting,
    }
}

fn saved(owner: Option<TokenId>) -> Event {
    Event::Saved {
        at: now(),
        name: "Ждут меня".to_owned(),
        owner,
        filter: waiting("vip"),
        sort: ViewSort::LongestWaiting,
    }
}

fn edit(by: TokenId) -> Command {
    Command::Edit {
        now: now(),
        by,
        name: "Непрочитанные".to_owned(),
        filter: unread(),
        sort: ViewSort::Newest,
    }
}

fn edited() -> Event {
    Event::Edited {
        at: now(),
        name: "Непрочитанные".to_owned(),
        filter: unread(),
        sort: ViewSort::Newest,
    }
}

fn removed() -> Event {
    Event::Removed { at: now() }
}

async fn decides(given: Vec<Event>, command: Command, events: Vec<Event>) {
    TestFramework::<SavedView>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

async fn refuses(given: Vec<Event>, command: Command, error: SavedViewError) {
    TestFramework::<SavedView>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_error(error);
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    let examples = [saved(Some(ANNA)), edited(), removed()];
    let source = include_str!("event.rs");
    crate::golden::check_all("SavedView", SavedView::EVENT_TYPES, &examples, source);
}

#[tokio::test]
async fn it_is_saved_once_with_name_and_tag_trimmed() {
    let command = save(" Ждут меня ", Some(ANNA), " vip ");
    decides(vec![], command.clone(), vec![saved(Some(ANNA))]).await;
    refuses(
        vec![saved(Some(ANNA))],
        command,
        SavedViewError::AlreadySaved,
    )
    .await;
}

#[tokio::test]
async fn one_persons_view_is_changed_by_that_person_only() {
    refuses(vec![], edit(ANNA), SavedViewError::NotFound).await;
    decides(vec![saved(Some(ANNA))], edit(ANNA), vec![edited()]).await;
    decides(vec![saved(Some(ANNA)), edited()], edit(ANNA), vec![]).await;
    refuses(
        vec![saved(Some(ANNA))],
        edit(BORIS),
        SavedViewError::NotFound,
    )
    .await;
    decides(vec![saved(None)], edit(BORIS), vec![edited()]).await;
}

#[tokio::test]
async fn it_is_removed_once() {
    let remove = |by| Command::Remove { now: now(), by };
    refuses(vec![], remove(ANNA), SavedViewError::NotFound).await;
    decides(vec![saved(Some(ANNA))], remove(ANNA), vec![removed()]).await;
    decides(vec![saved(Some(ANNA)), removed()], remove(ANNA), vec![]).await;
    let gone = vec![saved(None), removed()];
    refuses(gone, edit(ANNA), SavedViewError::NotFound).await;
    refuses(
        vec![saved(Some(ANNA))],
        remove(BORIS),
        SavedViewError::NotFound,
    )
    .await;
}

#[test]
fn a_field_that_cannot_be_accepted_is_named_with_its_limit() {
    for (name, tag, field_name) in [
        (" ", "vip", "name"),
        (&"я".repeat(101), "vip", "name"),
        ("a", " ", "filter.tag"),
        ("a", &"t".repeat(101), "filter.tag"),
    ] {
        let refused = SavedView::default().decide(&save(name, None, tag));
        let Err(SavedViewError::Field(field)) = refused else {
            panic!("{name} with {tag} is accepted");
        };
        assert_eq!((field.field.as_str(), field.limit), (field_name, Some(100)));
    }
}

#[test]
fn state_holds_what_the_events_said() {
    let mut view = SavedView::default();
    assert_eq!((view.exists(), view.owner()), (false, None));
    view.apply(saved(Some(ANNA)));
    view.apply(edited());
    assert_eq!(view.owner(), Some(ANNA));
    let content = view.content().unwrap();
    assert_eq!(
        (&content.filter, content.sort),
        (&unread(), ViewSort::Newest)
    );
    assert!(view.exists() && view.weight_bytes() > size_of::<SavedView>());
    assert_eq!((view.subject(), view.lane_key()), (None, None));
    let codes = [SavedViewError::NotFound, SavedViewError::AlreadySaved].map(|one| one.code());
    assert_eq!(codes, ["not_found", "conflict"]);
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    let events = [saved(None), edited(), removed()];
    crate::tests::assert_repeats_change_nothing::<SavedView>(&events);
}
