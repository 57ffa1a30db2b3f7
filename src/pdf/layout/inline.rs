//! Inlines become the content of a paragraph, with marks that lead back to their nodes.

use super::context::{Context, Frame};
use super::{figure, footnote, formula};
use crate::book::{Language, NodeRef};
use crate::document::{Image, ImageState, Inline, InlineKind, Math, NodeId, plain_text};
use crate::pdf::pages::{Color, Item, LinkTarget, Picture, Rect, Role};
use crate::problem::Code;
use crate::text::{Content, Family, Object, Ruby, Span, TextStyle};
use crate::units::Pt;
use crate::words::{Word, word};

/// Emphasis of up to this many Han characters is marked by dots, longer emphasis by another face.
const MOST_DOTTED: usize = 12;

/// The content of a paragraph, and what its tags mean.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// What the setter is given.
    pub(super) content: Content,
    /// What a tag of a span means.
    pub(super) marks: Vec<Mark>,
    /// What a tag of an object means.
    pub(super) boxes: Vec<Boxed>,
    /// The links.
    pub(super) links: Vec<Link>,
}

/// A piece of text of one look.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// What it belongs to.
    pub(super) role: Role,
    /// Where the node's text begins in the content.
    pub(super) begin: usize,
    /// The colour.
    pub(super) color: Color,
    /// What is drawn behind or through it.
    pub(super) lines: Decoration,
    /// The index of its link.
    pub(super) link: Option<usize>,
    /// The footnote that it calls.
    pub(super) call: Option<usize>,
}

/// What is drawn behind or through text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Decoration {
    /// A line through it.
    pub(super) struck: bool,
    /// A line under it.
    pub(super) underlined: bool,
    /// A bright ground.
    pub(super) marked: Option<Color>,
    /// The ground of code; neighbours have one each.
    pub(super) code: Option<(NodeId, Color)>,
}

/// A link.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// Its node.
    pub(super) node: NodeRef,
    /// Where it leads.
    pub(super) target: LinkTarget,
    /// What it says.
    pub(super) contents: String,
}

/// A box that stands in a line: items with the baseline at y = 0.
#[derive(Debug, Clone)]
pub(super) struct Boxed {
    /// What is drawn.
    pub(super) items: Vec<Item>,
}

/// How the text at some depth of nesting is set.
#[derive(Debug, Clone, Copy)]
struct Look<'a> {
    style: TextStyle,
    color: Color,
    lines: Decoration,
    link: Option<usize>,
    language: Option<&'a Language>,
    verbatim: bool,
}

impl Text {
    /// The content of inlines in a frame.
    pub(super) fn of(context: &Context<'_>, frame: &Frame<'_>, inlines: &[Inline]) -> Self {
        let mut text = Self::default();
        text.append(context, frame, inlines);
        text
    }

    /// Adds inlines.
    pub(super) fn append(&mut self, context: &Context<'_>, frame: &Frame<'_>, inlines: &[Inline]) {
        let look = Look {
            style: frame_style(frame),
            color: frame.color,
            lines: Decoration::default(),
            link: None,
            language: None,
            verbatim: false,
        };
        Builder { text: self, context, frame }.inlines(inlines, &look);
    }

    /// Adds words that are no inline of the document.
    pub(super) fn push_words(&mut self, words: &str, style: TextStyle, color: Color, role: Role) {
        let mark =
            Mark { role, begin: self.content.text.len(), color, lines: Decoration::default(), link: None, call: None };
        self.push(words, style, mark, None, false);
    }

    /// Makes everything from this mark on lead elsewhere.
    pub(super) fn link_from(&mut self, mark: usize, link: Link) {
        self.links.push(link);
        for mark in self.marks.iter_mut().skip(mark) {
            mark.link = Some(self.links.len() - 1);
        }
    }

    /// Makes the last piece verbatim: it breaks as code and URLs do.
    pub(super) fn last_is_verbatim(&mut self) {
        if let Some(span) = self.content.spans.last_mut() {
            span.verbatim = true;
        }
    }

    /// Whether there is nothing to set.
    pub(super) fn is_empty(&self) -> bool {
        self.content.text.is_empty()
    }

