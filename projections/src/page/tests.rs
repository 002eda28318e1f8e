//! Cursors of an epoch.

use uuid::Uuid;

use super::{CursorEpoch, InvalidCursor, cursor, parse};

#[test]
fn a_cursor_holds_for_its_epoch_only() {
    let epoch = |number| CursorEpoch::from(Uuid::from_u128(number));
    let made = cursor(epoch(1), -5, "0-1");
    assert_eq!(parse(epoch(1), &made), Ok((-5, "0-1")));
    assert_eq!(parse(epoch(2), &made), Err(InvalidCursor::OldEpoch));
    for foreign in ["", "x", "00000001-zz-1", "1-1-1", "00000001-1"] {
        let refused = parse(epoch(1), foreign);
        assert_eq!(refused, Err(InvalidCursor::Unreadable), "{foreign}");
    }
}
