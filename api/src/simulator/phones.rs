//! All phones, by number and customer; bounded, the oldest are forgotten.

use std::collections::{HashMap, VecDeque};

use super::phone::{Phone, bsuid};
use super::wamid;

/// Phones kept at most; the oldest are forgotten.
const MAX_PHONES: usize = 20_000;

/// Phones by number and customer.
#[derive(Debug, Default)]
pub(super) struct Phones {
    by_chat: HashMap<(String, String), Phone>,
    order: VecDeque<(String, String)>,
    wa_id_by_bsuid: HashMap<String, String>,
}

impl Phones {
    /// The phone of a customer, made where it is new.
    pub(super) fn of(&mut self, phone_number_id: &str, wa_id: &str) -> &mut Phone {
        let key = (phone_number_id.to_owned(), wa_id.to_owned());
        if !self.by_chat.contains_key(&key) {
            if self.order.len() == MAX_PHONES
                && let Some(oldest) = self.order.pop_front()
            {
                self.by_chat.remove(&oldest);
                self.wa_id_by_bsuid.remove(&bsuid(&oldest.1));
            }
            self.order.push_back(key.clone());
            self.wa_id_by_bsuid.insert(bsuid(wa_id), wa_id.to_owned());
        }
        self.by_chat.entry(key).or_insert_with(|| Phone::new(wa_id))
    }

    pub(super) fn wa_id_of(&self, bsuid: &str) -> Option<String> {
        self.wa_id_by_bsuid.get(bsuid).cloned()
    }

    /// Marks a customer's message on this number as read; whoever wrote it is named inside its id.
    pub(super) fn mark_read(&mut self, phone_number_id: &str, wamid: &str, typing: bool) {
        let Some(wa_id) = wamid::wa_id(wamid) else {
            return;
        };
        if let Some(phone) = self.showing(phone_number_id, &wa_id)
            && phone.read_up_to(wamid)
            && typing
        {
            phone.show_typing();
        }
    }

    /// The phone of a customer, if it exists.
    pub(super) fn showing(&mut self, phone_number_id: &str, wa_id: &str) -> Option<&mut Phone> {
        self.by_chat
            .get_mut(&(phone_number_id.to_owned(), wa_id.to_owned()))
    }
}
