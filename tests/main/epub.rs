//! The EPUB as readers and EPUBCheck want it.

use image::ImageFormat;

use crate::support::{Epub, Sandbox, article, epubcheck, picture};

/// A book that has something of everything.
pub(crate) fn rich_book(sandbox: &Sandbox) -> Epub {
    sandbox.write("in/p.png", picture(ImageFormat::Png, 300, 200, 7));
    sandbox.write("in/w.webp", picture(ImageFormat::WebP, 300, 200, 8));
    sandbox.write(
        "in/v.svg",
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><circle cx="20" cy="15" r="12"/></svg>"#,
    );
    let body = "## 一 & 二 <三>\n\n![画](p.png \"题注\")\n\n![画](w.webp)\n\n![画](v.svg)\n\n脚注[^1]，公式 $a<b$，`x && y`。\n\n### 细节\n\n| 甲 | 乙 |\n|:--|--:|\n| 1 | 2 |\n\n```python\nprint('<hi>')\n```\n\n$$\\sum_{i=1}^n i$$\n\n[^1]: 注 & 解。\n";
    sandbox.write("in/1.md", article("第一篇 & “引号” <尖>", body));
    sandbox.write("in/2.md", "# Second article\n\nAuthor: A. Writer\n\nAn English page with a [link](https://example.org/?a=1&b=2).\n\n[^1]: Unused.\n");
    sandbox.run(["build", "in", "-o", "b.epub", "--title", "合集 & 其他", "--author", "编者"]).exits(0);
    Epub::open(&sandbox.path("b.epub"))
}

#[test]
fn epubcheck_has_nothing_to_say_about_a_rich_book() {
    let sandbox = Sandbox::new();
    rich_book(&sandbox);
    epubcheck(&sandbox.path("b.epub"));
}

#[test]
fn the_type_stands_first_and_stored() {
    let sandbox = Sandbox::new();
    let epub = rich_book(&sandbox);
    assert_eq!(epub.order[0], "mimetype");
    assert_eq!(epub.files["mimetype"], b"application/epub+zip");
    let bytes = std::fs::read(sandbox.path("b.epub")).expect("written");
    assert_eq!(&bytes[30..58], b"mimetypeapplication/epub+zip", "stored, without an extra field (OCF 3.3)");
}

#[test]
fn there_is_a_nav_and_an_ncx_that_name_every_article() {
    let epub = rich_book(&Sandbox::new());
    let ncx = epub.text(epub.named(".ncx")[0]);
    let nav = epub.text(epub.named("nav.xhtml")[0]);
    for title in ["第一篇 &amp; “引号” &lt;尖&gt;", "Second article"] {
        assert!(nav.contains(title), "{nav}");
        assert!(ncx.contains(title), "{ncx}");
    }
    assert!(ncx.contains("dtb:uid") && nav.contains("一 &amp; 二"), "the contents have two levels");
}

#[test]
fn every_page_is_well_formed_and_names_its_language() {
    let epub = rich_book(&Sandbox::new());
    for name in epub.named(".xhtml") {
        let page = epub.text(name);
        crate::support::visible_text(&page);
        assert!(page.contains("xml:lang=\""), "{name}");
    }
    assert!(epub.named(".xhtml").iter().any(|name| epub.text(name).contains("xml:lang=\"en\"")));
}

#[test]
fn inner_names_are_short_ascii_and_unique() {
    let epub = rich_book(&Sandbox::new());
    let mut seen = std::collections::BTreeSet::new();
    for name in &epub.order {
        let good = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
        assert!(good && name.len() <= 60 && seen.insert(name.to_lowercase()), "{name}");
    }
}

#[test]
fn a_picture_is_named_by_what_it_is_and_marked_once() {
    let epub = rich_book(&Sandbox::new());
    for name in epub.pictures() {
        let bytes = &epub.files[name];
        let is = |ending: &str| name.ends_with(ending);
        let right = match &bytes[..4] {
            b"\x89PNG" => is(".png"),
            [0xFF, 0xD8, ..] => is(".jpg") || is(".jpeg"),
            b"GIF8" => is(".gif"),
            _ => is(".svg"),
        };
        assert!(right, "{name} begins with {:?}", &bytes[..4]);
        assert_eq!(
            epub.package().matches(&format!("href=\"images/{}\"", name.rsplit('/').next().expect("a name"))).count(),
            1,
            "{name}"
        );
    }
}

#[test]
fn there_is_a_cover_for_the_shelf() {
    let epub = rich_book(&Sandbox::new());
    let package = epub.package();
    assert!(package.contains("properties=\"cover-image\"") && package.contains("name=\"cover\""), "{package}");
    let cover = epub.order.iter().find(|name| name.contains("cover") && name.ends_with(".jpg")).expect("a cover");
    let size = image::load_from_memory(&epub.files[cover]).expect("a JPEG");
    assert_eq!((size.width(), size.height()), (1600, 2560));
}

