//! The PDF as other programs read it.

use crate::epub::rich_book;
use crate::support::{Sandbox, article, pdf_text, qpdf, squeezed, tool};

/// Sentences that break badly if a line's rules are wrong.
const TEXT: &str = "他一直在等的人——父亲——终于回来了。“走吧，”他说，“天要黑了……”山路上有 3 个人，走了 12 公里；没有一个人说话。《旅行的意义》里写过：路很长，天很低，风从四面八方来。\n\nThe afternoon was uncharacteristically quiet, and the extraordinarily long sentence went on.";

fn print(sandbox: &Sandbox) -> String {
    sandbox.write("a.md", article("归途", &[TEXT; 12].join("\n\n## 又一程\n\n")));
    sandbox.run(["build", "a.md", "-o", "b.pdf"]).exits(0);
    sandbox.path("b.pdf").to_str().expect("UTF-8").to_owned()
}

#[test]
fn qpdf_finds_nothing_wrong() {
    let sandbox = Sandbox::new();
    print(&sandbox);
    qpdf(&sandbox.path("b.pdf"));
}

#[test]
fn poppler_gives_every_sentence_back() {
    let sandbox = Sandbox::new();
    print(&sandbox);
    let text = squeezed(&pdf_text(&sandbox.path("b.pdf")));
    for sentence in [
        "他一直在等的人——父亲——终于回来了。",
        "“走吧，”他说，“天要黑了……”",
        "山路上有3个人，走了12公里；",
        "《旅行的意义》里写过：",
    ] {
        assert!(text.matches(sentence).count() >= 6, "{sentence}: {} times", text.matches(sentence).count());
    }
}

#[test]
fn all_faces_are_embedded_subsets_and_none_is_type_3() {
    let sandbox = Sandbox::new();
    let path = print(&sandbox);
    let (good, fonts) = tool("pdffonts", &[&path]);
    assert!(good, "{fonts}");
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(rows.len() >= 2, "{fonts}");
    for row in rows {
        assert!(!row.contains("Type 3") && row.contains('+'), "{fonts}");
        // The columns are emb, sub and uni, before the two numbers of the object.
        let columns: Vec<&str> = row.split_whitespace().rev().skip(2).take(3).collect();
        assert_eq!(columns, ["yes", "yes", "yes"], "{row}");
    }
}

#[test]
fn the_facts_are_in_the_file_and_the_page_is_a5() {
    let sandbox = Sandbox::new();
    let path = print(&sandbox);
    let (good, info) = tool("pdfinfo", &["-enc", "UTF-8", &path]);
    assert!(good, "{info}");
    let line = |key: &str| info.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("Title:").contains("归途"), "{info}");
    assert!(line("Author:").contains("林间"), "{info}");
    assert!(line("Page size:").contains("419.5") && line("Page size:").contains("595."), "{info}");
}

#[test]
fn the_paper_can_be_chosen() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("纸", "大小可以选。"));
    sandbox.run(["build", "a.md", "-o", "b.pdf", "--paper", "A4"]).exits(0);
    let (_, info) = tool("pdfinfo", &[sandbox.path("b.pdf").to_str().expect("UTF-8")]);
    assert!(info.contains("595.") && info.contains("841."), "{info}");
}

#[test]
fn the_outline_nests_headings_below_articles() {
    let sandbox = Sandbox::new();
    let path = print(&sandbox);
    let (good, outline) = tool("mutool", &["show", &path, "outline"]);
    assert!(good, "{outline}");
    let depth = |words: &str| {
        let line = outline.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {outline}"));
        line.chars().take_while(|c| *c != '"').filter(|c| *c == '\t').count()
    };
    assert!(depth("又一程") > depth("归途"), "{outline}");
}

