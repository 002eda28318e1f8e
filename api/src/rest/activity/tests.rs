//! Lines of CSV.

use domain::ids::{BotId, NumberId};
use projections::activity::{Activity, ButtonPresses, ResponseTimes};
use uuid::Uuid;

use super::{COLUMNS, harmless, write};

#[test]
fn a_cell_never_begins_a_formula() {
    for cell in ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
        assert_eq!(harmless(cell), format!("'{cell}"));
    }
    for cell in ["", "7", "'=1", "Да", "a=b", " =1"] {
        assert_eq!(harmless(cell), cell);
    }
}

#[test]
fn cells_are_quoted_and_lines_end_as_rfc_4180_says() {
    let day = "2026-11-22".parse().unwrap();
    let activity = Activity {
        definitions: 1,
        position: 7,
        time_zone: "UTC".to_owned(),
        from: day,
        to: day,
        messages: Vec::new(),
        conversations: Vec::new(),
        first_responses: Vec::new(),
        first_response_total: ResponseTimes::default(),
        sessions: Vec::new(),
        nodes: Vec::new(),
        presses: vec![ButtonPresses {
            day,
            number: NumberId::new(Uuid::nil()),
            bot: BotId::new(Uuid::nil()),
            version: 3,
            node: "a,b".to_owned(),
            button: "1".to_owned(),
            title: "=HYPERLINK(\"x\")\nfree".to_owned(),
            count: 2,
        }],
    };
    let nil = Uuid::nil();
    let expected = format!(
        "{}\r\nbutton_presses,2026-11-22,{nil},{nil},3,\"a,b\",,,,,1,\"'=HYPERLINK(\"\"x\"\")\nfree\",2\r\n",
        COLUMNS.join(",")
    );
    let written = String::from_utf8(write(&activity).unwrap()).unwrap();
    assert_eq!(written, expected);
}
