//! Who may sign what, and what is refused.

use std::sync::Arc;

use bytes::Bytes;
use domain::number::NumberKind;
use secrecy::SecretString;
use serde_json::json;

use super::fakes::{AcceptingInbox, Numbers, PlainHashes, PlainVerifier, signature};
use crate::inbound::receive::{ReceiveError, Received, Receiver, ReceiverConfig};
use crate::inbound::worker::InboundWorker;
use crate::ports::inbox::HoldReason;

struct World {
    receiver: Receiver,
    inbox: Arc<AcceptingInbox>,
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn world_with(global: &[&str], simulator: Option<&str>, own: Option<&str>) -> World {
    let numbers = Numbers::default()
        .with("LIVE", NumberKind::Live, None)
        .with("OWN", NumberKind::Live, own)
        .with("SIM", NumberKind::Simulated, Some("simulated-own"));
    let inbox = Arc::new(AcceptingInbox::default());
    let config = ReceiverConfig {
        global_secrets: global.iter().map(|text| secret(text)).collect(),
        simulator_secret: simulator.map(secret),
    };
    let port = Arc::clone(&inbox);
    let receiver = Receiver::new(
        config,
        Arc::new(numbers),
        port,
        Arc::new(PlainHashes),
        Arc::new(PlainVerifier),
    );
    World { receiver, inbox }
}

fn world() -> World {
    world_with(&["new", "old"], Some("sim"), Some("own"))
}

fn body(numbers: &[&str]) -> Bytes {
    let changes: Vec<_> = numbers
        .iter()
        .map(|number| {
            json!({"field": "messages", "value": {
            "metadata": {"phone_number_id": number},
            "messages": [{"id": "w", "from": "1", "type": "text", "text": {"body": "hi"}}]}})
        })
        .collect();
    let json =
        json!({"object": "whatsapp_business_account", "entry": [{"id": "W", "changes": changes}]});
    Bytes::from(json.to_string())
}

async fn receive(world: &World, body: Bytes, secret: &str) -> Result<Received, ReceiveError> {
    world.receiver.receive(body, &[&signature(secret)]).await
}

#[tokio::test]
async fn each_secret_signs_for_its_numbers_only() {
    let world = world();
    for (secret, numbers, allowed) in [
        ("new", &["LIVE"][..], true),
        ("old", &["LIVE", "OWN"], true),
        ("new", &["STRANGE"], true),
        ("new", &["SIM"], false),
        ("new", &["LIVE", "SIM"], false),
        ("own", &["OWN"], true),
        ("own", &["LIVE"], false),
        ("own", &["OWN", "LIVE"], false),
        ("own", &["STRANGE"], false),
        ("sim", &["SIM"], true),
        ("sim", &["LIVE"], false),
        ("sim", &["SIM", "STRANGE"], false),
        ("simulated-own", &["SIM"], false),
        ("nobody", &["LIVE"], false),
    ] {
        let outcome = receive(&world, body(numbers), secret).await;
        match outcome {
            Ok(received) => assert!(
                allowed && received.items == numbers.len(),
                "{secret} {numbers:?}"
            ),
            Err(ReceiveError::SignatureInvalid) => assert!(!allowed, "{secret} {numbers:?}"),
            Err(other) => panic!("{secret} {numbers:?}: {other}"),
        }
    }
}

#[tokio::test]
async fn one_text_that_is_two_secrets_may_sign_as_either() {
    let world = world_with(&["same"], Some("same"), None);
    assert!(receive(&world, body(&["SIM"]), "same").await.is_ok());
    assert!(receive(&world, body(&["LIVE"]), "same").await.is_ok());
    assert!(
        receive(&world, body(&["LIVE", "SIM"]), "same")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn anything_but_one_well_formed_header_is_refused() {
    let world = world();
    let sound = signature("new");
    let sha1 = sound.replace("sha256=", "sha1=");
    let spaced = format!(" {sound}");
    let short = &sound[..sound.len() - 1];
    let long = format!("{sound}0");
    let no_hex = format!("{}g", &sound[..sound.len() - 1]);
    let joined = format!("{sound},{sound}");
    for headers in [
        &[][..],
        &[sound.as_str(), sound.as_str()],
        &[""],
        &["sha256="],
        &[&sha1],
        &[&spaced],
        &[short],
        &[&long],
        &[&no_hex],
        &[&joined],
        &[&sound[7..]],
    ] {
        let outcome = world.receiver.receive(body(&["LIVE"]), headers).await;
        assert!(
            matches!(outcome, Err(ReceiveError::SignatureInvalid)),
            "{headers:?}"
        );
    }
    assert!(world.inbox.deliveries.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_live_secret_the_webhook_is_disabled_for_all_but_the_simulator() {
    let world = world_with(&["", "  "], Some("sim"), None);
    for wrong in ["", "new"] {
        let outcome = receive(&world, body(&["LIVE"]), wrong).await;
        assert!(matches!(outcome, Err(ReceiveError::Disabled)), "{wrong}");
    }
    assert!(receive(&world, body(&["SIM"]), "sim").await.is_ok());
    let forged = receive(&world, body(&["LIVE"]), "sim").await;
    assert!(matches!(forged, Err(ReceiveError::SignatureInvalid)));
}

#[tokio::test]
async fn signed_but_unparsable_body_is_kept_and_held() {
    let world = world();
    let received = receive(&world, Bytes::from_static(b"{\"object\":"), "new")
        .await
        .unwrap();
    assert_eq!(received.items, 1);
    let deliveries = world.inbox.deliveries.lock().unwrap();
    assert_eq!(deliveries[0].items[0].hold, Some(HoldReason::Unparsable));
    assert_eq!(&deliveries[0].body[..], b"{\"object\":");
}

#[tokio::test]
async fn unknown_number_is_accepted_and_left_to_the_worker() {
    let world = world();
    receive(&world, body(&["STRANGE"]), "new").await.unwrap();
    let deliveries = world.inbox.deliveries.lock().unwrap();
    assert_eq!(
        deliveries[0].items[0].phone_number_id.as_deref(),
        Some("STRANGE")
    );
}

#[tokio::test]
async fn a_store_that_is_out_is_never_acknowledged() {
    let mut world = world();
    let inbox = Arc::new(AcceptingInbox {
        is_out: true,
        ..AcceptingInbox::default()
    });
    world.receiver = Receiver::new(
        ReceiverConfig {
            global_secrets: vec![secret("new")],
            simulator_secret: None,
        },
        Arc::new(Numbers::default().with("LIVE", NumberKind::Live, None)),
        inbox,
        Arc::new(PlainHashes),
        Arc::new(PlainVerifier),
    );
    assert!(matches!(
        receive(&world, body(&["LIVE"]), "new").await,
        Err(ReceiveError::Store(_))
    ));
}

#[test]
fn the_worker_can_be_spawned() {
    fn is_send<T: Send>(_: impl FnOnce(Arc<InboundWorker>) -> T) {}
    is_send(|worker| async move { worker.run(tokio_util::sync::CancellationToken::new()).await });
}
