//! What programs other than CommonMark's read is written as what is read here: `[[page]]`, `![[picture.png]]`, `==marked==`,
//! `^[a note]`, `\( x \)`, `##Heading`, `[TOC]`, and addresses with spaces. Code and formulas stay as they are.
//!
//! No line is added but at the end, where the notes go.

use super::clean::{is_han, is_wide, is_wide_mark};
use super::lines::fence_of;
use super::links::is_url_character;

/// What is written in one of these ways is no longer than this, in bytes.
const LONGEST: usize = 1_000;
/// A drawing in an address may be longer.
const LONGEST_DRAWING: usize = 20_000;
/// A formula between `\[` and `\]` has no more lines.
const MOST_FORMULA_LINES: usize = 40;
const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "gif", "webp", "svg", "bmp", "avif"];

/// Writes an article in the markdown that is read here.
pub(super) fn translate(markdown: &str) -> String {
    let lines: Vec<&str> = markdown.split('\n').collect();
    let mut translator = Translator { label: label(markdown), notes: Vec::new() };
    let mut state = State::default();
    let mut out = String::with_capacity(markdown.len() + markdown.len() / 16);
    // The line of the `\]` that closes an open `\[`.
    let mut closing = None;
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if closing == Some(index) {
            out.push_str("$$");
            closing = None;
        } else if closing.is_some() || state.is_verbatim(line) {
            out.push_str(line);
        } else if let Some(end) = end_of_formula(&lines, index) {
            out.push_str("$$");
            closing = Some(end);
        } else if is_contents(line) {
        } else {
            let hashes = glued_heading(line);
            out.push_str(&line[..hashes]);
            if hashes > 0 {
                out.push(' ');
            }
            translator.line(&line[hashes..], &mut out);
        }
    }
    if let (Some((mark, length)), false) = (state.fence, translator.notes.is_empty()) {
        out.push('\n');
        out.extend(std::iter::repeat_n(mark, length));
    }
    for (index, note) in translator.notes.iter().enumerate() {
        out.push_str(&format!("\n\n[^{}{}]: {note}", translator.label, index + 1));
    }
    out
}

/// The start of labels that the article has not.
fn label(markdown: &str) -> String {
    let mut label = "note-".to_owned();
    while markdown.contains(&format!("[^{label}")) {
        label.push('-');
    }
    label
}

/// Whether lines are code or a formula.
#[derive(Default)]
struct State {
    fence: Option<(char, usize)>,
    /// Between `<pre>` and `</pre>`.
    pre: bool,
    /// Between the `$$` of two lines.
    math: bool,
    /// Whether an indented line goes on with the item of a list.
    list: bool,
    /// Whether the line before is blank, or indented code.
    after_blank: bool,
}

impl State {
    fn is_verbatim(&mut self, line: &str) -> bool {
        let trimmed = line.trim_start_matches([' ', '\t', '>']);
        let here = fence_of(trimmed);
        if let Some((mark, length)) = self.fence {
            let closes = here.is_some_and(|(other, count)| other == mark && count >= length);
            if closes && trimmed.trim_end().trim_matches(mark).is_empty() {
                self.fence = None;
            }
            return true;
        }
        if here.is_some() {
            self.fence = here;
            return true;
        }
        if self.pre || trimmed.starts_with("<pre") {
            self.pre = !trimmed.contains("</pre>");
            return true;
        }
        let blank = trimmed.trim().is_empty();
        let within_math = self.math && !blank;
        self.math = within_math != (!blank && line.matches("$$").count() % 2 == 1);
        let indented = line.starts_with("    ") || line.starts_with('\t');
        let code = indented && self.after_blank && !self.list;
        self.after_blank = blank || code;
        if !blank && !line.starts_with([' ', '\t']) {
            let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let rest = &line[digits..];
            self.list = if digits > 0 { rest.starts_with(['.', ')']) } else { rest.starts_with(['-', '*', '+']) };
        }
        within_math || self.math || code
    }
}

/// The line of the `\]` that belongs to a `\[`, each alone on its line.
fn end_of_formula(lines: &[&str], index: usize) -> Option<usize> {
    if lines[index].trim() != "\\[" {
        return None;
    }
    let after = lines.iter().skip(index + 1).take(MOST_FORMULA_LINES);
    let length = after.take_while(|line| !line.trim().is_empty()).position(|line| line.trim() == "\\]")?;
    let end = index + 1 + length;
    is_math(&lines[index + 1..end].concat()).then_some(end)
}

