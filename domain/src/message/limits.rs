//! Meta's limits as named constants. Lengths of text count UTF-16 units, the strictest reading.
//!
//! Source: reference page of the Cloud API, section 4.3 (Meta: Messages, Interactive reply buttons).

/// Characters of a text message.
pub const TEXT_BODY: usize = 4096;
/// Characters of the body of an interactive message with reply buttons.
pub const BUTTONS_BODY: usize = 1024;
/// Reply buttons on one message.
pub const BUTTONS: usize = 3;
/// Characters of a reply button's title.
pub const BUTTON_TITLE: usize = 20;
/// Characters of a reply button's id.
pub const BUTTON_ID: usize = 256;

/// Length in UTF-16 code units, the unit of every limit here.
pub fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}
