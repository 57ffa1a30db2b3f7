use std::io::{Cursor, Read as _};

use super::*;
use crate::assets::{AssetId, Assets};
use crate::book::{Anthology, Article, Language, Metadata, Origin, Published, Series};
use crate::document::*;
use crate::fonts::Library;
use crate::images::samples;
use crate::progress::Silent;

/// Numbers nodes in the order in which they are made.
#[derive(Default)]
struct Nodes(u32);

impl Nodes {
    fn id(&mut self) -> NodeId {
        self.0 += 1;
        NodeId(self.0)
    }

    fn inline(&mut self, kind: InlineKind) -> Inline {
        Inline { id: self.id(), line: 1, kind }
    }

    fn text(&mut self, text: &str) -> Vec<Inline> {
        vec![self.inline(InlineKind::Text(text.to_owned()))]
    }

    fn block(&mut self, kind: BlockKind) -> Block {
        Block { id: self.id(), line: 1, language: None, kind }
    }

    fn paragraph(&mut self, text: &str) -> Block {
        let content = self.text(text);
        self.block(BlockKind::Paragraph(content))
    }

    fn heading(&mut self, level: u8, text: &str) -> Block {
        let content = self.text(text);
        self.block(BlockKind::Heading { level, anchor: Some(text.to_owned()), content })
    }

    fn figure(&mut self, asset: AssetId) -> Block {
        let caption = self.text("图：河岸 <1>");
        self.block(BlockKind::Figure { image: picture(asset), caption })
    }

    fn cell(&mut self, header: bool, text: &str) -> Cell {
        let blocks = vec![self.paragraph(text)];
        Cell { id: self.id(), header, column_span: 1, row_span: 1, blocks }
    }

    fn row(&mut self, header: bool, cells: &[&str]) -> Row {
        let cells = cells.iter().map(|text| self.cell(header, text)).collect();
        Row { id: self.id(), cells }
    }
}

fn picture(asset: AssetId) -> Image {
    Image {
        source: "images/\"河岸\".jpg".to_owned(),
        alt: "河岸 & 柳树 \"二\"".to_owned(),
        title: None,
        state: ImageState::Found(asset),
    }
}

/// An article with every kind of block and inline.
fn everything(assets: &Assets) -> Document {
    let mut n = Nodes::default();
    let jpeg = assets.put(&samples::jpeg(60, 40)).expect("kept");
    let svg = assets.put(&samples::svg()).expect("kept");
    let mut blocks = vec![n.heading(2, "一 & 二 <三>"), n.paragraph("河水 \"改道\" 之后 & 以前 <p>")];
    let kinds: Vec<fn(Vec<Inline>) -> InlineKind> = vec![
        InlineKind::Emphasis,
        InlineKind::Strong,
        InlineKind::Strikethrough,
        InlineKind::Underline,
        InlineKind::Mark,
        InlineKind::Superscript,
        InlineKind::Subscript,
        |content| InlineKind::Language(Language::english(), content),
        |content| InlineKind::Link { target: "https://example.com/?a=1&b=2".to_owned(), title: None, content },
        |content| InlineKind::Link { target: "https://example.com/two".to_owned(), title: None, content },
        |content| InlineKind::Ruby { base: content, reading: "hé".to_owned() },
    ];
    let mut line = Vec::new();
    for kind in kinds {
        let content = n.text("河");
        line.push(n.inline(kind(content)));
    }
    let valid = Math { tex: "a < \\frac{1}{2}".to_owned(), valid: true };
    for kind in [
        InlineKind::Code("a < b && c".to_owned()),
        InlineKind::Image(picture(svg)),
        InlineKind::Math(valid.clone()),
        InlineKind::Math(Math { tex: "\\nope{<".to_owned(), valid: false }),
        InlineKind::FootnoteCall(0),
        InlineKind::LineBreak,
    ] {
        line.push(n.inline(kind));
    }
    blocks.push(n.block(BlockKind::Paragraph(line)));
    let quoted = vec![n.paragraph("引文")];
    blocks.push(n.block(BlockKind::Quote(quoted)));
    for kind in [AlertKind::Note, AlertKind::Tip, AlertKind::Important, AlertKind::Warning, AlertKind::Caution] {
        let inside = vec![n.paragraph("当心")];
        blocks.push(n.block(BlockKind::Alert(kind, inside)));
    }
    for (start, task) in [(None, Some(true)), (Some(3), None)] {
        let blocks_of_item = vec![n.paragraph("一项"), n.paragraph("又一段")];
        let items = vec![ListItem { id: n.id(), line: 1, task, blocks: blocks_of_item }];
        blocks.push(n.block(BlockKind::List(List { start, tight: false, items })));
    }
    let definition =
        Definition {
            id: n.id(), term: n.text("候鸟"), definitions: vec![vec![n.paragraph("随季节迁徙的鸟")]]
        };
    blocks.push(n.block(BlockKind::DefinitionList(vec![definition])));
    let spans = vec![
        CodeSpan { class: CodeClass::Keyword, text: "fn".to_owned() },
        CodeSpan { class: CodeClass::Plain, text: " main() {\n    a < b && \"c\"\n}".to_owned() },
    ];
    blocks.push(n.block(BlockKind::Code(Code { language: Some("rust".to_owned()), spans })));
    let table = Table {
        alignments: vec![Alignment::Left, Alignment::Right],
        head: vec![n.row(true, &["年", "只"])],
        body: vec![n.row(false, &["2020", "12"]), n.row(false, &["2021"])],
        caption: n.text("表：数目"),
    };
    blocks.push(n.block(BlockKind::Table(table)));
    blocks.push(n.figure(jpeg));
    let missing = Image { state: ImageState::Missing(crate::problem::Code::ImageHttpStatus), ..picture(jpeg) };
    blocks.push(n.block(BlockKind::Figure { image: missing, caption: Vec::new() }));
    blocks.push(n.block(BlockKind::Math(valid)));
    blocks.push(n.block(BlockKind::Rule));
    blocks.push(n.heading(2, "第二节"));
    let note = Footnote { id: n.id(), line: 1, blocks: vec![n.paragraph("注文")] };
    Document { blocks, footnotes: vec![note] }
}

