//! Meta's error codes as our own stable ones. Branches on the code only, as Meta asks.

use domain::delivery::FailureCode;

/// Our code for one of Meta's; what is not listed is `rejected_by_meta`.
pub fn failure_code(meta_code: i64) -> FailureCode {
    FailureCode(name(meta_code).to_owned())
}

const fn name(meta_code: i64) -> &'static str {
    match meta_code {
        0 | 190 => "auth_broken",
        3 | 10 | 200..=299 | 131_005 => "permission_missing",
        33 | 133_010 => "number_not_registered",
        4 | 613 | 80_007 | 429 | 130_429 | 131_048 => "rate_limited",
        368 | 131_031 | 131_064 => "number_restricted",
        130_403 => "recipient_blocked",
        130_472 | 131_049 => "marketing_limited",
        130_497 => "country_restricted",
        131_021 => "recipient_is_sender",
        131_026 => "recipient_unavailable",
        131_030 => "recipient_not_allowed",
        131_037 => "display_name_not_approved",
        131_042 | 131_044 | 134_011 => "payment_problem",
        131_047 => "window_closed",
        131_050 => "opted_out",
        131_051 => "unsupported_message",
        131_052 | 131_053 => "media_failed",
        131_056 => "pair_rate_limited",
        131_057 => "number_in_maintenance",
        131_062 => "recipient_needs_phone",
        132_000 | 132_001 | 132_005 | 132_007 | 132_008 | 132_012 | 132_015 | 132_016 | 132_018
        | 132_068 | 132_069 => "template_rejected",
        100 | 131_008 | 131_009 | 135_000 => "invalid_parameter",
        137_000 => "identity_changed",
        1 | 2 | 131_000 | 131_016 | 133_004 => "meta_unavailable",
        _ => "rejected_by_meta",
    }
}

#[cfg(test)]
mod tests;
