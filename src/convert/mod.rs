//! Markdown or the HTML of an article becomes a [`Document`], and a document XHTML.
//!
//! The files work in this order:
//!
//! | step | file |
//! |---|---|
//! | control and zero-width characters go | `clean` |
//! | wrapped lines that only look like lists, headings or quotes become text again | `lines` |
//! | what other programs write (`[[page]]`, `==mark==`) becomes what the markdown parser knows | `dialects` |
//! | emphasis marks become characters that the markdown parser leaves alone | `emphasis` |
//! | markdown becomes HTML whose raw parts are balanced, shallow and known | `markup`, `tags` |
//! | scripts, styles and handlers go | `sanitize` |
//! | HTML becomes blocks and inlines | `parse`, `lists`, `tables`, `callouts`, `inlines`, `pictures`, `media`, `nodes` |
//! | the text of each paragraph is put right: emphasis paired, lines joined, spaces, punctuation, links | `text` on a `flow`, `emphasis`, `attributes`, `breaks`, `join`, `marks`, `punctuation`, `latin`, `trim`, `links` |
//! | if asked for, the calls, codes and notes on rights at both ends go | `boilerplate` |
//! | code is coloured, formulas are checked | `highlight`, `math` |
//! | headings, languages, links inside the article, and ids | `finish` |
//! | the document is written as XHTML, or as markdown that gives it again | [`xhtml`] with `escape`, [`markdown`] with `markdown_html` |
//!
//! The first steps change the source without changing its number of lines, so every node keeps its true line.

use indexmap::{IndexMap, IndexSet};
use regex::Regex;

use crate::book::{Body, Language, Origin};
use crate::document::Document;
use crate::problem::{Code, Problem};

#[cfg(test)]
mod any_text;
mod attributes;
mod boilerplate;
mod breaks;
#[cfg(test)]
mod breaks_tests;
mod callouts;
mod clean;
mod dialects;
mod emphasis;
mod escape;
mod finish;
mod flow;
mod highlight;
mod html;
mod inlines;
mod join;
mod latin;
mod lines;
mod links;
mod lists;
pub mod markdown;
mod markdown_html;
mod marks;
mod markup;
mod math;
mod media;
mod nodes;
mod parse;
mod pictures;
mod punctuation;
mod sanitize;
mod tables;
mod tags;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod text_tests;
mod trim;
mod veil;
pub mod xhtml;

/// What the converter does to the text.
#[derive(Debug, Clone)]
pub struct Options {
    /// The language of the article.
    pub language: Language,
    /// Whether single line ends inside a paragraph are wraps to be joined; otherwise they are line breaks.
    pub join_wrapped_lines: bool,
    /// Whether spaces between Han characters, and beside full-width punctuation, go.
    pub trim_inner_spaces: bool,
    /// Whether ASCII punctuation around Han text becomes Chinese punctuation, and that of Latin text a typographer's.
    pub punctuation: bool,
    /// Whether a short paragraph that is bold as a whole is a heading.
    pub bold_headings: bool,
    /// Whether the lines with which articles open and close, calls to follow and the like, are removed.
    pub boilerplate: bool,
    /// Whether the text was cleaned already: what only looks like a program's own markdown, a callout or a caption is text.
    pub cleaned: bool,
    /// Text to be removed: each paragraph is searched after its lines are joined.
    pub strip: Vec<Regex>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            language: Language::default(),
            join_wrapped_lines: true,
            trim_inner_spaces: true,
            punctuation: true,
            bold_headings: false,
            boilerplate: false,
            cleaned: false,
            strip: Vec::new(),
        }
    }
}

impl Options {
    /// The options for a text that was cleaned already: its marks and spaces stay.
    #[must_use]
    pub fn of_cleaned(self) -> Self {
        Self { join_wrapped_lines: true, trim_inner_spaces: false, punctuation: false, cleaned: true, ..self }
    }
}

/// An article's text and where it came from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The body, without the header.
    pub body: &'a Body,
    /// Where the article came from.
    pub origin: &'a Origin,
    /// The article's title, for problems.
    pub title: &'a str,
}

/// What the converter made.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The text; its pictures are all [`crate::document::ImageState::Wanted`].
    pub document: Document,
    /// What was changed or is missing.
    pub problems: Vec<Problem>,
}

