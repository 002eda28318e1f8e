//! Tests of the module above.

use super::is_safe;

#[test]
fn only_a_short_plain_challenge_is_echoed() {
    assert!(is_safe("1158201444") && is_safe("test"));
    assert!(!is_safe("<script>") && !is_safe(&"1".repeat(129)));
}
