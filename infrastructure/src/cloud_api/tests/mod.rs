//! The client against a scripted TCP server.

mod answers;
mod bodies;
mod server;

use std::sync::Arc;
use std::time::Duration;

use application::ports::cloud_api::{Credentials, Recipient, SendRequest};
use domain::ids::MessageId;
use domain::message::Content;
use domain::number::NumberKind;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::{GraphClient, GraphConfig};

fn client(live: &str) -> GraphClient {
    GraphClient::new(GraphConfig {
        live_base_url: Url::parse(live).unwrap(),
        simulator_base_url: None,
    })
    .unwrap()
}

fn credentials(kind: NumberKind) -> Credentials {
    Credentials {
        phone_number_id: "106540352242922".to_owned(),
        kind,
        access_token: Arc::new(SecretString::from("EAAtoken")),
    }
}

fn request(content: Content) -> SendRequest {
    SendRequest {
        credentials: credentials(NumberKind::Live),
        to: Recipient {
            phone: Some("79001234567".to_owned()),
            bsuid: None,
        },
        content,
        reply_to_wamid: None,
        send_id: MessageId::new(Uuid::from_u128(7)),
        timeout: Duration::from_millis(400),
    }
}
