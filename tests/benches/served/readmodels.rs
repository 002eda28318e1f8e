//! Read models built from nothing, and lists at a hundred thousand conversations.

use std::sync::Arc;
use std::time::{Duration, Instant};

use application::ports::clock::{Clock, IdGenerator};
use application::ports::event_log::EventLog;
use application::ports::leases::Alone;
use application::tasks::Tasks;
use infrastructure::database::db::{self, Statement, query};
use infrastructure::database::{Database, Location, OpenOptions};
use infrastructure::keys::KeyFiles;
use infrastructure::system::{SystemClock, SystemIds};
use projections::Projections;
use tokio::runtime::Runtime;

use crate::load::{Connection, Writers, percentiles, post_all, texts};
use crate::server::{PHONE_NUMBER_ID, SECRET, Server};
use crate::webhook::drain;
use crate::{milliseconds, per_second, row, setting, whole};

/// Conversations without `CONVERSATIONS`.
const CONVERSATIONS: usize = 100_000;
const CONNECTIONS: usize = 64;
/// Lists asked for of each kind, and searches, which take longer.
const LISTS: usize = 500;
const SEARCHES: usize = 50;
const CAUGHT_UP: Duration = Duration::from_mins(10);
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

const DROP: Statement = Statement::portable("drop", "drop schema read_models cascade");

/// Lists that an operator's front end asks for.
const LISTS_OF_OPERATORS: [(&str, &str); 5] = [
    ("newest first", "/api/v1/conversations?limit=50"),
    ("open ones", "/api/v1/conversations?status=active&limit=50"),
    (
        "a part of a number",
        "/api/v1/conversations?search=9900004&limit=50",
    ),
    (
        "a part of a name",
        "/api/v1/conversations?search=%D0%90%D0%BD%D0%BD&limit=50",
    ),
    (
        "one number",
        "/api/v1/conversations?search=79900054321&limit=50",
    ),
];

/// Measures and prints.
pub(crate) fn run(runtime: &Runtime) -> anyhow::Result<()> {
    runtime.block_on(measure(setting("CONVERSATIONS").unwrap_or(CONVERSATIONS)))
}

async fn measure(conversations: usize) -> anyhow::Result<()> {
    let server = Server::start().await?;
    let numbers = [PHONE_NUMBER_ID.to_owned()];
    let writers = Writers {
        customers: conversations,
        numbers: &numbers,
        secret: SECRET,
        run: 0,
    };
    post_all(server.port, &texts(conversations, writers), CONNECTIONS).await?;
    drain(&server).await?;
    caught_up(&server).await?;
    for (name, path) in LISTS_OF_OPERATORS {
        let count = if path.contains("search") {
            SEARCHES
        } else {
            LISTS
        };
        let mut times = Vec::with_capacity(count);
        let mut connection = Connection::open(server.port).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            server.admin_token()
        );
        let mut bytes = 0;
        for _ in 0..count {
            let began = Instant::now();
            bytes = connection.ask(request.as_bytes()).await?.len();
            times.push(began.elapsed());
        }
        let (p50, p99) = percentiles(&mut times);
        row(
            &format!("lists: {name}, {conversations} conversations"),
            format!(
                "p50 {}, p99 {} ({bytes} bytes)",
                milliseconds(p50),
                milliseconds(p99)
            ),
        )?;
    }
    rebuild(server).await
}

/// Waits until the read models show all of the log.
async fn caught_up(server: &Server) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let projections = server.get("/api/v1/admin/projections").await?;
        let projections = projections.as_array().cloned().unwrap_or_default();
        if projections.iter().all(|one| one["lag"] == 0) {
            return Ok(());
        }
        anyhow::ensure!(
            began.elapsed() < CAUGHT_UP,
            "the read models do not catch up"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Builds all read models of what the server left, from nothing, then each by itself.
async fn rebuild(server: Server) -> anyhow::Result<()> {
    let (folder, postgres) = server.stop().await?;
    let data_dir = folder.path().join("data");
    let (keyring, _) = KeyFiles::open_or_create(&data_dir, None)?;
    let tasks = Tasks::default();
    let (location, anew) = match &postgres {
        Some(postgres) => {
            let server = db::Server::parse(&postgres.url("postgres"))?;
            let mut connection = server.connect().await?;
            query(DROP).execute(&mut connection).await?;
            let anew = projections::Location::Server(server.clone());
            (Location::Server(server), anew)
        }
        None => (
            Location::Folder(data_dir),
            projections::Location::File(folder.path().join("anew.db")),
        ),
    };
    let options = OpenOptions {
        location,
        keyring: Arc::new(keyring),
        clock: Arc::new(SystemClock) as Arc<dyn Clock>,
        ids: Arc::new(SystemIds) as Arc<dyn IdGenerator>,
    };
    let log: Arc<dyn EventLog> = Database::open(options, &tasks).await?.log;
    let leases = Arc::new(Alone::default());
    let head = log.head();
    let projections = Projections::open(anew, Arc::clone(&log), leases, &tasks).await?;
    let began = Instant::now();
    projections.start()?;
    anyhow::ensure!(
        projections.wait_for(head, CAUGHT_UP).await,
        "the read models do not catch up"
    );
    let took = began.elapsed();
    let count = projections.list().len();
    row(
        &format!("projections: {count} read models built from nothing"),
        format!(
            "{head} events in {:.1} s, {}/s",
            took.as_secs_f64(),
            whole(per_second(head, took))
        ),
    )?;
    for one in projections.list() {
        let began = Instant::now();
        projections.rebuild(one.name, |_, _| ()).await?;
        let took = began.elapsed();
        row(
            &format!("projections: {} rebuilt beside the others", one.name),
            format!(
                "{head} events in {:.1} s, {}/s",
                took.as_secs_f64(),
                whole(per_second(head, took))
            ),
        )?;
    }
    tasks.shut_down(STOPPED_WITHIN).await;
    Ok(())
}
