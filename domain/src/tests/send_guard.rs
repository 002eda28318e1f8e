//! Every rule of the send guard at its boundary.

use crate::message::{Button, Content};
use crate::send_guard::{
    NumberFacts, SendFacts, SendRefusal, WINDOW_MARGIN_SECONDS, WINDOW_SECONDS, check,
    check_content, window_closes_at,
};
use crate::stream::Refusal;
use crate::time::Timestamp;

const ACTIVE: NumberFacts = NumberFacts {
    is_active: true,
    is_removed: false,
};

fn inbound() -> Timestamp {
    Timestamp::from_seconds(1_767_000_000)
}

fn verdict(
    number: NumberFacts,
    last_inbound_at: Option<Timestamp>,
    content: &Content,
    now: Timestamp,
) -> Result<(), SendRefusal> {
    check(&SendFacts {
        last_inbound_at,
        number,
        content,
        now,
    })
}

fn button(id: &str, title: &str) -> Button {
    Button {
        id: id.to_owned(),
        title: title.to_owned(),
    }
}

fn buttons(body: &str, buttons: Vec<Button>) -> Content {
    Content::Buttons {
        body: body.to_owned(),
        buttons,
    }
}

fn too_long(field: &str, limit: usize, actual: usize) -> Result<(), SendRefusal> {
    Err(SendRefusal::TooLong {
        field: field.to_owned(),
        limit,
        actual,
    })
}

fn empty(field: &str) -> Result<(), SendRefusal> {
    Err(SendRefusal::Empty {
        field: field.to_owned(),
    })
}

fn field_of(result: Result<(), SendRefusal>) -> String {
    match result {
        Err(SendRefusal::Invalid { field, .. }) => field,
        other => panic!("expected invalid content, got {other:?}"),
    }
}

#[test]
fn the_window_is_open_up_to_its_last_microsecond() {
    let text = Content::text("hello");
    let end = inbound().plus_seconds(WINDOW_SECONDS - WINDOW_MARGIN_SECONDS);
    assert_eq!(window_closes_at(inbound()), end);
    for now in [inbound().plus_seconds(-5), inbound(), end] {
        assert_eq!(verdict(ACTIVE, Some(inbound()), &text, now), Ok(()));
    }
    let late = Timestamp::from_micros(end.as_micros() + 1);
    assert_eq!(
        verdict(ACTIVE, Some(inbound()), &text, late),
        Err(SendRefusal::WindowClosed)
    );
}

#[test]
fn without_an_inbound_message_the_window_is_closed() {
    let text = Content::text("hello");
    assert_eq!(
        verdict(ACTIVE, None, &text, inbound()),
        Err(SendRefusal::WindowClosed)
    );
}

#[test]
fn the_number_is_asked_before_content_and_window() {
    let nothing = Content::text("");
    let off = NumberFacts {
        is_active: false,
        is_removed: false,
    };
    let removed = NumberFacts {
        is_active: false,
        is_removed: true,
    };
    let asked = |number| verdict(number, None, &nothing, inbound());
    assert_eq!(asked(removed), Err(SendRefusal::NumberRemoved));
    assert_eq!(
        asked(NumberFacts {
            is_active: true,
            ..removed
        }),
        Err(SendRefusal::NumberRemoved)
    );
    assert_eq!(asked(off), Err(SendRefusal::NumberInactive));
    assert_eq!(asked(ACTIVE), empty("content"));
}

#[test]
fn a_text_has_one_to_4096_utf16_units() {
    assert_eq!(check_content(&Content::text("")), empty("content"));
    assert_eq!(check_content(&Content::text(" \n")), empty("content"));
    assert_eq!(check_content(&Content::text("ä".repeat(4096))), Ok(()));
    assert_eq!(
        check_content(&Content::text("ä".repeat(4097))),
        too_long("content", 4096, 4097)
    );
    // An emoji outside the basic plane is two units.
    assert_eq!(check_content(&Content::text("😀".repeat(2048))), Ok(()));
    let emoji = format!("{}x", "😀".repeat(2048));
    assert_eq!(
        check_content(&Content::text(emoji)),
        too_long("content", 4096, 4097)
    );
}

#[test]
fn a_message_has_one_to_three_buttons() {
    let of = |count: usize| {
        let list = (0..count).map(|index| button(&format!("id{index}"), &format!("Title {index}")));
        check_content(&buttons("Which?", list.collect()))
    };
    assert_eq!(field_of(of(0)), "buttons");
    assert_eq!((of(1), of(3)), (Ok(()), Ok(())));
    assert_eq!(field_of(of(4)), "buttons");
}

#[test]
fn body_title_and_id_of_buttons_have_limits() {
    let one =
        |body: &str, id: &str, title: &str| check_content(&buttons(body, vec![button(id, title)]));
    let (body, title, id) = ("b".repeat(1024), "t".repeat(20), "i".repeat(256));
    assert_eq!(one(&body, &id, &title), Ok(()));
    assert_eq!(
        one(&format!("{body}x"), &id, &title),
        too_long("content", 1024, 1025)
    );
    assert_eq!(
        one(&body, &id, &format!("{title}x")),
        too_long("buttons[0].title", 20, 21)
    );
    assert_eq!(
        one(&body, &format!("{id}x"), &title),
        too_long("buttons[0].id", 256, 257)
    );
    assert_eq!(one("", &id, &title), empty("content"));
    assert_eq!(one(&body, &id, " "), empty("buttons[0].title"));
    assert_eq!(one(&body, "", &title), empty("buttons[0].id"));
}

#[test]
fn buttons_differ_in_id_and_title() {
    let pair = |second| check_content(&buttons("Which?", vec![button("a", "Yes"), second]));
    assert_eq!(pair(button("b", "No")), Ok(()));
    assert_eq!(field_of(pair(button("a", "No"))), "buttons[1]");
    assert_eq!(field_of(pair(button("b", "Yes"))), "buttons[1]");
}

#[test]
fn other_kinds_cannot_be_sent() {
    let order = Content::Order {
        catalog_id: "1".to_owned(),
        text: String::new(),
        items: vec![],
    };
    assert_eq!(field_of(check_content(&order)), "message_type");
}

#[test]
fn refusals_have_stable_codes() {
    let field = String::new;
    let refusals = [
        (SendRefusal::WindowClosed, "window_closed"),
        (SendRefusal::NumberInactive, "number_inactive"),
        (SendRefusal::NumberRemoved, "number_removed"),
        (SendRefusal::Empty { field: field() }, "required"),
        (
            SendRefusal::TooLong {
                field: field(),
                limit: 1,
                actual: 2,
            },
            "text_too_long",
        ),
        (
            SendRefusal::Invalid {
                field: field(),
                problem: "bad",
            },
            "invalid_content",
        ),
    ];
    for (refusal, code) in refusals {
        assert_eq!(refusal.code(), code);
    }
}
