//! The delimiters of emphasis, hidden from the parser of markdown: characters that it takes for letters stand for them until
//! [`super::emphasis`] pairs them.

/// Stands for `*` while markdown is parsed.
pub(super) const STAR: char = '\u{FDD0}';
/// Stands for `_`.
pub(super) const UNDERSCORE: char = '\u{FDD1}';
/// Stands for `~`.
pub(super) const TILDE: char = '\u{FDD2}';

/// Replaces the delimiters of emphasis by characters that the markdown parser takes for letters, but for those that
/// make lists, rules and fences, and escaped ones.
pub(super) fn veil(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + markdown.len() / 8);
    for line in markdown.split_inclusive('\n') {
        let (kept, rest) = line.split_at(structure(line));
        out.push_str(kept);
        let mut escaped = false;
        let mut previous = ' ';
        let mut chars = rest.chars().peekable();
        while let Some(c) = chars.next() {
            let inside_word =
                c == '_' && previous.is_ascii_alphanumeric() && chars.peek().is_some_and(char::is_ascii_alphanumeric);
            out.push(match c {
                '*' if !escaped => STAR,
                '_' if !escaped && !inside_word => UNDERSCORE,
                '~' if !escaped => TILDE,
                c => c,
            });
            escaped = c == '\\' && !escaped;
            previous = c;
        }
    }
    out
}

/// Gives veiled delimiters back.
pub(super) fn unveil(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// The delimiter that a character stands for; others as they are.
pub(super) fn shown(c: char) -> char {
    match c {
        STAR => '*',
        UNDERSCORE => '_',
        TILDE => '~',
        c => c,
    }
}

/// The length of a line's start that makes structure: quote and list marks, a whole rule, a fence.
fn structure(line: &str) -> usize {
    let mut at = 0;
    // No rule begins before this byte: each byte is looked at once, however many marks there are.
    let mut no_rule_before = 0;
    loop {
        let rest = &line[at..];
        let trimmed = rest.trim_start_matches([' ', '\t']);
        let start = line.len() - trimmed.len();
        if trimmed.starts_with("~~~") {
            return line.len();
        }
        if start >= no_rule_before {
            match rule(trimmed) {
                Ok(()) => return line.len(),
                Err(end) => no_rule_before = start + end,
            }
        }
        let mark = match trimmed.as_bytes() {
            [b'>', ..] => 1,
            [b'*' | b'-' | b'+', next, ..] if next.is_ascii_whitespace() => 2,
            [b'*' | b'-' | b'+'] => 1,
            bytes => {
                let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
                match bytes.get(digits..) {
                    Some([b'.' | b')', next, ..]) if (1..10).contains(&digits) && next.is_ascii_whitespace() => {
                        digits + 2
                    }
                    _ => return at,
                }
            }
        };
        at += rest.len() - trimmed.len() + mark;
        if at >= line.len() {
            return line.len();
        }
    }
}

/// Whether a line is a thematic break; otherwise the byte that tells it is none. Exactly two empty pairs are a converter's
/// debris instead.
fn rule(line: &str) -> Result<(), usize> {
    let Some(mark) = line.chars().next().filter(|c| matches!(c, '*' | '_')) else { return Err(0) };
    if let Some(other) = line.find(|c: char| c != mark && !c.is_whitespace()) {
        return Err(other);
    }
    let debris = matches!(line.trim_end(), "****" | "** **" | "____" | "__ __");
    let marks = line.chars().filter(|c| *c == mark).count();
    if debris || marks < 3 { Err(line.len()) } else { Ok(()) }
}
