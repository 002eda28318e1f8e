//! How events change contacts. The aggregate records only evidence that wins, so each event overwrites.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::contact::{ContactEvent, Identity};
use domain::personal::Personal;
use infrastructure::database::db::Connection;

use super::ContactRow;
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::search::lowered;
use crate::table::{Row, Table};

/// Attributes by which a customer is also found: where scenarios save a name.
const NAME_ATTRIBUTES: [&str; 2] = ["customer_name", "name"];

/// Keeps `contact_rows`.
#[derive(Clone, Copy, Debug)]
pub struct ContactProjection;

#[async_trait]
impl Projection for ContactProjection {
    fn name(&self) -> &'static str {
        "contacts"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[ContactRow::TABLE]
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let own: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.data {
                AnyEvent::Contact(data) => Some((event, data)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<String> = own
            .iter()
            .map(|(event, _)| event.stream.id.to_string())
            .collect();
        let mut rows =
            Fold::load(transaction, build, &ids, |row: &ContactRow| row.id.clone()).await?;
        for (event, data) in own {
            let id = event.stream.id.to_string();
            let mut outcome = Ok(());
            if let ContactEvent::Registered { at, .. } = data {
                rows.upsert(id.clone(), event, |row| {
                    row.id = id;
                    "{}".clone_into(&mut row.attributes);
                    "[]".clone_into(&mut row.tags);
                    row.created_at = at.as_micros();
                    outcome = change(row, data);
                });
            } else {
                rows.update(id, event, |row| outcome = change(row, data))?;
            }
            outcome?;
        }
        rows.save(transaction, build).await
    }
}

fn change(row: &mut ContactRow, event: &ContactEvent) -> Result<(), ApplyError> {
    let at = match event {
        ContactEvent::Registered { at, personal, .. }
        | ContactEvent::Identified { at, personal, .. } => {
            identify(row, personal);
            at
        }
        ContactEvent::IdentityConflictSeen { at, other } => {
            row.conflicts_with = Some(other.to_string());
            at
        }
        ContactEvent::AttributeSet {
            at, key, personal, ..
        } => {
            if let Some(attribute) = personal.open() {
                let mut attributes = attributes(row)?;
                attributes.insert(key.clone(), attribute.value.clone());
                row.attributes = serde_json::to_string(&attributes)?;
            }
            at
        }
        ContactEvent::TagAssigned { at, personal, .. } => {
            if let Some(tag) = personal.open() {
                let mut tags: Vec<String> = serde_json::from_str(&row.tags)?;
                if !tags.contains(&tag.tag) {
                    tags.push(tag.tag.clone());
                }
                row.tags = serde_json::to_string(&tags)?;
            }
            at
        }
        ContactEvent::TagRemoved { at, personal } => {
            if let Some(tag) = personal.open() {
                let mut tags: Vec<String> = serde_json::from_str(&row.tags)?;
                tags.retain(|known| *known != tag.tag);
                row.tags = serde_json::to_string(&tags)?;
            }
            at
        }
    };
    row.updated_at = row.updated_at.max(at.as_micros());
    row.search = search_text(row)?;
    Ok(())
}

fn identify(row: &mut ContactRow, personal: &Personal<Identity>) {
    let Some(identity) = personal.open() else {
        return;
    };
    for (known, news) in [
        (&mut row.bsuid, &identity.bsuid),
        (&mut row.parent_bsuid, &identity.parent_bsuid),
        (&mut row.wa_id, &identity.wa_id),
        (&mut row.username, &identity.username),
        (&mut row.profile_name, &identity.profile_name),
    ] {
        if news.is_some() {
            known.clone_from(news);
        }
    }
}

fn attributes(row: &ContactRow) -> Result<BTreeMap<String, String>, ApplyError> {
    Ok(serde_json::from_str(&row.attributes)?)
}

/// Name, username and number, one a line, so that no match runs from one into the next.
fn search_text(row: &ContactRow) -> Result<String, ApplyError> {
    let mut attributes = attributes(row)?;
    let names = NAME_ATTRIBUTES.map(|key| attributes.remove(key));
    let parts = [
        row.profile_name.clone(),
        row.username.clone(),
        row.wa_id.clone(),
    ];
    let all: Vec<String> = parts
        .into_iter()
        .chain(names)
        .flatten()
        .map(|part| lowered(&part))
        .collect();
    Ok(all.join("\n"))
}