#[test]
fn the_last_page_of_the_contents_has_more_than_a_forgotten_entry_or_two() {
    let sandbox = Sandbox::new();
    let mut spread = 0;
    for count in 1..=32 {
        sandbox.write(
            &format!("in/{count}.md"),
            article(&format!("第{count}条"), "水到渠成。\n\n## 上\n\n再说。\n\n## 下\n\n又说。"),
        );
        if count < 8 {
            continue;
        }
        sandbox.run(["build", "in", "-o", "a.pdf", "--title", "条目"]).exits(0);
        let text = pdf_text(&sandbox.path("a.pdf"));
        let entries = |page: &str| page.lines().filter(|line| line.matches('·').count() > 9).count();
        let pages: Vec<usize> = text.split('\u{C}').map(entries).filter(|&entries| entries > 0).collect();
        assert!(pages.iter().sum::<usize>() >= count, "{pages:?}");
        assert!(pages.len() == 1 || pages.last() >= Some(&4), "{pages:?}");
        spread += usize::from(pages.len() > 1);
    }
    assert!(spread > 8, "{spread}");
}

#[test]
fn nothing_leaves_the_page() {
    let sandbox = Sandbox::new();
    let wide = "|甲|乙|丙|丁|\n|--|--|--|--|\n|很长很长的一格文字很长很长的一格文字|averyveryverylongwordwithoutanybreakpoints|再来一格很长的文字|https://example.org/a/very/long/address/that/goes/on|\n\n```\nlet a_line_of_code_that_is_far_wider_than_the_measure = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9;\n```\n";
    sandbox.write("a.md", article("宽表", wide));
    sandbox.run(["build", "a.md", "-o", "b.pdf"]).exits(0);
    let (good, boxes) = tool("pdftotext", &["-bbox", sandbox.path("b.pdf").to_str().expect("UTF-8"), "-"]);
    assert!(good, "{boxes}");
    for word in boxes.lines().filter(|line| line.contains("<word")) {
        let right: f64 =
            word.split("xMax=\"").nth(1).and_then(|t| t.split('"').next()).expect("xMax").parse().expect("a number");
        let left: f64 =
            word.split("xMin=\"").nth(1).and_then(|t| t.split('"').next()).expect("xMin").parse().expect("a number");
        assert!(left >= 30.0 && right <= 419.6 - 30.0, "{word}");
    }
}

#[test]
fn a_rich_books_pdf_draws_without_a_warning() {
    let sandbox = Sandbox::new();
    rich_book(&sandbox);
    sandbox.run(["build", "in", "-o", "b.pdf"]).exits(0);
    qpdf(&sandbox.path("b.pdf"));
    let (out, book) = (sandbox.path("page%d.png"), sandbox.path("b.pdf"));
    let (out, book) = (out.to_str().expect("UTF-8"), book.to_str().expect("UTF-8"));
    let (good, said) = tool("mutool", &["draw", "-q", "-r", "20", "-o", out, book]);
    // Debian builds MuPDF without colour profiles, and it says so of every file.
    let complaints: Vec<&str> = said.lines().filter(|line| !line.contains("ICC support is not available")).collect();
    assert!(good && complaints.is_empty(), "{complaints:?}");
}

