//! Tests of the whole room: a book is written, and read by programs that we did not write.

use super::samples::{book, page, set};
use super::*;
use crate::book::NodeRef;
use crate::document::NodeId;
use crate::fonts::FaceId;
use crate::images::samples as pictures;
use crate::pdf::pages::*;
use crate::progress::Silent;
use crate::units::Pt;

struct Desk {
    library: Library,
    assets: Assets,
}

impl Desk {
    fn new() -> Self {
        Self {
            library: Library::embedded().expect("embedded faces"),
            assets: Assets::new().expect("a temporary folder"),
        }
    }

    fn face(&self, name: &str) -> FaceId {
        self.library.named(name).expect("an embedded face")
    }

    fn song(&self, at: (f32, f32), text: &str) -> GlyphRun {
        set(&self.library, self.face("NotoSerifSC-Regular"), Pt(10.5), at, text, Pt::ZERO)
    }

    fn write(&self, pages: Pages, jobs: usize) -> (Vec<u8>, Written) {
        let mut out = Vec::new();
        let options = Options { jobs, compress: true };
        let written = write(pages, &book(), &self.assets, &self.library, &options, &mut out, &Silent);
        (out, written.expect("written"))
    }

    fn picture(&self, bytes: &[u8], y: f32, slice: (f32, f32), alt: &str) -> Item {
        Item::Picture(Picture {
            asset: self.assets.put(bytes).expect("kept"),
            rect: Rect { x: Pt(60.0), y: Pt(y), width: Pt(90.0), height: Pt(60.0) },
            slice,
            alt: alt.to_owned(),
            node: None,
        })
    }
}

fn pages(pages: Vec<Page>) -> Pages {
    Pages { pages, ..Pages::default() }
}

fn at(page: u32, x: f32, y: f32) -> Destination {
    Destination { page, at: Point { x: Pt(x), y: Pt(y) } }
}

/// Runs a program on the file; `None` where it is not installed.
fn run(program: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("book.pdf");
    std::fs::write(&path, pdf).expect("written");
    let mut command = std::process::Command::new(program);
    for argument in arguments {
        if *argument == "FILE" {
            command.arg(&path)
        } else {
            command.arg(argument)
        };
    }
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program}: {text}{}", String::from_utf8_lossy(&output.stderr));
    Some(text)
}

/// A book with all that a page can hold.
fn full(desk: &Desk) -> Pages {
    let latin = desk.face("SourceSerif4-Regular");
    let mut first = page(vec![
        desk.song((60.0, 80.0), "山中无历日，寒尽不知年。"),
        set(&desk.library, latin, Pt(10.5), (60.0, 100.0), "Waffles (and \\ffi) cost 3 €", Pt(0.37)),
    ]);
    first.label = PageLabel::Roman(1);
    first.items.push(Item::Fill(Rect { x: Pt(60.0), y: Pt(110.0), width: Pt(100.0), height: Pt(0.5) }, Color::BLACK));
    let frame = Rect { x: Pt(60.0), y: Pt(120.0), width: Pt(40.0), height: Pt(20.0) };
    first.items.push(Item::Stroke(frame, Pt(1.0), Color(0x7A, 0x1F, 0x1F)));
    let corner = |x: f32, y: f32| Point { x: Pt(x), y: Pt(y) };
    let arc = Segment::Curve(corner(150.0, 120.0), corner(160.0, 130.0), corner(150.0, 140.0));
    let leaf = vec![Segment::Move(corner(120.0, 120.0)), arc, Segment::Line(corner(120.0, 140.0)), Segment::Close];
    first.items.push(Item::Path(leaf, Color(0x1F, 0x4E, 0x8C)));
    first.items.push(desk.picture(&pictures::jpeg(60, 40), 160.0, (0.0, 1.0), "照片"));
    first.items.push(desk.picture(&pictures::png(60, 40), 230.0, (0.0, 1.0), "图"));
    first.items.push(desk.picture(&pictures::svg(), 300.0, (0.0, 1.0), "画"));
    first.items.push(desk.picture(&pictures::svg(), 370.0, (0.5, 1.0), "画的下半"));
    let mut second = page(vec![desk.song((60.0, 80.0), "第二页的字。")]);
    second.label = PageLabel::Arabic(1);
    let node = NodeRef { article: 0, node: NodeId(7) };
    let link = |y: f32, target| LinkArea {
        rect: Rect { x: Pt(60.0), y: Pt(y), width: Pt(80.0), height: Pt(12.0) },
        target,
        contents: "去处".to_owned(),
        node,
    };
    first.links.push(link(72.0, LinkTarget::Node(node)));
    second.links.push(link(72.0, LinkTarget::Url("https://example.org/山".to_owned())));
    let entry = |level, title: &str, destination| OutlineEntry { level, title: title.to_owned(), destination };
    Pages {
        pages: vec![first, second],
        outline: vec![
            entry(1, "第一篇", at(0, 60.0, 70.0)),
            entry(3, "小节", at(0, 60.0, 90.0)),
            entry(1, "Second", at(1, 60.0, 70.0)),
        ],
        destinations: vec![(node, at(1, 60.0, 70.0))],
        ..Pages::default()
    }
}

