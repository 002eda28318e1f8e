//! Tests of the module above.

use super::Lang;

#[test]
fn the_known_language_of_the_highest_weight_wins() {
    let cases = [
        ("", Lang::En),
        ("ru", Lang::Ru),
        ("ru-RU,ru;q=0.9,en;q=0.8", Lang::Ru),
        ("en-US,en;q=0.9,ru;q=0.8", Lang::En),
        ("de,ru;q=0.5,en;q=0.4", Lang::Ru),
        ("de", Lang::En),
        ("ru;q=nonsense", Lang::Ru),
    ];
    for (header, expected) in cases {
        assert_eq!(Lang::from_header(header), expected, "{header}");
    }
}

#[test]
fn a_russian_locale_gives_russian() {
    assert_eq!(Lang::from_locale("ru_RU.UTF-8"), Lang::Ru);
    assert_eq!(Lang::from_locale("C.UTF-8"), Lang::En);
}