#[test]
fn a_printed_book_is_cut_and_tells_where_its_links_lead() {
    let sandbox = Sandbox::new();
    let body = "到[渡口](https://example.org/ferry?at=dawn)去，再到[渡口](https://example.org/ferry?at=dawn)去。\
        雪还没有化，河水先涨了，撑船的人把绳子绕在木桩上，一句话也没有说。我们沿着结冰的小路一直走到天黑。";
    sandbox.write("a.md", article("渡口", body));
    sandbox.write(
        "wenji.toml",
        "[book]\nlang = \"zh-CN\"\n[pdf]\nprofile = \"print\"\ntwo_sided = true\nrecto = true\nbleed = true\n",
    );
    sandbox.run(["build", "-o", "b.pdf"]).exits(0);
    qpdf(&sandbox.path("b.pdf"));
    let text = squeezed(&pdf_text(&sandbox.path("b.pdf")));
    assert_eq!(text.matches("https://example.org/ferry?at=dawn").count(), 1, "{text}");
    assert!(text.contains("到渡口①去，再到渡口去。"), "{text}");
    let path = sandbox.path("b.pdf");
    let (good, info) = tool("pdfinfo", &["-box", path.to_str().expect("UTF-8")]);
    assert!(good && info.contains("BleedBox:") && info.contains("-8.50"), "{info}");
    // The cover is in one ink too.
    let (book, cover) = (path.to_str().expect("UTF-8"), sandbox.path("cover"));
    let (good, said) =
        tool("pdftoppm", &["-r", "30", "-f", "1", "-l", "1", "-singlefile", book, cover.to_str().expect("UTF-8")]);
    let drawn = std::fs::read(sandbox.path("cover.ppm")).expect("a picture");
    assert!(good && drawn.starts_with(b"P6"), "{said}");
    let header = drawn.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).expect("three lines").0 + 1;
    assert!(drawn[header..].chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    assert!(drawn[header..].iter().any(|&level| level < 128), "something is on it");
}

/// The pages of a PDF in greys, as poppler draws them: width, height and levels.
fn drawn(sandbox: &Sandbox, pdf: &str, dpi: &str) -> Vec<(usize, usize, Vec<u8>)> {
    let (book, out) = (sandbox.path(pdf), sandbox.path("drawn"));
    std::fs::create_dir_all(&out).expect("a folder");
    let (book, prefix) = (book.to_str().expect("UTF-8"), out.join("page"));
    let (good, said) = tool("pdftoppm", &["-gray", "-r", dpi, book, prefix.to_str().expect("UTF-8")]);
    assert!(good, "{said}");
    let mut files: Vec<_> =
        std::fs::read_dir(&out).expect("listed").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let page = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).expect("a picture");
        let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
        assert_eq!(lines.next(), Some(b"P5".as_slice()));
        let size = String::from_utf8(lines.next().expect("a size").to_vec()).expect("digits");
        let (width, height) = size.split_once(' ').expect("two numbers");
        let levels = lines.nth(1).expect("levels").to_vec();
        (width.parse().expect("a number"), height.parse().expect("a number"), levels)
    };
    files.iter().map(page).collect()
}

#[test]
fn codes_of_a_printed_book_lead_to_the_sources_and_no_page_holds_only_a_code() {
    // Articles of all lengths around a page, so that each code meets another end of a page.
    const ARTICLES: usize = 26;
    let sandbox = Sandbox::new();
    let source = |index: usize| format!("https://example.org/articles/2026/{index}?from=a-book-that-is-printed");
    for index in 0..ARTICLES {
        let text = vec!["河水先涨了，船家把缆绳一圈一圈绕在木桩上。"; index + 8].join("\n\n");
        let name = format!("{index:02}.md");
        sandbox.write(&name, format!("---\ntitle: 第{index}篇\nsource: {}\n---\n\n{text}\n", source(index)));
    }
    sandbox.write("wenji.toml", "[book]\nlang = \"zh-CN\"\n[pdf]\nprofile = \"print\"\n[[source]]\npath = \"*.md\"\n");
    sandbox.run(["build", "-o", "b.pdf"]).exits(0);
    let mut read = Vec::new();
    for (number, (width, height, levels)) in drawn(&sandbox, "b.pdf", "200").into_iter().enumerate() {
        let mut page = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| levels[y * width + x]);
        for code in page.detect_grids() {
            read.push(code.decode().expect("a sound code").1);
            let number = (number + 1).to_string();
            let path = sandbox.path("b.pdf");
            let (_, text) = tool("pdftotext", &["-f", &number, "-l", &number, path.to_str().expect("UTF-8"), "-"]);
            assert!(text.matches("绕在木桩上").count() >= 2, "page {number} has a code and {text:?}");
        }
    }
    assert_eq!(read, (0..ARTICLES).map(source).collect::<Vec<_>>());
}
