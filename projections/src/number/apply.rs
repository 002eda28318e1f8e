//! How events change the list of numbers.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::number::{NumberEvent, NumberKind, TokenRef};
use domain::time::Timestamp;
use infrastructure::database::db::Connection;

use super::NumberRow;
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `number_rows`.
#[derive(Clone, Copy, Debug)]
pub struct NumberProjection;

#[async_trait]
impl Projection for NumberProjection {
    fn name(&self) -> &'static str {
        "numbers"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[NumberRow::TABLE]
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
                AnyEvent::Number(data) => Some((event, data)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<String> = own
            .iter()
            .map(|(event, _)| event.stream.id.to_string())
            .collect();
        let mut rows =
            Fold::load(transaction, build, &ids, |row: &NumberRow| row.id.clone()).await?;
        for (event, data) in own {
            let id = event.stream.id.to_string();
            if matches!(data, NumberEvent::Added { .. }) {
                rows.upsert(id.clone(), event, |row| {
                    row.id = id;
                    change(row, data);
                });
            } else {
                rows.update(id, event, |row| change(row, data))?;
            }
        }
        rows.save(transaction, build).await
    }
}

fn change(row: &mut NumberRow, event: &NumberEvent) {
    let at = match event {
        NumberEvent::Added {
            at,
            kind,
            display_name,
            phone_number,
            phone_number_id,
            whatsapp_business_account_id,
            token,
            app_secret: _,
            is_active,
        } => {
            match kind {
                NumberKind::Live => "live",
                NumberKind::Simulated => "simulated",
            }
            .clone_into(&mut row.kind);
            row.display_name.clone_from(display_name);
            phone_number.as_str().clone_into(&mut row.phone_number);
            row.phone_number_id.clone_from(phone_number_id);
            row.business_account
                .clone_from(whatsapp_business_account_id);
            set_token(row, token);
            row.is_active = i64::from(*is_active);
            row.created_at = at.as_micros();
            // One that was removed may be added anew.
            row.removed_at = None;
            row.auth_broken_code = None;
            at
        }
        NumberEvent::Edited {
            at,
            display_name,
            phone_number,
            phone_number_id,
            whatsapp_business_account_id,
        } => {
            row.display_name.clone_from(display_name);
            phone_number.as_str().clone_into(&mut row.phone_number);
            row.phone_number_id.clone_from(phone_number_id);
            row.business_account
                .clone_from(whatsapp_business_account_id);
            at
        }
        NumberEvent::TokenReplaced { at, token } => {
            set_token(row, token);
            row.auth_broken_code = None;
            at
        }
        NumberEvent::AppSecretReplaced { at, app_secret: _ } => at,
        NumberEvent::Activated { at } => {
            row.is_active = 1;
            at
        }
        NumberEvent::Deactivated { at } => {
            row.is_active = 0;
            at
        }
        NumberEvent::AuthBroken { at, meta_code } => {
            row.auth_broken_code = Some(*meta_code);
            at
        }
        NumberEvent::AuthRestored { at } => {
            row.auth_broken_code = None;
            at
        }
        NumberEvent::Removed { at } => {
            row.removed_at = Some(at.as_micros());
            at
        }
    };
    touch(row, *at);
}

fn set_token(row: &mut NumberRow, token: &TokenRef) {
    row.token_last4.clone_from(&token.last4);
    row.token_set_at = token.set_at.as_micros();
}

fn touch(row: &mut NumberRow, at: Timestamp) {
    row.updated_at = row.updated_at.max(at.as_micros());
}