    fn push(&mut self, words: &str, style: TextStyle, mark: Mark, language: Option<&Language>, verbatim: bool) {
        if words.is_empty() {
            return;
        }
        let begin = self.content.text.len();
        self.content.text.push_str(words);
        // A document has far fewer inlines in a paragraph than a tag can count.
        let tag = u32::try_from(self.marks.len()).unwrap_or(u32::MAX);
        self.content.spans.push(Span {
            range: begin..self.content.text.len(),
            style,
            tag,
            language: language.cloned(),
            verbatim,
        });
        self.marks.push(mark);
    }
}

/// The style of plain text in a frame.
pub(super) fn frame_style(frame: &Frame<'_>) -> TextStyle {
    TextStyle {
        family: frame.family,
        bold: frame.bold,
        italic: false,
        size: frame.size,
        shift: Pt::ZERO,
        emphasis_dots: false,
    }
}

struct Builder<'a, 'b> {
    text: &'a mut Text,
    context: &'a Context<'b>,
    frame: &'a Frame<'a>,
}

impl Builder<'_, '_> {
    fn inlines(&mut self, inlines: &[Inline], look: &Look<'_>) {
        let mut rest = inlines;
        let mut said = 0;
        while let Some((inline, after)) = rest.split_first() {
            match &inline.kind {
                InlineKind::Text(words) => self.words_from(words, said, inline.id, look),
                InlineKind::FootnoteCall(_) if said == 0 => {
                    said = self.marks_before_calls(rest, look);
                    self.inline(inline, look);
                    rest = after;
                    continue;
                }
                InlineKind::FootnoteCall(_) => {
                    self.inline(inline, look);
                    rest = after;
                    continue;
                }
                _ => self.inline(inline, look),
            }
            (rest, said) = (after, 0);
        }
    }

    /// A call stands after the mark that ends what it notes. Adds the marks that follow some calls, and
    /// returns how many bytes of the text there they are.
    fn marks_before_calls(&mut self, calls: &[Inline], look: &Look<'_>) -> usize {
        let after = calls.iter().find(|inline| !matches!(inline.kind, InlineKind::FootnoteCall(_)));
        let Some(Inline { id, kind: InlineKind::Text(words), .. }) = after else { return 0 };
        let marks = marks_at_start(words);
        self.words(&words[..marks], *id, look, None);
        marks
    }

    /// The text of a node from a byte on.
    fn words_from(&mut self, words: &str, from: usize, node: NodeId, look: &Look<'_>) {
        let mark = self.text.marks.len();
        self.words(&words[from..], node, look, None);
        if let Some(mark) = self.text.marks.get_mut(mark) {
            mark.begin = mark.begin.saturating_sub(from);
        }
    }

    fn inline(&mut self, inline: &Inline, look: &Look<'_>) {
        let mut inner = *look;
        match &inline.kind {
            InlineKind::Text(words) => self.words(words, inline.id, look, None),
            InlineKind::LineBreak => self.words("\u{2028}", inline.id, look, None),
            InlineKind::Code(code) => self.code(code, inline.id, look),
            InlineKind::Emphasis(_) => {
                self.emphasize(&mut inner, inline.kind.children());
            }
            InlineKind::Strong(_) => inner.style.bold = true,
            InlineKind::Strikethrough(_) => inner.lines.struck = true,
            InlineKind::Underline(_) => inner.lines.underlined = true,
            InlineKind::Mark(_) if self.context.sheet.tints => {
                inner.lines.marked = Some(self.context.style.color.mark);
            }
            // Where nothing is tinted, a line stands for it.
            InlineKind::Mark(_) => inner.lines.underlined = true,
            InlineKind::Superscript(_) => shift(&mut inner.style, 0.36),
            InlineKind::Subscript(_) => shift(&mut inner.style, -0.16),
            InlineKind::Language(language, _) => inner.language = Some(language),
            InlineKind::Link { target, content, .. } => self.link(inline.id, target, content, &mut inner),
            InlineKind::Image(image) => self.image(image, inline.id, look),
            InlineKind::Math(math) => self.math(math, inline, look),
            InlineKind::FootnoteCall(note) => self.call(*note, inline.id, look),
            InlineKind::Ruby { base, reading } => return self.ruby(base, reading, inline.id, look),
        }
        self.inlines(inline.kind.children(), &inner);
    }

