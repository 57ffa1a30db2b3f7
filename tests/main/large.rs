//! Books with much of everything: nothing is lost, and EPUBCheck has nothing to say.

use image::ImageFormat;

use crate::support::{Epub, Sandbox, article, epubcheck, picture, squeezed};

/// The kinds of pictures that articles come with; what is behind the last one cannot be decoded.
const KINDS: [(&str, Option<ImageFormat>); 8] = [
    ("jpg", Some(ImageFormat::Jpeg)),
    ("png", Some(ImageFormat::Png)),
    ("gif", Some(ImageFormat::Gif)),
    ("webp", Some(ImageFormat::WebP)),
    ("bmp", Some(ImageFormat::Bmp)),
    ("tiff", Some(ImageFormat::Tiff)),
    ("svg", None),
    ("avif", None),
];

/// A small picture of a kind, unlike every other.
fn bytes(kind: usize, number: usize) -> Vec<u8> {
    match KINDS[kind] {
        (_, Some(format)) => picture(format, 24 + (number / 256) as u32, 18, (number % 256) as u8),
        ("svg", _) => format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><rect x="{}" y="2" width="9" height="9"/></svg>"#,
            number % 31
        )
        .into_bytes(),
        _ => [b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".as_slice(), &number.to_be_bytes()].concat(),
    }
}

/// Titles that break what is careless.
fn titles() -> [String; 8] {
    [
        "A & B < C > D \"E\" 'F' ]]> -- &amp;".to_owned(),
        "🦜👨‍👩‍👧 表情与 🀄 题名".to_owned(),
        "长".repeat(300),
        "同名".to_owned(),
        "同名".to_owned(),
        "<script>alert('题')</script>".to_owned(),
        "../../题/路\\径?*|".to_owned(),
        "\u{202E}反\u{200B}向\u{FEFF}".to_owned(),
    ]
}

/// A book of 200 articles with a thousand pictures, one in eight named for another kind than it is.
fn build(sandbox: &Sandbox) -> Vec<u8> {
    let every = std::fs::read_to_string(format!("{}/tests/fixtures/every/1.md", env!("CARGO_MANIFEST_DIR")))
        .expect("a fixture");
    let every =
        every.split("\n---\n").nth(1).expect("a text behind the front matter").replace("](dot.png", "](0-0.img");
    let hostile = "<div><b>没有关上 <table><tr><td>格<script>x()</script><p onclick=\"y()\">点<br>行\n\n<svg onload=\"z()\"><style>*{}</style></svg> & &nbsp; &bogus; <!-- 注 -- 释 -->\n\n";
    let titles = titles();
    for number in 0..200 {
        let mut body = format!("第{number}篇。\n\n");
        for kind in (number * 5..number * 5 + 5).map(|index| index % 8) {
            let index = number * 8 + kind;
            // A name that lies about its kind.
            let ending = if index % 8 == number % 8 { KINDS[(kind + 3) % 8].0 } else { KINDS[kind].0 };
            sandbox.write(&format!("in/p{index}.{ending}"), bytes(kind, index));
            body += &format!("![图 {index}](p{index}.{ending})\n\n");
        }
        match number % 40 {
            0 => body += &every,
            1 => body += hostile,
            2 => {
                body += "[上一篇](0001.md) [没有的](nothing.md#x) [坏的](ht!tp://x y) <https://example.org/?a=1&b=2>\n";
            }
            _ => {}
        }
        sandbox.write(&format!("in/{number:04}.md"), article(&titles[number % 8], &body));
    }
    sandbox.write("in/0-0.img", bytes(1, 9999));
    let run = sandbox.run(["build", "in", "-o", "b.epub", "--title", "大 & 全 <集>", "--json"]).exits(3);
    let missing = run.codes("error");
    let decoded = missing.iter().filter(|code| *code != "image-not-found").all(|code| code == "image-unsupported");
    assert!(decoded && missing.iter().filter(|code| *code == "image-unsupported").count() == 125, "{missing:?}");
    std::fs::read(sandbox.path("b.epub")).expect("written")
}

#[test]
fn a_thousand_pictures_and_hostile_titles_make_a_valid_book_that_is_complete_and_the_same_twice() {
    let (first, second) = (Sandbox::new(), Sandbox::new());
    let bytes = build(&first);
    assert!(bytes == build(&second), "two builds differ");
    epubcheck(&first.path("b.epub"));
    let epub = Epub::open(&first.path("b.epub"));
    // 875 that can be shown, some drawings alike, and the one of the fixture.
    let pictures = epub.pictures().len();
    assert!((780..=876).contains(&pictures), "{pictures}");
    let nav = epub.text("OEBPS/nav.xhtml");
    let visible = squeezed(&epub.visible());
    for number in 0..200 {
        assert!(visible.contains(&format!("第{number}篇。")), "article {number}");
        assert!(nav.contains(&format!("href=\"article-{:04}.xhtml\"", number + 1)), "article {number}");
    }
    assert_eq!(nav.matches(">同名</a>").count(), 50);
    assert!(nav.contains(&"长".repeat(300)));
    assert!(nav.contains("A &amp; B &lt; C &gt; D"));
    assert_eq!(
        epub.markup().matches("class=\"missing\"").count(),
        125 + 5 * 2,
        "a placeholder for each that is missing"
    );
}

#[test]
fn epubcheck_has_nothing_to_say_about_a_book_of_400_articles() {
    let sandbox = Sandbox::new();
    for number in 0..400 {
        let next = (number + 1) % 400;
        let body = format!(
            "## 节\n\n正文{number}，见[下一篇]({next:03}.md)。[^1]\n\n## 又一节\n\n$a_{{{number}}}<b$\n\n[^1]: 注{number}。\n"
        );
        sandbox.write(&format!("in/{number:03}.md"), article(&format!("第 {number} 篇"), &body));
    }
    sandbox.run(["build", "in", "-o", "b.epub"]).exits(0);
    epubcheck(&sandbox.path("b.epub"));
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert_eq!(epub.named(".xhtml").iter().filter(|name| name.contains("article-")).count(), 400);
    assert!(epub.text("OEBPS/article-0400.xhtml").contains("href=\"article-0001.xhtml\""), "links between articles");
}
