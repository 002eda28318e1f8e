//! Cursors: there and back, and nothing that is sent instead of one does harm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Cursor, CursorError};

const EPOCH: Uuid = Uuid::from_u128(7);

fn encoded(plain: &str) -> String {
    URL_SAFE_NO_PAD.encode(plain)
}

#[test]
fn a_cursor_of_another_epoch_is_told_from_garbage() {
    let foreign = Cursor::new(Uuid::from_u128(8), 3).to_string();
    let read = Cursor::position_in(&foreign, EPOCH, 10);
    assert_eq!(read, Err(CursorError::OtherEpoch));
    for garbage in ["", "garbage", "1:2:3", "\u{0}", "МОЙ", &"A".repeat(10_000)] {
        let read = Cursor::position_in(garbage, EPOCH, 10);
        assert_eq!(read, Err(CursorError::Unreadable), "{garbage:?}");
    }
}

#[test]
fn a_position_beyond_the_end_is_no_cursor_of_this_log() {
    let cursor = Cursor::new(EPOCH, 10).to_string();
    assert_eq!(Cursor::position_in(&cursor, EPOCH, 10), Ok(10));
    let read = Cursor::position_in(&cursor, EPOCH, 9);
    assert_eq!(read, Err(CursorError::Unreadable));
}

#[test]
fn a_place_has_one_text() {
    let simple = EPOCH.simple();
    for other in [
        format!("1:{EPOCH}:5"),
        format!("1:{simple}:+5"),
        format!("1:{simple}:05"),
        format!("1:{simple}:5:"),
        format!("2:{simple}:5"),
        format!("1:{simple}:18446744073709551616"),
    ] {
        let read = encoded(&other).parse::<Cursor>();
        assert_eq!(read, Err(CursorError::Unreadable), "{other}");
    }
    let padded = format!("{}=", Cursor::new(EPOCH, 5));
    assert!(padded.parse::<Cursor>().is_err());
}

proptest! {
    #[test]
    fn every_place_comes_back(epoch in any::<u128>(), position in any::<u64>()) {
        let cursor = Cursor::new(Uuid::from_u128(epoch), position);
        prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), plain in any::<String>()) {
        let _ = text.parse::<Cursor>();
        let _ = encoded(&plain).parse::<Cursor>();
    }

    #[test]
    fn a_changed_cursor_is_never_another_place_of_this_log(at in 0usize..200, with in any::<u8>()) {
        let cursor = Cursor::new(EPOCH, 77);
        let mut bytes = cursor.to_string().into_bytes();
        let at = at % bytes.len();
        bytes[at] = with;
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        if let Ok(read) = text.parse::<Cursor>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
