//! Sections of wenji.toml become parts of both books.

use quick_xml::events::Event;

use crate::support::{Epub, Sandbox, epubcheck, finish, pdf_text, qpdf, squeezed, tool};

/// A title that needs escaping everywhere.
const MARKED: &str = "A & B <c> \"d\" 'e'";
/// A title of several lines on any page.
const LONG: &str = "山川异域：从长江源头的牧场到东海之滨的渔村，一路上听来的四十三个故事，与它们的另一种讲法";

/// Two sections between articles that stand in none; the first section has two sources.
const CONFIG: &str = r#"[book]
title = "山水集"
lang = "zh-CN"

[[source]]
path = "preface.md"

[[source]]
path = "hills/*.md"
section = "山"

[[source]]
path = "rivers/*.md"
section = "水"

[[source]]
path = "more-hills.md"
section = " 山 "

[[source]]
path = "afterword.md"
"#;

/// An article with a day of May 2024 and a heading.
fn article(title: &str, day: u8) -> String {
    format!(
        "# {title}\n\n文章作者: 林间\n发布时间: 2024-05-{day:02}\n\n## {title}的一节\n\n天亮以后，路上慢慢有了人声。\n"
    )
}

fn sandbox(config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("wenji.toml", config);
    let articles = [
        ("preface", "自序", 9),
        ("hills/1", "早春", 3),
        ("hills/2", "白露", 1),
        ("rivers/1", "渡口", 8),
        ("rivers/2", "长堤", 2),
        ("more-hills", "采石", 4),
        ("afterword", "后记", 5),
    ];
    for (name, title, day) in articles {
        sandbox.write(&format!("{name}.md"), article(title, day));
    }
    sandbox
}

/// The entries of a book's contents with how deep they stand, from 1.
type Tree = Vec<(usize, String)>;

/// Reads nested contents: `level` opens a level, and the text of `label` is the title of an entry.
fn tree(page: &str, within: &str, level: &str, label: &str) -> Tree {
    let mut reader = quick_xml::Reader::from_str(page);
    let (mut found, mut depth, mut inside, mut title) = (Tree::new(), 0, false, None::<String>);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) if tag.name().as_ref() == within => inside = true,
            Event::End(tag) if tag.name().as_ref() == within && inside => return found,
            Event::Start(tag) if inside && tag.name().as_ref() == level => depth += 1,
            Event::End(tag) if inside && tag.name().as_ref() == level => depth -= 1,
            Event::Start(tag) if inside && tag.name().as_ref() == label => title = Some(String::new()),
            Event::End(tag) if inside && tag.name().as_ref() == label => {
                found.extend(title.take().map(|title| (depth, title)));
            }
            Event::Text(text) => title.iter_mut().for_each(|title| title.push_str(&text)),
            Event::GeneralRef(name) => title.iter_mut().for_each(|title| title.push_str(&format!("&{};", &*name))),
            Event::Eof => panic!("no {within} in {page}"),
            _ => {}
        }
    }
}

fn nav(epub: &Epub) -> Tree {
    tree(&epub.text("OEBPS/nav.xhtml"), "nav", "ol", "a")
}

fn ncx(epub: &Epub) -> Tree {
    tree(&epub.text("OEBPS/toc.ncx"), "navMap", "navPoint", "text")
}

/// The outline of a PDF as MuPDF reads it.
fn outline(path: &std::path::Path) -> Tree {
    let (good, said) = tool("mutool", &["show", path.to_str().expect("UTF-8"), "outline"]);
    assert!(good, "{said}");
    let entry = |line: &str| {
        let (before, rest) = line.split_once('"')?;
        let (title, _) = rest.rsplit_once('"')?;
        Some((before.matches('\t').count(), title.to_owned()))
    };
    said.lines().filter_map(entry).collect()
}

