//! The same items in any order, batching and duplication show the same; where the order matters by nature,
//! duplication and batching alone change nothing.
//!
//! The same seed makes the same cases. `CONFLUENCE_SEED` takes another one, `CONFLUENCE_CASES` more cases.
//!
//! Profile names that a customer leaves and takes up again are absent: a repeated value writes no event, so
//! it does not renew its time (see `domain/src/contact/identity.rs`). So is one status with two times: Meta gives it one,
//! and the first that comes is kept.

mod quiet;
mod run;
mod scripts;

use application::ports::clock::Clock;
use infrastructure::system::SystemClock;
use proptest::prelude::{Just, Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use self::run::Run;
use self::scripts::Played;
use crate::support::{TestApp, of_env, press};

/// Customers of a case.
const CUSTOMERS: usize = 3;
/// Cases of each property, all on one server, where `CONFLUENCE_CASES` says nothing.
const CASES: usize = 8;
/// The choices where `CONFLUENCE_SEED` says nothing.
const SEED: u64 = 20_261_201;

/// Makes cases of a property up and says how they are found again.
#[expect(clippy::print_stdout, reason = "a finding is found again by its seed")]
fn cases(property: &str) -> (TestRunner, usize) {
    let (seed, cases) = (
        of_env("CONFLUENCE_SEED", SEED),
        of_env("CONFLUENCE_CASES", CASES),
    );
    println!("{property}: CONFLUENCE_SEED={seed} CONFLUENCE_CASES={cases}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let dice = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    (TestRunner::new_with_rng(Config::default(), dice), cases)
}

/// One item before it belongs to a customer of a run.
#[derive(Clone, Debug)]
enum Item {
    Text(String),
    Edit(usize, String),
    Revoke(usize),
    Reaction(usize, &'static str),
    Status(&'static str),
}

#[derive(Clone, Debug)]
struct Case {
    /// Customer and item; the place is its time.
    items: Vec<(usize, Item)>,
    /// The order of arrival, with repetitions, and where a delivery ends.
    arrivals: Vec<(usize, bool)>,
}

fn item() -> impl Strategy<Value = Item> {
    proptest::prop_oneof![
        4 => "[a-zа-я ]{1,12}".prop_map(Item::Text),
        2 => (0..4_usize, "[a-z]{1,8}").prop_map(|(target, text)| Item::Edit(target, text)),
        1 => (0..4_usize).prop_map(Item::Revoke),
        2 => (0..4_usize, proptest::sample::select(vec!["👍", "🔥", ""]))
            .prop_map(|(target, emoji)| Item::Reaction(target, emoji)),
        3 => proptest::sample::select(vec!["sent", "delivered", "read", "played", "failed"]).prop_map(Item::Status),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    proptest::collection::vec((0..CUSTOMERS, item()), 4..20).prop_flat_map(|items| {
        let once = (0..items.len()).collect::<Vec<_>>();
        let again = proptest::collection::vec(0..items.len(), 0..6);
        let order = again
            .prop_map(move |again| once.iter().copied().chain(again).collect::<Vec<_>>())
            .prop_shuffle();
        let arrivals = order.prop_flat_map(|order| {
            let ends = proptest::collection::vec(any::<bool>(), order.len());
            (Just(order), ends).prop_map(|(order, ends)| order.into_iter().zip(ends).collect())
        });
        (Just(items), arrivals).prop_map(|(items, arrivals)| Case { items, arrivals })
    })
}

#[tokio::test]
async fn any_order_batching_and_duplication_shows_the_same() {
    let app = TestApp::with_number().await;
    app.meta.keeps_statuses();
    let begins = now() - 3_600;
    let (mut runner, cases) = cases("any order");
    for number in 0..cases {
        let case = case().new_tree(&mut runner).expect("a case").current();
        let plain = Run::open(&app, format!("{number:03}1"), begins).await;
        let in_order: Vec<_> = (0..case.items.len()).map(|place| (place, true)).collect();
        plain.arrive(&case, &in_order).await;
        let shuffled = Run::open(&app, format!("{number:03}2"), begins).await;
        shuffled.arrive(&case, &case.arrivals).await;
        for customer in 0..CUSTOMERS {
            let expected = plain.shows(customer).await;
            let other = shuffled.shows(customer).await;
            assert_eq!(
                other, expected,
                "case {number}, customer {customer}: {case:#?}"
            );
        }
    }
}

fn now() -> i64 {
    SystemClock.now().as_micros() / 1_000_000
}

#[tokio::test]
async fn whatever_customers_say_repeated_and_batched_deliveries_change_no_run() {
    let app = TestApp::with_salon().await;
    app.meta.keeps_statuses();
    let (mut runner, cases) = cases("repeated and batched");
    for number in 0..cases {
        let script = scripts::script().new_tree(&mut runner);
        let script = script.expect("a script").current();
        let plain = Played::plainly(&app, format!("{number:03}1"), &script).await;
        let other = Played::as_it_comes(&app, format!("{number:03}2"), &script).await;
        for customer in 0..scripts::CUSTOMERS {
            let expected = plain.shows(customer).await;
            let messages = expected["messages"].as_array().expect("messages");
            assert!(messages.len() > 5, "nobody answered: {expected}");
            assert_eq!(
                other.shows(customer).await,
                expected,
                "case {number}, customer {customer}: {script:#?}"
            );
        }
    }
}

#[tokio::test]
async fn repeated_and_batched_deliveries_change_no_run_and_no_counter() {
    let app = TestApp::with_salon().await;
    let play = async |wa_id: &str, copies: usize| {
        app.meta.types(wa_id, "hi");
        app.meta.shows(wa_id, 2).await;
        app.meta.acts(wa_id, &press("book", "Записаться на услугу"));
        for (shown, said) in [(3, "Anna"), (4, "tomorrow")] {
            app.meta.shows(wa_id, shown).await;
            app.meta.types(wa_id, said);
        }
        app.meta.shows(wa_id, 5).await;
        assert_eq!(app.meta.answers(wa_id).len(), 5, "{copies} copies");
        let done = app
            .conversation_when(wa_id, "the end", |one| one["is_bot_active"] == false)
            .await;
        let messages = app
            .messages_when(&done, "all is there", |all| all.len() == 9)
            .await;
        let texts: Vec<Value> = messages.iter().map(|one| one["content"].clone()).collect();
        let handled = app.conversation(wa_id).await;
        json!({
            "texts": texts,
            "unread": handled["unread_count"],
            "handler": handled["handler"],
            "awaiting": handled["awaiting_people_since"],
            "metadata": handled["customer"]["metadata"],
            "status": handled["status"],
        })
    };
    let once = play("79956660001", 1).await;
    app.meta
        .simulator
        .meta()
        .set_behavior(api::simulator::behavior::Behavior {
            duplicate_per_mille: 1_000,
            batch_max: 8,
            ..api::simulator::behavior::Behavior::default()
        });
    let doubled = play("79956660002", 2).await;
    assert_eq!(doubled, once);
    app.meta.drained().await;
    assert!(app.meta.simulator.meta().counters().duplicates > 0);
}
