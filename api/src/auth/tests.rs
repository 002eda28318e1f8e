//! Tokens in requests.

use super::bearer;

#[test]
fn only_a_bearer_token_is_taken() {
    assert_eq!(bearer("Bearer vst_abc"), Some("vst_abc"));
    assert_eq!(bearer("bearer  vst_abc "), Some("vst_abc"));
    for wrong in ["", "Bearer", "Bearer ", "Basic dXNlcg==", "vst_abc"] {
        assert_eq!(bearer(wrong), None, "{wrong}");
    }
}