/// Whether a line stands for a table of contents.
fn is_contents(line: &str) -> bool {
    let line = line.trim();
    line.len() < 40 && {
        let line = line.to_ascii_lowercase();
        matches!(line.as_str(), "[toc]" | "[[toc]]" | "[[_toc_]]" | "@[toc]" | "{:toc}" | "[toc]:" | "${toc}")
            || line.starts_with("@[toc](") && line.ends_with(')')
    }
}

/// The number of hashes of a heading whose text stands right behind them.
fn glued_heading(line: &str) -> usize {
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &line[hashes..];
    let glued = (2..=6).contains(&hashes) && rest.starts_with(|c| is_han(c) || is_wide_mark(c)) && !rest.contains('#');
    if glued { hashes } else { 0 }
}

/// Whether what stands between `\(` and `\)`, or `\[` and `\]`, is a formula and no text in escaped brackets.
fn is_math(tex: &str) -> bool {
    let tex = tex.trim();
    let bytes = tex.as_bytes();
    let command = bytes.windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_alphabetic());
    let escape = bytes.windows(2).any(|pair| pair[0] == b'\\' && matches!(pair[1], b'_' | b'*' | b'[' | b'.'));
    let relation = tex.contains(['^', '_', '=', '<', '>', '+']);
    let variable = tex.starts_with(|c: char| c.is_ascii_alphabetic()) && tex.trim_end_matches('\'').len() <= 2;
    let text = tex.chars().any(is_wide) && !tex.contains("\\text");
    !text && (command || !escape && (relation || variable))
}

