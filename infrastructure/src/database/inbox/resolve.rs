//! Whose items these are: identities and routes, with what is new reserved in the same transaction.
//!
//! A batch is decided in memory in the order given, so that two items of one unknown customer make one
//! contact, and written with one statement a table. Identifiers are never moved from contact to contact, and
//! a contact has one BSUID: another one under the same phone number is another person (a recycled number).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use application::ports::hashes::KeyedHash;
use application::ports::inbox::{IdentityKey, Resolution, ResolveItem, ResolvedItem};
use application::ports::leases::Fence;
use async_trait::async_trait;
use domain::ids::{ContactId, ConversationId};
use domain::stream::lane_of;
use domain::time::Timestamp;

use super::sql;
use crate::database::db::{Connection, Dialect, Statement, query};
use crate::database::leases;
use crate::database::rows::{decode, hash, json};
use crate::database::subject_keys::{self, SubjectKeys};
use crate::database::write_queue::WriteKind;
use crate::keys::DataKey;

/// The identifier that names one person for good; a phone number may pass to another one.
const BSUID: &str = "bsuid";

/// Resolves batches of items.
#[derive(Debug)]
pub(super) struct ResolveItems {
    pub(super) subject_keys: Arc<SubjectKeys>,
}

/// Answers, and the keys made for new contacts of the whole batch (with its first answer).
#[derive(Debug)]
pub(super) struct Resolved {
    /// `None`: the lease has changed hands.
    pub(super) items: Option<Vec<ResolvedItem>>,
    new_keys: Vec<(ContactId, Arc<DataKey>)>,
}

#[async_trait]
impl WriteKind for ResolveItems {
    type Input = (Vec<ResolveItem>, Option<Fence>);
    type Output = Resolved;

    const MAX_BATCH: usize = 16;

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut lost = Vec::new();
        if transaction.dialect() == Dialect::Postgres {
            // Another node must not decide on the same identifiers: what it wrote is read after the wait.
            let fences = leases::asked(inputs.iter().map(|(_, fence)| fence));
            let (places, _): (String, String) = query(sql::RESOLVE_LOCK)
                .bind(json(&fences)?)
                .fetch_one(&mut *transaction)
                .await?;
            lost = leases::places(&places)?;
        }
        let is_ours = |place: &usize| !lost.contains(place);
        let ours: Vec<&[ResolveItem]> = (0..inputs.len())
            .filter(is_ours)
            .map(|place| inputs[place].0.as_slice())
            .collect();
        let mut known = Known::read(transaction, &ours).await?;
        let mut outputs: Vec<Resolved> = inputs
            .iter()
            .enumerate()
            .map(|(place, (items, _))| Resolved {
                items: is_ours(&place)
                    .then(|| items.iter().map(|item| known.resolve(item)).collect()),
                new_keys: Vec::new(),
            })
            .collect();
        let new_keys = self
            .make_keys(transaction, now, &known.new_contacts)
            .await?;
        write(transaction, &known, &outputs).await?;
        if let Some(first) = outputs.first_mut() {
            first.new_keys = new_keys;
        }
        Ok(outputs)
    }

    fn committed(&self, _inputs: &[Self::Input], outputs: &[Self::Output]) {
        for (contact, key) in outputs.iter().flat_map(|output| &output.new_keys) {
            self.subject_keys.remember(*contact, Arc::clone(key));
        }
    }
}

impl ResolveItems {
    async fn make_keys(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        contacts: &[ContactId],
    ) -> Result<Vec<(ContactId, Arc<DataKey>)>, sqlx::Error> {
        let mut made = Vec::with_capacity(contacts.len());
        let mut rows = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let (key, wrapped) = self
                .subject_keys
                .prepare_new(*contact)
                .map_err(|error| sqlx::Error::Encode(error.into()))?;
            rows.push((*contact, wrapped));
            made.push((*contact, key));
        }
        subject_keys::insert_new(transaction, now, &rows).await?;
        Ok(made)
    }
}

async fn write(
    transaction: &mut Connection,
    known: &Known<'_>,
    outputs: &[Resolved],
) -> Result<(), sqlx::Error> {
    let identities: Vec<(&str, &str, String, String)> = known
        .new_identities
        .iter()
        .map(|(key, contact)| {
            let hash = hex::encode(key.hash.0);
            (key.scope, key.kind, hash, contact.to_string())
        })
        .collect();
    execute(
        transaction,
        &sql::INSERT_IDENTITIES,
        &json(&identities)?,
        identities.len(),
    )
    .await?;
    let routes: Vec<(&str, String, String, u16)> = known
        .new_routes
        .iter()
        .map(|(number, resolution)| {
            let lane = lane_of(resolution.conversation.as_uuid());
            let Resolution {
                contact,
                conversation,
            } = resolution;
            (*number, contact.to_string(), conversation.to_string(), lane)
        })
        .collect();
    let stamps: Vec<(i64, String, String, u16)> = outputs
        .iter()
        .filter_map(|output| output.items.as_ref())
        .flatten()
        .map(|resolved| {
            let Resolution {
                contact,
                conversation,
            } = resolved.resolution;
            let lane = lane_of(conversation.as_uuid());
            (
                resolved.item,
                contact.to_string(),
                conversation.to_string(),
                lane,
            )
        })
        .collect();
    execute(
        transaction,
        &sql::INSERT_ROUTES,
        &json(&routes)?,
        routes.len(),
    )
    .await?;
    execute(
        transaction,
        &sql::STAMP_ITEMS,
        &json(&stamps)?,
        stamps.len(),
    )
    .await
}

