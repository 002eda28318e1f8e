//! Choices, and values that break what was not written with care.

use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

/// Texts that mean something somewhere: in SQL, JSON, cursors, templates, spreadsheets, headers.
const TEXTS: &[&str] = &[
    "",
    " ",
    "hi",
    "Привет",
    "😀👩‍👩‍👧",
    "e\u{301}\u{202e}rtl",
    "a\u{0}b",
    "\u{feff}",
    "line\r\nline\ttab",
    "'; drop table messages; --",
    "%_%",
    "\"\\",
    "{{name}}",
    "=1+1",
    "../../etc/passwd",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "99999999999999999999999",
    "18446744073709551615",
    "9223372036854775808",
    "+79001234567",
    "79991112233",
    "https://example.com/?a=b#c",
    "2026-11-28",
    "2026-02-30",
    "0000-01-01",
    "9999-12-31T23:59:59Z",
    "+262144-12-31",
    "24:00",
    "25:61",
    "Europe/Moscow",
    "begin",
    "latest",
    "eyJ2IjoxfQ",
    "00000000-0000-0000-0000-000000000000",
    "active",
    "closed",
    "text",
];

/// Whole numbers at the edges of what anybody counts in.
const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    2,
    25,
    100,
    101,
    4_096,
    100_000,
    i32::MAX as i64,
    i32::MIN as i64,
    i32::MAX as i64 + 1,
    i64::MAX,
    i64::MIN,
];

/// A source of choices.
pub(super) struct Dice(TestRunner);

impl Dice {
    /// The choices of a seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    fn draw<S: Strategy>(&mut self, strategy: &S) -> S::Value {
        let tree = strategy.new_tree(&mut self.0).expect("a value");
        tree.current()
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.draw(&(0..limit.max(1)))
    }

    /// True so many times in a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A text of any kind.
    pub(super) fn text(&mut self) -> String {
        match self.below(10) {
            0 | 1 => self.draw(&any::<String>()),
            2 => {
                let unit = *self.pick(TEXTS);
                let times = *self.pick(&[64, 257, 1_025, 4_097]);
                unit.repeat(times)
            }
            _ => (*self.pick(TEXTS)).to_owned(),
        }
    }

    /// A whole number, mostly a small one.
    pub(super) fn whole(&mut self) -> i64 {
        if self.chance(50) {
            i64::from(self.draw(&(0..30_i32)))
        } else {
            *self.pick(NUMBERS)
        }
    }

    /// Any JSON, at most so deep.
    pub(super) fn json(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.chance(50)),
            2 => json!(self.whole()),
            3 => json!(self.draw(&any::<f64>())),
            4 | 5 => json!(self.text()),
            6 => {
                let count = self.below(4);
                (0..count).map(|_| self.json(depth - 1)).collect()
            }
            _ => {
                let count = self.below(4);
                let members = (0..count).map(|_| (self.text(), self.json(depth - 1)));
                Value::Object(members.collect())
            }
        }
    }

    /// The same text with a few characters lost, doubled or changed.
    pub(super) fn damaged(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            if characters.is_empty() {
                break;
            }
            let place = self.below(characters.len());
            match self.below(4) {
                0 => drop(characters.remove(place)),
                1 => characters.insert(place, characters[place]),
                2 => characters[place] = self.draw(&any::<char>()),
                _ => characters.truncate(place),
            }
        }
        characters.into_iter().collect()
    }
}
