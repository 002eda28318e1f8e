//! Answering Meta: verify a delivery, split it, store it. 200 means that it is on disk.
//!
//! Nothing of a body, a signature or a secret reaches an error or a log line.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::SecretString;

use super::envelope::Delivery;
pub use super::signers::{ReceiverConfig, SignatureVerifier};
use super::signers::{Signers, signature_hex};
use super::split::{Item, split};
use crate::ports::StoreError;
use crate::ports::directory::Directory;
use crate::ports::hashes::KeyedHashes;
use crate::ports::inbox::{Accepted, Inbox, ItemClass, NewDelivery, NewItem};

/// Receives deliveries.
#[derive(Debug)]
pub struct Receiver {
    global_secrets: Vec<Arc<SecretString>>,
    simulator_secret: Option<Arc<SecretString>>,
    directory: Arc<dyn Directory>,
    inbox: Arc<dyn Inbox>,
    hashes: Arc<dyn KeyedHashes>,
    verifier: Arc<dyn SignatureVerifier>,
}

/// A delivery that is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// What was new in it.
    pub accepted: Accepted,
    /// How many items it has.
    pub items: usize,
}

/// Why a delivery was not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReceiveError {
    /// 401.
    #[error(
        "X-Hub-Signature-256 must be given once as sha256= and 64 hex digits, made with the app secret over the raw body"
    )]
    SignatureInvalid,
    /// 503 `webhook_disabled`.
    #[error("no app secret is set: set WHATSAPP_APP_SECRET to receive from Meta")]
    Disabled,
    /// 503: Meta delivers again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Receiver {
    /// A receiver with its secrets and ports.
    pub fn new(
        config: ReceiverConfig,
        directory: Arc<dyn Directory>,
        inbox: Arc<dyn Inbox>,
        hashes: Arc<dyn KeyedHashes>,
        verifier: Arc<dyn SignatureVerifier>,
    ) -> Self {
        Self {
            global_secrets: config.global_secrets.into_iter().map(Arc::new).collect(),
            simulator_secret: config.simulator_secret.map(Arc::new),
            directory,
            inbox,
            hashes,
            verifier,
        }
    }

    /// Takes one delivery; durable when it returns. `signatures`: every `X-Hub-Signature-256` header.
    ///
    /// # Errors
    /// [`ReceiveError`]: nothing was taken, or it is not known whether it was.
    pub async fn receive(
        &self,
        body: Bytes,
        signatures: &[&str],
    ) -> Result<Received, ReceiveError> {
        let items = self.verified_items(&body, signatures)?;
        let count = items.len();
        let size_bytes = body.len();
        let accepted = self.inbox.accept(NewDelivery { body, items }).await?;
        tracing::info!(
            items = count,
            fresh = accepted.fresh,
            duplicates = accepted.duplicates,
            size_bytes,
            "WhatsApp Webhook received"
        );
        Ok(Received {
            accepted,
            items: count,
        })
    }

    fn verified_items(
        &self,
        body: &Bytes,
        signatures: &[&str],
    ) -> Result<Vec<NewItem>, ReceiveError> {
        let directory = self.directory.as_ref();
        let signers = Signers::gather(
            &self.global_secrets,
            self.simulator_secret.as_ref(),
            directory,
        );
        let refusal = if signers.has_live() {
            ReceiveError::SignatureInvalid
        } else {
            ReceiveError::Disabled
        };
        let Some(signature) = signature_hex(signatures) else {
            return Err(refusal);
        };
        let mut verifying = signers.verifying(self.verifier.as_ref(), body, signature);
        // An unsigned body is not even parsed.
        let Some(first) = verifying.next() else {
            return Err(refusal);
        };
        let delivery = Delivery::read(body.clone());
        let items = split(&delivery);
        let allowed = first.may_sign(&items, directory)
            || verifying.any(|other| other.may_sign(&items, directory));
        if !allowed {
            return Err(ReceiveError::SignatureInvalid);
        }
        Ok((0..)
            .zip(&items)
            .map(|(ordinal, item)| self.new_item(ordinal, item))
            .collect())
    }

    /// Unknown numbers are not held here but by the worker: the number may be added in this moment.
    fn new_item(&self, ordinal: u32, item: &Item<'_>) -> NewItem {
        metrics::counter!("inbound_items_total", "class" => class_name(item.class)).increment(1);
        NewItem {
            ordinal,
            class: item.class,
            phone_number_id: item.phone_number_id.clone(),
            dedupe: item.dedupe(self.hashes.as_ref()),
            hold: item.hold,
        }
    }
}

const fn class_name(class: ItemClass) -> &'static str {
    match class {
        ItemClass::Message => "message",
        ItemClass::Status => "status",
        ItemClass::Other => "other",
    }
}