fn article(title: &str, url: &str, document: Document) -> Article {
    Article {
        authors: vec!["林小溪".to_owned(), "A. \"B\" <C>".to_owned()],
        site: None,
        published: Some(Published {
            local: chrono::NaiveDate::from_ymd_opt(2024, 5, 6)
                .and_then(|day| day.and_hms_opt(7, 8, 0))
                .expect("a date"),
            has_time: true,
            offset: None,
        }),
        place: Some("杭州".to_owned()),
        source: Some(url.to_owned()),
        ..Article::new(Origin::Url(url.to_owned()), title, Language::chinese(), document)
    }
}

fn book(assets: &Assets) -> Anthology {
    let first = everything(assets);
    let mut second = article("二：\u{1}🦜 & <b>\"x\"</b> ']]>--", "https://example.com/two", first.clone());
    second.cover = Some(picture(assets.put(&samples::png(300, 200)).expect("kept")));
    Anthology {
        metadata: Metadata {
            title: "晨读 & <夜读> \"一\" 🦜".to_owned(),
            authors: vec!["林小溪".to_owned(), "友人 & 友".to_owned()],
            language: Language::chinese(),
            description: Some("说明 <一>\n第二行".to_owned()),
            publisher: Some("河边 & 社".to_owned()),
            series: Some(Series { title: "河边 & 丛刊".to_owned(), issue: Some(12), volume: None }),
            identifier: uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, b"test"),
            date: chrono::DateTime::from_timestamp(1_714_979_280, 0),
        },
        cover: None,
        articles: vec![
            article("一：河流改道之后", "https://example.com/one", first),
            second,
            article("Plain", "https://example.com/three", Document::default()),
        ],
    }
}

fn options(book: &Anthology) -> Options {
    let css = include_str!("../../styles/classic/book.css");
    Options { jobs: 2, ..Options::new(css, book.metadata.stamp()) }
}

fn written(book: &Anthology, assets: &Assets, options: &Options) -> (Vec<u8>, Written) {
    let library = Library::embedded().expect("embedded faces");
    let mut out = Vec::new();
    let result = write(book, assets, &library, options, Cursor::new(&mut out), &Silent).expect("written");
    (out, result)
}

fn files(epub: &[u8]) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(epub)).expect("a zip");
    let read = |index| {
        let mut file = zip.by_index(index).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("readable");
        (file.name().to_owned(), bytes)
    };
    (0..zip::ZipArchive::new(Cursor::new(epub)).expect("a zip").len()).map(read).collect()
}

fn text(files: &std::collections::BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files[&format!("OEBPS/{name}")].clone()).expect("UTF-8")
}

