//! Requests made at random from our own descriptions, against a server with data: whatever comes, the server
//! answers, and every error has our shape.
//!
//! The same seed makes the same choices. `FUZZ_SEED` takes another one, `FUZZ_CASES` more requests a caller.

mod dice;
mod graphql;
mod ids;
mod rest;
mod verdict;

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::dice::Dice;
use self::ids::Ids;
use self::verdict::Findings;
use crate::support::{TestApp, of_env};

/// Requests a caller where `FUZZ_CASES` says nothing.
const CASES: usize = 300;
/// The choices where `FUZZ_SEED` says nothing.
const SEED: u64 = 20_261_128;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts panics anywhere in the process: those of the server's tasks reach no answer.
fn count_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            before(info);
        }));
    });
}

/// A client that opens a connection for each request: the server ends one whose request it did not read to
/// the end, which the next request on it would learn too late.
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client")
}

/// Who asks: a name, and a token.
async fn callers(app: &TestApp) -> Vec<(&'static str, String)> {
    vec![
        ("stranger", String::new()),
        ("somebody", "vst_unknown".to_owned()),
        ("analyst", app.token("analyst").await),
        ("agent", app.token("agent").await),
        ("admin", app.token("admin").await),
    ]
}

/// Lets every caller ask what `ask` makes up, and looks whether the server is well afterwards.
#[expect(clippy::print_stdout, reason = "a finding is found again by its seed")]
async fn fuzz(
    name: &str,
    app: &TestApp,
    ask: impl AsyncFn(&mut Dice, &str, &mut Findings, &mut Ids),
) {
    let (seed, cases) = (of_env("FUZZ_SEED", SEED), of_env("FUZZ_CASES", CASES));
    println!("{name}: FUZZ_SEED={seed} FUZZ_CASES={cases}");
    let panics = PANICS.load(Ordering::Relaxed);
    let mut ids = Ids::of(app).await;
    let mut findings = Findings::default();
    for (index, (caller, token)) in callers(app).await.into_iter().enumerate() {
        let mut dice = Dice::new(seed.wrapping_add(index as u64));
        for case in 0..cases {
            findings.case(caller, case);
            ask(&mut dice, &token, &mut findings, &mut ids).await;
        }
    }
    println!("{name}: {}", findings.summary());
    let ready = app.get_root("/readyz").await;
    assert_eq!(ready.status.as_u16(), 200, "{}", ready.text);
    let panics = PANICS.load(Ordering::Relaxed) - panics;
    assert_eq!(panics, 0, "something panicked");
    findings.must_be_none(seed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rest_answers_whatever_is_asked() {
    count_panics();
    let app = ids::demo().await;
    let document = app.get("/openapi.json").await.expect(200);
    let (client, operations) = (client(), rest::operations(&document));
    fuzz("REST", &app, async |dice, token, findings, ids| {
        let request = rest::request(dice, &document, &operations, ids);
        let sent = rest::sent(&client, app.base(), &request);
        rest::ask(sent, token, &request, findings).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_answers_whatever_is_asked() {
    count_panics();
    let app = ids::demo().await;
    let (client, schema) = (client(), graphql::Schema::read());
    fuzz("GraphQL", &app, async |dice, token, findings, ids| {
        let request = graphql::request(dice, &schema, ids);
        let sent = graphql::sent(&client, app.base(), &request);
        graphql::ask(sent, token, &request, findings).await;
    })
    .await;
}
