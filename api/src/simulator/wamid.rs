//! Message ids in Meta's form: `wamid.` and base64 of bytes that hold the customer's number, a direction
//! and a unique part.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::Timestamp;

/// Makes ids that are unique over restarts: they hold the time of the start.
#[derive(Debug)]
pub(super) struct Wamids {
    started: u64,
    made: AtomicU64,
}

/// Who wrote the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    Business,
    Customer,
}

impl Wamids {
    pub(super) fn new(started: Timestamp) -> Self {
        Self {
            started: started.as_micros().unsigned_abs(),
            made: AtomicU64::new(0),
        }
    }

    pub(super) fn next(&self, wa_id: &str, writer: Writer) -> String {
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        // 13 digits of microseconds last until 2112.
        let (mark, unique) = match writer {
            Writer::Business => (0x11, format!("{:013X}{count:05X}", self.started)),
            Writer::Customer => (0x12, format!("3A{:013X}{count:05X}", self.started)),
        };
        let mut bytes = vec![0x1c, 0x18, length(wa_id)];
        bytes.extend_from_slice(wa_id.as_bytes());
        bytes.extend_from_slice(&[0x15, 0x02, 0x00, mark, 0x18, length(&unique)]);
        bytes.extend_from_slice(unique.as_bytes());
        bytes.push(0x00);
        format!("wamid.{}", STANDARD.encode(bytes))
    }
}

/// The customer whose number an id holds.
pub(super) fn wa_id(wamid: &str) -> Option<String> {
    let bytes = STANDARD.decode(wamid.strip_prefix("wamid.")?).ok()?;
    let digits = bytes.get(3..3 + usize::from(*bytes.get(2)?))?;
    String::from_utf8(digits.to_vec()).ok()
}

fn length(text: &str) -> u8 {
    u8::try_from(text.len()).unwrap_or(u8::MAX)
}
