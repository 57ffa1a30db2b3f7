//! What only the whole document can tell: footnotes in the order of their calls, heading levels, bold headings,
//! languages, links inside the article, and the identity of each node in reading order.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::{IndexMap, IndexSet};

use crate::book::Language;
use crate::document::{Block, BlockKind, Document, Footnote, Inline, InlineKind, NodeId, Table, plain_text};
use crate::problem::Code;

use super::clean::is_han;
use super::parse::Note;
use super::{Options, Remarks};

/// A bold paragraph longer than this is not a heading.
const LONGEST_HEADING: usize = 30;

/// Makes the document whole.
pub(super) fn finish(
    blocks: Vec<Block>,
    mut notes: IndexMap<String, Note>,
    calls: &IndexSet<String>,
    options: &Options,
    remarks: &mut Remarks<'_>,
) -> Document {
    let mut document = Document { blocks, footnotes: Vec::new() };
    // Notes that nobody calls are kept at the end: nothing is lost.
    let uncalled: Vec<String> = notes.keys().filter(|label| !calls.contains(*label)).cloned().collect();
    for label in calls.iter().chain(&uncalled) {
        let (line, blocks) = notes.swap_remove(label).unwrap_or_default();
        document.footnotes.push(Footnote { id: NodeId::default(), line, blocks });
    }
    if options.bold_headings {
        document.blocks.iter_mut().for_each(bold_heading);
    }
    nest_headings(&mut document.blocks);
    let mut anchors = Anchors::default();
    walk_headings(&mut document.blocks, &mut |anchor, content| anchors.name(anchor, content));
    let mut finisher = Finisher { next: 0, language: &options.language, anchors: &anchors.taken, remarks };
    finisher.blocks(&mut document.blocks);
    for note in &mut document.footnotes {
        note.id = finisher.id();
        finisher.blocks(&mut note.blocks);
    }
    document
}

fn bold_heading(block: &mut Block) {
    let BlockKind::Paragraph(content) = &mut block.kind else { return };
    if let [Inline { kind: InlineKind::Strong(inner), .. }] = content.as_mut_slice() {
        let text = plain_text(inner);
        let length = text.chars().count();
        if (1..=LONGEST_HEADING).contains(&length) && !text.ends_with(['。', '，', '；', '.', ',', ';']) {
            let content = std::mem::take(inner);
            block.kind = BlockKind::Heading { level: 2, anchor: None, content };
        }
    }
}

/// Gives headings the levels of the book: the article's title is of the first level, so what the article has as its
/// highest becomes the second, and no level is skipped (PDF/UA-1 7.4.2; WCAG 2.2 technique G141).
fn nest_headings(blocks: &mut [Block]) {
    let mut open: Vec<u8> = Vec::new();
    walk_levels(blocks, &mut |level| {
        while open.last().is_some_and(|above| above >= level) {
            open.pop();
        }
        open.push(*level);
        *level = u8::try_from(open.len() + 1).unwrap_or(6).min(6);
    });
}

fn walk_levels(blocks: &mut [Block], visit: &mut dyn FnMut(&mut u8)) {
    for block in blocks {
        if let BlockKind::Heading { level, .. } = &mut block.kind {
            visit(level);
        }
        for inner in inner_blocks(&mut block.kind) {
            walk_levels(inner, visit);
        }
    }
}

fn walk_headings(blocks: &mut [Block], visit: &mut dyn FnMut(&mut Option<String>, &[Inline])) {
    for block in blocks {
        if let BlockKind::Heading { anchor, content, .. } = &mut block.kind {
            visit(anchor, content);
        }
        for inner in inner_blocks(&mut block.kind) {
            walk_headings(inner, visit);
        }
    }
}

/// The lists of blocks inside a block.
fn inner_blocks(kind: &mut BlockKind) -> Vec<&mut Vec<Block>> {
    match kind {
        BlockKind::Quote(blocks) | BlockKind::Alert(_, blocks) => vec![blocks],
        BlockKind::List(list) => list.items.iter_mut().map(|item| &mut item.blocks).collect(),
        BlockKind::DefinitionList(definitions) => {
            definitions.iter_mut().flat_map(|definition| &mut definition.definitions).collect()
        }
        BlockKind::Table(Table { head, body, .. }) => {
            head.iter_mut().chain(body).flat_map(|row| &mut row.cells).map(|cell| &mut cell.blocks).collect()
        }
        _ => Vec::new(),
    }
}

/// The names that links inside the article may use.
#[derive(Default)]
struct Anchors {
    taken: BTreeSet<String>,
    counts: BTreeMap<String, usize>,
}

impl Anchors {
    /// Names a heading as markdown sites do: lower case, words joined by hyphens, a number when it repeats.
    fn name(&mut self, anchor: &mut Option<String>, content: &[Inline]) {
        let base = anchor.take().unwrap_or_else(|| slug(&plain_text(content)));
        let count = self.counts.entry(base.clone()).or_insert(0);
        let mut name = if *count == 0 { base.clone() } else { format!("{base}-{count}") };
        while self.taken.contains(&name) {
            *count += 1;
            name = format!("{base}-{count}");
        }
        *count += 1;
        self.taken.insert(name.clone());
        *anchor = Some(name);
    }
}

