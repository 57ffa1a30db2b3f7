//! What readers and their makers ask of an EPUB: profiles, volumes, faces, vertical text, series.

use image::ImageFormat;

use crate::support::{Epub, Sandbox, article, epubcheck, picture};

/// A picture of 90 KB that cannot be compressed, unlike those of other seeds.
fn noise(seed: u32) -> Vec<u8> {
    let mut state = seed + 1;
    let mut next = || {
        // Numerical Recipes' generator; its upper bits are random enough.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let image = image::RgbImage::from_fn(200, 150, |_, _| image::Rgb([next(), next(), next()]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).expect("the picture is encoded");
    bytes.into_inner()
}

/// A book of four articles with a picture each.
fn four_articles(sandbox: &Sandbox, config: &str) {
    sandbox.write("in/wenji.toml", format!("[book]\ntitle = \"四篇\"\n{config}"));
    for (number, title) in ["春", "夏", "秋", "冬"].iter().enumerate() {
        sandbox.write(&format!("in/{number}.png"), noise(number as u32));
        let body = format!(
            "{title}天到了，**粗**与*重*，A “quoted” word。\n\n> 引文{title}\n\n`code`，见[下一篇]({}.md)。\n\n![{title}天的河]({number}.png)\n",
            (number + 1) % 4
        );
        sandbox.write(
            &format!("in/{number}.md"),
            article(title, &body).replace("https://example.org/a/1", &format!("https://example.org/a/{number}")),
        );
    }
}

#[test]
fn a_book_above_max_size_becomes_volumes_that_are_whole_books() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "[epub]\nmax_size = \"350 KB\"\n");
    let run = sandbox.run(["build", "in", "-o", "out/四篇.epub", "-o", "out/b.pdf", "--json"]).exits(0);
    let names = sandbox.list("out");
    assert!(names.len() > 2 && names[0] == "b.pdf" && names[1] == "四篇-1.epub", "{names:?}");
    assert!(!run.codes("warning").contains(&"epub-too-large".to_owned()), "{names:?}");
    let mut seen = Vec::new();
    for name in &names[1..] {
        let path = sandbox.path(&format!("out/{name}"));
        assert!(std::fs::metadata(&path).expect("there").len() <= 350_000, "{name}");
        epubcheck(&path);
        let epub = Epub::open(&path);
        let package = epub.package();
        assert!(package.contains("<meta property=\"belongs-to-collection\" id=\"series\">四篇</meta>"), "{package}");
        assert!(package.contains("pageBreakSource") && epub.text("OEBPS/nav.xhtml").contains("page-list"), "{name}");
        let at = package.find("urn:uuid:").expect("an identifier");
        seen.push((
            package[at..at + 45].to_owned(),
            ["春", "夏", "秋", "冬"].map(|title| epub.visible().matches(&format!("{title}天到了")).count()),
        ));
    }
    for title in 0..4 {
        assert_eq!(seen.iter().map(|(_, counts)| counts[title]).sum::<usize>(), 1, "{seen:?}");
    }
    let identifiers: std::collections::BTreeSet<_> = seen.iter().map(|(identifier, _)| identifier).collect();
    assert_eq!(identifiers.len(), seen.len());
}

#[test]
fn what_cannot_be_split_is_told() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "[epub]\nmax_size = \"50 KB\"\n");
    let run = sandbox.run(["build", "in", "-o", "b.epub", "--json"]).exits(0);
    assert_eq!(run.codes("warning").iter().filter(|code| *code == "epub-too-large").count(), 4);
    assert_eq!(run.json()["outputs"].as_array().map(Vec::len), Some(4));
}

#[test]
fn faces_are_embedded_as_far_as_they_are_used_and_found_by_the_style_sheet() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "[epub]\nembed_fonts = true\n");
    sandbox.run(["build", "in", "-o", "b.epub"]).exits(0);
    epubcheck(&sandbox.path("b.epub"));
    let epub = Epub::open(&sandbox.path("b.epub"));
    let css = epub.text("OEBPS/stylesheet.css");
    let fonts = epub.named(".ttf");
    assert!(fonts.len() >= 5, "{fonts:?}");
    for font in &fonts {
        assert!(css.contains(&format!("url({})", font.trim_start_matches("OEBPS/"))), "{font}: {css}");
        assert!(epub.files[*font].len() < 60_000, "{font} has {} bytes", epub.files[*font].len());
    }
    for rule in ["body:lang(zh), body:lang(ja) { font-family: \"serif-han-1\"", "blockquote, figcaption", "code, pre"] {
        assert!(css.contains(rule), "{rule}: {css}");
    }
}

