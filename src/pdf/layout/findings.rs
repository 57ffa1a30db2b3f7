//! What the faces could not do becomes problems: each character that no face has, and each language whose
//! letter forms no face has, once in the book, where it is met first.

use unicode_script::{Script, UnicodeScript as _};

use crate::book::Article;
use crate::document::{Block, BlockKind, Inline, InlineKind};
use crate::fonts::Region;
use crate::fonts::cluster::{is_ignorable, is_private};
use crate::problem::{Code, Place, Problem};
use crate::text::Findings;

/// The problems of a book: the findings of its articles, in order, and those of the text that the book adds.
pub(super) fn problems(articles: &[Article], parts: &[Findings], own: &Findings) -> Vec<Problem> {
    let mut told = Findings::default();
    let mut problems = Vec::new();
    let sources = articles.iter().map(Some).zip(parts).chain([(None, own)]);
    for (article, findings) in sources {
        for &c in findings.missing.difference(&told.missing) {
            problems.push(at(article, Some(c), missing_character(c)));
        }
        for &region in findings.regions.difference(&told.regions) {
            problems.push(at(article, None, regional(region)));
        }
        for &region in findings.not_bold.difference(&told.not_bold) {
            problems.push(at(article, None, not_bold(region)));
        }
        told.missing.extend(&findings.missing);
        told.not_bold.extend(&findings.not_bold);
        told.regions.extend(&findings.regions);
    }
    problems
}

fn at(article: Option<&Article>, c: Option<char>, mut problem: Problem) -> Problem {
    let Some(article) = article else { return problem };
    let line = c.and_then(|c| line_of(article, c));
    problem.place = line.map_or_else(|| article.origin.place(), |line| article.origin.at(line));
    problem.in_article(&article.title)
}

fn missing_character(c: char) -> Problem {
    let code = u32::from(c);
    let shown = match c {
        // These would change how the report looks, or are not seen.
        c if c.is_control() || is_ignorable(c) || is_private(c) => String::new(),
        // A mark stands on a circle, as in Unicode's own charts.
        c if c.script() == Script::Inherited => format!("◌{c} "),
        c => format!("{c} "),
    };
    Problem::warning(Code::CharacterMissing, Place::Nowhere, format!("no face has the character {shown}(U+{code:04X})"))
}

fn regional(region: Region) -> Problem {
    let (language, suffix) = (region.language(), region.suffix());
    let message = format!("no face has the letter forms of {language}: those of mainland China are used");
    Problem::warning(Code::FaceRegional, Place::Nowhere, message).with_help(format!(
        "put a face such as Noto Serif CJK {suffix} or Noto Serif {suffix} in a folder named by [fonts] dirs or --font-dir"
    ))
}

fn not_bold(region: Region) -> Problem {
    let message = format!("no bold face has the letter forms of {}: the regular one is used", region.language());
    Problem::warning(Code::FaceStyle, Place::Nowhere, message)
}

/// The line of an article on which a character stands first.
fn line_of(article: &Article, c: char) -> Option<u32> {
    let document = &article.document;
    let notes = document.footnotes.iter().flat_map(|note| &note.blocks);
    document.blocks.iter().chain(notes).find_map(|block| line_in_block(block, c))
}

fn line_in_block(block: &Block, c: char) -> Option<u32> {
    let blocks = |inner: &[Block]| inner.iter().find_map(|block| line_in_block(block, c));
    match &block.kind {
        BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => line_in_inlines(content, c),
        BlockKind::Quote(inner) | BlockKind::Alert(_, inner) => blocks(inner),
        BlockKind::List(list) => list.items.iter().find_map(|item| blocks(&item.blocks)),
        BlockKind::DefinitionList(definitions) => definitions.iter().find_map(|definition| {
            line_in_inlines(&definition.term, c)
                .or_else(|| definition.definitions.iter().find_map(|inner| blocks(inner)))
        }),
        BlockKind::Table(table) => line_in_inlines(&table.caption, c).or_else(|| {
            let cells = table.head.iter().chain(&table.body).flat_map(|row| &row.cells);
            cells.into_iter().find_map(|cell| blocks(&cell.blocks))
        }),
        BlockKind::Figure { caption, .. } => line_in_inlines(caption, c),
        BlockKind::Code(code) => code.text().contains(c).then_some(block.line),
        BlockKind::Math(_) | BlockKind::Rule => None,
    }
}

fn line_in_inlines(inlines: &[Inline], c: char) -> Option<u32> {
    inlines.iter().find_map(|inline| match &inline.kind {
        InlineKind::Text(text) | InlineKind::Code(text) if text.contains(c) => Some(inline.line),
        InlineKind::Ruby { reading, .. } if reading.contains(c) => Some(inline.line),
        other => line_in_inlines(other.children(), c),
    })
}
