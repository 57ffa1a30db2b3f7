//! Pages that are made to stop a parser are told before one sees them: the time of building a tree grows with the square
//! of its depth, and so do formatting elements that are opened and never closed.
//!
//! What is open is counted as a parser counts it (HTML, 13.2.6), so that no page hides its depth behind ends that end nothing.

use super::open::{FOREIGN_LEAVERS, FORMATTING, Open, VOID};

/// How deep elements may nest. Sites of today reach about sixty.
const DEEPEST: usize = 512;

/// How many elements of formatting may stay open, times the blocks in which each is opened again.
const MOST_REOPENED: usize = 2_000_000;

/// Elements whose content is not markup.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

/// Whether a page can be parsed in time.
///
/// # Errors
/// With the reason why not.
pub(super) fn check(html: &str) -> Result<(), &'static str> {
    let (mut open, mut most_open, mut blocks) = (Open::default(), 0, 0);
    let mut at = 0;
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        at += found + 1;
        let rest = html.get(at..).unwrap_or_default();
        if rest.starts_with("!--") {
            at += behind_comment(rest);
            continue;
        }
        let closing = rest.starts_with('/');
        let start = at + usize::from(closing);
        let rest = html.get(start..).unwrap_or_default();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let length = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
        let (end, is_closed) = behind_tag(rest.as_bytes(), length);
        at = start + end;
        if closing {
            open.end(&name);
            continue;
        }
        if open.is_foreign() && FOREIGN_LEAVERS.contains(&name.as_str()) {
            open.leave_foreign();
        }
        let is_foreign = open.is_foreign();
        if RAW.contains(&name.as_str()) && !is_foreign {
            at = end_of(html, at, &name);
        } else if is_foreign && is_closed {
            continue;
        } else {
            blocks += usize::from(!FORMATTING.contains(&name.as_str()));
            if is_foreign || !VOID.contains(&name.as_str()) {
                open.begin(name, is_foreign);
            }
            if open.depth() > DEEPEST {
                return Err("the elements of the page nest too deep");
            }
            most_open = most_open.max(open.formatting());
        }
    }
    let reopened = most_open.saturating_sub(8).saturating_mul(blocks);
    if reopened > MOST_REOPENED { Err("the page opens too many elements that it never closes") } else { Ok(()) }
}

/// The bytes of a comment behind its `<`: to its end, or all the rest.
fn behind_comment(rest: &str) -> usize {
    if rest.starts_with("!-->") || rest.starts_with("!--->") {
        return 4;
    }
    let end = rest.find("-->").map_or(rest.len(), |at| at + 3);
    rest.get(..end).and_then(|text| text.find("--!>")).map_or(end, |at| at + 4)
}

/// Where a tag ends whose name ends at `from`, and whether it says that its element has no content. Quotation marks hold
/// a `>` only where a value begins.
fn behind_tag(rest: &[u8], from: usize) -> (usize, bool) {
    #[derive(Clone, Copy, PartialEq)]
    enum In {
        Between,
        Name,
        AfterName,
        BeforeValue,
        Value,
    }
    let (mut state, mut slash, mut at) = (In::Between, false, from);
    while let Some(&byte) = rest.get(at) {
        at += 1;
        let is_space = byte.is_ascii_whitespace();
        if byte == b'>' {
            return (at, slash);
        }
        slash = byte == b'/' && !matches!(state, In::BeforeValue | In::Value);
        state = match state {
            In::BeforeValue if matches!(byte, b'"' | b'\'') => {
                let length = rest.get(at..).unwrap_or_default().iter().position(|other| *other == byte);
                let Some(length) = length else { return (rest.len(), false) };
                at += length + 1;
                In::Between
            }
            In::BeforeValue if is_space => In::BeforeValue,
            In::BeforeValue => In::Value,
            In::Value if is_space => In::Between,
            In::Value => In::Value,
            In::Name | In::AfterName if byte == b'=' => In::BeforeValue,
            In::Name | In::AfterName if is_space => In::AfterName,
            In::Between if is_space => In::Between,
            _ if byte == b'/' => In::Between,
            _ => In::Name,
        };
    }
    (rest.len(), false)
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
        for hidden in [
            "<div></x>",
            "<div><!-- </div> -->",
            "<div title='</div>'>",
            "<div><p x\">",
            "<svg><foreignObject><p>",
            "<svg><path>",
            "<svg><div><div/>",
            "<span><div></span></div>",
            "<span><p></span></p>",
            "<body><div></body>",
            "<form><div></form>",
            "<div><table></div>",
            "<dt><li>",
            "<b class=x></i></i></i><p>",
        ] {
            assert!(check(&hidden.repeat(20_000)).is_err(), "{hidden}");
        }
        for sound in [
            "<svg><path d=''/><path d=''></path><g><circle/></g></svg>",
            "<div><span>x</div>",
            "<ul><li>一<p>二<li>三</ul>",
            "<table><tr><td>一<div><td>二<tr><td>三</table>",
            "<dl><dt>一<dd>二<div>三</div></dl>",
            "<p>一<span>二<p>三",
            "<div =\"></div>",
            "<svg><p><svg><g>",
            "<select><option>一<option>二</select>",
            "<a title='<div>'>x</a><!-- <div> -->",
            "<p>1 < 2 <3</p><div a=/b/>x</div>",
            "<svg viewBox='0 0 1 1'><title>x</title><use href='#a'/></svg><p>x",
            "<math><mi>x</mi><mo>=</mo></math>",
        ] {
            assert_eq!(check(&sound.repeat(10_000)), Ok(()), "{sound}");
        }
        assert!(check(&"<p>一段<br><img src=x>".repeat(10_000)).is_ok());
        assert!(check(&"<div><b>x</b></div>".repeat(10_000)).is_ok());
        assert!(check(&format!("<script>{}</script>", "'<div>'+".repeat(1_000))).is_ok());
    }
}
