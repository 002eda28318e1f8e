//! The NATS server is killed, is not there, loses everything.

use super::{id, is_whole, metric, publishing, served, talk, up_to};
use crate::support::{TestApp, eventually};
use tests::private_nats::PrivateNats;

async fn is_ready(app: &TestApp) {
    app.get_root("/readyz").await.expect(200);
}

async fn is_failing(app: &TestApp) {
    eventually("the metrics say that events wait", || async {
        let failing = metric(app, "events_published_failing_seconds").await?;
        let lag = metric(app, "events_published_lag").await?;
        (failing > 0.0 && lag > 0.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_gets_the_rest_and_nothing_twice() -> anyhow::Result<()> {
    let Some((mut nats, app)) = publishing(&[]).await? else {
        return Ok(());
    };
    talk(&app, "79991110001").await;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    nats.kill();
    talk(&app, "79991110002").await;
    is_ready(&app).await;
    is_failing(&app).await;
    nats.start_again().await?;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    // In the middle of publishing, several times.
    for customer in 3..6 {
        let wa_id = format!("7999111000{customer}");
        let talking = talk(&app, &wa_id);
        let killing = async {
            nats.kill();
            nats.start_again().await
        };
        let ((), killed) = tokio::join!(talking, killing);
        killed?;
    }
    is_whole(&nats, &app, "vestnik", "sealed").await;
    eventually("the metrics say that it works", || async {
        let total = metric(&app, "events_published_total").await?;
        let failing = metric(&app, "events_published_failing_seconds").await?;
        let lag = metric(&app, "events_published_lag").await?;
        (total > 0.0 && failing == 0.0 && lag == 0.0).then_some(())
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_late_or_lost_everything_gets_everything() -> anyhow::Result<()> {
    let Some(mut nats) = PrivateNats::start().await? else {
        return Ok(());
    };
    nats.kill();
    let mut app = served(&nats, &[]).await;
    talk(&app, "79991110001").await;
    is_ready(&app).await;
    is_failing(&app).await;
    let said = app.vestnik(&[("NATS_URL", &nats.url())], &["doctor"]).await;
    let line = said.line("D-NATS");
    assert!(
        line.starts_with("problem") && !said.out.contains("s3cret"),
        "{line}"
    );
    nats.start_again().await?;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    // Nothing new is recorded afterwards: it is noticed all the same.
    nats.kill();
    nats.wipe()?;
    nats.start_again().await?;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    // Nor does a server that starts anew trust its own mark more than the stream.
    app.stop().await;
    nats.kill();
    nats.wipe()?;
    nats.start_again().await?;
    app.restart().await;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    let said = app.vestnik(&[("NATS_URL", &nats.url())], &["doctor"]).await;
    let line = said.line("D-NATS");
    let head = app.inside().app().log.head();
    assert!(
        line.starts_with("ok") && line.contains(&head.to_string()),
        "{line}"
    );
    let last = id(&app, head);
    assert_eq!(up_to(&nats, "vestnik", &last).await.len() as u64, head);
    Ok(())
}
