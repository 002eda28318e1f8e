//! The codes that rules or people depend on.

use super::failure_code;

#[test]
fn codes_that_people_act_on_have_names() {
    for (meta_code, code) in [
        (131_047, "window_closed"),
        (131_026, "recipient_unavailable"),
        (131_030, "recipient_not_allowed"),
        (131_050, "opted_out"),
        (131_031, "number_restricted"),
        (131_056, "pair_rate_limited"),
        (190, "auth_broken"),
    ] {
        assert_eq!(failure_code(meta_code).0, code, "{meta_code}");
    }
}

#[test]
fn unknown_code_is_rejected_by_meta() {
    for meta_code in [-1, 7, 999_999, i64::MIN, i64::MAX] {
        assert_eq!(failure_code(meta_code).0, "rejected_by_meta");
    }
}