/// Problems of one article on their way to the report.
pub(crate) struct Remarks<'a> {
    source: &'a Source<'a>,
    problems: Vec<Problem>,
    /// The lines on which marks were replaced: told once for each kind, not once for each place.
    replaced: IndexMap<(&'static str, &'static str), Vec<u32>>,
}

/// How many lines of one kind of replacement are named.
const LINES_NAMED: usize = 5;

impl Remarks<'_> {
    /// Notes a warning at a line.
    pub(crate) fn warn(&mut self, code: Code, line: u32, message: impl Into<String>) {
        let problem = Problem::warning(code, self.source.origin.at(line), message);
        self.problems.push(problem.in_article(self.source.title));
    }

    /// Notes that a mark was replaced in text of a kind.
    pub(crate) fn replaced(&mut self, text: &'static str, what: &'static str, line: u32) {
        self.replaced.entry((text, what)).or_default().push(line);
    }

    /// All problems; those of replaced marks are one for each kind.
    fn told(mut self) -> Vec<Problem> {
        for ((text, what), mut lines) in std::mem::take(&mut self.replaced) {
            let times = if lines.len() == 1 { "once".to_owned() } else { format!("{} times", lines.len()) };
            lines.sort_unstable();
            lines.dedup();
            let Some(first) = lines.first().copied() else { continue };
            let named: Vec<String> = lines.iter().take(LINES_NAMED).map(u32::to_string).collect();
            let more = if lines.len() > LINES_NAMED { " and more" } else { "" };
            let plural = if lines.len() > 1 { "s" } else { "" };
            let named = if first == 0 { String::new() } else { format!(" (line{plural} {}{more})", named.join(", ")) };
            self.warn(Code::TextPunctuation, first, format!("{text} was replaced {times}: {what}{named}"));
        }
        self.problems
    }
}

/// HTML that the reader of this room knows, and what is known of the text it was made from.
struct Prepared {
    html: String,
    /// The number of its first line; 0 when lines are not known.
    line: u32,
    /// Whether the article types a space between Han and Latin.
    spaced: bool,
}

fn prepare_markdown(markdown: &str, line: u32, options: &Options) -> Prepared {
    let mut text = clean::clean(markdown);
    let spaced = join::types_spaces(&text);
    if options.join_wrapped_lines {
        text = lines::restore(&text);
    }
    if !options.cleaned {
        text = dialects::translate(&text);
    }
    let text = veil::veil(&text);
    let markup = markup::markup(&text, line);
    let html = if markup.foreign { sanitize::sanitize(&markup.html) } else { markup.html };
    Prepared { html, line, spaced }
}

/// Converts an article. Any text gives a document; nothing panics.
#[must_use]
pub fn convert(source: &Source<'_>, options: &Options) -> Converted {
    let mut remarks = Remarks { source, problems: Vec::new(), replaced: IndexMap::new() };
    let Prepared { html, line, spaced } = match source.body {
        Body::Markdown { text, first_line } => prepare_markdown(text, *first_line, options),
        Body::Html(text) => {
            let html = html::prepare(text);
            Prepared { line: 0, spaced: join::types_spaces(&html), html }
        }
    };
    let is_page = matches!(source.body, Body::Html(_));
    // In HTML, a line end inside a paragraph is white space and never a break.
    let options = &Options { join_wrapped_lines: options.join_wrapped_lines || is_page, ..options.clone() };
    let setting = flow::Setting { spaced, typed: !is_page, place: flow::Place::Text };
    let has_callouts = !options.cleaned && html.contains("[!");
    let tree = dom_query::Document::fragment(html);
    if has_callouts {
        callouts::settle(&tree.html_root());
    }
    let mut reader =
        parse::Reader { options, remarks: &mut remarks, notes: IndexMap::new(), calls: IndexSet::new(), line, setting };
    let mut blocks = reader.blocks(&tree.html_root());
    let (notes, calls) = (reader.notes, reader.calls);
    if options.boilerplate {
        boilerplate::remove(&mut blocks, &mut remarks);
    }
    let document = finish::finish(blocks, notes, &calls, options, &mut remarks);
    Converted { document, problems: remarks.told() }
}
