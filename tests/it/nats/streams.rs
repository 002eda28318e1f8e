//! The stream is removed, emptied, shared by mistake; the log begins a new epoch.

use super::{context, everything, id, is_whole, publishing, served, stream, talk, up_to};
use crate::support::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_stream_is_made_again_and_an_emptied_one_goes_on() -> anyhow::Result<()> {
    let Some((nats, app)) = publishing(&[("NATS_PERSONAL", "open")]).await? else {
        return Ok(());
    };
    talk(&app, "79991110001").await;
    is_whole(&nats, &app, "vestnik", "open").await;
    let context = context(&nats).await;
    context.delete_stream("vestnik").await?;
    is_whole(&nats, &app, "vestnik", "open").await;
    let before = app.inside().app().log.head();
    stream(&nats, "vestnik").await.purge().await?;
    talk(&app, "79991110002").await;
    let head = app.inside().app().log.head();
    let stream = stream(&nats, "vestnik").await;
    let ids = eventually("what came after", || async {
        let info = stream.get_info().await.ok()?;
        let mut ids = Vec::new();
        for sequence in info.state.first_sequence..=info.state.last_sequence {
            let message = stream.get_raw_message(sequence).await.ok()?;
            ids.push(message.headers.get("Nats-Msg-Id")?.as_str().to_owned());
        }
        (ids.last() == Some(&id(&app, head))).then_some(ids)
    })
    .await;
    let wanted: Vec<String> = (before + 1..=head)
        .map(|position| id(&app, position))
        .collect();
    assert_eq!(ids, wanted, "what was removed on purpose stays away");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_another_installation_is_left_alone() -> anyhow::Result<()> {
    let Some((nats, app)) = publishing(&[]).await? else {
        return Ok(());
    };
    is_whole(&nats, &app, "vestnik", "sealed").await;
    let other = served(&nats, &[]).await;
    talk(&other, "79991110002").await;
    talk(&app, "79991110001").await;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    let own = served(&nats, &[("NATS_STREAM", "second")]).await;
    is_whole(&nats, &own, "second", "sealed").await;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_epoch_is_published_anew_under_its_own_ids() -> anyhow::Result<()> {
    let Some((nats, mut app)) = publishing(&[]).await? else {
        return Ok(());
    };
    talk(&app, "79991110001").await;
    is_whole(&nats, &app, "vestnik", "sealed").await;
    let former = app.inside().app().log.epoch();
    let before = app.inside().app().log.head();
    app.stop().await;
    app.vestnik(&[], &["restored"]).await.good();
    app.restart().await;
    assert_ne!(app.inside().app().log.epoch(), former);
    app.settled().await;
    let head = app.inside().app().log.head();
    let found = up_to(&nats, "vestnik", &id(&app, head)).await;
    let wanted = (1..=before)
        .map(|position| format!("{former}:{position}"))
        .chain((1..=head).map(|position| id(&app, position)));
    let found: Vec<String> = found.into_iter().map(|one| one.id).collect();
    assert_eq!(found, wanted.collect::<Vec<_>>());
    assert_eq!(
        everything(&stream(&nats, "vestnik").await).await.len(),
        found.len()
    );
    Ok(())
}
