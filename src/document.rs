//! An article's text as a tree of blocks and inlines: the one form both books are made from.
//!
//! Every node has an id, unique in its article, and the source line it came from, so that a glyph
//! run, a link target and a problem can all be traced to the text. There is no node for raw HTML:
//! the converter sanitizes it and parses it into these same nodes.

use crate::assets::AssetId;
use crate::language::Language;
use crate::problem;
use crate::words::{Word, choose, word};

/// The identity of a node inside its article. Ids follow reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The article itself, to which its title and byline belong. No node of a document has it.
    pub const ARTICLE: Self = Self(u32::MAX);
    /// The title that stands above the article.
    pub const TITLE: Self = Self(u32::MAX - 1);
    /// Who wrote the article, when and where.
    pub const BYLINE: Self = Self(u32::MAX - 2);
    /// What stands before the address of the original.
    pub const SOURCE_LABEL: Self = Self(u32::MAX - 3);
    /// The address of the original.
    pub const SOURCE: Self = Self(u32::MAX - 4);
    /// The picture that opens the article.
    pub const COVER: Self = Self(u32::MAX - 5);
    /// The address of the original as a code.
    pub const SCAN: Self = Self(u32::MAX - 6);
    /// What stands beside the code.
    pub const SCAN_LABEL: Self = Self(u32::MAX - 7);
    /// The page of the part that begins with the article. No node of a document has it.
    pub const PART: Self = Self(u32::MAX - 8);

    /// What names the caption of a picture that has only a title. Ids of documents are smaller.
    #[must_use]
    pub const fn caption(self) -> Self {
        Self(self.0 ^ 0x2000_0000)
    }
}

/// The text of an article.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The body, in reading order.
    pub blocks: Vec<Block>,
    /// Footnotes in the order of their first call; [`InlineKind::FootnoteCall`] holds indices into this.
    pub footnotes: Vec<Footnote>,
}

/// A footnote's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Footnote {
    /// The identity of the note itself.
    pub id: NodeId,
    /// The source line of its definition.
    pub line: u32,
    /// What the note says.
    pub blocks: Vec<Block>,
}

/// A block-level node.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Identity in the article.
    pub id: NodeId,
    /// 1-based line in the source file.
    pub line: u32,
    /// The language, where it differs from the article's.
    pub language: Option<Language>,
    /// What it is.
    pub kind: BlockKind,
}

/// The kinds of blocks.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockKind {
    /// A heading inside the article; the article's own title is not in the document.
    Heading {
        /// 2 to 6 by the book's depth: the article's title is the first level, and none is skipped.
        level: u8,
        /// The name that a link inside the article uses (`#name`).
        anchor: Option<String>,
        /// Its text.
        content: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A block quotation.
    Quote(Vec<Block>),
    /// A quotation that carries a kind of warning: `> [!NOTE]`.
    Alert(AlertKind, Vec<Block>),
    /// An ordered or unordered list.
    List(List),
    /// Terms with their definitions.
    DefinitionList(Vec<Definition>),
    /// A block of code.
    Code(Code),
    /// A table.
    Table(Table),
    /// A picture that stands alone.
    Figure {
        /// The picture.
        image: Image,
        /// Its caption; empty when there is none.
        caption: Vec<Inline>,
    },
    /// A formula that stands alone.
    Math(Math),
    /// A thematic break.
    Rule,
}

/// The kinds of alerts, as GitHub's markdown names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// Worth knowing.
    Note,
    /// Helpful advice.
    Tip,
    /// Needed for success.
    Important,
    /// Needs attention at once.
    Warning,
    /// Risks and bad outcomes.
    Caution,
}

impl AlertKind {
    /// What stands above an alert of this kind, in both books.
    #[must_use]
    pub fn title(self, language: &Language) -> &'static str {
        let title = match self {
            Self::Note => Word::Note,
            Self::Tip => Word::Tip,
            Self::Important => Word::Important,
            Self::Warning => Word::Warning,
            Self::Caution => Word::Caution,
        };
        word(title, language)
    }
}

