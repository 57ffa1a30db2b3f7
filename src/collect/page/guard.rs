//! Pages that are made to stop a parser are told before one sees them: the time of building a tree grows with the square
//! of its depth, and so do formatting elements that are opened and never closed.

/// How deep elements may nest. Sites of today reach about sixty.
const DEEPEST: i64 = 512;

/// How many elements of formatting may stay open, times the blocks in which each is opened again.
const MOST_REOPENED: u64 = 2_000_000;

const FORMATTING: [&str; 13] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "u"];
/// Elements that need no end, and those that HTML ends by itself.
const ENDLESS: [&str; 26] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p",
    "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot", "path",
];
/// Elements whose content is not markup.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

/// Whether a page can be parsed in time.
///
/// # Errors
/// With the reason why not.
pub(super) fn check(html: &str) -> Result<(), &'static str> {
    let (mut depth, mut deepest, mut open, mut most_open, mut blocks) = (0_i64, 0_i64, 0_i64, 0_i64, 0_u64);
    let bytes = html.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'<')) {
        at += found + 1;
        let closing = bytes.get(at) == Some(&b'/');
        let start = at + usize::from(closing);
        let length = bytes.get(start..).unwrap_or_default().iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let name = html.get(start..start + length).unwrap_or_default().to_ascii_lowercase();
        if name.is_empty() {
            continue;
        }
        let is_formatting = FORMATTING.contains(&name.as_str());
        if RAW.contains(&name.as_str()) && !closing {
            at = end_of(html, start, &name);
        } else if ENDLESS.contains(&name.as_str()) {
            blocks += u64::from(!closing);
        } else {
            let step = if closing { -1 } else { 1 };
            depth = (depth + step).max(0);
            deepest = deepest.max(depth);
            if is_formatting {
                open = (open + step).max(0);
                most_open = most_open.max(open);
            } else {
                blocks += u64::from(!closing);
            }
        }
    }
    if deepest > DEEPEST {
        return Err("the elements of the page nest too deep");
    }
    let reopened = u64::try_from(most_open).unwrap_or(0).saturating_sub(8) * blocks;
    if reopened > MOST_REOPENED { Err("the page opens too many elements that it never closes") } else { Ok(()) }
}

/// Where an element that holds no markup ends.
fn end_of(html: &str, start: usize, name: &str) -> usize {
    let rest = html.as_bytes().get(start..).unwrap_or_default();
    let end = format!("</{name}");
    let found = rest.windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
    found.map_or(html.len(), |found| start + found + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_would_stop_a_parser_are_told_and_ordinary_ones_pass() {
        assert!(check(&"<div>".repeat(100_000)).is_err());
        let formats: String = (0..500).map(|n| format!("<b class=x{n}>")).collect();
        assert!(check(&format!("{formats}{}", "<p>x".repeat(50_000))).is_err());
        assert!(check(&"<p>一段<br><img src=x>".repeat(10_000)).is_ok());
        assert!(check(&"<div><b>x</b></div>".repeat(10_000)).is_ok());
        assert!(check(&format!("<script>{}</script>", "'<div>'+".repeat(1_000))).is_ok());
    }
}
