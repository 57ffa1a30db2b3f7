//! What readers and their makers ask of an EPUB: profiles, volumes, faces, vertical text, series.

use image::ImageFormat;

use crate::support::{Epub, Sandbox, article, epubcheck, picture, squeezed};

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

/// A picture whose left half is transparent, as a PNG.
fn half_transparent() -> Vec<u8> {
    let image = image::RgbaImage::from_fn(60, 40, |x, _| image::Rgba([0, 0, 0, if x < 30 { 0 } else { 255 }]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).expect("the picture is encoded");
    bytes.into_inner()
}

/// Two pictures that take turns, as a GIF.
fn animation() -> Vec<u8> {
    let frame = |red: u8| image::Frame::new(image::RgbaImage::from_pixel(20, 20, image::Rgba([red, 20, 20, 255])));
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    encoder.encode_frames([frame(20), frame(200)]).expect("the picture is encoded");
    drop(encoder);
    bytes
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
    sandbox.write("wenji.toml", "[[source]]\npath = \"a.md\"\n[epub]\ncertified_by = \"编者\"\n");
    sandbox.run(["build", "-o", "c.epub"]).exits(0).says("certified_by");
    assert!(!Epub::open(&sandbox.path("c.epub")).package().contains("conformsTo"));
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

#[test]
fn a_link_into_another_volume_names_the_volume_and_leads_to_the_original() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "[epub]\nmax_size = \"200 KB\"\n");
    sandbox.write("in/2.png", noise(2));
    let unsourced = "# 秋\n\n秋天到了，见[头一篇](0.md)。\n\n![秋天的河](2.png)\n";
    sandbox.write("in/2.md", unsourced);
    sandbox.run(["build", "in", "-o", "b.epub"]).exits(0);
    let page = |volume: usize| {
        let path = sandbox.path(&format!("b-{volume}.epub"));
        epubcheck(&path);
        Epub::open(&path).text("OEBPS/article-0001.xhtml")
    };
    assert_eq!(sandbox.list(".").iter().filter(|name| name.ends_with(".epub")).count(), 4);
    let linked = "见<a href=\"https://example.org/a/1\">下一篇</a>（见第2卷）。";
    assert!(page(1).contains(linked), "{}", page(1));
    assert!(page(2).contains("见下一篇（见第3卷）。"), "{}", page(2));
    assert!(page(3).contains("见<a href=\"https://example.org/a/0\">头一篇</a>（见第1卷）。"), "{}", page(3));
}

#[test]
fn a_file_for_a_kobos_own_engine_has_its_spans_and_the_other_has_none() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "issue = 3\n[epub]\nprofile = \"kobo\"\n");
    sandbox.run(["build", "in", "-o", "b.kepub.epub", "-o", "b.epub"]).exits(0);
    let [own, other] = ["b.kepub.epub", "b.epub"].map(|name| {
        epubcheck(&sandbox.path(name));
        Epub::open(&sandbox.path(name))
    });
    assert_eq!(squeezed(&own.visible()), squeezed(&other.visible()), "the text is the same");
    let page = own.text("OEBPS/article-0001.xhtml");
    assert!(page.contains("<div id=\"book-columns\"><div id=\"book-inner\">"), "{page}");
    assert!(page.contains("<span class=\"koboSpan\" id=\"kobo.3.1\">春天到了，</span>"), "{page}");
    assert!(!other.markup().contains("koboSpan"));

    let config = std::fs::read_to_string(sandbox.path("in/wenji.toml")).expect("there");
    let named = config + "kepub = true\n[output]\nname = \"{issue}-{slug}\"\nformats = [\"epub\"]\n";
    sandbox.write("in/wenji.toml", named);
    sandbox.run(["build", "in", "-o", "out/"]).exits(0);
    assert_eq!(sandbox.list("out"), ["3-四篇.kepub.epub"]);
    assert!(Epub::open(&sandbox.path("out/3-四篇.kepub.epub")).markup().contains("koboSpan"));
}