    fn words(&mut self, words: &str, node: NodeId, look: &Look<'_>, call: Option<usize>) {
        let mark = Mark {
            role: self.context.role(node),
            begin: self.text.content.text.len(),
            color: look.color,
            lines: look.lines,
            link: look.link,
            call,
        };
        self.text.push(words, look.style, mark, look.language, look.verbatim);
    }

    /// Han text is not slanted: short emphasis takes a dot under each character, longer emphasis Kai,
    /// and in Kai, Song in bold.
    fn emphasize(&self, look: &mut Look<'_>, children: &[Inline]) {
        let han = plain_text(children).chars().filter(|&c| is_han(c)).count();
        // Latin letters in emphasized Chinese stay upright with it.
        look.style.italic = if han > 0 { look.style.italic } else { !look.style.italic };
        if han > 0 && han <= MOST_DOTTED {
            look.style.emphasis_dots = true;
        } else if han > 0 && look.style.family == Family::Serif && !look.style.bold {
            look.style.family = Family::Kai;
        } else if han > 0 && look.style.family == Family::Kai {
            look.style.family = Family::Serif;
            look.style.bold = true;
        }
    }

    fn code(&mut self, code: &str, node: NodeId, look: &Look<'_>) {
        let mut inner = *look;
        inner.style.family = Family::Mono;
        inner.style.size = look.style.size * 0.88;
        inner.style.emphasis_dots = false;
        inner.verbatim = true;
        inner.lines.code = self.context.sheet.tints.then_some((node, self.context.style.color.tint));
        self.words(code, node, &inner, None);
    }

    fn link(&mut self, node: NodeId, target: &str, content: &[Inline], look: &mut Look<'_>) {
        let Some(leads_to) = self.context.target(target) else { return };
        let said = plain_text(content);
        let bare = is_address(&said);
        if self.context.links != super::Links::Live && matches!(leads_to, LinkTarget::Url(_)) {
            look.verbatim |= bare;
            return;
        }
        let contents = if said.trim().is_empty() { target.to_owned() } else { said };
        self.text.links.push(Link { node: self.context.node(node), target: leads_to, contents });
        look.link = Some(self.text.links.len() - 1);
        look.verbatim |= bare;
        if self.context.screen {
            look.color = self.context.style.color.link;
        }
    }

    fn image(&mut self, image: &Image, node: NodeId, look: &Look<'_>) {
        let missing = match &image.state {
            ImageState::Dropped => return,
            ImageState::Found(asset) => {
                match figure::natural_size(self.context, *asset) {
                    Some((width, height)) => {
                        let limit = self.context.sheet.grid_height() * 0.4;
                        let scale = (self.frame.width / width).min(limit / height).min(1.0);
                        let (width, height) = (width * scale, height * scale);
                        // Small pictures are read as characters are, so they hang a little below the baseline.
                        let descent = look.style.size.min(height) * 0.12;
                        let picture = Picture {
                            asset: *asset,
                            rect: Rect { x: Pt::ZERO, y: descent - height, width, height },
                            slice: (0.0, 1.0),
                            alt: image.alt.clone(),
                            node: Some(self.context.node(node)),
                        };
                        self.object(vec![Item::Picture(picture)], width, height - descent, descent, node, look);
                        return;
                    }
                    None => ImageState::Missing(Code::ImageDecode).reason(self.frame.language),
                }
            }
            state => state.reason(self.frame.language),
        };
        let name = if image.alt.trim().is_empty() { image.source.as_str() } else { image.alt.trim() };
        let shown: String = name.chars().take(80).collect();
        let mut inner = *look;
        inner.color = self.context.style.color.note;
        if look.link.is_none() {
            self.link(node, &image.source, &[], &mut inner);
        }
        let what = word(Word::MissingPicture, self.frame.language);
        let words = match (self.frame.language.is_han(), missing) {
            (true, "") => format!("［{what}：{shown}］"),
            (true, why) => format!("［{what}：{shown}（{why}）］"),
            (false, "") => format!("[{what}: {shown}]"),
            (false, why) => format!("[{what}: {shown} ({why})]"),
        };
        self.words(&words, node, &inner, None);
    }

