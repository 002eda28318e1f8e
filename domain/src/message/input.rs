//! What a bot takes as the customer's answer from any kind of content.

use super::{Button, Content};

impl Content {
    /// The answer as text: text, caption, media reference, place, pressed title; `None` where a message
    /// says nothing a bot could read (unsupported kinds).
    pub fn input_text(&self) -> Option<String> {
        match self {
            Self::Media(media) => media
                .caption
                .clone()
                .filter(|caption| !caption.trim().is_empty())
                .or_else(|| media.media_id.as_ref().map(|id| format!("media:{id}"))),
            Self::Location {
                latitude,
                longitude,
                ..
            } => Some(format!("{latitude},{longitude}")),
            Self::Contacts { cards } => cards.first().map(|card| {
                let phone = card.phones.first().map_or("", |phone| phone.phone.as_str());
                format!("{} {phone}", card.name.formatted_name)
                    .trim()
                    .to_owned()
            }),
            Self::FlowReply { response_json, .. } => Some(response_json.clone()),
            Self::CallPermissionReply { accepted, .. } => {
                Some(if *accepted { "accept" } else { "reject" }.to_owned())
            }
            Self::Unsupported { .. } => None,
            other => Some(other.display_text().to_owned()),
        }
    }

    /// The pressed button or chosen row: id and title.
    pub fn press(&self) -> Option<Button> {
        match self {
            Self::ButtonReply { id, title } | Self::ListReply { id, title, .. } => Some(Button {
                id: id.clone(),
                title: title.clone(),
            }),
            Self::TemplateButton { payload, text } => Some(Button {
                id: payload.clone(),
                title: text.clone(),
            }),
            _ => None,
        }
    }
}
