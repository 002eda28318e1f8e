//! The simulator inside the product: only numbers of kind `simulated` exist for it.

use std::sync::Arc;

use application::ports::directory::{Directory, DirectoryNumber};
use domain::number::NumberKind;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::demo;
use super::meta::BusinessNumbers;

/// The installation's simulated numbers.
#[derive(Clone, Debug)]
pub struct SimulatedNumbers(pub Arc<dyn Directory>);

impl SimulatedNumbers {
    fn find(&self, phone_number_id: &str) -> Option<Arc<DirectoryNumber>> {
        let number = self.0.number_by_phone_number_id(phone_number_id)?;
        (number.row.kind == NumberKind::Simulated && !number.row.is_removed).then_some(number)
    }
}

impl BusinessNumbers for SimulatedNumbers {
    fn display_phone_number(&self, phone_number_id: &str) -> Option<String> {
        // The directory keeps no phone numbers, and nothing in the product looks at this one.
        self.find(phone_number_id)?;
        Some(demo::PHONE_NUMBER.trim_start_matches('+').to_owned())
    }

    fn accepts_token(&self, phone_number_id: &str, token: &str) -> bool {
        let known = self
            .find(phone_number_id)
            .and_then(|number| number.access_token.clone());
        known.is_some_and(|known| {
            bool::from(known.expose_secret().as_bytes().ct_eq(token.as_bytes()))
        })
    }
}
