//! The kinds of content and the few questions every layer asks of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a message says. Externally tagged in snake_case; unknown kinds stay raw in `unsupported`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// The text itself.
        body: String,
        /// Whether a link preview is asked for (outbound); `None` for inbound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview_url: Option<bool>,
    },
    /// Image, video, audio, document or sticker.
    Media(Media),
    /// A place.
    Location {
        /// Degrees, -90 to 90.
        latitude: f64,
        /// Degrees, -180 to 180.
        longitude: f64,
        /// Name of the place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Address of the place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        /// Web page of the place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Contact cards.
    Contacts {
        /// The cards in the order sent.
        cards: Vec<ContactCard>,
    },
    /// Reply buttons that we send.
    Buttons {
        /// The question above the buttons.
        body: String,
        /// One to three buttons.
        buttons: Vec<Button>,
    },
    /// A pressed reply button.
    ButtonReply {
        /// The button's id as we sent it.
        id: String,
        /// The button's title as we sent it.
        title: String,
    },
    /// A chosen list row.
    ListReply {
        /// The row's id.
        id: String,
        /// The row's title.
        title: String,
        /// The row's description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// A pressed quick-reply button of a template.
    TemplateButton {
        /// The payload we gave it.
        payload: String,
        /// Its text.
        text: String,
    },
    /// The answer of a WhatsApp Flow or an address form.
    FlowReply {
        /// `flow` or `address_message`.
        name: String,
        /// What the bubble shows.
        body: String,
        /// The answer as JSON text, kept verbatim: it may be no object.
        response_json: String,
    },
    /// The answer to a request for permission to call.
    CallPermissionReply {
        /// Whether the customer allowed it.
        accepted: bool,
        /// Whether the permission has no end.
        is_permanent: bool,
        /// End of the permission, unix seconds as Meta sent it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expiration_timestamp: Option<i64>,
    },
    /// An order from a catalog.
    Order {
        /// Meta's catalog id.
        catalog_id: String,
        /// The customer's note.
        text: String,
        /// What was ordered.
        items: Vec<OrderItem>,
    },
    /// A kind this version does not understand: kept raw, shown as unsupported.
    Unsupported {
        /// Meta's `type`, or `unknown`.
        #[serde(rename = "type")]
        kind: String,
        /// The message object as it came.
        raw: Value,
    },
}

/// A media message: what Meta says of the file. The file itself is fetched separately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// Which kind of media.
    pub kind: MediaKind,
    /// Meta's media id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// MIME type as declared by the sender; not to be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// SHA-256 as Meta wrote it (base64 or hex).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Text under the media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// File name as declared by the sender; not to be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// A voice note (audio) or an animated sticker.
    #[serde(default)]
    pub special: bool,
}

/// Kinds of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound file or voice note.
    Audio,
    /// A file.
    Document,
    /// A sticker.
    Sticker,
}

/// A reply button: id and title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Button {
    /// Comes back when pressed; at most 256 characters.
    pub id: String,
    /// What the customer sees; at most 20 characters.
    pub title: String,
}

/// One contact card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactCard {
    /// Name as shown.
    #[serde(default)]
    pub name: ContactName,
    /// Phone numbers on the card.
    #[serde(default)]
    pub phones: Vec<ContactPhone>,
    /// E-mail addresses on the card.
    #[serde(default)]
    pub emails: Vec<ContactEmail>,
    /// Web pages on the card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<ContactUrl>,
    /// Postal addresses as they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Value>,
    /// Birthday as written on the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    /// Where the person works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<ContactOrganization>,
    /// The card as vCard text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcard: Option<String>,
    /// `contact_request` when it answers our request for the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// The name on a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactName {
    /// The full name as shown.
    #[serde(default)]
    pub formatted_name: String,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Middle name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// `Dr.`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// `Jr.`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