/// The pages to which the links of a page lead, in their order. Pages count from 1.
fn links(path: &std::path::Path, page: u32) -> Vec<u32> {
    let file = lopdf::Document::load(path).expect("a PDF");
    let pages = file.get_pages();
    let number = |id| *pages.iter().find(|(_, page)| **page == id).expect("a page").0;
    let links = file.get_page_annotations(pages[&page]).expect("annotations");
    let target = |link: &&lopdf::Dictionary| {
        let place = link.get(b"Dest").and_then(lopdf::Object::as_array).expect("a destination");
        number(place[0].as_reference().expect("a page"))
    };
    links.iter().map(target).collect()
}

/// The text of each page of a PDF, without spaces.
fn pages(path: &std::path::Path) -> Vec<String> {
    pdf_text(path).split('\u{c}').map(squeezed).collect()
}

/// The titles of a tree, each with as many dots before it as it is deep, less one.
fn titles(tree: &Tree) -> String {
    tree.iter().map(|(depth, title)| ".".repeat(depth - 1) + title).collect::<Vec<_>>().join(" ")
}

/// The parts and articles of the EPUB that these arguments build, in their order.
fn order(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command = sandbox.command();
    command.args(["build", "-o", "b.epub"]).args(arguments);
    finish(&mut command, b"").exits(0);
    let mut tree = nav(&Epub::open(&sandbox.path("b.epub")));
    tree.retain(|(_, title)| !title.ends_with("的一节"));
    titles(&tree)
}

