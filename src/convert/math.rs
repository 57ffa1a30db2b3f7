//! TeX is checked, and written as MathML.
//!
//! pulldown-latex writes text unescaped and turns an error into an element of its output, so its events are
//! looked at first, and characters with a meaning in XML travel through it as others that have none.

use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::event::{Content, Event};
use pulldown_latex::{Parser, Storage, push_mathml};

use super::escape::escape;

/// Formulas longer than this, or nested deeper, are not set: the parser recurses.
const LONGEST: usize = 4_000;
const DEEPEST: usize = 40;

/// Stand for `<`, `>` and `&` in text inside a formula.
const VEILS: [(char, char, &str); 3] =
    [('<', '\u{FDD4}', "&lt;"), ('>', '\u{FDD5}', "&gt;"), ('&', '\u{FDD6}', "&amp;")];

/// TeX without what belongs to the page it was written for: names for references go, numbers follow their formula, and lines
/// that nothing holds together stand below each other.
pub(super) fn settable(tex: &str) -> String {
    let mut out = tex.trim().to_owned();
    if out.len() > LONGEST {
        return out;
    }
    for command in ["\\nonumber", "\\notag"] {
        out = out.replace(command, "");
    }
    while let Some((range, _)) = argument(&out, "\\label{") {
        out.replace_range(range, "");
    }
    for (command, (left, right)) in [("\\tag{", ("(", ")")), ("\\tag*{", ("", ""))] {
        while let Some((range, number)) = argument(&out, command) {
            let number = format!("\\qquad\\text{{{left}{number}{right}}}");
            if out.contains("\\\\") {
                out.replace_range(range, &number);
            } else {
                out.replace_range(range, "");
                out.truncate(out.trim_end().len());
                out.push_str(&number);
            }
        }
    }
    let out = out.trim().trim_end_matches("\\\\").trim_end();
    match loose_lines(out) {
        None => out.to_owned(),
        Some(aligned) => {
            let name = if aligned { "aligned" } else { "gathered" };
            format!("\\begin{{{name}}}{out}\\end{{{name}}}")
        }
    }
}

/// Where a command with its argument stands, and the argument, which has no braces.
fn argument(tex: &str, command: &str) -> Option<(std::ops::Range<usize>, String)> {
    let start = tex.find(command)?;
    let inner = &tex[start + command.len()..];
    let length = inner.find(['{', '}']).filter(|at| inner[*at..].starts_with('}'))?;
    Some((start..start + command.len() + length + 1, inner[..length].to_owned()))
}

/// Whether TeX has lines outside of all groups and environments, and whether these lines have columns.
fn loose_lines(tex: &str) -> Option<bool> {
    let (mut depth, mut lines, mut columns) = (0_i32, false, false);
    let mut rest = tex;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '\\' => {
                depth += i32::from(rest.starts_with("\\begin{")) - i32::from(rest.starts_with("\\end{"));
                lines |= depth == 0 && rest.starts_with("\\\\");
                length += rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            '&' => columns |= depth == 0,
            _ => {}
        }
        rest = &rest[length..];
    }
    lines.then_some(columns)
}

/// Whether TeX can be set; otherwise why not, in a few words.
pub(super) fn check(tex: &str) -> Result<(), String> {
    mathml(tex, false).map(|_| ())
}