    /// A box in the line.
    fn object(&mut self, items: Vec<Item>, width: Pt, ascent: Pt, descent: Pt, node: NodeId, look: &Look<'_>) {
        let at = self.text.content.text.len();
        let tag = u32::try_from(self.text.boxes.len()).unwrap_or(u32::MAX);
        self.words("\u{FFFC}", node, look, None);
        self.text.content.objects.push(Object { at, width, ascent, descent, tag });
        self.text.boxes.push(Boxed { items });
    }

    /// A formula as a box in the line, or its source.
    fn math(&mut self, math: &Math, inline: &Inline, look: &Look<'_>) {
        let size = look.style.size;
        if let Some(formula) = formula::boxed(self.context, math, false, size, self.frame.width, inline.line) {
            let (width, ascent, descent) = (formula.width, formula.ascent, formula.descent);
            let items = formula::items(self.context, formula, inline.id);
            return self.object(items, width, ascent, descent, inline.id, look);
        }
        let mut inner = *look;
        inner.style.family = Family::Mono;
        inner.style.size = size * 0.88;
        inner.verbatim = true;
        self.words(&math.tex, inline.id, &inner, None);
    }

    fn call(&mut self, note: usize, node: NodeId, look: &Look<'_>) {
        let Some(footnote) = self.context.article.document.footnotes.get(note) else { return };
        let label = footnote::placeholder(self.context, note);
        let target = LinkTarget::Node(self.context.node(footnote.id));
        self.text.links.push(Link { node: self.context.node(node), target, contents: label.clone() });
        let mut inner = *look;
        inner.style = footnote::call_style(look.style);
        inner.link = Some(self.text.links.len() - 1);
        inner.lines = Decoration::default();
        self.words(&label, node, &inner, Some(note));
    }

    fn ruby(&mut self, base: &[Inline], reading: &str, node: NodeId, look: &Look<'_>) {
        let begin = self.text.content.text.len();
        self.inlines(base, look);
        let base = begin..self.text.content.text.len();
        if base.is_empty() || reading.is_empty() {
            return;
        }
        let tag = u32::try_from(self.text.marks.len()).unwrap_or(u32::MAX);
        self.text.marks.push(Mark {
            role: self.context.role(node),
            begin,
            color: look.color,
            lines: Decoration::default(),
            link: look.link,
            call: None,
        });
        let style = TextStyle { size: look.style.size * 0.5, emphasis_dots: false, ..look.style };
        self.text.content.ruby.push(Ruby { base, reading: reading.to_owned(), style, tag });
    }
}

/// How many bytes of marks text begins with that end a sentence or a part of it, with the quotes around them.
fn marks_at_start(text: &str) -> usize {
    let is_quote = |c: char| matches!(c, '”' | '’' | '」' | '』' | '》');
    let is_mark = |c: char| matches!(c, '。' | '，' | '、' | '；' | '：' | '？' | '！');
    let end = text.find(|c| !is_quote(c) && !is_mark(c)).unwrap_or(text.len());
    let latin = text[end..].find(|c| !matches!(c, '.' | ',' | ';' | ':' | '?' | '!')).unwrap_or(text.len() - end);
    let next = text[end + latin..].chars().next();
    // A point before a letter or a digit belongs to it.
    if latin > 0 && next.is_none_or(|c| c.is_whitespace() || is_quote(c)) {
        let quotes = text[end + latin..].find(|c| !is_quote(c)).unwrap_or(text.len() - end - latin);
        return end + latin + quotes;
    }
    end
}

/// Raises or lowers text, in parts of its size.
fn shift(style: &mut TextStyle, by: f32) {
    style.shift += style.size * by;
    style.size = style.size * 0.66;
}

/// Whether a character is Han.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

/// Whether text looks like an address, which breaks at its punctuation.
pub(super) fn is_address(text: &str) -> bool {
    let text = text.trim();
    (text.contains("://") || text.starts_with("www.")) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::marks_at_start;

    #[test]
    fn calls_move_behind_the_marks_that_end_what_they_note() {
        let marks = |text: &str| text[..marks_at_start(text)].to_owned();
        assert_eq!(["。后文", "”，后文", "，后文", "后文", "（见"].map(marks), ["。", "”，", "，", "", ""]);
        assert_eq!([". Then", ",” he", ".5 km", "!"].map(marks), [".", ",”", "", "!"]);
    }
}