#[test]
fn sections_nest_the_contents_of_both_books() {
    let sandbox = sandbox(CONFIG);
    sandbox.run(["build", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    let expected = "自序 .自序的一节 山 .早春 ..早春的一节 .白露 ..白露的一节 .采石 ..采石的一节 \
                    水 .渡口 ..渡口的一节 .长堤 ..长堤的一节 后记 .后记的一节";
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert_eq!(titles(&nav(&epub)), expected);
    assert_eq!(titles(&ncx(&epub)), expected);
    assert!(epub.text("OEBPS/toc.ncx").contains(r#"name="dtb:depth" content="3""#));
    assert_eq!(titles(&outline(&sandbox.path("b.pdf"))), format!("封面 目录 {expected} 版权页"));
    qpdf(&sandbox.path("b.pdf"));
    epubcheck(&sandbox.path("b.epub"));
}

#[test]
fn a_part_has_a_document_of_its_own_before_its_articles() {
    let sandbox = sandbox(CONFIG);
    sandbox.run(["build", "-o", "b.epub"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let page = epub.text("OEBPS/part-0001.xhtml");
    assert!(
        page.contains("epub:type=\"part\" role=\"doc-part\"") && page.contains("<h1 id=\"part-title\">山</h1>"),
        "{page}"
    );
    let package = epub.package();
    let spine: Vec<&str> = package.split("idref=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let articles = |from: u32, to: u32| (from..=to).map(|number| format!("id_article-{number:04}.xhtml"));
    let part = |number: u32| [format!("id_part-{number:04}.xhtml")];
    let front = ["id_cover.xhtml", "id_title.xhtml", "nav"].map(str::to_owned);
    let expected: Vec<String> = front
        .into_iter()
        .chain(articles(1, 1))
        .chain(part(1))
        .chain(articles(2, 4))
        .chain(part(2))
        .chain(articles(5, 7))
        .collect();
    assert_eq!(spine, expected);
}

#[test]
fn the_contents_of_the_pdf_lead_to_the_pages_of_parts_and_articles() {
    let sandbox = sandbox(CONFIG);
    sandbox.run(["build", "-o", "b.pdf"]).exits(0);
    let pages = pages(&sandbox.path("b.pdf"));
    let dots = |text: &str| text.replace(['.', '·'], "");
    let contents = dots(&pages[2]);
    let expected = "目录自序1自序的一节1山2早春3早春的一节3白露4白露的一节4采石5采石的一节5\
                    水6渡口7渡口的一节7长堤8长堤的一节8后记9后记的一节9ii";
    assert_eq!(contents, expected);
    // Page 1 comes after cover, title page and contents. A part's page shows its title alone.
    assert_eq!((pages[4].as_str(), pages[8].as_str()), ("山", "水"));
    assert!(pages[5].starts_with("早春") && pages[9].starts_with("渡口"), "{pages:?}");
    // The links lead there too, counted from the first page of the file; lines of one entry lead to one page.
    let leads = links(&sandbox.path("b.pdf"), 3);
    assert_eq!(leads, [4, 4, 5, 6, 6, 7, 7, 8, 8, 9, 10, 10, 11, 11, 12, 12]);
}

#[test]
fn the_page_list_names_every_page_on_which_a_part_or_an_article_begins() {
    let sandbox = sandbox(CONFIG);
    sandbox.run(["build", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let nav = epub.text("OEBPS/nav.xhtml");
    let list = nav.split("epub:type=\"page-list\"").nth(1).expect("a page list");
    let entries: Vec<&str> = list.split("href=\"").skip(1).filter_map(|rest| rest.split("</a>").next()).collect();
    let files = ["article-0001", "part-0001", "article-0002", "article-0003", "article-0004", "part-0002"];
    let files = files.into_iter().chain(["article-0005", "article-0006", "article-0007"]);
    let expected: Vec<String> = (1..).zip(files).map(|(n, file)| format!("{file}.xhtml#page-{n}\">{n}")).collect();
    assert_eq!(entries, expected);
}

#[test]
fn articles_are_sorted_inside_their_part_and_parts_keep_their_places() {
    let sandbox = sandbox(CONFIG);
    assert_eq!(order(&sandbox, &[]), "自序 山 .早春 .白露 .采石 水 .渡口 .长堤 后记");
    assert_eq!(order(&sandbox, &["--sort", "date"]), "自序 山 .白露 .早春 .采石 水 .长堤 .渡口 后记");
    assert_eq!(order(&sandbox, &["--sort", "date", "--reverse"]), "自序 山 .采石 .早春 .白露 水 .渡口 .长堤 后记");
    assert_eq!(order(&sandbox, &["--reverse"]), "自序 山 .采石 .白露 .早春 水 .长堤 .渡口 后记");
    // A part without an article left has no page.
    assert_eq!(order(&sandbox, &["--since", "2024-05-08"]), "自序 水 .渡口");
}

#[test]
fn a_file_stands_in_the_first_section_that_takes_it() {
    let config =
        "[[source]]\npath = \"rivers\"\nsection = \"水\"\n[[source]]\npath = \"**/*.md\"\nsection = \"其余\"\n";
    let sandbox = sandbox(config);
    let expected = "水 .渡口 .长堤 其余 .后记 .早春 .白露 .采石 .自序";
    assert_eq!(order(&sandbox, &[]), expected);
}

#[test]
fn front_matter_names_a_section_and_wenji_toml_knows_better() {
    let front = |section: &str, title: &str| format!("---\ntitle: {title}\nsection: {section}\n---\n\n夜里下过雨。\n");
    let sandbox = Sandbox::new();
    sandbox.write("in/1.md", "# 无题\n\n夜里下过雨。\n");
    sandbox.write("in/2.md", front("夜", "灯"));
    sandbox.write("in/3.md", "+++\ntitle = '井'\nsection = '昼'\n+++\n\n夜里下过雨。\n");
    sandbox.write("in/4.md", front("夜", "窗"));
    assert_eq!(order(&sandbox, &["in"]), "无题 夜 .灯 .窗 昼 .井");
    sandbox.write("wenji.toml", "[[source]]\npath = \"in/2.md\"\nsection = \"晨\"\n[[source]]\npath = \"in\"\n");
    assert_eq!(order(&sandbox, &[]), "晨 .灯 无题 昼 .井 夜 .窗");
}

#[test]
fn in_a_printed_book_a_part_begins_on_a_right_page_with_an_empty_back() {
    let sandbox =
        sandbox(&format!("{CONFIG}[pdf]\nprofile = \"print\"\ntwo_sided = true\nrecto = true\npaper = \"B5\"\n"));
    sandbox.run(["build", "-o", "b.pdf"]).exits(0);
    qpdf(&sandbox.path("b.pdf"));
    let pages = pages(&sandbox.path("b.pdf"));
    for (part, first) in [("山", "早春"), ("水", "渡口")] {
        let at = pages.iter().position(|page| page == part).expect("the part's page");
        // The first page of the file is a right one.
        assert_eq!((at % 2, pages[at + 1].as_str()), (0, ""), "{part}");
        assert!(pages[at + 2].starts_with(first), "{part}: {}", pages[at + 2]);
    }
}

#[test]
fn titles_of_sections_may_be_long_and_hold_any_character() {
    let quoted = |title: &str| title.replace('"', "\\\"");
    let config = format!(
        "[[source]]\npath = \"hills\"\nsection = \"{LONG}\"\n[[source]]\npath = \"rivers\"\nsection = \"{}\"\n",
        quoted(MARKED)
    );
    let sandbox = sandbox(&config);
    sandbox.run(["build", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    epubcheck(&sandbox.path("b.epub"));
    let escaped = MARKED.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts = |tree: Tree| -> Vec<String> {
        let first = tree.into_iter().filter(|(depth, _)| *depth == 1).map(|(_, title)| title);
        first.map(|title| title.replace("&quot;", "\"").replace("&apos;", "'")).collect()
    };
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert_eq!(parts(nav(&epub)), [LONG, &escaped]);
    assert_eq!(parts(ncx(&epub)), [LONG, &escaped]);
    assert!(epub.visible().contains(MARKED), "the part's page shows its title");
    let pages = pages(&sandbox.path("b.pdf"));
    for title in [LONG, MARKED] {
        assert!(pages.iter().any(|page| *page == squeezed(title)), "{title} is the only text of no page: {pages:?}");
    }
    for paper in ["A5", "6in"] {
        sandbox.run(["build", "-o", "c.pdf", "--paper", paper]).exits(0);
        let (good, boxes) = tool("pdftotext", &["-bbox", sandbox.path("c.pdf").to_str().expect("UTF-8"), "-"]);
        assert!(good, "{boxes}");
        let width = if paper == "A5" { 419.6 } else { 257.4 };
        for word in boxes.lines().filter(|line| line.contains("<word")) {
            let edge = |name: &str| word.split(name).nth(1)?.split('"').next()?.parse::<f64>().ok();
            let (left, right) = (edge("xMin=\"").expect("a number"), edge("xMax=\"").expect("a number"));
            assert!(left >= 5.0 && right <= width - 5.0, "{paper}: {word}");
        }
    }
}

#[test]
fn a_kindle_gets_contents_of_two_levels() {
    let sandbox = sandbox(CONFIG);
    sandbox.run(["build", "-o", "b.epub", "--profile", "kindle"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let expected = "自序 .自序的一节 山 .早春 .白露 .采石 水 .渡口 .长堤 后记 .后记的一节";
    assert_eq!((titles(&nav(&epub)).as_str(), titles(&ncx(&epub)).as_str()), (expected, expected));
    assert!(epub.text("OEBPS/toc.ncx").contains(r#"name="dtb:depth" content="2""#));
}

#[test]
fn a_section_without_a_title_is_an_error_at_its_line() {
    for empty in ["\"\"", "\" \u{3000}\"", "3"] {
        let config = format!(
            "[[source]]\npath = \"hills\"\nsection = \"山\"\n[[source]]\npath = \"rivers\"\nsection = {empty}\n"
        );
        let sandbox = sandbox(&config);
        let run = sandbox.run(["build", "-o", "out/"]).exits(1).says("[[source]] section:");
        run.says("wenji.toml:6");
        assert_eq!(sandbox.list("out"), [""; 0]);
    }
}
