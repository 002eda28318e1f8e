//! The least of a world that the receiver needs.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::ids::{NumberId, SecretId, derive};
use domain::number::NumberKind;
use domain::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::inbound::signers::SignatureVerifier;
use crate::ports::StoreError;
use crate::ports::directory::{BoundBot, Directory, DirectoryNumber, TokenOwner};
use crate::ports::hashes::{KeyedHash, KeyedHashes};
use crate::ports::inbox::{
    Accepted, HeldItem, HistoryPart, HoldReason, Inbox, ItemRecord, NewDelivery, Release,
    ResolveItem, ResolvedItem, StoredItem, WamidTarget,
};
use crate::ports::leases::Fence;
use crate::ports::row_op::NumberRow;

/// Hashes without a key.
#[derive(Debug)]
pub(super) struct PlainHashes;

impl KeyedHashes for PlainHashes {
    fn dedupe(&self, parts: &[&str]) -> KeyedHash {
        KeyedHash(*derive(parts.join("\u{1f}").as_bytes()).as_bytes())
    }

    fn wamid(&self, phone_number_id: &str, wamid: &str) -> KeyedHash {
        self.dedupe(&["wamid", phone_number_id, wamid])
    }

    fn identity(&self, scope: &str, kind: &str, value: &str) -> KeyedHash {
        self.dedupe(&["identity", scope, kind, value])
    }

    fn token_fingerprint(&self, token: &str) -> String {
        token.to_owned()
    }
}

/// A signature is the secret in hex, filled up: enough to tell short secrets apart.
#[derive(Debug)]
pub(super) struct PlainVerifier;

pub(super) fn signature(secret: &str) -> String {
    let number = secret
        .bytes()
        .fold(0_u128, |number, byte| number << 8 | u128::from(byte));
    format!("sha256={number:064x}")
}

impl SignatureVerifier for PlainVerifier {
    fn verify(&self, secret: &SecretString, _body: &[u8], signature_hex: &str) -> bool {
        signature(secret.expose_secret()) == format!("sha256={signature_hex}")
    }
}

/// Numbers in memory.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<Arc<DirectoryNumber>>);

impl Numbers {
    pub(super) fn with(
        mut self,
        phone_number_id: &str,
        kind: NumberKind,
        secret: Option<&str>,
    ) -> Self {
        let id = Uuid::from_u128(self.0.len() as u128 + 1);
        let row = NumberRow {
            id: NumberId::new(id),
            kind,
            phone_number_id: phone_number_id.to_owned(),
            is_active: true,
            is_removed: false,
            auth_broken: false,
            access_token: SecretId::new(id),
            token_fingerprint: String::new(),
            app_secret: None,
        };
        let app_secret = secret.map(|secret| Arc::new(SecretString::from(secret.to_owned())));
        self.0.push(Arc::new(DirectoryNumber {
            row,
            access_token: None,
            app_secret,
        }));
        self
    }
}

#[async_trait]
impl Directory for Numbers {
    fn number_by_phone_number_id(&self, phone_number_id: &str) -> Option<Arc<DirectoryNumber>> {
        self.0
            .iter()
            .find(|number| number.row.phone_number_id == phone_number_id)
            .cloned()
    }

    fn number(&self, id: NumberId) -> Option<Arc<DirectoryNumber>> {
        self.0.iter().find(|number| number.row.id == id).cloned()
    }

    fn numbers(&self) -> Vec<Arc<DirectoryNumber>> {
        self.0.clone()
    }

    fn bot(&self, _number: NumberId) -> Option<BoundBot> {
        None
    }

    fn token(&self, _hash: &str) -> Option<TokenOwner> {
        None
    }

    fn tokens(&self) -> Vec<TokenOwner> {
        Vec::new()
    }

    async fn is_in_use(&self, _number: NumberId) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// Keeps what it accepts; everything else is empty.
#[derive(Debug, Default)]
pub(super) struct AcceptingInbox {
    pub(super) deliveries: Mutex<Vec<NewDelivery>>,
    pub(super) is_out: bool,
}

#[async_trait]
impl Inbox for AcceptingInbox {
    fn unanswered(&self) -> usize {
        0
    }

    async fn accept(&self, delivery: NewDelivery) -> Result<Accepted, StoreError> {
        if self.is_out {
            return Err(StoreError::Overloaded);
        }
        let fresh = delivery.items.len();
        self.deliveries.lock().unwrap().push(delivery);
        Ok(Accepted {
            fresh,
            duplicates: 0,
        })
    }

    async fn open_items(
        &self,
        _: i64,
        _: usize,
        _: &[String],
    ) -> Result<Vec<Arc<StoredItem>>, StoreError> {
        Ok(Vec::new())
    }

    async fn wait_for_items(&self, _: i64) {}

    async fn resolve(
        &self,
        _: Vec<ResolveItem>,
        _: Option<Fence>,
    ) -> Result<Vec<ResolvedItem>, StoreError> {
        Ok(Vec::new())
    }

    async fn find_wamids(
        &self,
        wamids: &[KeyedHash],
    ) -> Result<Vec<Option<WamidTarget>>, StoreError> {
        Ok(vec![None; wamids.len()])
    }

    async fn orphan(&self, _: i64, _: KeyedHash, _: Option<Fence>) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn done(&self, _: &[i64], _: Option<Fence>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn hold(&self, _: &[i64], _: HoldReason, _: Option<Fence>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn failed(&self, _: i64, _: &str, _: Option<Fence>) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn release_held(&self, _: &str) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn held(&self, _: i64, _: usize) -> Result<Vec<HeldItem>, StoreError> {
        Ok(Vec::new())
    }

    async fn release(&self, _: Release) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn last_seen_at(&self, _: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    async fn numbers_last_seen_at(
        &self,
        _: &[String],
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        Ok(Vec::new())
    }

    async fn history(&self, _: &HistoryPart) -> Result<Vec<ItemRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn oldest_open_seconds(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