#[test]
fn every_page_of_the_book_is_well_formed_and_every_reference_leads_to_a_file() {
    let assets = Assets::new().expect("a store");
    let book = book(&assets);
    let (epub, result) = written(&book, &assets, &options(&book));
    assert_eq!((result.chapters, result.problems), (3, Vec::new()));
    let files = files(&epub);
    for name in files.keys().filter(|name| name.ends_with("html") || name.ends_with("opf") || name.ends_with("ncx")) {
        let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(&files[name]).expect("UTF-8"));
        let mut depth = 0_i32;
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{name}: {error}")) {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::End(_) => depth -= 1,
                event @ (quick_xml::events::Event::Start(_) | quick_xml::events::Event::Empty(_)) => {
                    let (quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)) = &event else {
                        continue;
                    };
                    for reference in ["src", "href"].into_iter().filter_map(|key| complete::attribute(tag, key)) {
                        let file = reference.split('#').next().unwrap_or_default();
                        let inside = !file.is_empty() && !reference.contains(':');
                        assert!(!inside || files.contains_key(&format!("OEBPS/{file}")), "{name}: {reference}");
                    }
                    depth += i32::from(matches!(event, quick_xml::events::Event::Start(_)));
                }
                _ => {}
            }
        }
        assert_eq!(depth, 0, "{name}");
    }
}

#[test]
fn the_package_names_language_cover_author_and_title() {
    let assets = Assets::new().expect("a store");
    let book = book(&assets);
    let files = files(&written(&book, &assets, &options(&book)).0);
    let package = text(&files, "content.opf");
    for part in [
        "xml:lang=\"zh-CN\"",
        "<dc:language>zh-CN</dc:language>",
        "晨读 &amp; &lt;夜读&gt;",
        ">林小溪</dc:creator>",
        ">友人 &amp; 友</dc:creator>",
        "<meta name=\"cover\" content=\"cover-image\"/>",
        "properties=\"cover-image\"",
        "<meta property=\"dcterms:modified\">2024-05-06T07:08:00Z</meta>",
        "schema:accessibilityHazard",
        "<itemref idref=\"nav\"/>",
        "<dc:publisher>河边 &amp; 社</dc:publisher>",
        "<meta property=\"belongs-to-collection\" id=\"series\">河边 &amp; 丛刊</meta>",
        "<meta property=\"group-position\" refines=\"#series\">12</meta>",
        "<meta name=\"calibre:series_index\" content=\"12\"/>",
    ] {
        assert!(package.contains(part), "{part} in {package}");
    }
    let ncx = text(&files, "toc.ncx");
    assert!(ncx.contains(&format!("content=\"{}\"", book.metadata.identifier.urn())), "{ncx}");
    assert!(ncx.contains("<text>晨读 &amp; &lt;夜读&gt;"));
    assert!(text(&files, "article-0002.xhtml").contains("🦜 &amp; &lt;b&gt;"));
}

#[test]
fn a_link_to_an_article_of_the_book_leads_to_its_chapter() {
    let assets = Assets::new().expect("a store");
    let mut book = book(&assets);
    book.articles[2].origin = Origin::File { path: "/x/notes/三.md".into(), key: "notes/三.md".to_owned() };
    let context = chapter::Context {
        book: &book,
        pictures: &images::Pictures::new(),
        addresses: crate::addresses::addresses(&book),
        elsewhere: &Elsewhere::default(),
        page_starts: std::collections::BTreeMap::new(),
    };
    let link = |index: usize, target: &str| context.link(&book.articles[index], target);
    let from = |index: usize, target: &str| link(index, target).reference.map(|target| &*target.leak());
    assert_eq!(from(0, "https://example.com/two#part"), Some("article-0002.xhtml"));
    assert_eq!(from(0, "http://example.com/two/"), Some("article-0002.xhtml"));
    assert_eq!(from(2, "../notes/%E4%B8%89.md"), Some("article-0003.xhtml"));
    assert_eq!(from(0, "two"), Some("article-0002.xhtml"));
    assert_eq!(from(0, "https://example.com/four#part"), Some("https://example.com/four#part"));
    assert_eq!(from(0, "#part"), Some("#part"));
    assert_eq!(from(0, "five"), Some("https://example.com/five"));
    assert_eq!(from(2, "other.md"), None);
}

#[test]
fn the_same_book_has_the_same_bytes_with_any_number_of_jobs() {
    let assets = Assets::new().expect("a store");
    let book = book(&assets);
    let with = |jobs| written(&book, &assets, &Options { jobs, ..options(&book) }).0;
    assert!(with(1) == with(8));
}

#[test]
fn a_picture_is_in_the_book_once() {
    let assets = Assets::new().expect("a store");
    let book = book(&assets);
    let files = files(&written(&book, &assets, &options(&book)).0);
    let pictures: Vec<&String> = files.keys().filter(|name| name.starts_with("OEBPS/images/")).collect();
    assert_eq!(pictures.len(), 4, "{pictures:?}");
}

