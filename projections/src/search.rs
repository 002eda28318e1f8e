//! Search texts: lowered in Rust, because SQLite lowers ASCII only, and patterns that match literally.

/// The searchable form of a text. PostgreSQL takes no NUL; rows have the same sign in its place.
pub(crate) fn lowered(text: &str) -> String {
    text.to_lowercase().replace('\0', "\u{fffd}")
}

/// A `like` pattern (escape `\`) that finds the text anywhere.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in lowered(text.trim()).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// The pattern of a phone number typed with spaces, dashes, dots, brackets or a plus; `None` if the text
/// holds anything else.
pub(crate) fn digits_pattern(text: &str) -> Option<String> {
    let is_filler = |character: char| {
        character.is_whitespace() || matches!(character, '+' | '-' | '(' | ')' | '.')
    };
    let digits: String = text
        .chars()
        .filter(|character| !is_filler(*character))
        .collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("%{digits}%"))
}
