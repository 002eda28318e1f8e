//! A quick reply is added, changed and removed once each, and bad fields are named.

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;

use super::{
    QuickReply, QuickReplyCommand as Command, QuickReplyError, QuickReplyEvent as Event, Texts,
};
use crate::stream::{Refusal, StreamAggregate};
use crate::time::Timestamp;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_767_000_000)
}

fn texts(pairs: &[(&str, &str)]) -> Texts {
    let owned = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
    pairs.iter().map(owned).collect()
}

fn hello() -> Texts {
    texts(&[("en", "Hello!"), ("ru", "Здравствуйте!")])
}

fn add(shortcut: &str, texts: Texts) -> Command {
    Command::Add {
        now: now(),
        shortcut: shortcut.to_owned(),
        texts,
    }
}

fn added(shortcut: &str) -> Event {
    Event::Added {
        at: now(),
        shortcut: shortcut.to_owned(),
        texts: hello(),
    }
}

fn edit(shortcut: &str, texts: Texts) -> Command {
    Command::Edit {
        now: now(),
        shortcut: shortcut.to_owned(),
        texts,
    }
}

fn edited() -> Event {
    Event::Edited {
        at: now(),
        shortcut: "hello".to_owned(),
        texts: texts(&[("en", "Hello!")]),
    }
}

const fn removed() -> Event {
    Event::Removed {
        at: Timestamp::from_seconds(1_767_000_000),
    }
}

async fn decides(given: Vec<Event>, command: Command, events: Vec<Event>) {
    TestFramework::<QuickReply>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

async fn refuses(given: Vec<Event>, command: Command, error: QuickReplyError) {
    TestFramework::<QuickReply>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_error(error);
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    let examples = [added("hi"), edited(), removed()];
    let source = include_str!("event.rs");
    crate::golden::check_all("QuickReply", QuickReply::EVENT_TYPES, &examples, source);
}

#[tokio::test]
async fn it_is_added_once_without_the_slash() {
    decides(vec![], add(" /hi ", hello()), vec![added("hi")]).await;
    let again = add("hi", hello());
    refuses(vec![added("hi")], again, QuickReplyError::AlreadyAdded).await;
}

#[tokio::test]
async fn an_edit_that_changes_nothing_gives_no_event() {
    let change = edit("hello", texts(&[("en", "Hello!")]));
    refuses(vec![], change.clone(), QuickReplyError::NotFound).await;
    decides(vec![added("hi")], change.clone(), vec![edited()]).await;
    decides(vec![added("hi"), edited()], change.clone(), vec![]).await;
    let gone = vec![added("hi"), removed()];
    refuses(gone, change, QuickReplyError::NotFound).await;
}

#[tokio::test]
async fn it_is_removed_once() {
    let remove = Command::Remove { now: now() };
    refuses(vec![], remove.clone(), QuickReplyError::NotFound).await;
    decides(vec![added("hi")], remove.clone(), vec![removed()]).await;
    decides(vec![added("hi"), removed()], remove, vec![]).await;
}

#[test]
fn a_field_that_cannot_be_accepted_is_named_with_its_limit() {
    let long = "я".repeat(4097);
    let many: Texts = ('a'..='u')
        .map(|letter| (format!("a{letter}"), "Hi".to_owned()))
        .collect();
    let cases = [
        ("/", hello(), "shortcut", Some(50)),
        ("two words", hello(), "shortcut", None),
        (&"a".repeat(51), hello(), "shortcut", Some(50)),
        ("hi", texts(&[]), "texts", Some(20)),
        ("hi", many, "texts", Some(20)),
        ("hi", texts(&[("English", "Hi")]), "texts", None),
        ("hi", texts(&[("en", " ")]), "texts.en", Some(4096)),
        ("hi", texts(&[("pt_BR", &long)]), "texts.pt_BR", Some(4096)),
    ];
    for (shortcut, texts, name, limit) in cases {
        let refused = QuickReply::default().decide(&add(shortcut, texts));
        let Err(QuickReplyError::Field(field)) = refused else {
            panic!("{shortcut} is accepted");
        };
        assert_eq!((field.field.as_str(), field.limit), (name, limit));
    }
}

#[test]
fn state_holds_what_the_events_said() {
    let mut reply = QuickReply::default();
    assert_eq!(
        (reply.exists(), reply.shortcut(), reply.texts()),
        (false, None, None)
    );
    reply.apply(added("hi"));
    reply.apply(edited());
    assert_eq!(reply.shortcut(), Some("hello"));
    assert_eq!(reply.texts(), Some(&texts(&[("en", "Hello!")])));
    assert!(reply.exists() && reply.weight_bytes() > size_of::<QuickReply>());
    assert_eq!((reply.subject(), reply.lane_key()), (None, None));
    let codes = [QuickReplyError::NotFound, QuickReplyError::AlreadyAdded].map(|one| one.code());
    assert_eq!(codes, ["not_found", "conflict"]);
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    let events = [added("hi"), edited(), removed()];
    crate::tests::assert_repeats_change_nothing::<QuickReply>(&events);
}