/// An ordered or unordered list.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The first number of an ordered list.
    pub start: Option<u64>,
    /// Whether items follow each other without space between.
    pub tight: bool,
    /// The items.
    pub items: Vec<ListItem>,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListItem {
    /// Identity in the article.
    pub id: NodeId,
    /// 1-based line in the source file.
    pub line: u32,
    /// For a task: whether it is done.
    pub task: Option<bool>,
    /// What the item holds.
    pub blocks: Vec<Block>,
}

/// Terms and what they mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Identity in the article.
    pub id: NodeId,
    /// The term.
    pub term: Vec<Inline>,
    /// One or more definitions of it.
    pub definitions: Vec<Vec<Block>>,
}

/// A block of code with its colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The language as the article names it.
    pub language: Option<String>,
    /// The code in pieces; joined, they are the text as it was written, without the last line end.
    pub spans: Vec<CodeSpan>,
}

impl Code {
    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// A piece of code of one colour; it may hold line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSpan {
    /// What the piece is.
    pub class: CodeClass,
    /// Its text.
    pub text: String,
}

/// What a piece of code is, as far as its colour goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeClass {
    /// Everything else.
    Plain,
    /// Comments.
    Comment,
    /// Keywords and storage modifiers.
    Keyword,
    /// String and character literals.
    String,
    /// Numbers and other constants.
    Number,
    /// Names of functions.
    Function,
    /// Names of types.
    Type,
    /// Operators and punctuation.
    Operator,
    /// Tags, attributes, keys and variables.
    Name,
}

/// A table. Rows may be of different lengths; writers pad them.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The alignment of each column.
    pub alignments: Vec<Alignment>,
    /// Header rows.
    pub head: Vec<Row>,
    /// Body rows.
    pub body: Vec<Row>,
    /// The caption; empty when there is none.
    pub caption: Vec<Inline>,
}

/// How a column's cells are aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alignment {
    /// As the language does.
    #[default]
    Default,
    /// To the left.
    Left,
    /// In the middle.
    Center,
    /// To the right.
    Right,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Identity in the article.
    pub id: NodeId,
    /// The cells.
    pub cells: Vec<Cell>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Identity in the article.
    pub id: NodeId,
    /// Whether it heads its row or column.
    pub header: bool,
    /// How many columns it covers, at least 1.
    pub column_span: u16,
    /// How many rows it covers, at least 1.
    pub row_span: u16,
    /// What it holds; a markdown cell is one paragraph.
    pub blocks: Vec<Block>,
}

/// A picture in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// The address as the article gives it.
    pub source: String,
    /// The text that stands for the picture.
    pub alt: String,
    /// The title, often a caption.
    pub title: Option<String>,
    /// What came of it.
    pub state: ImageState,
}

/// Words that an editor puts where a description belongs; they describe nothing.
const EMPTY_WORDS: [&str; 8] = ["图片", "图像", "图", "image", "img", "picture", "photo", "alt"];

impl Image {
    /// What its author says of it: the text that stands for it, else its title; `None` where neither describes anything.
    #[must_use]
    pub fn described(&self) -> Option<&str> {
        let said = [Some(self.alt.as_str()), self.title.as_deref()];
        said.into_iter().flatten().find(|text| {
            let word = text.trim().to_lowercase();
            !word.is_empty() && !EMPTY_WORDS.contains(&word.as_str())
        })
    }
}

/// What came of a picture.
#[derive(Debug, Clone, PartialEq)]
pub enum ImageState {
    /// Nobody has looked for it yet.
    Wanted,
    /// Its bytes are in the store.
    Found(AssetId),
    /// It cannot be had. The book says so in its own words, which are the same on every machine; what the
    /// network or the disk said is in the report.
    Missing(problem::Code),
    /// A tracker or spacer: nothing is shown and nothing is missing.
    Dropped,
}