async fn execute(
    transaction: &mut Connection,
    statement: &Statement,
    rows: &str,
    count: usize,
) -> Result<(), sqlx::Error> {
    if count > 0 {
        query(*statement).bind(rows).execute(transaction).await?;
    }
    Ok(())
}

/// What is known while a batch is decided, and what it adds.
struct Known<'a> {
    identities: HashMap<(String, KeyedHash), ContactId>,
    /// Contacts that have a BSUID.
    with_bsuid: HashSet<ContactId>,
    routes: HashMap<(String, ContactId), ConversationId>,
    new_contacts: Vec<ContactId>,
    new_identities: Vec<(IdentityKey, ContactId)>,
    new_routes: Vec<(&'a str, Resolution)>,
}

impl<'a> Known<'a> {
    async fn read(
        transaction: &mut Connection,
        inputs: &[&'a [ResolveItem]],
    ) -> Result<Self, sqlx::Error> {
        let items = || inputs.iter().copied().flatten();
        let keys: BTreeSet<(&str, &str, String)> = items()
            .flat_map(|item| &item.keys)
            .map(|key| (key.scope, key.kind, hex::encode(key.hash.0)))
            .collect();
        let rows: Vec<(String, Vec<u8>, String, bool)> = query(sql::FIND_IDENTITIES)
            .bind(json(&keys)?)
            .fetch_all(&mut *transaction)
            .await?;
        let mut identities = HashMap::with_capacity(rows.len());
        let mut with_bsuid = HashSet::new();
        for (kind, hmac, contact, has_bsuid) in rows {
            let contact = decode(&contact, "identities.contact")?;
            identities.insert((kind, hash(&hmac)?), contact);
            if has_bsuid {
                with_bsuid.insert(contact);
            }
        }
        let pairs: BTreeSet<(&str, String)> = items()
            .flat_map(|item| item.keys.iter().map(move |key| (item, key)))
            .filter_map(|(item, key)| {
                let contact: &ContactId = identities.get(&(key.kind.to_owned(), key.hash))?;
                Some((item.phone_number_id.as_str(), contact.to_string()))
            })
            .collect();
        let rows: Vec<(String, String, String)> = query(sql::FIND_ROUTES)
            .bind(json(&pairs)?)
            .fetch_all(transaction)
            .await?;
        let mut routes = HashMap::with_capacity(rows.len());
        for (number, contact, conversation) in rows {
            let contact = decode(&contact, "conversation_routes.contact")?;
            let conversation = decode(&conversation, "conversation_routes.conversation")?;
            routes.insert((number, contact), conversation);
        }
        Ok(Self {
            identities,
            with_bsuid,
            routes,
            new_contacts: Vec::new(),
            new_identities: Vec::new(),
            new_routes: Vec::new(),
        })
    }

    fn owner(&self, key: &IdentityKey) -> Option<ContactId> {
        self.identities
            .get(&(key.kind.to_owned(), key.hash))
            .copied()
    }

    /// Whose item it is: the strongest known identifier says it, unless it is a phone number whose contact
    /// has another BSUID than the item's, which is not known yet.
    fn contact_of(&mut self, item: &ResolveItem, named: &[ContactId]) -> ContactId {
        let new_bsuid = item
            .keys
            .iter()
            .any(|key| key.kind == BSUID && self.owner(key).is_none());
        let known = named
            .first()
            .copied()
            .filter(|known| !(new_bsuid && self.with_bsuid.contains(known)));
        known.unwrap_or_else(|| {
            self.new_contacts.push(item.new_contact);
            item.new_contact
        })
    }

    /// Links what is new. Another spelling of a known phone number stays with that number's contact.
    fn link(&mut self, item: &ResolveItem, contact: ContactId) {
        for key in &item.keys {
            if self.owner(key).is_some() {
                continue;
            }
            let mut of_kind = item.keys.iter().filter(|other| other.kind == key.kind);
            let owner = of_kind
                .find_map(|other| self.owner(other))
                .unwrap_or(contact);
            self.identities
                .insert((key.kind.to_owned(), key.hash), owner);
            if key.kind == BSUID {
                self.with_bsuid.insert(owner);
            }
            self.new_identities.push((*key, owner));
        }
    }

    fn resolve(&mut self, item: &'a ResolveItem) -> ResolvedItem {
        let named: Vec<ContactId> = item.keys.iter().filter_map(|key| self.owner(key)).collect();
        let contact = self.contact_of(item, &named);
        self.link(item, contact);
        let route = (item.phone_number_id.clone(), contact);
        let conversation = self.routes.get(&route).copied().unwrap_or_else(|| {
            let conversation = item.new_conversation;
            self.new_routes.push((
                &item.phone_number_id,
                Resolution {
                    contact,
                    conversation,
                },
            ));
            self.routes.insert(route, conversation);
            conversation
        });
        ResolvedItem {
            item: item.item,
            resolution: Resolution {
                contact,
                conversation,
            },
            conflict: named.into_iter().find(|other| *other != contact),
        }
    }
}