#[test]
fn the_identifier_survives_an_edit_of_the_text() {
    let identifier = |text: &str| {
        let sandbox = Sandbox::new();
        sandbox.write("a.md", article("河边", text));
        sandbox.run(["build", "a.md", "-o", "b.epub"]).exits(0);
        let package = Epub::open(&sandbox.path("b.epub")).package();
        let at = package.find("urn:uuid:").expect("an identifier");
        package[at..at + 45].to_owned()
    };
    assert_eq!(identifier("水慢慢地流。"), identifier("水流得快了。"));
}

#[test]
fn accessibility_metadata_is_there() {
    let package = rich_book(&Sandbox::new()).package();
    for property in ["schema:accessMode\"", "schema:accessibilityFeature\"", "schema:accessibilityHazard\""] {
        assert!(package.contains(property), "{property}: {package}");
    }
}

#[test]
fn the_page_list_begins_with_page_1_where_the_first_article_does() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("河边", "水慢慢地流。"));
    sandbox.write("b.md", article("桥上", "人慢慢地走。"));
    sandbox.run(["build", "a.md", "b.md", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let nav = epub.text("OEBPS/nav.xhtml");
    let list = nav.split("epub:type=\"page-list\"").nth(1).expect("a page list");
    for (file, page) in [("article-0001.xhtml", 1), ("article-0002.xhtml", 2)] {
        assert!(list.contains(&format!("href=\"{file}#page-{page}\">{page}</a>")), "{nav}");
        assert!(epub.text(&format!("OEBPS/{file}")).contains(&format!("id=\"page-{page}\"")), "{file}");
    }
    epubcheck(&sandbox.path("b.epub"));
}

#[test]
fn style_sheets_leave_face_size_colour_and_measure_to_the_reader() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("河边", "水慢慢地流，`a`。[^1]\n\n[^1]: 注。\n"));
    for style in ["classic", "modern", "eink"] {
        for mode in ["horizontal", "vertical-rl"] {
            let config = format!(
                "[[source]]\npath = \"a.md\"\n[output]\nstyle = \"{style}\"\n[epub]\nwriting_mode = \"{mode}\"\n"
            );
            sandbox.write("wenji.toml", config);
            sandbox.run(["build", "-o", "b.epub"]).exits(0);
            let epub = Epub::open(&sandbox.path("b.epub"));
            let css = epub.text("OEBPS/stylesheet.css");
            // No CSS variables and no comments, which readers and their shops refuse; no pixels.
            for never in ["var(", "--", "/*", "px"] {
                assert!(!css.contains(never), "{style} {mode}: {never}");
            }
            for rule in css.split('}').filter_map(|rule| rule.split_once('{')) {
                let (names, does) = (rule.0.trim(), rule.1.replace(' ', ""));
                let all = names.split(',').any(|name| matches!(name.trim(), "body" | "html" | "p" | "*"));
                for never in ["font-family:", "font-size:", "background", ";color:", "\ncolor:"] {
                    assert!(!all || !does.contains(never), "{style}: {names} sets {never}");
                }
            }
            for must in
                ["line-break: strict", "text-spacing-trim: normal", "text-autospace: normal", "text-indent: 2em"]
            {
                assert!(css.contains(must), "{style}: {must}");
            }
            for must in ["text-emphasis-position: under right", "hanging-punctuation: none"] {
                assert!(css.contains(must), "{style}: {must}");
            }
            for name in epub.order.iter().filter(|name| name.ends_with("ml") || name.ends_with("opf")) {
                assert!(!epub.text(name).contains("<!--"), "{name} has a comment");
            }
        }
    }
}

#[test]
fn a_photograph_is_turned_upright_and_says_nothing_of_its_camera() {
    let sandbox = Sandbox::new();
    let plain = picture(ImageFormat::Jpeg, 60, 40, 9);
    // An EXIF segment whose only entry is the orientation 6: to be turned by a quarter (EXIF 2.32 §4.6.4).
    let exif = b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    sandbox.write("p.jpg", [&plain[..2], exif, &plain[2..]].concat());
    sandbox.write("a.md", article("河边", "![柳](p.jpg)\n"));
    sandbox.run(["build", "a.md", "-o", "b.epub"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let bytes = &epub.files["OEBPS/images/0001.jpg"];
    let shown = image::load_from_memory(bytes).expect("a picture");
    assert_eq!((shown.width(), shown.height()), (40, 60));
    assert!(!bytes.windows(4).any(|four| four == b"Exif"));
}

#[test]
fn an_article_begins_with_its_title_author_date_place_and_source() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("河边", "水慢慢地流。"));
    sandbox.run(["build", "a.md", "-o", "b.epub"]).exits(0);
    let page = Epub::open(&sandbox.path("b.epub")).text("OEBPS/article-0001.xhtml");
    let head = page.split("<header class=\"article-head\">").nth(1).and_then(|rest| rest.split("</header>").next());
    let head = head.expect("a head");
    let mut last = 0;
    for part in [
        ">河边</h1>",
        "class=\"author\">林间<",
        "datetime=\"2024-05-01T08:00\"",
        "class=\"place\">苏州<",
        "class=\"source\" href=\"https://example.org/a/1\"",
    ] {
        let at = head.find(part).unwrap_or_else(|| panic!("{part} is not in {head}"));
        assert!(at >= last, "{part}: {head}");
        last = at;
    }
}
