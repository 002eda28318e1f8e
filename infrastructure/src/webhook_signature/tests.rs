//! Signatures of known bodies and of bodies that differ in one byte.

use application::inbound::receive::SignatureVerifier;
use secrecy::SecretString;

use super::{HmacVerifier, sign};

const BODY: &[u8] = br#"{"object":"whatsapp_business_account","text":"\ud83d\ude00 \u00e4 \/"}"#;

fn secret() -> SecretString {
    SecretString::from("app-secret".to_owned())
}

fn digits(signature: &str) -> &str {
    signature.strip_prefix("sha256=").unwrap()
}

#[test]
fn signature_matches_the_vector_of_rfc_4231() {
    let signed = sign(
        &SecretString::from("Jefe".to_owned()),
        b"what do ya want for nothing?",
    );
    assert_eq!(
        signed,
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn own_signature_verifies_over_raw_escaped_bytes() {
    let signed = sign(&secret(), BODY);
    assert!(HmacVerifier.verify(&secret(), BODY, digits(&signed)));
    assert!(HmacVerifier.verify(&secret(), BODY, &digits(&signed).to_uppercase()));
}

#[test]
fn any_changed_byte_of_the_body_breaks_the_signature() {
    let signed = sign(&secret(), BODY);
    for at in 0..BODY.len() {
        let mut changed = BODY.to_vec();
        changed[at] ^= 1;
        assert!(
            !HmacVerifier.verify(&secret(), &changed, digits(&signed)),
            "byte {at}"
        );
    }
}

#[test]
fn any_changed_digit_breaks_the_signature() {
    let signed = sign(&secret(), BODY);
    let sound = digits(&signed);
    for at in 0..sound.len() {
        let mut changed = sound.as_bytes().to_vec();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(
            !HmacVerifier.verify(&secret(), BODY, &changed),
            "digit {at}"
        );
    }
}

#[test]
fn shortened_or_odd_digits_do_not_verify() {
    let signed = sign(&secret(), BODY);
    for wrong in [
        "",
        "00",
        "zz",
        &digits(&signed)[..32],
        &digits(&signed)[..63],
    ] {
        assert!(!HmacVerifier.verify(&secret(), BODY, wrong));
    }
}

#[test]
fn another_secret_does_not_verify() {
    let signed = sign(&SecretString::from("other".to_owned()), BODY);
    assert!(!HmacVerifier.verify(&secret(), BODY, digits(&signed)));
}
