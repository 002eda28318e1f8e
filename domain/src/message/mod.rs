//! Message content as Vestnik keeps it: our own versioned type, not Meta's JSON.

mod content;
mod input;
pub mod limits;

pub use content::{
    Button, ContactCard, ContactEmail, ContactName, ContactOrganization, ContactPhone, ContactUrl,
    Content, Media, MediaKind, MessageType, OrderItem, Quote, Referral,
};
