//! A document is written as markdown that gives the same document again: the archive form of a text.
//!
//! What markdown says is written as markdown, everything else (spans of cells, ruby, several paragraphs in a tight list)
//! as raw HTML on one line. Whether it was understood is not guessed: the whole is read back, and a block that came out
//! otherwise is written as HTML.

use crate::book::{Body, Language, Origin};
use crate::document::{
    AlertKind, Alignment, Block, BlockKind, Code, Document, Image, ImageState, Inline, InlineKind, List, NodeId, Table,
};

use super::{Options, Source, convert, markdown_html as html};

/// How often the whole is read back before all of it becomes HTML.
const MOST_ROUNDS: usize = 12;

/// Markdown, and whether it gives the same document again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text, which ends with a line end.
    pub text: String,
    /// Whether reading it gives the document that it was made from.
    pub exact: bool,
}

/// Writes a document of an article in a language. Pictures have the addresses that the document says.
#[must_use]
pub fn write(document: &Document, language: &Language) -> Written {
    let wanted = bare(document);
    let mut as_html = vec![false; wanted.blocks.len()];
    let mut notes_as_html = false;
    for _ in 0..MOST_ROUNDS {
        let text = assemble(&wanted, &as_html, notes_as_html);
        let read = read(&text, language);
        if read == wanted {
            return Written { text, exact: true };
        }
        let mut changed = false;
        let same_count = read.blocks.len() == wanted.blocks.len();
        for (index, block) in wanted.blocks.iter().enumerate() {
            if read.blocks.get(index) != Some(block) {
                changed |= !std::mem::replace(&mut as_html[index], true);
                // Behind the first block that came out as several, all are displaced.
                if !same_count {
                    break;
                }
            }
        }
        if !changed && !notes_as_html {
            notes_as_html = true;
        } else if !changed {
            break;
        }
    }
    let text = assemble(&wanted, &vec![true; wanted.blocks.len()], true);
    let exact = read(&text, language) == wanted;
    Written { text, exact }
}

fn read(text: &str, language: &Language) -> Document {
    let body = Body::Markdown { text: text.to_owned(), first_line: 1 };
    let origin = Origin::Url(String::new());
    let options = Options { language: language.clone(), ..Options::default() }.of_cleaned();
    bare(&convert(&Source { body: &body, origin: &origin, title: "" }, &options).document)
}

/// A document without what a text does not say: identities, lines, what became of pictures.
fn bare(document: &Document) -> Document {
    let mut document = document.clone();
    document.blocks.iter_mut().for_each(bare_block);
    for note in &mut document.footnotes {
        (note.id, note.line) = (NodeId::default(), 0);
        note.blocks.iter_mut().for_each(bare_block);
    }
    document.for_each_image(&mut |image, _| image.state = ImageState::Wanted);
    document
}

fn bare_block(block: &mut Block) {
    (block.id, block.line) = (NodeId::default(), 0);
    match &mut block.kind {
        BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => bare_inlines(content),
        BlockKind::Figure { caption, .. } => bare_inlines(caption),
        BlockKind::Quote(blocks) | BlockKind::Alert(_, blocks) => blocks.iter_mut().for_each(bare_block),
        BlockKind::List(list) => {
            for item in &mut list.items {
                (item.id, item.line) = (NodeId::default(), 0);
                item.blocks.iter_mut().for_each(bare_block);
            }
        }
        BlockKind::DefinitionList(definitions) => {
            for definition in definitions {
                definition.id = NodeId::default();
                bare_inlines(&mut definition.term);
                definition.definitions.iter_mut().flatten().for_each(bare_block);
            }
        }
        BlockKind::Table(table) => {
            bare_inlines(&mut table.caption);
            for row in table.head.iter_mut().chain(&mut table.body) {
                row.id = NodeId::default();
                for cell in &mut row.cells {
                    cell.id = NodeId::default();
                    cell.blocks.iter_mut().for_each(bare_block);
                }
            }
        }
        BlockKind::Code(_) | BlockKind::Math(_) | BlockKind::Rule => {}
    }
}