#[test]
fn independent_readers_find_no_fault_in_a_book_with_everything() {
    let desk = Desk::new();
    let (pdf, written) = desk.write(full(&desk), 2);
    assert_eq!((written.pages, written.problems.len()), (2, 0));
    if let Some(report) = run("qpdf", &["--check", "FILE"], &pdf) {
        assert!(report.contains("No syntax or stream encoding errors"), "{report}");
    }
    if let Some(text) = run("pdftotext", &["-raw", "FILE", "-"], &pdf) {
        assert!(text.contains("山中无历日，寒尽不知年。"), "{text}");
        assert!(text.contains("Waffles (and \\ffi) cost 3 €"), "{text}");
        assert!(text.contains("第二页的字。"), "{text}");
    }
    if let Some(outline) = run("mutool", &["show", "FILE", "outline"], &pdf) {
        assert!(outline.contains("第一篇") && outline.contains("小节") && outline.contains("Second"), "{outline}");
    }
}

#[test]
fn the_same_pages_give_the_same_bytes_with_any_number_of_jobs() {
    let desk = Desk::new();
    let (first, _) = desk.write(full(&desk), 1);
    let (second, _) = desk.write(full(&desk), 4);
    assert_eq!(first, second);
}

#[test]
fn a_glyph_of_two_characters_gives_back_the_one_that_was_meant() {
    let desk = Desk::new();
    let face = desk.face("NotoSerifSC-Regular");
    let glyph = |c| desk.library.face(face).glyph(c);
    assert_eq!(glyph('一'), glyph('⼀'), "the face has one glyph for both");
    let (pdf, _) = desk.write(pages(vec![page(vec![desk.song((60.0, 80.0), "一二一⼀一")])]), 1);
    if let Some(text) = run("pdftotext", &["-raw", "FILE", "-"], &pdf) {
        assert_eq!(text.trim(), "一二一⼀一");
    }
}

#[test]
fn a_picture_that_cannot_be_opened_is_a_problem_and_a_frame_with_its_text() {
    let desk = Desk::new();
    let mut broken = page(Vec::new());
    broken.items.push(desk.picture(b"no picture at all", 100.0, (0.0, 1.0), "雪后的山"));
    let (pdf, written) = desk.write(pages(vec![broken]), 1);
    assert_eq!(written.problems.len(), 1);
    assert_eq!(written.problems[0].code, crate::problem::Code::ImageNotAnImage);
    if let Some(text) = run("pdftotext", &["-raw", "FILE", "-"], &pdf) {
        assert_eq!(text.trim(), "雪后的山");
    }
}

#[test]
fn a_book_without_pages_is_refused() {
    let desk = Desk::new();
    let options = Options { jobs: 1, compress: true };
    let result = write(Pages::default(), &book(), &desk.assets, &desk.library, &options, &mut Vec::new(), &Silent);
    assert!(matches!(result, Err(WriteError::NoPages)));
}
