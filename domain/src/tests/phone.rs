//! What is taken as a phone number, and what a log line may show of it.

use crate::phone::{E164, InvalidPhone};

#[test]
fn what_people_type_is_parsed() {
    let table = [
        ("+79001234567", "+79001234567"),
        ("+7 (900) 123-45-67", "+79001234567"),
        ("+1 650.555.1234", "+16505551234"),
        ("+49\u{a0}30\u{a0}901820", "+4930901820"),
    ];
    for (typed, expected) in table {
        let phone = E164::parse(typed).unwrap();
        assert_eq!(phone.as_str(), expected, "{typed}");
        assert_eq!(phone.digits(), &expected[1..], "{typed}");
    }
}

#[test]
fn what_is_no_international_number_is_refused() {
    let refused = [
        "",
        "+",
        "79001234567",
        "8 900 123 45 67",
        "+123456",
        "+1234567890123456",
        "+7900123456a",
        "++79001234567",
        "+٧٩٠٠١٢٣٤٥٦٧",
        "+0000000000",
        "call me",
    ];
    for typed in refused {
        assert_eq!(E164::parse(typed), Err(InvalidPhone), "{typed}");
    }
}

#[test]
fn a_wa_id_is_taken_by_its_shape() {
    let taken = E164::from_wa_id("16505551234").unwrap();
    assert_eq!(taken.as_str(), "+16505551234");
    assert_eq!(E164::from_wa_id("+16505551234"), Some(taken));
    for text in [
        "",
        "1234",
        "1234567890123456",
        "US.13491208655302741918",
        "1650555123x",
    ] {
        assert_eq!(E164::from_wa_id(text), None, "{text}");
    }
}

#[test]
fn debug_shows_two_digits_and_never_panics() {
    assert_eq!(
        format!("{:?}", E164::parse("+79001234567").unwrap()),
        "E164(..67)"
    );
    for stored in ["\"\"", "\"+\"", "\"äöü\"", "\"x€\""] {
        let odd: E164 = serde_json::from_str(stored).unwrap();
        assert!(format!("{odd:?}{}", odd.digits()).starts_with("E164(.."));
    }
}