/// The start of a text that is looked through.
fn window(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

struct Translator {
    label: String,
    notes: Vec<String>,
}

impl Translator {
    /// Writes one line.
    fn line(&mut self, line: &str, out: &mut String) {
        let (mut at, mut bracket, mut mark_end, mut last) = (0, false, None, ' ');
        while let Some(c) = line[at..].chars().next() {
            let rest = &line[at..];
            if mark_end == Some(at) {
                out.push_str("</mark>");
                (at, mark_end, last) = (at + 2, None, ' ');
                continue;
            }
            if rest.starts_with("==")
                && mark_end.is_none()
                && let Some(length) = marked(rest, last)
            {
                out.push_str("<mark>");
                (mark_end, last) = (Some(at + 2 + length), ' ');
                at += 2;
                continue;
            }
            bracket |= c == '[';
            let read = match c {
                '\\' => formula(rest, out)
                    .unwrap_or_else(|| copy(rest, rest.chars().take(2).map(char::len_utf8).sum(), out)),
                '`' => code(rest, out),
                '$' => copy(rest, dollars(rest), out),
                '<' => copy(rest, tag(rest), out),
                'h' if rest.starts_with("http://") || rest.starts_with("https://") => {
                    copy(rest, rest.find(|c| !is_url_character(c)).unwrap_or(rest.len()), out)
                }
                '!' if rest.starts_with("![[") => page(rest, out).unwrap_or_else(|| copy(rest, 1, out)),
                '[' if rest.starts_with("[[") && !last.is_ascii_alphanumeric() => {
                    page(rest, out).unwrap_or_else(|| copy(rest, 1, out))
                }
                ']' if bracket && rest.starts_with("](") => match destination(&rest[2..]) {
                    Some((target, length)) => {
                        out.push_str(&format!("](<{target}>)"));
                        length + 3
                    }
                    None => copy(rest, address(&rest[2..]) + 2, out),
                },
                '^' if rest.starts_with("^[") && !matches!(last, '[' | '^') => self.note(rest, out),
                c => copy(rest, c.len_utf8(), out),
            };
            last = line[..at + read].chars().next_back().unwrap_or(' ');
            at += read;
        }
    }

    /// `^[the text of a note]`.
    fn note(&mut self, rest: &str, out: &mut String) -> usize {
        let mut depth = 0_usize;
        let end = window(rest, LONGEST).char_indices().skip(1).find(|(_, c)| {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let text = end.map(|(end, _)| rest[2..end].trim());
        match (text.filter(|text| text.chars().any(|c| is_wide(c) || c == ' ')), end) {
            (Some(text), Some((end, _))) => {
                self.notes.push(text.to_owned());
                out.push_str(&format!("[^{}{}]", self.label, self.notes.len()));
                end + 1
            }
            _ => copy(rest, 1, out),
        }
    }
}

/// Copies so many bytes, and gives them back.
fn copy(rest: &str, length: usize, out: &mut String) -> usize {
    out.push_str(&rest[..length]);
    length
}

/// The length of what stands between two `==`.
fn marked(rest: &str, last: char) -> Option<usize> {
    let inner = window(&rest[2..], LONGEST);
    let length = inner.find("==").filter(|length| *length > 0)?;
    let after = rest[2 + length + 2..].chars().next();
    let inner = &inner[..length];
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '=' | '!' | '<' | '>');
    let whole =
        inner.trim() == inner && !inner.contains(['`', '$', '<', '\\']) && inner.chars().any(char::is_alphanumeric);
    (whole && !word(last) && !after.is_some_and(word)).then_some(length)
}

/// `\( x \)` and `\[ x \]`.
fn formula(rest: &str, out: &mut String) -> Option<usize> {
    let (close, mark) = match rest.as_bytes().get(1)? {
        b'(' => ("\\)", "$"),
        b'[' => ("\\]", "$$"),
        _ => return None,
    };
    let length = window(&rest[2..], LONGEST).find(close)?;
    let tex = rest[2..2 + length].trim();
    let end = 2 + length + 2;
    if !is_math(tex)
        || rest[end..].starts_with('(')
        || (mark == "$" && rest[end..].starts_with(|c: char| c.is_ascii_digit()))
    {
        return None;
    }
    out.push_str(&format!("{mark}{tex}{mark}"));
    Some(end)
}

/// Code in a line; between dollars, ``$`x`$``, it is a formula.
fn code(rest: &str, out: &mut String) -> usize {
    let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
    let inner = window(&rest[ticks..], LONGEST);
    let mut at = 0;
    while let Some(found) = inner[at..].find('`') {
        let start = at + found;
        let count = inner[start..].bytes().take_while(|byte| *byte == b'`').count();
        at = start + count;
        if count != ticks {
            continue;
        }
        let end = ticks + at;
        if ticks == 1 && out.ends_with('$') && rest[end..].starts_with('$') {
            out.push_str(inner[..start].trim());
            out.push('$');
            return end + 1;
        }
        return copy(rest, end, out);
    }
    copy(rest, ticks, out)
}

/// The length of a formula between dollars, or of the dollars.
fn dollars(rest: &str) -> usize {
    let count = rest.bytes().take_while(|byte| *byte == b'$').count().min(2);
    let inner = window(&rest[count..], LONGEST);
    if inner.starts_with(['`', ' ']) && count == 1 {
        return count;
    }
    let mark = &rest[..count];
    match inner.find(mark) {
        Some(length)
            if length > 0
                && (count == 2 || !inner[..length].ends_with([' ', '\\']) && !inner[..length].chars().any(is_wide)) =>
        {
            length + 2 * count
        }
        _ => count,
    }
}

/// The length of a tag or an address in angle brackets, or of the bracket.
fn tag(rest: &str) -> usize {
    let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
    if is_tag { window(rest, LONGEST).find('>').map_or(1, |end| end + 1) } else { 1 }
}

/// `[[page]]` and `[[page|text]]` are their text, `![[picture.png]]` is a picture.
fn page(rest: &str, out: &mut String) -> Option<usize> {
    let embedded = rest.starts_with('!');
    let start = if embedded { 3 } else { 2 };
    let length = window(&rest[start..], LONGEST).find("]]")?;
    let inner = &rest[start..start + length];
    let end = start + length + 2;
    let target = inner.split('|').next().unwrap_or(inner).trim_end_matches('\\').trim();
    let shown = inner.rsplit('|').next().unwrap_or(inner).trim();
    let is_name = target.chars().any(char::is_alphabetic)
        && !target.starts_with('^')
        && inner.trim() == inner
        && !inner.contains(['[', ']', '<', '>', '$', '"', '=', '`'])
        && !rest[end..].starts_with(['(', '[', ':', ']']);
    if !is_name {
        return None;
    }
    let extension = target.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let picture = extension.is_some_and(|extension| PICTURES.contains(&extension.as_str()));
    if embedded && picture {
        let size = shown.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x');
        let alt = if size || shown == target { "" } else { shown };
        out.push_str(&format!("![{alt}](<{target}>)"));
    } else {
        out.push_str(shown.trim_start_matches('#'));
    }
    Some(end)
}

/// The length of an address to its closing bracket, with it; 0 for what has none.
fn address(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in window(rest, LONGEST).char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return at + 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    0
}

/// An address that markdown would not take for one, for it has spaces, and its length with its bracket less one.
fn destination(rest: &str) -> Option<(String, usize)> {
    if rest.starts_with("data:image/svg+xml") {
        return drawing(rest);
    }
    let length = address(rest).checked_sub(1)?;
    let target = rest[..length].trim();
    if !target.contains(' ') || target.contains(['"', '\'', '<', '>', '\\']) {
        return None;
    }
    // Some name the size behind it: `a.png =300x200`.
    let target =
        target.rsplit_once(" =").filter(|(_, size)| !size.contains(' ')).map_or(target, |(target, _)| target.trim());
    let extension = target.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_file = (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_url = target.starts_with("http://") || target.starts_with("https://");
    (is_file || is_url).then(|| (target.to_owned(), length))
}

/// A drawing in an address, with what markdown cannot have in one by its code.
fn drawing(rest: &str) -> Option<(String, usize)> {
    let text = window(rest, LONGEST_DRAWING);
    let length = ["%3E)", "%3e)", ">)"].iter().filter_map(|end| text.find(end).map(|at| at + end.len() - 1)).min()?;
    let mut target = String::with_capacity(length + 64);
    for c in rest[..length].chars() {
        match c {
            ' ' | '"' | '\'' | '(' | ')' | '<' | '>' | '\\' | '`' | '*' | '_' | '#' => {
                target.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => target.push(c),
        }
    }
    Some((target, length))
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn code_formulas_and_what_only_looks_so_stay() {
        for text in [
            "`[[页]]` 与 `==x==`，$a==b==c$，<a href=\"[[x]]\">甲</a>",
            "```\n[[页]]\n##二\n[TOC]\n```",
            "文\n\n    [[页]]\n\n$$\na==b==c\n$$",
            "[[1]](https://example.org/) 与 [[2]] 与 a[[i]] 与 if [[ -f 甲 ]]",
            "x==y 且 y==z，a == b == c，https://example.org/?a==b==c",
            "[甲](a.png \"题\") [乙](<a b.png>) [丙](a.png '题 目.x')",
            "甲](乙 丙.png)",
            "https://example.org/\u{FDD0}页",
            "\\(注\\) \\[看\\_图\\] \\[1\\] f\\(see below\\)",
            "#话题# ##话题## #标签",
            "x^[2] 与 [^1] 与 \\==甲==",
        ] {
            assert_eq!(translate(text), text);
        }
    }

    #[test]
    fn what_others_write_becomes_markdown() {
        for (text, expected) in [
            ("![截图](截图 1.png)", "![截图](<截图 1.png>)"),
            ("![](图 (1).png =300x200)", "![](<图 (1).png>)"),
            ("[附件 下载](附件 一.pdf)，见", "[附件 下载](<附件 一.pdf>)，见"),
            ("![[截图 1.png|300]] ![[b.jpg|江边]]", "![](<截图 1.png>) ![江边](<b.jpg>)"),
            ("见[[湘西]]和[[页|文字]]", "见湘西和文字"),
            ("这是==高亮==的", "这是<mark>高亮</mark>的"),
            ("##二、测试", "## 二、测试"),
            ("[TOC]\n@[toc](目录)\n文", "\n\n文"),
            ("$`a=b`$", "$a=b$"),
            ("设 \\( m \\) 与 \\(x_1\\)，\\[ E=mc^2 \\]", "设 $m$ 与 $x_1$，$$E=mc^2$$"),
            ("\\[\nE=mc^2\n\\]", "$$\nE=mc^2\n$$"),
            ("词^[行内的注]。", "词[^note-1]。\n\n[^note-1]: 行内的注"),
            (
                "![](data:image/svg+xml;utf8,<svg a='1'></svg>)",
                "![](<data:image/svg+xml;utf8,%3Csvg%20a=%271%27%3E%3C/svg%3E>)",
            ),
        ] {
            assert_eq!(translate(text), expected);
        }
    }
}
