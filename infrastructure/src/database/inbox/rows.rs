//! How classes and reasons are written in rows.

use application::ports::inbox::{HoldReason, ItemClass};

pub(super) const fn class_number(class: ItemClass) -> i64 {
    match class {
        ItemClass::Message => 0,
        ItemClass::Status => 1,
        ItemClass::Other => 2,
    }
}

pub(super) const fn class_of(number: i64) -> ItemClass {
    match number {
        0 => ItemClass::Message,
        1 => ItemClass::Status,
        _ => ItemClass::Other,
    }
}

pub(super) fn reason_of(name: &str) -> HoldReason {
    match name {
        "unknown_number" => HoldReason::UnknownNumber,
        "not_understood" => HoldReason::NotUnderstood,
        "parked" => HoldReason::Parked,
        _ => HoldReason::Unparsable,
    }
}

pub(super) const fn reason_name(reason: HoldReason) -> &'static str {
    match reason {
        HoldReason::UnknownNumber => "unknown_number",
        HoldReason::NotUnderstood => "not_understood",
        HoldReason::Unparsable => "unparsable",
        HoldReason::Parked => "parked",
    }
}
