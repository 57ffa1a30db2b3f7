//! Books for the tests of this room, made by hand.

use crate::assets::Assets;
use crate::book::{Anthology, Article, Language, Metadata, Origin, Published};
use crate::document::*;

/// Makes nodes with ids in reading order.
#[derive(Default)]
pub(super) struct Maker {
    next: u32,
    pub(super) footnotes: Vec<Footnote>,
}

impl Maker {
    fn id(&mut self) -> NodeId {
        self.next += 1;
        NodeId(self.next)
    }

    pub(super) fn inline(&mut self, kind: InlineKind) -> Inline {
        Inline { id: self.id(), line: 1, kind }
    }

    pub(super) fn text(&mut self, text: &str) -> Vec<Inline> {
        vec![self.inline(InlineKind::Text(text.to_owned()))]
    }

    pub(super) fn block(&mut self, kind: BlockKind) -> Block {
        Block { id: self.id(), line: 1, language: None, kind }
    }

    pub(super) fn paragraph(&mut self, text: &str) -> Block {
        let content = self.text(text);
        self.block(BlockKind::Paragraph(content))
    }

    pub(super) fn heading(&mut self, level: u8, text: &str) -> Block {
        let content = self.text(text);
        self.block(BlockKind::Heading { level, anchor: Some(text.to_owned()), content })
    }

    pub(super) fn code(&mut self, text: &str) -> Block {
        let mut spans = Vec::new();
        for (index, piece) in text.split_inclusive(' ').enumerate() {
            let class = if index % 3 == 0 { CodeClass::Keyword } else { CodeClass::Plain };
            spans.push(CodeSpan { class, text: piece.to_owned() });
        }
        self.block(BlockKind::Code(Code { language: Some("rust".to_owned()), spans }))
    }

    pub(super) fn cell(&mut self, text: &str) -> Cell {
        let blocks = vec![self.paragraph(text)];
        Cell { id: self.id(), header: false, column_span: 1, row_span: 1, blocks }
    }

    pub(super) fn table(&mut self, rows: &[Vec<String>]) -> Block {
        let mut rows = rows
            .iter()
            .map(|row| {
                let cells = row.iter().map(|text| self.cell(text)).collect();
                Row { id: self.id(), cells }
            })
            .collect::<Vec<_>>();
        let body = rows.split_off(1);
        self.block(BlockKind::Table(Table { alignments: Vec::new(), head: rows, body, caption: Vec::new() }))
    }

    pub(super) fn list(&mut self, start: Option<u64>, items: Vec<Vec<Block>>) -> Block {
        let items = items.into_iter().map(|blocks| ListItem { id: self.id(), line: 1, task: None, blocks }).collect();
        self.block(BlockKind::List(List { start, tight: true, items }))
    }

    pub(super) fn picture(&mut self, state: ImageState, caption: &str) -> Block {
        let caption = if caption.is_empty() { Vec::new() } else { self.text(caption) };
        let source = "https://example.org/pictures/a-rather-long-name-of-a-picture.png?size=large".to_owned();
        let image = Image { source, alt: "山间的雾".to_owned(), title: None, state };
        self.block(BlockKind::Figure { image, caption })
    }

    /// A paragraph that calls a new footnote in its middle.
    pub(super) fn noted(&mut self, before: &str, note: &str, after: &str) -> Block {
        let mut content = self.text(before);
        let call = InlineKind::FootnoteCall(self.footnotes.len());
        content.push(self.inline(call));
        content.extend(self.text(after));
        let blocks = vec![self.paragraph(note)];
        let id = self.id();
        self.footnotes.push(Footnote { id, line: 1, blocks });
        self.block(BlockKind::Paragraph(content))
    }

    pub(super) fn article(self, title: &str, language: Language, blocks: Vec<Block>) -> Article {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).and_then(|day| day.and_hms_opt(9, 30, 0));
        let origin = Origin::File { path: "a.md".into(), key: format!("{title}.md") };
        Article {
            authors: vec!["林间客".to_owned()],
            site: None,
            published: date.map(|local| Published { local, has_time: true, offset: None }),
            place: Some("上海".to_owned()),
            source: Some(format!("https://example.org/articles/{title}")),
            ..Article::new(origin, title, language, Document { blocks, footnotes: self.footnotes })
        }
    }
}