impl ImageState {
    /// Why there is no picture, in a few words for the reader of the book; empty when nothing is missing.
    #[must_use]
    pub fn reason(&self, language: &Language) -> &'static str {
        let Self::Missing(code) = self else { return "" };
        let said = match code {
            problem::Code::ImageHttpStatus => {
                ["服务器没有给出这张图片", "伺服器沒有給出這張圖片", "the server did not give it"]
            }
            problem::Code::ImageConnect => ["未能连接服务器", "未能連上伺服器", "no connection to the server"],
            problem::Code::ImageTimeout => {
                ["服务器没有及时回答", "伺服器沒有及時回應", "the server did not answer in time"]
            }
            problem::Code::ImageBody => ["未能完整下载", "未能完整下載", "the download broke off"],
            problem::Code::ImageTooLarge | problem::Code::ImageTooManyPixels => ["图片过大", "圖片過大", "too large"],
            problem::Code::ImageTooComplex => ["图片过于复杂", "圖片過於複雜", "too complex"],
            problem::Code::ImageNotAnImage => {
                ["该地址给出的不是图片", "該網址給出的不是圖片", "what came is not a picture"]
            }
            problem::Code::ImageDecode => ["图片已损坏", "圖片已損壞", "damaged"],
            problem::Code::ImageUnsupported => {
                ["不支持的图片格式", "不支援的圖片格式", "of a kind that cannot be read"]
            }
            problem::Code::ImageNotFound => ["找不到文件", "找不到檔案", "file not found"],
            problem::Code::ImageOffline => {
                ["离线，且不在缓存中", "離線，且不在快取中", "offline, and not in the cache"]
            }
            problem::Code::ImagePrivateAddress | problem::Code::ImageOutsideFolder => {
                ["不允许访问的地址", "不允許存取的網址", "address refused"]
            }
            _ => ["地址无效", "網址無效", "no usable address"],
        };
        choose(language, said)
    }
}

/// A formula in TeX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Math {
    /// The source without its delimiters.
    pub tex: String,
    /// Whether it is known to be well-formed; otherwise the source is shown.
    pub valid: bool,
}

/// An inline node.
#[derive(Debug, Clone, PartialEq)]
pub struct Inline {
    /// Identity in the article.
    pub id: NodeId,
    /// 1-based line in the source file.
    pub line: u32,
    /// What it is.
    pub kind: InlineKind,
}

/// The kinds of inlines.
#[derive(Debug, Clone, PartialEq)]
pub enum InlineKind {
    /// Text; never a line end, never empty.
    Text(String),
    /// Emphasis.
    Emphasis(Vec<Inline>),
    /// Strong emphasis.
    Strong(Vec<Inline>),
    /// Text that was struck out.
    Strikethrough(Vec<Inline>),
    /// Underlined text.
    Underline(Vec<Inline>),
    /// Highlighted text.
    Mark(Vec<Inline>),
    /// Raised text.
    Superscript(Vec<Inline>),
    /// Lowered text.
    Subscript(Vec<Inline>),
    /// Text in a language that differs from its surroundings.
    Language(Language, Vec<Inline>),
    /// Code inside a line.
    Code(String),
    /// A link.
    Link {
        /// Where it leads: an absolute URL, `#anchor`, or a relative reference as the article has it.
        target: String,
        /// The title.
        title: Option<String>,
        /// What is shown.
        content: Vec<Inline>,
    },
    /// A picture inside a line.
    Image(Image),
    /// A formula inside a line.
    Math(Math),
    /// The call of a footnote: an index into [`Document::footnotes`].
    FootnoteCall(usize),
    /// Base text with its reading.
    Ruby {
        /// The base.
        base: Vec<Inline>,
        /// The reading.
        reading: String,
    },
    /// A line break that the author meant.
    LineBreak,
}