/// Writes TeX as a `math` element with its source as alternative text.
pub(super) fn mathml(tex: &str, display: bool) -> Result<String, String> {
    limits(tex)?;
    let storage = Storage::new();
    let mut events = Vec::new();
    for event in Parser::new(tex, &storage) {
        events.push(event.map_err(|error| first_line(&error.to_string()))?);
    }
    let texts: Vec<String> = events.iter().map(|event| text_of(event).map(veiled).unwrap_or_default()).collect();
    let safe = events.into_iter().zip(&texts).map(|(event, text)| Ok::<_, std::fmt::Error>(with_text(event, text)));
    let mut out = String::new();
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, xml: true, ..RenderConfig::default() };
    push_mathml(&mut out, safe, config).map_err(|error| first_line(&error.to_string()))?;
    for (_, veil, entity) in VEILS {
        out = out.replace(veil, entity);
    }
    // A relation `<` is a lone character between tags.
    out = out.replace("><<", ">&lt;<").replace(">&<", ">&amp;<");
    if out.contains("<merror") || !is_well_formed(&out) {
        return Err("it cannot be written as MathML".to_owned());
    }
    Ok(out.replacen("<math", &format!("<math alttext=\"{}\"", escape(tex)), 1))
}

fn limits(tex: &str) -> Result<(), String> {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for c in tex.chars() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    match () {
        () if tex.is_empty() => Err("it is empty".to_owned()),
        () if tex.len() > LONGEST
            || tex.matches("\\left").count() > DEEPEST
            || tex.matches("\\begin").count() > DEEPEST =>
        {
            Err("it is too long".to_owned())
        }
        () if deepest > DEEPEST || tex.matches("\\sqrt").count() > 200 => Err("it is nested too deep".to_owned()),
        () => Ok(()),
    }
}

fn first_line(message: &str) -> String {
    message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it is not TeX").to_owned()
}

fn text_of<'a>(event: &Event<'a>) -> Option<&'a str> {
    match event {
        Event::Content(Content::Text(text) | Content::Number(text) | Content::Function(text)) => Some(text),
        _ => None,
    }
}

fn veiled(text: &str) -> String {
    text.chars().map(|c| VEILS.iter().find(|(plain, ..)| *plain == c).map_or(c, |(_, veil, _)| *veil)).collect()
}

fn with_text<'a>(event: Event<'a>, text: &'a str) -> Event<'a> {
    match event {
        Event::Content(Content::Text(_)) => Event::Content(Content::Text(text)),
        Event::Content(Content::Number(_)) => Event::Content(Content::Number(text)),
        Event::Content(Content::Function(_)) => Event::Content(Content::Function(text)),
        other => other,
    }
}

fn is_well_formed(xml: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_and_ampersands_are_escaped() {
        for tex in ["a < b", r"\text{a<b & c}", r"x \& y", r"\begin{cases} a & b < c \\ d & e \end{cases}", "a > b"] {
            let out = mathml(tex, true).unwrap_or_else(|reason| panic!("{tex}: {reason}"));
            assert!(out.starts_with("<math alttext=\"") && is_well_formed(&out), "{out}");
        }
    }

    #[test]
    fn numbers_names_and_loose_lines_do_not_keep_a_formula_from_being_set() {
        for (tex, expected) in [
            (r"x=1 \tag{1} \label{eq}", r"x=1\qquad\text{(1)}"),
            (r"\tag*{甲} x=1", r"x=1\qquad\text{甲}"),
            (r"a=1 \\ b=2", r"\begin{gathered}a=1 \\ b=2\end{gathered}"),
            (r"a&=1 \tag{1} \\ b&=2 \\", r"\begin{aligned}a&=1 \qquad\text{(1)} \\ b&=2\end{aligned}"),
            (r"\begin{cases} a \\ b \end{cases}", r"\begin{cases} a \\ b \end{cases}"),
        ] {
            assert_eq!(settable(tex), expected);
            assert_eq!(settable(expected), expected);
            check(expected).unwrap_or_else(|reason| panic!("{tex}: {reason}"));
        }
    }

    #[test]
    fn wrong_tex_is_told_and_deep_tex_does_not_overflow() {
        assert!(check(r"\frac{a").is_err());
        assert!(check(r"\nosuchcommand x").is_err());
        assert!(check(&"{".repeat(2_000)).is_err());
        let _ = check(&"\\sqrt".repeat(199));
        let _ = check(&"\\hat".repeat(900));
    }
}
