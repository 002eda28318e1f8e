//! Commands executed a second on the log: new contacts and changes of their attributes, all remembered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use application::execute::{Executor, Intent};
use application::ports::clock::{Clock, IdGenerator};
use application::ports::event_log::{EventLog, Metadata};
use application::tasks::Tasks;
use domain::contact::{Contact, ContactCommand, Identity};
use domain::ids::{CommandId, ContactId};
use infrastructure::database::db::Server;
use infrastructure::database::{Database, Location, OpenOptions};
use infrastructure::keys::Keyring;
use infrastructure::system::{SystemClock, SystemIds};
use tests::private_postgres::PrivatePostgres;
use uuid::Uuid;

use crate::{per_second, row, whole};

/// Callers side by side.
const CALLERS: [u64; 4] = [1, 8, 64, 256];
/// How long each is measured.
const MEASURED: Duration = Duration::from_secs(4);
/// The server's default.
const CACHE: u64 = 64 << 20;
/// Commands to each contact: the first one registers it.
const PER_CONTACT: u64 = 4;
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// Measures and prints, on both databases.
pub(crate) async fn run(rows: f64) -> anyhow::Result<()> {
    for callers in CALLERS {
        let folder = tempfile::tempdir()?;
        let location = Location::Folder(folder.path().to_owned());
        run_on(location, "commands", callers, rows).await?;
    }
    for callers in CALLERS {
        // On the same disk and the same cores as its callers.
        if let Some(server) = PrivatePostgres::start_durable()? {
            let location = Location::Server(Server::parse(&server.url("postgres"))?);
            run_on(location, "commands on PostgreSQL", callers, rows).await?;
        }
    }
    Ok(())
}

async fn run_on(location: Location, name: &str, callers: u64, rows: f64) -> anyhow::Result<()> {
    let tasks = Tasks::default();
    let options = OpenOptions {
        location,
        keyring: Arc::new(Keyring::random()?),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
    };
    let log: Arc<dyn EventLog> = Database::open(options, &tasks).await?.log;
    let executor = Arc::new(Executor::new(Arc::clone(&log), CACHE));
    let (commands, time) = measure(&executor, callers).await?;
    let rate = per_second(commands, time);
    let (share, events) = (rate / rows * 100.0, per_second(log.head(), time));
    row(
        &format!("{name}: {callers} callers"),
        format!(
            "{}/s, {} events/s, {share:.0} % of the rows/s",
            whole(rate),
            whole(events)
        ),
    )?;
    tasks.shut_down(STOPPED_WITHIN).await;
    Ok(())
}

async fn measure(executor: &Arc<Executor>, callers: u64) -> anyhow::Result<(u64, Duration)> {
    let tasks = Tasks::default();
    let (done, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let began = Instant::now();
    for _ in 0..callers {
        let (executor, done, failed) =
            (Arc::clone(executor), Arc::clone(&done), Arc::clone(&failed));
        tasks.spawn(async move {
            while began.elapsed() < MEASURED {
                let made = one_contact(&executor).await;
                let counter = if made.is_ok() { &done } else { &failed };
                counter.fetch_add(made.unwrap_or(1), Ordering::Relaxed);
            }
        });
    }
    tasks.shut_down(MEASURED + STOPPED_WITHIN).await;
    let failed = failed.load(Ordering::Relaxed);
    anyhow::ensure!(failed == 0, "{failed} commands failed");
    Ok((done.load(Ordering::Relaxed), began.elapsed()))
}

async fn one_contact(executor: &Executor) -> anyhow::Result<u64> {
    let id = SystemIds.next();
    let now = SystemClock.now();
    let identify = ContactCommand::Identify {
        now,
        contact: ContactId::new(id),
        provider_at: now,
        identity: Identity::default(),
    };
    execute(executor, id, identify).await?;
    for index in 1..PER_CONTACT {
        let attribute = ContactCommand::SetAttribute {
            now,
            key: format!("answer_{index}"),
            value: "Стрижка, завтра в три часа".to_owned(),
            session: None,
        };
        execute(executor, id, attribute).await?;
    }
    Ok(PER_CONTACT)
}

async fn execute(executor: &Executor, id: Uuid, command: ContactCommand) -> anyhow::Result<()> {
    let intent = Intent {
        command_id: CommandId::new(SystemIds.next()),
        remember: true,
        metadata: Metadata::default(),
        fence: None,
    };
    executor
        .execute::<Contact>(id, intent, command, |_, _| Vec::new())
        .await?;
    Ok(())
}
