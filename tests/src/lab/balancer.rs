//! What stands before the nodes: takes Meta's connections and passes each on to a node that answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use application::tasks::Tasks;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Connections go to these in turn; one to a node that is taken out is cut.
#[derive(Debug)]
pub(super) struct Balancer {
    pub(super) address: SocketAddr,
    nodes: watch::Sender<Vec<SocketAddr>>,
    tasks: Tasks,
}

impl Balancer {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let nodes = watch::Sender::new(Vec::new());
        let tasks = Tasks::default();
        let (known, spawner) = (nodes.subscribe(), tasks.clone());
        tasks.spawn(async move {
            let turn = Arc::new(AtomicUsize::new(0));
            while let Ok((client, _)) = listener.accept().await {
                spawner.spawn(pass_on(client, known.clone(), Arc::clone(&turn)));
            }
        });
        Ok(Self {
            address,
            nodes,
            tasks,
        })
    }

    /// Passes connections on to these nodes and no others.
    pub(super) fn set(&self, nodes: Vec<SocketAddr>) {
        self.nodes.send_replace(nodes);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.tasks.stop().cancel();
    }
}

async fn pass_on(
    mut client: TcpStream,
    mut nodes: watch::Receiver<Vec<SocketAddr>>,
    turn: Arc<AtomicUsize>,
) {
    let known = nodes.borrow_and_update().clone();
    let first = turn.fetch_add(1, Ordering::Relaxed);
    for place in 0..known.len() {
        let node = known[(first + place) % known.len()];
        let Ok(mut server) = TcpStream::connect(node).await else {
            continue;
        };
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => {}
            _ = nodes.wait_for(|nodes| !nodes.contains(&node)) => {}
        }
        return;
    }
}