#[test]
fn what_is_transparent_is_set_on_white_in_every_profile() {
    let sandbox = Sandbox::new();
    sandbox.write("t.png", half_transparent());
    sandbox.write(
        "v.svg",
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><circle cx="20" cy="15" r="12"/></svg>"#,
    );
    sandbox.write("a.md", article("河边", "![半](t.png)\n\n![圆](v.svg)\n"));
    for profile in ["generic", "kindle", "kobo", "apple"] {
        sandbox.run(["build", "a.md", "-o", "b.epub", "--profile", profile]).exits(0);
        epubcheck(&sandbox.path("b.epub"));
        let epub = Epub::open(&sandbox.path("b.epub"));
        let picture = image::load_from_memory(&epub.files["OEBPS/images/0001.png"]).expect("a picture");
        assert!(!picture.color().has_alpha(), "{profile}");
        assert_eq!(picture.to_rgb8().get_pixel(5, 5).0, [255; 3], "{profile}");
        assert_eq!(epub.named(".svg").is_empty(), profile == "kindle");
        for name in epub.named(".svg") {
            assert!(epub.text(name).contains("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
        }
    }
}

#[test]
fn apple_gets_more_pixels_and_never_more_than_it_takes() {
    let sandbox = Sandbox::new();
    sandbox.write("p.jpg", picture(ImageFormat::Jpeg, 2400, 3300, 1));
    sandbox.write("l.png", picture(ImageFormat::Png, 2200, 9000, 2));
    sandbox.write("a.md", article("河边", "![大](p.jpg)\n\n![长](l.png)\n"));
    let sizes = |profile: &str| {
        sandbox.run(["build", "a.md", "-o", "b.epub", "--profile", profile]).exits(0);
        let epub = Epub::open(&sandbox.path("b.epub"));
        let open = |name: &str| image::load_from_memory(&epub.files[name]).expect("a picture");
        let all = epub.order.iter().filter(|name| name.contains("/images/")).map(|name| open(name));
        all.map(|picture| (picture.width(), picture.height())).collect::<Vec<_>>()
    };
    let (apple, generic) = (sizes("apple"), sizes("generic"));
    assert!(apple.contains(&(1980, 2723)), "{apple:?}");
    assert!(generic.contains(&(1600, 2200)), "{generic:?}");
    assert!(apple.len() > 3 && apple.iter().all(|(width, height)| width * height <= 5_600_000), "{apple:?}");
}

#[test]
fn what_moves_is_a_hazard_that_nobody_knows_and_stays_still_on_a_kindle() {
    let sandbox = Sandbox::new();
    sandbox.write("m.gif", animation());
    sandbox.write("a.md", article("河边", "![闪](m.gif)\n"));
    for (profile, hazard, moving) in [("generic", "unknown", true), ("kindle", "none", false)] {
        sandbox.run(["build", "a.md", "-o", "b.epub", "--profile", profile]).exits(0);
        epubcheck(&sandbox.path("b.epub"));
        let epub = Epub::open(&sandbox.path("b.epub"));
        let said = format!("<meta property=\"schema:accessibilityHazard\">{hazard}</meta>");
        assert!(epub.package().contains(&said), "{profile}: {}", epub.package());
        assert_eq!(epub.named(".gif").len(), usize::from(moving), "{profile}");
    }
}

#[test]
fn grey_readers_get_grey_pictures_and_a_grey_cover() {
    let sandbox = Sandbox::new();
    four_articles(&sandbox, "[epub]\ngrayscale = true\n");
    sandbox.run(["build", "in", "-o", "b.epub"]).exits(0);
    epubcheck(&sandbox.path("b.epub"));
    let epub = Epub::open(&sandbox.path("b.epub"));
    let pictures: Vec<&String> = epub.order.iter().filter(|name| name.contains("/images/")).collect();
    assert_eq!(pictures.len(), 5, "{pictures:?}");
    for name in pictures {
        let picture = image::load_from_memory(&epub.files[name]).expect("a picture").to_rgb8();
        assert!(picture.pixels().all(|pixel| pixel.0.iter().all(|part| *part == pixel.0[0])), "{name}");
    }
}