fn bare_inlines(inlines: &mut Vec<Inline>) {
    let mut joined: Vec<Inline> = Vec::with_capacity(inlines.len());
    for mut inline in std::mem::take(inlines) {
        (inline.id, inline.line) = (NodeId::default(), 0);
        if let Some(children) = inline.kind.children_mut() {
            bare_inlines(children);
        }
        joined.push(inline);
    }
    *inlines = joined;
}

fn assemble(document: &Document, as_html: &[bool], notes_as_html: bool) -> String {
    let blocks = document.blocks.iter().zip(as_html);
    let mut parts: Vec<String> =
        blocks.map(|(block, as_html)| if *as_html { html::block(block) } else { markdown(block) }).collect();
    for (index, note) in document.footnotes.iter().enumerate() {
        let text = if notes_as_html { html::blocks(&note.blocks) } else { self::blocks(&note.blocks) };
        parts.push(format!("[^{}]: {}", index + 1, indented(&text, "    ").trim_start()));
    }
    parts.join("\n\n") + "\n"
}

/// Blocks with blank lines between them.
fn blocks(blocks: &[Block]) -> String {
    blocks.iter().map(markdown).collect::<Vec<_>>().join("\n\n")
}

/// Every line but blank ones with an indent.
fn indented(text: &str, indent: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{indent}{line}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn markdown(block: &Block) -> String {
    match &block.kind {
        BlockKind::Heading { level, content, .. } => {
            format!("{} {}", "#".repeat(usize::from(*level)), inlines(content))
        }
        BlockKind::Paragraph(content) => inlines(content),
        BlockKind::Quote(inner) => quoted(&blocks(inner)),
        BlockKind::Alert(kind, inner) => quoted(&format!("[!{}]\n{}", alert(*kind), blocks(inner))),
        BlockKind::List(inner) => list(inner),
        BlockKind::Code(inner) => code(inner),
        BlockKind::Table(inner) => table(inner).unwrap_or_else(|| html::block(block)),
        BlockKind::Figure { image: shown, .. } => image(shown),
        BlockKind::Math(math) => format!("$${}$$", math.tex),
        BlockKind::Rule => "---".to_owned(),
        BlockKind::DefinitionList(_) => html::block(block),
    }
}

fn quoted(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { ">".to_owned() } else { format!("> {line}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn alert(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Note => "NOTE",
        AlertKind::Tip => "TIP",
        AlertKind::Important => "IMPORTANT",
        AlertKind::Warning => "WARNING",
        AlertKind::Caution => "CAUTION",
    }
}

fn list(list: &List) -> String {
    let mut items = Vec::with_capacity(list.items.len());
    for (number, item) in (list.start.unwrap_or(0)..).zip(&list.items) {
        let marker = if list.start.is_some() { format!("{number}. ") } else { "- ".to_owned() };
        let task = item.task.map_or("", |done| if done { "[x] " } else { "[ ] " });
        let separator = if list.tight { "\n" } else { "\n\n" };
        let text = item.blocks.iter().map(markdown).collect::<Vec<_>>().join(separator);
        items.push(format!("{marker}{task}{}", indented(&text, &" ".repeat(marker.len())).trim_start()));
    }
    items.join(if list.tight { "\n" } else { "\n\n" })
}

fn code(code: &Code) -> String {
    let text = code.text();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{}\n{text}\n{fence}", code.language.as_deref().unwrap_or_default())
}

/// A table of plain cells, which is all that markdown has.
fn table(table: &Table) -> Option<String> {
    let [head] = table.head.as_slice() else { return None };
    if !table.caption.is_empty() {
        return None;
    }
    let row = |row: &crate::document::Row| -> Option<String> {
        let cells = row.cells.iter().map(|cell| match cell.blocks.as_slice() {
            _ if cell.column_span != 1 || cell.row_span != 1 => None,
            [] => Some(String::new()),
            [Block { kind: BlockKind::Paragraph(content), .. }] => Some(inlines(content).replace("\\\n", "<br>")),
            _ => None,
        });
        Some(format!("| {} |", cells.collect::<Option<Vec<_>>>()?.join(" | ")))
    };
    let rule = table.alignments.iter().map(|alignment| match alignment {
        Alignment::Default => "---",
        Alignment::Left => ":--",
        Alignment::Center => ":-:",
        Alignment::Right => "--:",
    });
    let mut lines = vec![row(head)?, format!("| {} |", rule.collect::<Vec<_>>().join(" | "))];
    for body in &table.body {
        lines.push(row(body)?);
    }
    Some(lines.join("\n"))
}

/// The inlines of a block. Marks that would begin a block are escaped at the beginning of each line.
fn inlines(content: &[Inline]) -> String {
    let text = run(content);
    text.split('\n').map(guarded).collect::<Vec<_>>().join("\n")
}

/// A line whose beginning is text.
fn guarded(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let after = &line[digits..];
    if digits > 0 && (after.starts_with(". ") || after.starts_with(") ") || matches!(after, "." | ")")) {
        return format!("{}\\{after}", &line[..digits]);
    }
    let is_mark = line.starts_with(['#', '+', '-', '=', '>', ':', '|', '~']);
    if is_mark { format!("\\{line}") } else { line.to_owned() }
}

fn run(content: &[Inline]) -> String {
    content.iter().map(|inline| one(&inline.kind)).collect()
}

fn one(kind: &InlineKind) -> String {
    match kind {
        InlineKind::Text(text) => escaped(text),
        InlineKind::Emphasis(inner) => format!("*{}*", run(inner)),
        // Three asterisks in a row are read in more than one way.
        InlineKind::Strong(inner) => match inner.as_slice() {
            [Inline { kind: InlineKind::Emphasis(inner), .. }] => format!("**_{}_**", run(inner)),
            inner => format!("**{}**", run(inner)),
        },
        InlineKind::Strikethrough(inner) => format!("~~{}~~", run(inner)),
        InlineKind::Code(text) => inline_code(text),
        InlineKind::Link { target, title: None, content } if *target == crate::document::plain_text(content) => {
            format!("<{target}>")
        }
        InlineKind::Link { target, title, content } => {
            format!("[{}]({}{})", run(content), destination(target), titled(title.as_deref()))
        }
        InlineKind::Image(shown) => image(shown),
        InlineKind::Math(math) => format!("${}$", math.tex),
        InlineKind::FootnoteCall(index) => format!("[^{}]", index + 1),
        InlineKind::LineBreak => "\\\n".to_owned(),
        InlineKind::Underline(inner) => format!("<u>{}</u>", run(inner)),
        InlineKind::Mark(inner) => format!("<mark>{}</mark>", run(inner)),
        InlineKind::Superscript(inner) => format!("<sup>{}</sup>", run(inner)),
        InlineKind::Subscript(inner) => format!("<sub>{}</sub>", run(inner)),
        InlineKind::Language(language, inner) => format!("<span lang=\"{language}\">{}</span>", run(inner)),
        InlineKind::Ruby { base, reading } => format!("<ruby>{}<rt>{}</rt></ruby>", run(base), escaped(reading)),
    }
}

fn image(image: &Image) -> String {
    format!("![{}]({}{})", escaped(&image.alt), destination(&image.source), titled(image.title.as_deref()))
}

fn inline_code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 || text.starts_with(' ') && text.ends_with(' ') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// An address; one with brackets or spaces stands in angle brackets.
fn destination(target: &str) -> String {
    let is_entity = target.contains('&') && target.contains(';');
    let plain = !target.is_empty() && !target.contains(['(', ')', ' ', '<', '>', '\\']) && !is_entity;
    if plain {
        return target.to_owned();
    }
    format!("<{}>", target.replace('&', "&amp;").replace('<', "%3C").replace('>', "%3E").replace('\\', "\\\\"))
}

fn titled(title: Option<&str>) -> String {
    title.map(|title| format!(" \"{}\"", escaped(title).replace('"', "\\\""))).unwrap_or_default()
}

/// Text whose every character means itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let means = match c {
            '\\' | '*' | '`' | '[' | ']' | '<' | '$' | '|' => true,
            // `snake_case` is one word.
            '_' => !(inside(text[..at].chars().next_back()) && inside(rest.chars().next())),
            '~' => rest.starts_with('~') || text[..at].ends_with('~'),
            '&' => rest.starts_with('#') || rest.starts_with(|c: char| c.is_ascii_alphabetic()),
            '{' => true,
            _ => false,
        };
        if means {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        read(text, &Language::chinese())
    }

    /// The markdown that a text becomes, which must give the same document.
    fn again(text: &str) -> String {
        let written = write(&document(text), &Language::chinese());
        assert!(written.exact, "{text}\n-- became --\n{}\n{:#?}", written.text, document(text));
        written.text
    }

    #[test]
    fn what_markdown_says_stays_markdown() {
        for text in [
            "## 一节\n\n一段文字，有*强调*、**着重**和 `代码`。\n",
            "- 甲\n- 乙\n  - 丙\n",
            "3. 甲\n4. 乙\n",
            "- [x] 做完\n- [ ] 没做\n",
            "> 引文\n>\n> 第二段\n",
            "> [!NOTE]\n> 注意\n",
            "```rust\nfn main() {}\n```\n",
            "| 甲 | 乙 |\n| --- | :-: |\n| 1 | 2 |\n",
            "![图说](images/a.png)\n",
            "见[^1]。\n\n[^1]: 注文。\n",
            "$$x^2$$\n",
            "一行\\\n两行\n",
        ] {
            assert_eq!(again(text), text);
        }
    }

    #[test]
    fn what_markdown_cannot_say_becomes_html_that_is_understood() {
        for text in [
            "<table><tr><td rowspan=\"2\">甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>",
            "<figure><img src=\"a.png\" alt=\"图\"><figcaption>说明<em>文字</em></figcaption></figure>",
            "<ruby>漢<rt>かん</rt></ruby>字是<u>字</u>，<mark>标</mark>H<sub>2</sub>O。",
            "<dl><dt>词</dt><dd>义</dd><dd><p>又</p><p>义</p></dd></dl>",
            "<div lang=\"en\"><p>One</p></div>\n\n<p>他说<span lang=\"fr\">bonjour</span>。</p>",
            "## 节 {#named}\n\n见[上](#named)。",
            "<ul><li>甲<pre>x\n\ny</pre></li><li>乙</li></ul>",
            "<table><tr><th>式</th><td>甲[^a]</td></tr><tr><td colspan=2><ul><li>一</li></ul></td></tr></table>\n\n[^a]: 注\n",
        ] {
            again(text);
        }
    }

    #[test]
    fn marks_that_are_text_stay_text() {
        for text in [
            "\\*不是强调\\* 1 \\< 2 \\[x\\] \\`y\\` snake_case \\_z\\_ C\\# &amp;lt; 5\\$和6\\$",
            "\\# 不是标题",
            "1\\. 不是列表",
            "\\- 不是列表",
            "a \\| b",
            "“**强调**”之后，*A*、`` a`b ``",
            "[链接](<https://example.org/a_(b)_c?x=1&y=*2*> \"题\") 与 <https://example.org/a_b_c?d=e&f>",
        ] {
            again(text);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
        #[test]
        fn any_text_becomes_markdown_without_a_panic(text in "[-#*_`~<>\\[\\]()|$!: a中。\n1.]{0,60}") {
            let _ = write(&document(&text), &Language::chinese());
        }
    }
}