#[test]
fn vertical_text_turns_its_pages_from_right_to_left() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "[epub]\nwriting_mode = \"vertical-rl\"\n");
    sandbox.run(["build", "in", "-o", "b.epub"]).exits(0);
    epubcheck(&sandbox.path("b.epub"));
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert!(epub.package().contains("page-progression-direction=\"rtl\""), "{}", epub.package());
    assert!(epub.package().contains("name=\"primary-writing-mode\" content=\"vertical-rl\""));
    assert!(epub.text("OEBPS/stylesheet.css").contains("-epub-writing-mode: vertical-rl"));
}

#[test]
fn an_issue_of_a_series_says_so() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "series = \"四季\"\nissue = 7\n[epub]\ncertified_by = \"编者\"\n");
    sandbox.run(["build", "in", "-o", "b.kepub.epub", "--profile", "kobo"]).exits(0);
    epubcheck(&sandbox.path("b.kepub.epub"));
    let package = Epub::open(&sandbox.path("b.kepub.epub")).package();
    for part in [
        "<meta property=\"belongs-to-collection\" id=\"series\">四季</meta>",
        "<meta property=\"group-position\" refines=\"#series\">7</meta>",
        "<meta name=\"calibre:series_index\" content=\"7\"/>",
        "<meta property=\"dcterms:conformsTo\" id=\"conforms\">EPUB Accessibility 1.1 - WCAG 2.2 Level AA</meta>",
        "<meta property=\"schema:accessModeSufficient\">textual</meta>",
        "<meta property=\"schema:accessibilityFeature\">alternativeText</meta>",
    ] {
        assert!(package.contains(part), "{part}: {package}");
    }
}

#[test]
fn a_picture_without_a_description_is_told_and_named_and_no_promise_is_made() {
    let sandbox = Sandbox::new();
    sandbox.write("p.png", picture(ImageFormat::Png, 40, 30, 1));
    sandbox.write("a.md", article("河边", "水慢慢地流。\n\n![](p.png)\n"));
    let run = sandbox.run(["build", "a.md", "-o", "b.epub", "--json"]).exits(0);
    assert!(run.codes("warning").contains(&"image-no-alt".to_owned()));
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert!(epub.markup().contains("alt=\"《河边》插图 1\""), "{}", epub.markup());
    assert!(!epub.package().contains("alternativeText") && !epub.package().contains("accessModeSufficient\">textual<"));
}

#[test]
fn kindle_gets_pictures_that_its_converter_takes() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "v.svg",
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><circle cx="20" cy="15" r="12"/></svg>"#,
    );
    sandbox.write("w.webp", picture(ImageFormat::WebP, 300, 200, 8));
    sandbox.write("a.md", article("河边", "![圆](v.svg)\n\n![柳](w.webp)\n\n## 一\n\n### 二\n"));
    sandbox.run(["build", "a.md", "-o", "b.epub", "--profile", "kindle"]).exits(0);
    epubcheck(&sandbox.path("b.epub"));
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert!(epub.named(".svg").is_empty() && epub.named("cover.xhtml").is_empty());
    for name in epub.named(".jpg") {
        // A baseline JPEG has SOF0 and no SOF2 (ISO/IEC 10918-1 B.1.1.3).
        assert!(epub.files[name].windows(2).any(|marker| marker == [0xFF, 0xC0]), "{name}");
        assert!(!epub.files[name].windows(4).any(|marker| marker == [0xFF, 0xC2, 0x00, 0x11]), "{name}");
    }
    for name in epub.named(".png") {
        assert!(!image::load_from_memory(&epub.files[name]).expect("a picture").color().has_alpha(), "{name}");
    }
}