impl InlineKind {
    /// The inlines inside this one.
    #[must_use]
    pub fn children(&self) -> &[Inline] {
        match self {
            Self::Emphasis(c)
            | Self::Strong(c)
            | Self::Strikethrough(c)
            | Self::Underline(c)
            | Self::Mark(c)
            | Self::Superscript(c)
            | Self::Subscript(c)
            | Self::Language(_, c)
            | Self::Link { content: c, .. }
            | Self::Ruby { base: c, .. } => c,
            _ => &[],
        }
    }

    /// The inlines inside this one, to be changed.
    pub fn children_mut(&mut self) -> Option<&mut Vec<Inline>> {
        match self {
            Self::Emphasis(c)
            | Self::Strong(c)
            | Self::Strikethrough(c)
            | Self::Underline(c)
            | Self::Mark(c)
            | Self::Superscript(c)
            | Self::Subscript(c)
            | Self::Language(_, c)
            | Self::Link { content: c, .. }
            | Self::Ruby { base: c, .. } => Some(c),
            _ => None,
        }
    }
}

/// The text of inlines without their marking: what a contents entry or an alt text shows.
#[must_use]
pub fn plain_text(inlines: &[Inline]) -> String {
    fn push(out: &mut String, inlines: &[Inline]) {
        for inline in inlines {
            match &inline.kind {
                InlineKind::Text(text) | InlineKind::Code(text) => out.push_str(text),
                InlineKind::Image(image) => out.push_str(&image.alt),
                InlineKind::Math(math) => out.push_str(&math.tex),
                InlineKind::LineBreak => out.push(' '),
                other => push(out, other.children()),
            }
        }
    }
    let mut out = String::new();
    push(&mut out, inlines);
    out
}

impl Document {
    /// Calls `visit` with every picture, and its source line, in reading order; footnotes come last.
    pub fn for_each_image(&mut self, visit: &mut dyn FnMut(&mut Image, u32)) {
        for block in &mut self.blocks {
            images_of_block(block, visit);
        }
        for note in &mut self.footnotes {
            for block in &mut note.blocks {
                images_of_block(block, visit);
            }
        }
    }
}

fn images_of_block(block: &mut Block, visit: &mut dyn FnMut(&mut Image, u32)) {
    let line = block.line;
    match &mut block.kind {
        BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => images_of_inlines(content, visit),
        BlockKind::Quote(blocks) | BlockKind::Alert(_, blocks) => {
            blocks.iter_mut().for_each(|block| images_of_block(block, visit));
        }
        BlockKind::List(list) => {
            for item in &mut list.items {
                item.blocks.iter_mut().for_each(|block| images_of_block(block, visit));
            }
        }
        BlockKind::DefinitionList(definitions) => {
            for definition in definitions {
                images_of_inlines(&mut definition.term, visit);
                for block in definition.definitions.iter_mut().flatten() {
                    images_of_block(block, visit);
                }
            }
        }
        BlockKind::Table(table) => {
            images_of_inlines(&mut table.caption, visit);
            for cell in table.head.iter_mut().chain(&mut table.body).flat_map(|row| &mut row.cells) {
                cell.blocks.iter_mut().for_each(|block| images_of_block(block, visit));
            }
        }
        BlockKind::Figure { image, caption } => {
            visit(image, line);
            images_of_inlines(caption, visit);
        }
        BlockKind::Code(_) | BlockKind::Math(_) | BlockKind::Rule => {}
    }
}

fn images_of_inlines(inlines: &mut [Inline], visit: &mut dyn FnMut(&mut Image, u32)) {
    for inline in inlines {
        if let InlineKind::Image(image) = &mut inline.kind {
            visit(image, inline.line);
        } else if let Some(children) = inline.kind.children_mut() {
            images_of_inlines(children, visit);
        }
    }
}
