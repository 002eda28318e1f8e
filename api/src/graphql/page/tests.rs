//! Page arguments: figures, cursors of this list and of others.

use super::{List, PageArguments, page_cost};

const LIST: List = List("things");

fn slice_of(first: Option<i32>, last: Option<i32>, after: Option<String>) -> Result<usize, String> {
    let arguments = PageArguments {
        first,
        after,
        last,
        before: None,
    };
    match arguments.slice(LIST) {
        Ok(slice) => Ok(slice.limit),
        Err(problem) => Err(problem.field_errors()[0].code.clone()),
    }
}

#[test]
fn pages_have_25_rows_unless_asked_and_never_more_than_100() {
    assert_eq!(slice_of(None, None, None), Ok(25));
    assert_eq!(slice_of(Some(100), None, None), Ok(100));
    assert_eq!(slice_of(None, Some(1), None), Ok(1));
    for bad in [0, -1, 101, i32::MAX] {
        let refused = Err("invalid_page_size".to_owned());
        assert_eq!(slice_of(Some(bad), None, None), refused);
        assert_eq!(slice_of(None, Some(bad), None), refused);
    }
    assert_eq!(
        slice_of(Some(1), Some(1), None),
        Err("first_and_last".to_owned())
    );
}

#[test]
fn a_cursor_is_taken_by_the_list_that_made_it() {
    let own = LIST.seal("5-a");
    assert_eq!(LIST.open("after", Some(own)).unwrap().unwrap(), "5-a");
    let foreign = List("others").seal("5-a");
    for cursor in [foreign, String::new(), "??".to_owned(), "AAAA".to_owned()] {
        assert_eq!(
            slice_of(None, None, Some(cursor)),
            Err("invalid_cursor".to_owned())
        );
    }
}

#[test]
fn a_page_costs_its_rows() {
    assert_eq!(page_cost(Some(7), None), 7);
    assert_eq!(page_cost(None, Some(1_000)), 100);
    assert_eq!(page_cost(None, None), 25);
    assert_eq!(page_cost(Some(-4), None), 25);
}