pub(super) fn book(articles: Vec<Article>) -> Anthology {
    let date = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).and_then(|day| day.and_hms_opt(9, 30, 0)).expect("a date");
    let metadata = Metadata {
        title: "山中书简".to_owned(),
        authors: vec!["林间客".to_owned()],
        language: Language::chinese(),
        description: Some("一本样书，为看版面而作。".to_owned()),
        publisher: None,
        series: None,
        identifier: uuid::Uuid::from_u128(7),
        date: Some(date.and_utc()),
    };
    Anthology { metadata, cover: None, articles }
}

/// A PNG of one colour.
pub(super) fn png(assets: &Assets, width: u32, height: u32) -> ImageState {
    let image = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 120])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).expect("encoded");
    ImageState::Found(assets.put(bytes.get_ref()).expect("kept"))
}

const LONG: &str = "山上的雪还没有化，河水先涨了。他站在渡口，看船家把缆绳一圈一圈绕在木桩上，忽然想起十年前在 Vermont \
    的那个春天：“走吧。”父亲说。于是两个人沿着结冰的小路一直走到天黑，谁也没有再说话——只有靴子踩在雪上的声音，\
    像 1998 年的旧钟表，一下，又一下。";

pub(super) fn long() -> &'static str {
    LONG
}

/// An article with all constructs.
pub(super) fn everything(assets: &Assets) -> Article {
    let mut m = Maker::default();
    let mut blocks = vec![m.paragraph(LONG)];
    let mut rich = m.text("这一段里有");
    let inner = m.text("重点");
    rich.push(m.inline(InlineKind::Emphasis(inner)));
    rich.extend(m.text("，有"));
    let inner = m.text("粗体的文字");
    rich.push(m.inline(InlineKind::Strong(inner)));
    rich.extend(m.text("，有"));
    rich.push(m.inline(InlineKind::Code("let x = 1;".to_owned())));
    rich.extend(m.text("，有"));
    let inner = m.text("删去的字");
    rich.push(m.inline(InlineKind::Strikethrough(inner)));
    let inner = m.text("画线的字");
    rich.push(m.inline(InlineKind::Underline(inner)));
    let inner = m.text("醒目的字");
    rich.push(m.inline(InlineKind::Mark(inner)));
    rich.extend(m.text("，有"));
    let content = m.text("一个链接，长得要跨到下一行去");
    let link = InlineKind::Link { target: "https://example.org/x".to_owned(), title: None, content };
    rich.push(m.inline(link));
    rich.extend(m.text("，H"));
    let inner = m.text("2");
    rich.push(m.inline(InlineKind::Subscript(inner)));
    rich.extend(m.text("O 与 x"));
    let inner = m.text("2");
    rich.push(m.inline(InlineKind::Superscript(inner)));
    rich.extend(m.text("，公式 "));
    rich.push(m.inline(InlineKind::Math(Math { tex: r"\frac{a}{b}+x^2".to_owned(), valid: true })));
    rich.extend(m.text("，"));
    let base = m.text("汉字");
    rich.push(m.inline(InlineKind::Ruby { base, reading: "hàn zì".to_owned() }));
    rich.extend(m.text("，以及 "));
    let inner = m.text("a phrase in italic letters");
    rich.push(m.inline(InlineKind::Emphasis(inner)));
    rich.extend(m.text(" 和"));
    let inner = m.text("很长的一段强调，超过了十二个汉字，所以改用楷体来排");
    rich.push(m.inline(InlineKind::Emphasis(inner)));
    rich.extend(m.text("。"));
    blocks.push(m.block(BlockKind::Paragraph(rich)));
    blocks.push(m.heading(2, "春天的渡口"));
    blocks.push(m.noted(
        "他在信里说",
        "见《山中书简》第三卷，这一条注释写得很长，一行放不下，所以要转到第二行去。",
        "，明年还要再来。",
    ));
    blocks.push(m.noted("又说", "同上。", "，后年也要来。"));
    let quoted = vec![m.paragraph(LONG), m.paragraph("——旧信")];
    blocks.push(m.block(BlockKind::Quote(quoted)));
    blocks.push(m.paragraph(LONG));
    let nested = vec![
        vec![m.paragraph("里面一层")],
        vec![m.paragraph("里面又一项，写得长一些，好看看它怎样换行，换了行以后是不是还对得齐")],
    ];
    let nested = m.list(None, nested);
    let items = vec![
        vec![m.paragraph("第一项")],
        vec![m.paragraph("第二项，写得长一些，好看看它怎样换行，换了行以后是不是还对得齐"), nested],
        vec![m.paragraph("第三项")],
    ];
    blocks.push(m.list(Some(1), items));
    let mut tasks = vec![];
    for (done, words) in [(true, "做完的事"), (false, "没做的事")] {
        let paragraph = m.paragraph(words);
        tasks.push(ListItem { id: m.id(), line: 1, task: Some(done), blocks: vec![paragraph] });
    }
    blocks.push(m.block(BlockKind::List(List { start: None, tight: true, items: tasks })));
    blocks.push(m.heading(3, "表与图"));
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    blocks.push(m.table(&[
        row(["名目", "数量", "说明"]),
        row(["船", "3", "两条木船，一条铁皮船，都泊在渡口的上游"]),
        row(["桨", "7", "有一支是断的"]),
        row(["Rope", "12 m", "A long rope that was bought in the town"]),
    ]));
    blocks.push(m.paragraph(LONG));
    let picture = png(assets, 600, 320);
    blocks.push(m.picture(picture, "图一　渡口的早晨"));
    blocks.push(m.paragraph(LONG));
    blocks.push(m.code("fn main() {\n    let answer = \"四十二，这是一个很长的字符串，长到一行放不下，所以要折到下一行去\"; // 注释\n\tprintln!(\"{answer}\");\n}"));
    let inner = vec![m.paragraph("渡口在汛期关闭，请提前打电话询问。")];
    blocks.push(m.block(BlockKind::Alert(AlertKind::Warning, inner)));
    blocks.push(m.block(BlockKind::Math(Math { tex: r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}".to_owned(), valid: true })));
    blocks.push(m.paragraph(LONG));
    blocks.push(m.picture(ImageState::Missing(crate::problem::Code::ImageTimeout), ""));
    blocks.push(m.block(BlockKind::Rule));
    let term = m.text("缆绳");
    let meaning = vec![m.paragraph("系船用的绳子，多以麻或棕制成。")];
    let definition = Definition { id: m.id(), term, definitions: vec![meaning] };
    blocks.push(m.block(BlockKind::DefinitionList(vec![definition])));
    blocks.push(m.heading(4, "四级标题"));
    blocks.push(m.paragraph(LONG));
    blocks.push(m.heading(5, "五级标题"));
    blocks.push(m.paragraph(LONG));
    for _ in 0..4 {
        blocks.push(m.paragraph(LONG));
    }
    m.article("春天的渡口：一封没有寄出的信", Language::chinese(), blocks)
}

/// An English article.
pub(super) fn english() -> Article {
    let text = "The snow on the mountain had not melted when the river began to rise, and the ferryman wound his rope \
        around the post without a word. “Let us go,” said my father; so we followed the frozen path until dark, \
        and nobody spoke again.";
    let mut m = Maker::default();
    let mut blocks = vec![m.paragraph(text), m.paragraph(text), m.heading(2, "The Crossing")];
    blocks.push(m.paragraph(text));
    blocks.push(m.noted("He wrote to me", "See the third letter.", " that he would come again. "));
    for level in 3..=4 {
        blocks.push(m.heading(level, "Upstream and down"));
        blocks.push(m.paragraph(text));
    }
    let quoted = vec![m.paragraph(text)];
    blocks.push(m.block(BlockKind::Quote(quoted)));
    for _ in 0..6 {
        blocks.push(m.paragraph(text));
    }
    m.article("Letters from a River That Rose Too Early", Language::english(), blocks)
}
