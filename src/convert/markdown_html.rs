//! Blocks as raw HTML on one line of markdown, in the elements that [`super::tags`] lets through and the parser knows.

use crate::document::{AlertKind, Alignment, Block, BlockKind, Cell, Image, Inline, InlineKind, List, Row, Table};

/// A block as one line.
pub(super) fn block(block: &Block) -> String {
    let lang = block.language.as_ref().map(|language| format!(" lang=\"{language}\"")).unwrap_or_default();
    match &block.kind {
        BlockKind::Heading { level, anchor, content } => {
            let id = anchor.as_ref().map(|anchor| format!(" id=\"{}\"", text(anchor))).unwrap_or_default();
            format!("<h{level}{id}{lang}>{}</h{level}>", inlines(content))
        }
        BlockKind::Paragraph(content) => format!("<p{lang}>{}</p>", inlines(content)),
        BlockKind::Quote(inner) => format!("<blockquote{lang}>{}</blockquote>", blocks(inner)),
        BlockKind::Alert(kind, inner) => {
            format!("<blockquote data-alert=\"{}\"{lang}>{}</blockquote>", alert(*kind), blocks(inner))
        }
        BlockKind::List(inner) => list(inner, &lang),
        BlockKind::DefinitionList(definitions) => {
            let mut out = format!("<dl{lang}>");
            for definition in definitions {
                out += &format!("<dt>{}</dt>", inlines(&definition.term));
                definition.definitions.iter().for_each(|inner| out += &format!("<dd>{}</dd>", blocks(inner)));
            }
            out + "</dl>"
        }
        BlockKind::Code(code) => {
            let class = code.language.as_ref().map(|name| format!(" class=\"language-{}\"", text(name)));
            // The parser takes one line end off.
            format!("<pre{lang}><samp{}>{}&#10;</samp></pre>", class.unwrap_or_default(), text(&code.text()))
        }
        BlockKind::Table(inner) => table(inner, &lang),
        BlockKind::Figure { image: shown, caption } if caption.is_empty() => {
            format!("<figure{lang}>{}</figure>", image(shown))
        }
        BlockKind::Figure { image: shown, caption } => {
            format!("<figure{lang}>{}<figcaption>{}</figcaption></figure>", image(shown), inlines(caption))
        }
        BlockKind::Math(math) => format!("<p><samp data-math=\"display\">{}</samp></p>", text(&math.tex)),
        BlockKind::Rule => "<hr>".to_owned(),
    }
}

/// Blocks, all on one line.
pub(super) fn blocks(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect()
}

fn alert(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Note => "note",
        AlertKind::Tip => "tip",
        AlertKind::Important => "important",
        AlertKind::Warning => "warning",
        AlertKind::Caution => "caution",
    }
}

fn list(list: &List, lang: &str) -> String {
    let name = if list.start.is_some() { "ol" } else { "ul" };
    let start = list.start.map(|start| format!(" start=\"{start}\"")).unwrap_or_default();
    let mut out = format!("<{name}{start}{lang}>");
    for item in &list.items {
        let task = item.task.map_or("", |done| if done { " data-task=\"done\"" } else { " data-task=\"open\"" });
        out += &format!("<li{task}>");
        for inner in &item.blocks {
            match &inner.kind {
                // A `p` would make the list a loose one.
                BlockKind::Paragraph(content) if list.tight => {
                    let lang = inner.language.as_ref().map(|lang| format!(" lang=\"{lang}\"")).unwrap_or_default();
                    out += &format!("<div{lang}>{}</div>", inlines(content));
                }
                BlockKind::Math(_) if list.tight => out += &format!("<div>{}</div>", block(inner)),
                _ => out += &block(inner),
            }
        }
        out += "</li>";
    }
    out + &format!("</{name}>")
}

fn table(table: &Table, lang: &str) -> String {
    let mut out = format!("<table{lang}>");
    if !table.caption.is_empty() {
        out += &format!("<caption>{}</caption>", inlines(&table.caption));
    }
    for (name, rows) in [("thead", &table.head), ("tbody", &table.body)] {
        if !rows.is_empty() {
            let rows: String = rows.iter().map(|row| self::row(row, &table.alignments)).collect();
            out += &format!("<{name}>{rows}</{name}>");
        }
    }
    out + "</table>"
}

fn row(row: &Row, alignments: &[Alignment]) -> String {
    let mut column = 0;
    let mut out = "<tr>".to_owned();
    for cell in &row.cells {
        out += &self::cell(cell, alignments.get(column).copied().unwrap_or_default());
        column += usize::from(cell.column_span);
    }
    out + "</tr>"
}

fn cell(cell: &Cell, alignment: Alignment) -> String {
    let name = if cell.header { "th" } else { "td" };
    let mut attributes = String::new();
    for (key, span) in [("colspan", cell.column_span), ("rowspan", cell.row_span)] {
        if span != 1 {
            attributes += &format!(" {key}=\"{span}\"");
        }
    }
    attributes += match alignment {
        Alignment::Default => "",
        Alignment::Left => " align=\"left\"",
        Alignment::Center => " align=\"center\"",
        Alignment::Right => " align=\"right\"",
    };
    format!("<{name}{attributes}>{}</{name}>", blocks(&cell.blocks))
}

fn inlines(content: &[Inline]) -> String {
    content.iter().map(|inline| one(&inline.kind)).collect()
}

fn one(kind: &InlineKind) -> String {
    let within = |name: &str, inner: &[Inline]| format!("<{name}>{}</{name}>", inlines(inner));
    match kind {
        InlineKind::Text(plain) => text(plain),
        InlineKind::Emphasis(inner) => within("em", inner),
        InlineKind::Strong(inner) => within("strong", inner),
        InlineKind::Strikethrough(inner) => within("del", inner),
        InlineKind::Underline(inner) => within("u", inner),
        InlineKind::Mark(inner) => within("mark", inner),
        InlineKind::Superscript(inner) => within("sup", inner),
        InlineKind::Subscript(inner) => within("sub", inner),
        InlineKind::Language(language, inner) => format!("<span lang=\"{language}\">{}</span>", inlines(inner)),
        InlineKind::Code(code) => format!("<code>{}</code>", text(code)),
        InlineKind::Link { target, title, content } => {
            format!("<a href=\"{}\"{}>{}</a>", text(target), titled(title.as_deref()), inlines(content))
        }
        InlineKind::Image(shown) => image(shown),
        InlineKind::Math(math) => format!("<samp data-math=\"inline\">{}</samp>", text(&math.tex)),
        InlineKind::FootnoteCall(index) => format!("<sup data-call=\"{}\"></sup>", index + 1),
        InlineKind::Ruby { base, reading } => format!("<ruby>{}<rt>{}</rt></ruby>", inlines(base), text(reading)),
        InlineKind::LineBreak => "<br>".to_owned(),
    }
}

fn image(image: &Image) -> String {
    format!("<img src=\"{}\" alt=\"{}\"{}>", text(&image.source), text(&image.alt), titled(image.title.as_deref()))
}

fn titled(title: Option<&str>) -> String {
    title.map(|title| format!(" title=\"{}\"", text(title))).unwrap_or_default()
}

/// Text that neither HTML nor a step before it takes for markup.
fn text(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '*' | '_' | '`' | '~' | '$' | '\\' | '[' | ']' | '|' | '\n' | '\t' => {
                out += &format!("&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