/// An e-mail address on a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactEmail {
    /// The address as written on the card.
    #[serde(default)]
    pub email: String,
    /// `HOME`, `WORK`, ...
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// A web page on a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactUrl {
    /// Its address.
    #[serde(default)]
    pub url: String,
    /// `HOME`, `WORK`, ...
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Where the person of a card works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactOrganization {
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A phone number on a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactPhone {
    /// The number as written on the card.
    #[serde(default)]
    pub phone: String,
    /// Its wa_id, if it is on WhatsApp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// `CELL`, `WORK`, ...
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderItem {
    /// The seller's product id.
    pub product_retailer_id: String,
    /// How many.
    pub quantity: f64,
    /// Price of one, in units of the currency.
    pub item_price: f64,
    /// ISO 4217 code.
    pub currency: String,
}

/// What an inbound message refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// Wamid of the quoted message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wamid: Option<String>,
    /// Forwarded at most five times.
    #[serde(default)]
    pub forwarded: bool,
    /// Forwarded more often.
    #[serde(default)]
    pub frequently_forwarded: bool,
    /// Catalog id of the product asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_catalog_id: Option<String>,
    /// Seller's id of the product asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_retailer_id: Option<String>,
}

/// The advertisement or post through which the customer came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Referral {
    /// `ad` or `post`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_type: Option<String>,
    /// Id of the advertisement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Address of the advertisement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// Its headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// `image` or `video`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Address of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Address of the video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// Address of the thumbnail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// Click id for conversions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ctwa_clid: Option<String>,
    /// Text that greeted the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome_text: Option<String>,
    /// Free reference of the link.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The kind of a message as the API names it (`message_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are Meta's and say it all")]
pub enum MessageType {
    Text,
    Image,
    Video,
    Audio,
    Document,
    Sticker,
    Location,
    Contacts,
    Interactive,
    Button,
    Template,
    Order,
    System,
    Unsupported,
}

impl MessageType {
    /// The name in API answers and read models.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Interactive => "interactive",
            Self::Button => "button",
            Self::Template => "template",
            Self::Order => "order",
            Self::System => "system",
            Self::Unsupported => "unsupported",
        }
    }
}

impl Content {
    /// A text message without a say about link previews.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text {
            body: body.into(),
            preview_url: None,
        }
    }

    /// The kind as the API names it.
    pub const fn message_type(&self) -> MessageType {
        match self {
            Self::Text { .. } => MessageType::Text,
            Self::Media(media) => match media.kind {
                MediaKind::Image => MessageType::Image,
                MediaKind::Video => MessageType::Video,
                MediaKind::Audio => MessageType::Audio,
                MediaKind::Document => MessageType::Document,
                MediaKind::Sticker => MessageType::Sticker,
            },
            Self::Location { .. } => MessageType::Location,
            Self::Contacts { .. } => MessageType::Contacts,
            Self::Buttons { .. }
            | Self::ButtonReply { .. }
            | Self::ListReply { .. }
            | Self::FlowReply { .. }
            | Self::CallPermissionReply { .. } => MessageType::Interactive,
            Self::TemplateButton { .. } => MessageType::Button,
            Self::Order { .. } => MessageType::Order,
            Self::Unsupported { .. } => MessageType::Unsupported,
        }
    }

    /// The one string that stands for the message in lists: text, caption, body or pressed title.
    pub fn display_text(&self) -> &str {
        match self {
            Self::Text { body, .. } | Self::Buttons { body, .. } | Self::FlowReply { body, .. } => {
                body
            }
            Self::Media(media) => media.caption.as_deref().unwrap_or(""),
            Self::Location { name, address, .. } => {
                name.as_deref().or(address.as_deref()).unwrap_or("")
            }
            Self::Contacts { cards } => cards
                .first()
                .map_or("", |card| card.name.formatted_name.as_str()),
            Self::ButtonReply { title, .. } | Self::ListReply { title, .. } => title,
            Self::TemplateButton { text, .. } | Self::Order { text, .. } => text,
            Self::CallPermissionReply { .. } | Self::Unsupported { .. } => "",
        }
    }
}
