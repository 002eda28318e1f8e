//! Receiving, splitting and normalizing, each trap of Meta's payloads in a fixture of its own.

mod fakes;
mod identity;
mod normalize;
mod properties;
mod receive;
mod split;

/// Name and body of a delivery in `fixtures/`.
macro_rules! fixture {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!("../fixtures/", $name, ".json")).as_slice(),
        )
    };
}

const FIXTURES: &[(&str, &[u8])] = &[
    fixture!("bsuid_in_from"),
    fixture!("bsuid_only_username_with_at"),
    fixture!("button_without_context"),
    fixture!("contacts_origin_in_both_places"),
    fixture!("context_referral_group"),
    fixture!("edit_and_revoke"),
    fixture!("escaped_emoji_and_slash"),
    fixture!("flow_reply_non_object"),
    fixture!("id_as_number"),
    fixture!("interactive_replies"),
    fixture!("interactive_without_object"),
    fixture!("invalid_user_id"),
    fixture!("invalid_utf8_and_control"),
    fixture!("location_numbers_and_strings"),
    fixture!("lone_surrogate"),
    fixture!("media"),
    fixture!("millisecond_timestamps"),
    fixture!("nul_in_text"),
    fixture!("odd_shapes"),
    fixture!("order_price_int_or_float"),
    fixture!("other_object"),
    fixture!("reaction_and_removals"),
    fixture!("read_before_delivered"),
    fixture!("recycled_number_in_contacts"),
    fixture!("request_welcome"),
    fixture!("sender_missing"),
    fixture!("sender_only_in_lone_contact"),
    fixture!("status_echoes_send_id"),
    fixture!("status_failed_forms"),
    fixture!("status_legacy_and_unknown"),
    fixture!("status_without_id"),
    fixture!("system_user_changed_number"),
    fixture!("timestamp_missing"),
    fixture!("two_entries_two_changes_shuffled_contacts"),
    fixture!("unknown_field"),
    fixture!("unknown_type_and_none"),
    fixture!("unsupported"),
    fixture!("value_errors_and_user_actions"),
];
