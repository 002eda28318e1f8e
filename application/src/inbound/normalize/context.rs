//! What a message refers to: a quoted message, a forward, a product, an advertisement.

use domain::message::{Quote, Referral};
use serde_json::Value;

use crate::inbound::json::{flag, member, object};

/// `context`, unless it says nothing.
pub(super) fn quote(message: &Value) -> Option<Quote> {
    let context = object(message, "context")?;
    let product = object(context, "referred_product");
    let quote = Quote {
        wamid: member(context, "id"),
        forwarded: flag(context, "forwarded"),
        frequently_forwarded: flag(context, "frequently_forwarded"),
        product_catalog_id: product.and_then(|product| member(product, "catalog_id")),
        product_retailer_id: product.and_then(|product| member(product, "product_retailer_id")),
    };
    (quote != Quote::default()).then_some(quote)
}

/// `referral`, unless it says nothing.
pub(super) fn referral(message: &Value) -> Option<Referral> {
    let referral = object(message, "referral")?;
    let text = |name: &str| member(referral, name);
    let referral = Referral {
        source_type: text("source_type"),
        source_id: text("source_id"),
        source_url: text("source_url"),
        headline: text("headline"),
        body: text("body"),
        media_type: text("media_type"),
        image_url: text("image_url"),
        video_url: text("video_url"),
        thumbnail_url: text("thumbnail_url"),
        ctwa_clid: text("ctwa_clid"),
        welcome_text: object(referral, "welcome_message")
            .and_then(|welcome| member(welcome, "text")),
        reference: text("ref"),
    };
    (referral != Referral::default()).then_some(referral)
}
