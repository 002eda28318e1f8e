//! The content of a message by its `type`. A known type whose object is missing or odd is unsupported.

use domain::message::{
    ContactCard, ContactEmail, ContactName, ContactOrganization, ContactPhone, ContactUrl, Content,
    Media, MediaKind, OrderItem,
};
use serde_json::Value;

use super::interactive::interactive;
use crate::inbound::json::{elements, flag, integer, member, number, object};

/// The content of a message, or of the message inside an edit.
pub(super) fn content(message: &Value) -> Content {
    let kind = member(message, "type").unwrap_or_else(|| "unknown".to_owned());
    match known(message, &kind) {
        Some(content) => content,
        None => Content::Unsupported {
            kind,
            raw: message.clone(),
        },
    }
}

fn known(message: &Value, kind: &str) -> Option<Content> {
    let own = message.get(kind)?;
    match kind {
        "text" => Some(Content::text(own.get("body")?.as_str()?)),
        "image" => media(own, MediaKind::Image, false),
        "video" => media(own, MediaKind::Video, false),
        "audio" => media(own, MediaKind::Audio, flag(own, "voice")),
        "voice" => media(own, MediaKind::Audio, true),
        "document" => media(own, MediaKind::Document, false),
        "sticker" => media(own, MediaKind::Sticker, flag(own, "animated")),
        "location" => location(own),
        "contacts" => contacts(message, own),
        "interactive" => interactive(own),
        "button" => template_button(own),
        "order" => order(own),
        _ => None,
    }
}

fn media(own: &Value, kind: MediaKind, special: bool) -> Option<Content> {
    own.is_object().then(|| {
        Content::Media(Media {
            kind,
            media_id: member(own, "id"),
            mime_type: member(own, "mime_type"),
            sha256: member(own, "sha256"),
            caption: member(own, "caption"),
            file_name: member(own, "filename"),
            special,
        })
    })
}

fn location(own: &Value) -> Option<Content> {
    Some(Content::Location {
        latitude: own.get("latitude").and_then(number)?,
        longitude: own.get("longitude").and_then(number)?,
        name: member(own, "name"),
        address: member(own, "address"),
        url: member(own, "url"),
    })
}

/// `origin` stands on the message or on the card, depending on whom one asks.
fn contacts(message: &Value, own: &Value) -> Option<Content> {
    let origin = member(message, "origin");
    let cards = own
        .as_array()?
        .iter()
        .map(|json| card(json, origin.as_ref()))
        .collect();
    Some(Content::Contacts { cards })
}

fn card(json: &Value, message_origin: Option<&String>) -> ContactCard {
    let name = object(json, "name");
    let name_part = |part: &str| name.and_then(|name| member(name, part));
    ContactCard {
        name: ContactName {
            formatted_name: name_part("formatted_name").unwrap_or_default(),
            first_name: name_part("first_name"),
            middle_name: name_part("middle_name"),
            last_name: name_part("last_name"),
            prefix: name_part("prefix"),
            suffix: name_part("suffix"),
        },
        phones: elements(json, "phones")
            .iter()
            .map(|phone| ContactPhone {
                phone: member(phone, "phone").unwrap_or_default(),
                wa_id: member(phone, "wa_id"),
                kind: member(phone, "type"),
            })
            .collect(),
        emails: elements(json, "emails")
            .iter()
            .filter_map(|email| {
                let plain = email.as_str().map(str::to_owned);
                Some(ContactEmail {
                    email: plain.or_else(|| member(email, "email"))?,
                    kind: member(email, "type"),
                })
            })
            .collect(),
        urls: elements(json, "urls")
            .iter()
            .filter_map(|url| {
                Some(ContactUrl {
                    url: member(url, "url")?,
                    kind: member(url, "type"),
                })
            })
            .collect(),
        addresses: elements(json, "addresses").to_vec(),
        birthday: member(json, "birthday"),
        organization: object(json, "org").map(|org| ContactOrganization {
            company: member(org, "company"),
            department: member(org, "department"),
            title: member(org, "title"),
        }),
        vcard: member(json, "vcard"),
        origin: member(json, "origin").or_else(|| message_origin.cloned()),
    }
}

fn template_button(own: &Value) -> Option<Content> {
    let payload = member(own, "payload");
    let text = member(own, "text");
    if payload.is_none() && text.is_none() {
        return None;
    }
    Some(Content::TemplateButton {
        payload: payload.unwrap_or_default(),
        text: text.unwrap_or_default(),
    })
}

fn order(own: &Value) -> Option<Content> {
    let items = own.get("product_items")?.as_array()?;
    let items = items.iter().map(order_item).collect::<Option<Vec<_>>>()?;
    Some(Content::Order {
        catalog_id: member(own, "catalog_id").unwrap_or_default(),
        text: member(own, "text").unwrap_or_default(),
        items,
    })
}

/// An item without quantity or price would be a wrong order: then the whole order stays raw.
fn order_item(item: &Value) -> Option<OrderItem> {
    Some(OrderItem {
        product_retailer_id: member(item, "product_retailer_id")?,
        quantity: item.get("quantity").and_then(number)?,
        item_price: item.get("item_price").and_then(number)?,
        currency: member(item, "currency").unwrap_or_default(),
    })
}

/// The end of a permission, unix seconds.
pub(super) fn expiration(own: &Value) -> Option<i64> {
    own.get("expiration_timestamp").and_then(integer)
}
