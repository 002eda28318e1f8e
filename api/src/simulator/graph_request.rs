//! What the Cloud API accepts: bodies of `POST /{phone-number-id}/messages`, checked as Meta checks them.
//!
//! Absent on purpose: media, lists and templates; they are refused as an unsupported type.

use serde_json::Value;

use super::graph_error::GraphError;
use super::phone::ShownButton;

const MAX_TEXT: usize = 4096;
const MAX_INTERACTIVE_BODY: usize = 1024;
const MAX_BUTTONS: usize = 3;
const MAX_TITLE: usize = 20;
const MAX_BUTTON_ID: usize = 256;
const MAX_CALLBACK_DATA: usize = 512;

/// A request that can be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GraphRequest {
    /// Marks a customer's message as read.
    MarkRead { message_id: String, typing: bool },
    /// Sends a message.
    Send(Outgoing),
}

/// A message to a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) recipient: Recipient,
    pub(super) kind: &'static str,
    pub(super) content: OutgoingContent,
    pub(super) quotes: Option<String>,
    pub(super) callback_data: Option<String>,
}

/// To whom, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recipient {
    Phone { input: String, wa_id: String },
    Bsuid(String),
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OutgoingContent {
    Bubble {
        text: String,
        buttons: Vec<ShownButton>,
    },
    Reaction {
        message_id: String,
        emoji: String,
    },
}

/// Reads a body.
pub(super) fn parse(body: &[u8]) -> Result<GraphRequest, GraphError> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| GraphError::new(100, "The body is not valid JSON."))?;
    if text(&body, "messaging_product") != Some("whatsapp") {
        return Err(GraphError::new(
            100,
            "The parameter messaging_product is required.",
        ));
    }
    if text(&body, "status") == Some("read") {
        let message_id = required(&body, "message_id")?.to_owned();
        let typing = body.pointer("/typing_indicator/type").is_some();
        return Ok(GraphRequest::MarkRead { message_id, typing });
    }
    let recipient = recipient(&body)?;
    let callback_data = text(&body, "biz_opaque_callback_data").map(str::to_owned);
    limit(
        "biz_opaque_callback_data",
        callback_data.as_deref().unwrap_or(""),
        MAX_CALLBACK_DATA,
    )?;
    let (kind, content) = content(&body)?;
    let quotes = body
        .pointer("/context/message_id")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(GraphRequest::Send(Outgoing {
        recipient,
        kind,
        content,
        quotes,
        callback_data,
    }))
}

fn recipient(body: &Value) -> Result<Recipient, GraphError> {
    // The phone wins where both are given.
    if let Some(input) = text(body, "to").filter(|to| !to.is_empty()) {
        let wa_id: String = input.chars().filter(char::is_ascii_digit).collect();
        if !(5..=15).contains(&wa_id.len()) {
            return Err(GraphError::parameter("to is not a phone number."));
        }
        return Ok(Recipient::Phone {
            input: input.to_owned(),
            wa_id,
        });
    }
    match text(body, "recipient").filter(|recipient| !recipient.is_empty()) {
        Some(bsuid) => Ok(Recipient::Bsuid(bsuid.to_owned())),
        None => Err(GraphError::missing("to")),
    }
}

fn content(body: &Value) -> Result<(&'static str, OutgoingContent), GraphError> {
    match text(body, "type").unwrap_or("text") {
        "text" => {
            let shown = required(body.get("text").unwrap_or(&Value::Null), "body")?;
            limit("text.body", shown, MAX_TEXT)?;
            Ok((
                "text",
                OutgoingContent::Bubble {
                    text: shown.to_owned(),
                    buttons: Vec::new(),
                },
            ))
        }
        "interactive" => Ok((
            "interactive",
            buttons(body.get("interactive").unwrap_or(&Value::Null))?,
        )),
        "reaction" => {
            let reaction = body.get("reaction").unwrap_or(&Value::Null);
            let message_id = required(reaction, "message_id")?.to_owned();
            let emoji = text(reaction, "emoji").unwrap_or("").to_owned();
            Ok(("reaction", OutgoingContent::Reaction { message_id, emoji }))
        }
        other => Err(GraphError::new(
            131_051,
            format!("The simulator does not take messages of type {other}."),
        )),
    }
}

fn buttons(interactive: &Value) -> Result<OutgoingContent, GraphError> {
    match text(interactive, "type") {
        Some("button") => {}
        Some(other) => {
            let details =
                format!("The simulator does not take interactive messages of type {other}.");
            return Err(GraphError::new(131_051, details));
        }
        None => return Err(GraphError::missing("interactive.type")),
    }
    let shown = interactive
        .pointer("/body/text")
        .and_then(Value::as_str)
        .unwrap_or("");
    if shown.is_empty() {
        return Err(GraphError::missing("interactive.body.text"));
    }
    limit("interactive.body.text", shown, MAX_INTERACTIVE_BODY)?;
    let listed = interactive
        .pointer("/action/buttons")
        .and_then(Value::as_array);
    let listed = listed.map_or(&[][..], Vec::as_slice);
    if listed.is_empty() || listed.len() > MAX_BUTTONS {
        return Err(GraphError::parameter(format!(
            "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {MAX_BUTTONS}"
        )));
    }
    let mut buttons: Vec<ShownButton> = Vec::new();
    for button in listed {
        let reply = button
            .get("reply")
            .filter(|_| text(button, "type") == Some("reply"));
        let reply = reply.ok_or_else(|| GraphError::missing("interactive.action.buttons.reply"))?;
        let button = ShownButton {
            id: required(reply, "id")?.to_owned(),
            title: required(reply, "title")?.to_owned(),
        };
        limit("button id", &button.id, MAX_BUTTON_ID)?;
        limit("button title", &button.title, MAX_TITLE)?;
        if buttons
            .iter()
            .any(|other| other.id == button.id || other.title == button.title)
        {
            return Err(GraphError::parameter(
                "Button ids and titles must be unique.",
            ));
        }
        buttons.push(button);
    }
    Ok(OutgoingContent::Bubble {
        text: shown.to_owned(),
        buttons,
    })
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

fn required<'a>(object: &'a Value, name: &str) -> Result<&'a str, GraphError> {
    text(object, name)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| GraphError::missing(name))
}

/// Meta does not say what it counts; UTF-16 units are the safe reading.
fn limit(name: &str, text: &str, most: usize) -> Result<(), GraphError> {
    let length = text.encode_utf16().count();
    if length > most {
        return Err(GraphError::parameter(format!(
            "{name} must be at most {most} characters long, it has {length}."
        )));
    }
    Ok(())
}