#[test]
fn a_damaged_picture_is_reported_with_its_article_and_the_book_is_written() {
    let assets = Assets::new().expect("a store");
    let mut book = book(&assets);
    let broken = assets.put(b"\xFF\xD8\xFF\xE0 no picture").expect("kept");
    let mut n = Nodes(1000);
    let figure = n.figure(broken);
    book.articles[2].document.blocks.push(figure);
    let (_, result) = written(&book, &assets, &options(&book));
    assert_eq!(result.problems.len(), 1);
    assert_eq!(result.problems[0].code, crate::problem::Code::ImageDecode);
    assert_eq!(result.problems[0].article.as_deref(), Some("Plain"));
}

#[test]
fn kindle_gets_no_svg_and_no_cover_page() {
    let assets = Assets::new().expect("a store");
    let book = book(&assets);
    let files = files(&written(&book, &assets, &Options { profile: Profile::Kindle, ..options(&book) }).0);
    assert!(!files.keys().any(|name| name.ends_with(".svg") || name.ends_with("cover.xhtml")));
}

#[test]
fn a_book_that_is_too_large_is_split_into_volumes_that_fit_and_hold_everything_once() {
    let assets = Assets::new().expect("a store");
    let mut book = book(&assets);
    book.articles.extend(book.articles.clone());
    let (_, whole) = written(&book, &assets, &options(&book));
    let max = whole.weights.whole - 1;
    let ranges = split(&book, &whole.weights, max);
    assert!(
        ranges.len() == 2 && ranges[0].start == 0 && ranges[0].end == ranges[1].start && ranges[1].end == 6,
        "{ranges:?}"
    );
    let mut identifiers = std::collections::BTreeSet::new();
    for (number, range) in (1..).zip(ranges) {
        let volume = volume(&book, range.clone(), number, 2);
        let (epub, result) = written(&volume, &assets, &options(&volume));
        assert!(epub.len() as u64 <= max && result.chapters == range.len());
        identifiers.insert(volume.metadata.identifier);
        assert!(
            text(&files(&epub), "content.opf").contains(&format!("group-position\" refines=\"#series\">12.{number}<"))
        );
    }
    assert_eq!(identifiers.len(), 2);
    // Nothing is small enough: each article is a volume.
    assert_eq!(split(&book, &whole.weights, 1).len(), 6);
}

/// The facts of a book without anything out of the ordinary.
fn plain_facts(book: &Anthology) -> complete::Facts<'_> {
    complete::Facts {
        metadata: &book.metadata,
        words: words::of(&book.metadata.language),
        mathml: std::collections::BTreeSet::new(),
        visual: false,
        moving: false,
        parts: false,
        described: true,
        certified_by: Some("编者"),
        vertical: false,
        contents_after: None,
        cover_page: None,
        title_page: "title.xhtml",
        first_text: None,
        pages: Vec::new(),
        page_source: None,
        depth: 1,
    }
}

#[test]
fn printed_pages_are_listed_and_their_source_is_named() {
    let assets = Assets::new().expect("a store");
    let book = book(&assets);
    let facts = complete::Facts {
        mathml: ["a.xhtml".to_owned()].into(),
        pages: vec![("iv".to_owned(), "a.xhtml#p1".to_owned())],
        page_source: Some("一 & 二"),
        ..plain_facts(&book)
    };
    let utf8 = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let nav =
        utf8(facts.navigation("<html><body><nav epub:type=\"landmarks\"></nav></body></html>").expect("completed"));
    assert!(nav.contains("epub:type=\"page-list\"") && nav.contains("<a href=\"a.xhtml#p1\">iv</a>"), "{nav}");
    let draft = "<package><metadata></metadata><manifest><item href=\"a.xhtml\"/></manifest></package>";
    let package = utf8(facts.package(draft).expect("completed"));
    assert!(package.contains("<meta property=\"pageBreakSource\">一 &amp; 二</meta>"), "{package}");
    assert!(package.contains("<item href=\"a.xhtml\" properties=\"mathml\"/>"), "{package}");
    assert!(package.contains("<meta property=\"a11y:certifiedBy\" refines=\"#conforms\">编者</meta>"), "{package}");
}

#[test]
fn a_draft_that_is_not_xml_is_an_error() {
    let assets = Assets::new().expect("a store");
    let book = book(&assets);
    let facts = plain_facts(&book);
    assert!(matches!(facts.ncx("<ncx></head>"), Err(EpubError::Draft { file: "toc.ncx", .. })));
}

#[test]
fn a_book_without_articles_is_still_a_book() {
    let assets = Assets::new().expect("a store");
    let mut book = book(&assets);
    book.articles.clear();
    let (epub, result) = written(&book, &assets, &options(&book));
    assert_eq!(result.chapters, 0);
    assert!(text(&files(&epub), "nav.xhtml").contains("title.xhtml"));
}
