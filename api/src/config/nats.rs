//! The settings of publishing to NATS.

use application::use_cases::exports::PersonalMode;
use infrastructure::nats::Address;

use super::reader::Reader;

/// Longest name of a stream.
const MOST_CHARS: usize = 64;

/// Where events are published, and how.
#[derive(Clone, Debug)]
pub struct NatsConfig {
    /// The servers.
    pub address: Address,
    /// The stream; the subjects begin with its name.
    pub stream: String,
    /// What becomes of customers' personal data.
    pub personal: PersonalMode,
}

impl Reader<'_> {
    /// What is set of it; nothing is published where no address is.
    pub(super) fn nats(&mut self) -> Option<NatsConfig> {
        let stream = self.nats_stream();
        let personal = self.choice("nats_personal", &PersonalMode::ALL);
        let address = Address::parse(self.text("nats_url")?);
        if address.is_err() {
            self.problem(
                "nats_url",
                (
                    "is no address of NATS servers",
                    "не является адресом серверов NATS",
                ),
                (
                    "e.g. nats://USER:PASSWORD@localhost:4222, or tls://…; several are separated by commas",
                    "например, nats://USER:PASSWORD@localhost:4222 или tls://…; несколько — через запятую",
                ),
            );
        }
        Some(NatsConfig {
            address: address.ok()?,
            stream,
            personal,
        })
    }

    fn nats_stream(&mut self) -> String {
        let name = self.text("nats_stream").unwrap_or_default().to_owned();
        let is_plain = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
        if name.is_empty() || name.len() > MOST_CHARS || !name.chars().all(is_plain) {
            self.problem(
                "nats_stream",
                (
                    "must be 1 to 64 letters, digits, - and _",
                    "должно состоять из 1–64 латинских букв, цифр, - и _",
                ),
                (
                    "correct it, or remove it to take the default",
                    "исправьте или уберите, чтобы взять значение по умолчанию",
                ),
            );
        }
        name
    }
}
