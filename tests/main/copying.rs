//! Text copied out of the PDF, by two readers, is the text that was put in.
//!
//! The EPUB of the same build says what each printed page holds: its page breaks stand where the pages begin. What is
//! compared is the text between those breaks, in pieces that end with blocks, calls of notes, formulas and readings, without
//! white space and hyphens. Running heads and page numbers are then of no account, and neither is the order of notes.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};

use crate::golden::below;
use crate::support::{Epub, Sandbox, resolve, squeezed, tool, utf8};

/// Elements whose text the PDF shows otherwise, or not as text.
const OTHER: [&str; 5] = ["math", "rt", "rp", "head", "header"];
/// Elements inside of which a text goes on.
const INLINE: [&str; 16] =
    ["a", "em", "strong", "code", "span", "sub", "sup", "u", "s", "del", "mark", "i", "b", "bdi", "small", "time"];

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.try_get_attribute(name).expect("well-formed")?;
    Some(found.normalized_value(quick_xml::XmlVersion::default()).expect("text").into_owned())
}

/// The pieces of text of a chapter, with the number of the printed page where each stands; `None` in notes.
fn pieces(page: &str) -> Vec<(Option<u32>, String)> {
    let mut reader = quick_xml::Reader::from_str(page);
    let (mut out, mut text) = (Vec::new(), String::new());
    let (mut number, mut skipped, mut note) = (None, 0_u32, false);
    let (mut in_code, mut was_code, mut after_call) = (false, false, false);
    loop {
        let event = reader.read_event().expect("well-formed");
        let name = match &event {
            Event::Start(tag) | Event::Empty(tag) => tag.local_name().as_ref().to_owned(),
            Event::End(tag) => tag.local_name().as_ref().to_owned(),
            _ => String::new(),
        };
        let is_break = matches!(&event, Event::Start(tag) | Event::Empty(tag) if attribute(tag, "epub:type").as_deref() == Some("pagebreak"));
        let role = match &event {
            Event::Start(tag) => attribute(tag, "role").unwrap_or_default(),
            _ => String::new(),
        };
        let is_call = role == "doc-noteref";
        let is_missing = matches!(&event, Event::Start(tag) if attribute(tag, "class").as_deref() == Some("missing"));
        let is_other = is_call || is_missing || role == "doc-backlink" || OTHER.contains(&name.as_str());
        in_code |= name == "pre" && matches!(event, Event::Start(_));
        in_code &= !(name == "pre" && matches!(event, Event::End(_)));
        let ends = !name.is_empty() && (!INLINE.contains(&name.as_str()) || is_break || is_other);
        let is_code = std::mem::replace(&mut was_code, in_code);
        if (ends || event == Event::Eof) && !text.is_empty() {
            // Marks that follow a call stand before it in print.
            let own = std::mem::take(&mut text);
            let own = if after_call {
                own.trim_start_matches(|c: char| "，。、；：？！,.;:?!”’".contains(c))
            } else {
                &own
            };
            // The number of a note that nothing calls is not printed.
            let own = if note { own.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()) } else { own };
            // A block of code may go over the page; its lines may not.
            let lines: Vec<&str> = if is_code { own.lines().collect() } else { vec![own] };
            // A figure may have moved.
            let page = number.filter(|_| !note && !is_code && name != "figcaption");
            out.extend(lines.into_iter().map(squeezed).filter(|line| !line.is_empty()).map(|line| (page, line)));
            after_call = false;
        }
        match &event {
            Event::Eof => return out,
            Event::Start(tag) | Event::Empty(tag) if is_break => {
                number = attribute(tag, "aria-label").and_then(|label| label.parse().ok());
            }
            Event::Start(_) if skipped > 0 => skipped += 1,
            Event::Start(_) if is_other => (skipped, after_call) = (1, is_call),
            Event::Start(tag) if name == "aside" => note = attribute(tag, "epub:type").as_deref() == Some("footnote"),
            Event::End(_) if skipped > 0 => skipped -= 1,
            Event::End(_) if name == "aside" => note = false,
            Event::Text(piece) if skipped == 0 => text += piece,
            Event::GeneralRef(reference) if skipped == 0 => text += &resolve(reference),
            _ => {}
        }
    }
}

/// The pages with arabic numbers, as a reader gives their text.
fn pages(said: &str, front: usize) -> BTreeMap<u32, String> {
    let pages = said.split('\u{C}').skip(front).map(squeezed);
    (1..).zip(pages).collect()
}

/// Builds a book and compares it as two readers read it.
fn assert_copied(sandbox: &Sandbox, arguments: &[&str], status: i32) {
    let mut command = sandbox.command();
    command.args(["build"]).args(arguments).args(["-o", "b.pdf", "-o", "b.epub"]);
    crate::support::finish(&mut command, b"").exits(status);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let document = lopdf::Document::load(sandbox.path("b.pdf")).expect("a PDF");
    let labels = document.catalog().and_then(|catalog| catalog.get(b"PageLabels")?.as_dict()).expect("labels");
    let ranges = labels.get(b"Nums").and_then(lopdf::Object::as_array).expect("ranges");
    let arabic = ranges.chunks(2).find(|range| {
        range[1].as_dict().is_ok_and(|style| {
            style.has(b"S") && style.get(b"S").and_then(lopdf::Object::as_name).is_ok_and(|name| name == b"D")
        })
    });
    let front = usize::try_from(arabic.expect("arabic numbers")[0].as_i64().expect("an index")).expect("small");

    let pdf = sandbox.path("b.pdf");
    let (good, poppler) = tool("pdftotext", &["-raw", "-enc", "UTF-8", utf8(&pdf), "-"]);
    assert!(good, "{poppler}");
    const MUPDF: &str = "import pymupdf, sys\nfor page in pymupdf.open(sys.argv[1]): print(page.get_text(), end='\\f')";
    let (good, mupdf) = tool("python3", &["-c", MUPDF, utf8(&pdf)]);
    assert!(good, "{mupdf}");
    for (reader, said) in [("poppler", poppler), ("MuPDF", mupdf)] {
        let pages = pages(&said, front);
        let whole: String = pages.values().cloned().collect();
        let (mut compared, mut lost) = (0, Vec::new());
        for name in epub.named(".xhtml").into_iter().filter(|name| name.contains("article-")) {
            for (page, piece) in pieces(&epub.text(name)) {
                let place = page.map_or(&whole, |page| &pages[&page]);
                compared += piece.chars().count();
                // poppler guesses where text from right to left begins.
                let guessed = reader == "poppler" && piece.chars().any(|c| ('\u{590}'..='\u{6FF}').contains(&c));
                if !place.contains(&piece) && !guessed {
                    lost.push(format!("{page:?}: {piece}"));
                }
            }
        }
        assert!(lost.is_empty(), "{reader} does not give back\n{}", lost.join("\n"));
        assert!(compared > 500, "{compared} characters compared");
    }
}

#[test]
fn all_text_of_the_example_is_copied_as_it_was_put_in_from_the_page_that_the_epub_names() {
    let sandbox = Sandbox::new();
    let example = below("../examples/anthology");
    assert_copied(&sandbox, &[utf8(&example)], 0);
}

#[test]
fn so_is_text_of_every_construct() {
    let sandbox = Sandbox::new();
    let fixture = below("fixtures/every");
    assert_copied(&sandbox, &[utf8(&fixture), "--title", "万物", "--offline"], 3);
}