fn slug(text: &str) -> String {
    let kept = text.trim().to_lowercase();
    kept.chars()
        .filter_map(|c| if c == ' ' { Some('-') } else { (c.is_alphanumeric() || matches!(c, '-' | '_')).then_some(c) })
        .collect()
}

struct Finisher<'a, 's> {
    next: u32,
    language: &'a Language,
    anchors: &'a BTreeSet<String>,
    remarks: &'a mut Remarks<'s>,
}

impl Finisher<'_, '_> {
    fn id(&mut self) -> NodeId {
        let id = NodeId(self.next);
        self.next += 1;
        id
    }

    fn blocks(&mut self, blocks: &mut [Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &mut Block) {
        block.id = self.id();
        match &mut block.kind {
            BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => {
                if block.language.is_none() {
                    block.language = foreign(&plain_text(content), self.language);
                }
                self.inlines(content);
            }
            BlockKind::Figure { caption, .. } => self.inlines(caption),
            BlockKind::Quote(blocks) | BlockKind::Alert(_, blocks) => self.blocks(blocks),
            BlockKind::List(list) => {
                for item in &mut list.items {
                    item.id = self.id();
                    self.blocks(&mut item.blocks);
                }
            }
            BlockKind::DefinitionList(definitions) => {
                for definition in definitions {
                    definition.id = self.id();
                    self.inlines(&mut definition.term);
                    definition.definitions.iter_mut().for_each(|blocks| self.blocks(blocks));
                }
            }
            BlockKind::Table(table) => {
                self.inlines(&mut table.caption);
                for row in table.head.iter_mut().chain(&mut table.body) {
                    row.id = self.id();
                    for cell in &mut row.cells {
                        cell.id = self.id();
                        self.blocks(&mut cell.blocks);
                    }
                }
            }
            BlockKind::Code(_) | BlockKind::Math(_) | BlockKind::Rule => {}
        }
    }

    fn inlines(&mut self, inlines: &mut Vec<Inline>) {
        self.break_dead_links(inlines);
        for inline in inlines {
            inline.id = self.id();
            if let InlineKind::Text(text) = &inline.kind {
                undefined_notes(text, inline.line, self.remarks);
            }
            if let Some(children) = inline.kind.children_mut() {
                self.inlines(children);
            }
        }
    }

    /// A link inside the article that leads nowhere becomes the text that it shows.
    fn break_dead_links(&mut self, inlines: &mut Vec<Inline>) {
        if !inlines
            .iter()
            .any(|inline| matches!(&inline.kind, InlineKind::Link { target, .. } if target.starts_with('#')))
        {
            return;
        }
        for mut inline in std::mem::take(inlines) {
            if let InlineKind::Link { target, content, .. } = &mut inline.kind
                && let Some(name) = target.strip_prefix('#')
            {
                let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
                let found = [name.clone(), name.to_lowercase(), slug(&name)]
                    .into_iter()
                    .find(|name| self.anchors.contains(name));
                if let Some(name) = found {
                    *target = format!("#{name}");
                } else {
                    self.remarks.warn(
                        Code::LinkBroken,
                        inline.line,
                        format!("no heading of the article is called `#{name}`"),
                    );
                    inlines.append(content);
                    continue;
                }
            }
            inlines.push(inline);
        }
    }
}

/// Reports the calls of footnotes that are nowhere defined; they stay in the text as they were written.
fn undefined_notes(text: &str, line: u32, remarks: &mut Remarks<'_>) {
    let mut rest = text;
    while let Some(at) = rest.find("[^") {
        rest = &rest[at + 2..];
        let Some(end) = rest.find(']') else { return };
        let label = &rest[..end];
        if !label.is_empty() && !label.contains([' ', '[', '^']) {
            remarks.warn(Code::FootnoteUndefined, line, format!("the footnote `{label}` is not defined"));
        }
    }
}

/// A block of fewer letters is too short to tell its language.
const LEAST_LETTERS: usize = 12;

/// The language of a block that is wholly and clearly in another language than its article.
fn foreign(text: &str, article: &Language) -> Option<Language> {
    if text.chars().filter(|c| c.is_alphabetic()).take(LEAST_LETTERS).count() < LEAST_LETTERS {
        return None;
    }
    let language = Language::of_text(text);
    if language.primary() == article.primary() {
        return None;
    }
    let clear = if language.primary() == "en" { is_english(text) } else { !article.is_han() || !language.is_chinese() };
    clear.then_some(language)
}

/// English has its small words everywhere; names and code have not.
fn is_english(text: &str) -> bool {
    const SMALL: [&str; 28] = [
        "the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "with", "as", "was", "on", "are", "be", "this",
        "by", "at", "from", "or", "an", "have", "not", "you", "we", "i", "they",
    ];
    if text.chars().any(is_han) {
        return false;
    }
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let small = words.iter().filter(|word| SMALL.contains(&word.as_str())).count();
    words.len() >= 4 && small > 0 && small * 12 >= words.len()
}
