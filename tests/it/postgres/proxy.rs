//! Stands between a node and its server and cuts the connection at a chosen moment.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use application::tasks::Tasks;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;

/// The name under which the driver looks for a socket in a folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// When a request that contains the marker is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Before the server gets it.
    Request,
    /// After the server has answered it, before the node sees the answer.
    Answer,
}

/// A proxy on a socket of its own; ends with its folder.
pub(super) struct Proxy {
    folder: tempfile::TempDir,
    cuts: Arc<AtomicUsize>,
    tasks: Tasks,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.tasks.stop().cancel();
    }
}

#[derive(Clone)]
struct Plan {
    marker: Vec<u8>,
    cut: Cut,
    /// Cuts that are left.
    left: Arc<AtomicUsize>,
    cuts: Arc<AtomicUsize>,
}

impl Proxy {
    /// Cuts the first request that contains `marker`.
    pub(super) fn start(server_folder: &Path, marker: String, cut: Cut) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("px").tempdir_in("/tmp")?;
        let listener = UnixListener::bind(folder.path().join(SOCKET))?;
        let target = server_folder.join(SOCKET);
        let cuts = Arc::new(AtomicUsize::new(0));
        let plan = Plan {
            marker: marker.into_bytes(),
            cut,
            left: Arc::new(AtomicUsize::new(1)),
            cuts: Arc::clone(&cuts),
        };
        let tasks = Tasks::default();
        let forwarding = tasks.clone();
        tasks.spawn(async move {
            while let Some(Ok((client, _))) = forwarding
                .stop()
                .run_until_cancelled(listener.accept())
                .await
            {
                if let Ok(server) = UnixStream::connect(&target).await {
                    forward(client, server, &plan, &forwarding);
                }
            }
        });
        Ok(Self {
            folder,
            cuts,
            tasks,
        })
    }

    pub(super) fn url(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres:///postgres?host={folder}&user=vestnik")
    }

    /// How often it has cut.
    pub(super) fn cuts(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }
}

fn forward(client: UnixStream, server: UnixStream, plan: &Plan, tasks: &Tasks) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let is_marked = Arc::new(Notify::new());
    let stop = tasks.stop().clone();
    let requests = requests(from_client, to_server, plan.clone(), Arc::clone(&is_marked));
    let answers = answers(from_server, to_client, is_marked);
    tasks.spawn(async move {
        // The end of one direction ends the connection.
        let forwarding = async {
            tokio::select! {
                () = requests => {}
                () = answers => {}
            }
        };
        stop.run_until_cancelled(forwarding).await;
    });
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    plan: Plan,
    is_marked: Arc<Notify>,
) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let is_it = buffer[..read]
            .windows(plan.marker.len())
            .any(|part| part == plan.marker)
            && plan
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
        if is_it {
            plan.cuts.fetch_add(1, Ordering::SeqCst);
            if plan.cut == Cut::Request {
                return;
            }
            is_marked.notify_one();
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_marked: Arc<Notify>) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = tokio::select! {
            biased;
            () = is_marked.notified() => {
                // The server sends nothing before the statement is committed.
                let _ = from.read(&mut buffer).await;
                return;
            }
            read = from.read(&mut buffer) => read,
        };
        let Ok(read @ 1..) = read else { return };
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
