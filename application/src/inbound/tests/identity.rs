//! Forms of identifiers and other spellings of a number.

use domain::contact::Identity;
use domain::number::NumberKind;

use super::fakes::PlainHashes;
use crate::inbound::identity::{aliases, is_bsuid, keys, wa_id_digits};

#[test]
fn aliases_of_brazil_mexico_and_argentina_go_both_ways() {
    for (one, other) in [
        ("5511987654321", "551187654321"),
        ("525512345678", "5215512345678"),
        ("541112345678", "5491112345678"),
    ] {
        assert_eq!(aliases(one), [other]);
        assert_eq!(aliases(other), [one]);
    }
}

#[test]
fn numbers_without_another_spelling_have_no_alias() {
    // The third is a landline of Brazil, the fourth no mobile number that ever had eight digits, the last
    // is no number at all.
    for number in [
        "16505551234",
        "79001234567",
        "551131234567",
        "5511931234567",
        "52",
        "",
        "55äöüäöüäöü",
    ] {
        assert_eq!(aliases(number), Vec::<String>::new(), "{number}");
    }
}

#[test]
fn bsuid_is_told_from_anything_else() {
    for sound in ["US.13491208655302741918", "DE.a", "US.ENT.118"] {
        assert!(is_bsuid(sound), "{sound}");
    }
    let too_long = format!("US.{}", "1".repeat(129));
    for wrong in [
        "",
        ".",
        "US.",
        "us.1",
        "USA.1",
        "US.1.2",
        "US.ENT.",
        "16505551234",
        &too_long,
    ] {
        assert!(!is_bsuid(wrong), "{wrong}");
    }
}

#[test]
fn wa_id_loses_its_plus_and_letters_are_refused() {
    assert_eq!(wa_id_digits("+16505551234").as_deref(), Some("16505551234"));
    assert_eq!(wa_id_digits("US.1"), None);
    assert_eq!(wa_id_digits(""), None);
}

#[test]
fn keys_come_strongest_first_and_leave_out_the_parent() {
    let identity = Identity {
        bsuid: Some("MX.1".to_owned()),
        parent_bsuid: Some("MX.ENT.1".to_owned()),
        wa_id: Some("525512345678".to_owned()),
        username: Some("ana".to_owned()),
        profile_name: None,
    };
    let kinds: Vec<_> = keys(&PlainHashes, NumberKind::Live, &identity)
        .iter()
        .map(|key| key.kind)
        .collect();
    assert_eq!(kinds, ["bsuid", "wa_id", "wa_id"]);
}

#[test]
fn a_simulated_phone_is_not_the_real_customer_with_its_number() {
    let identity = Identity {
        wa_id: Some("79001234567".to_owned()),
        ..Identity::default()
    };
    let live = keys(&PlainHashes, NumberKind::Live, &identity);
    let simulated = keys(&PlainHashes, NumberKind::Simulated, &identity);
    assert_ne!(live, simulated);
}
