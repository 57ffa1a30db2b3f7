//! The owner's article, which is not in this repository: these tests run when `WENJI_SEED` names it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use image::ImageFormat;

use crate::support::{
    Answer, Epub, Run, Sandbox, Server, conforms, epubcheck, finish, isolate, pdf_text, picture, qpdf, squeezed,
};

fn seed() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("WENJI_SEED")?);
    assert!(path.is_file(), "WENJI_SEED names no file: {}", path.display());
    Some(path)
}

/// The value of a header line.
fn field(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}"));
    line[name.len()..].trim_start_matches([':', '：']).trim().to_owned()
}

fn body(text: &str) -> &str {
    let cover = text.find("封面图链接").expect("a cover line");
    let end = text[cover..].find('\n').expect("a line end");
    &text[cover + end..]
}

/// Runs the program where there is no network; outside of a namespace when the machine allows none (its network is then
/// the tester's care).
fn without_network(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let allowed = Command::new("unshare").args(["-rn", "true"]).status().is_ok_and(|status| status.success());
    let mut command = if allowed {
        let mut command = Command::new("unshare");
        command.args(["-rn", "--", env!("CARGO_BIN_EXE_wenji")]);
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_wenji"))
    };
    isolate(&mut command, sandbox);
    finish(command.args(arguments), b"")
}

/// The body as a reader should meet it, without white space: emphasis marks and the syntax of pictures and links gone,
/// ASCII quotes and brackets around Han as the default of `[clean]` makes them.
fn sentences(text: &str) -> Vec<String> {
    let plain: String = body(text)
        .lines()
        .filter(|line| !line.starts_with("!["))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("**", "")
        .replace(" _", "")
        .replace("_\n", "\n");
    let mut sentences = Vec::new();
    for paragraph in plain.split("\n\n") {
        let paragraph = squeezed(paragraph);
        // What the punctuation rules may have changed is compared in its own tests, not here.
        for piece in paragraph.split_inclusive(['。', '！', '？']) {
            let piece = piece.trim_matches(|c| "“”\"_".contains(c));
            let rewritten =
                piece.contains(['"', '(', ')', '-', '_', '*']) || piece.contains("...") || piece.contains("http");
            if piece.chars().count() >= 8 && !rewritten {
                sentences.push(piece.to_owned());
            }
        }
    }
    assert!(sentences.len() > 60, "{} sentences", sentences.len());
    sentences
}

#[test]
fn without_a_network_both_books_are_written_soon_and_only_the_pictures_are_missing() {
    let Some(path) = seed() else { return };
    let text = fs::read_to_string(&path).expect("the article");
    let sandbox = Sandbox::new();
    let started = Instant::now();
    let run =
        without_network(&sandbox, &["build", path.to_str().expect("UTF-8"), "-o", "s.epub", "-o", "s.pdf", "--json"])
            .exits(3);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    let missing = run.codes("error");
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(missing.iter().all(|code| code.starts_with("image-")), "{missing:?}");
    assert_eq!(run.json()["images"]["missing"], 2);

    epubcheck(&sandbox.path("s.epub"));
    qpdf(&sandbox.path("s.pdf"));
    conforms(&sandbox.path("s.pdf"));
    let epub = Epub::open(&sandbox.path("s.epub"));
    let (visible, package) = (epub.visible(), epub.package());
    let pdf = squeezed(&pdf_text(&sandbox.path("s.pdf")));

    let title = text.lines().next().expect("a line").trim_start_matches("# ");
    assert!(package.contains(title) && package.contains(&field(&text, "文章作者")), "{package}");
    let date = field(&text, "发布时间");
    let day = date.split(' ').next().expect("a date");
    for fact in [title, &field(&text, "文章作者"), day, &field(&text, "发布地")] {
        assert!(visible.contains(fact), "{fact} is not in the EPUB");
        // The PDF writes the date as Chinese books do.
        let (year, rest) = day.split_once('-').expect("a year");
        let (month, day_of_month) = rest.split_once('-').expect("a month");
        let shown = if fact == day { format!("{year}年{month}月{day_of_month}日") } else { squeezed(fact) };
        assert!(pdf.contains(&shown), "{shown} is not in the PDF");
    }
    assert!(epub.markup().contains(&field(&text, "原文链接").replace('&', "&amp;")), "the source is a link");
    for line in ["文章作者:", "发布时间:", "发布地:", "封面图链接"] {
        assert!(!visible.contains(line) && !pdf.contains(line), "{line} is in the body");
    }
    assert!(!visible.contains('*') && !pdf.contains('*'), "an asterisk is visible");

    let squeezed_epub = squeezed(&visible);
    for sentence in sentences(&text) {
        assert!(squeezed_epub.contains(&sentence), "EPUB: {sentence}");
    }
}

#[test]
fn poppler_gives_every_sentence_of_the_article_back() {
    let Some(path) = seed() else { return };
    let text = fs::read_to_string(&path).expect("the article");
    let sandbox = Sandbox::new();
    without_network(&sandbox, &["build", path.to_str().expect("UTF-8"), "-o", "s.pdf"]).exits(3);
    let (running, pages) = body_pages(&pdf_text(&sandbox.path("s.pdf")), text.lines().next().expect("a line"));
    let missing: Vec<String> = sentences(&text).into_iter().filter(|sentence| !pages.contains(sentence)).collect();
    assert!(
        missing.is_empty(),
        "{} sentences are not in the PDF, with {running} lines of heads and folios taken out: {missing:?}",
        missing.len()
    );
}

/// The text of all pages without running heads and folios, which stand between the halves of a sentence that goes on
/// overleaf, and without white space and the hyphens of divided words.
fn body_pages(text: &str, title: &str) -> (usize, String) {
    let title = squeezed(title.trim_start_matches("# "));
    let mut taken = 0;
    let mut out = String::new();
    for page in text.split('\u{C}') {
        let lines: Vec<&str> = page.lines().filter(|line| !line.trim().is_empty()).collect();
        for (index, line) in lines.iter().enumerate() {
            let bare = squeezed(line);
            // A head that is too long for the line ends in an ellipsis.
            let bare = bare.trim_end_matches(['…', '⋯']).to_owned();
            let edge = index < 2 || index + 2 >= lines.len();
            let folio =
                bare.trim_matches(|c| "·—-".contains(c)).chars().all(|c| c.is_ascii_digit() || "ivxlc".contains(c));
            if edge && (folio || bare == title || (bare.len() < title.len() && title.starts_with(&bare))) {
                taken += 1;
                continue;
            }
            match bare.strip_suffix('-') {
                Some(divided) if divided.ends_with(|c: char| c.is_ascii_lowercase()) => out += divided,
                _ => out += &bare,
            }
        }
    }
    (taken, out)
}

#[test]
fn han_lines_that_were_wrapped_have_no_space_in_the_epub() {
    let Some(path) = seed() else { return };
    let sandbox = Sandbox::new();
    sandbox.run(["build", path.to_str().expect("UTF-8"), "-o", "s.epub", "--offline"]).exits(3);
    let visible = Epub::open(&sandbox.path("s.epub")).visible();
    let han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c) || "，。、；：！？”）》".contains(c);
    for line in visible.lines() {
        let letters: Vec<char> = line.trim().chars().collect();
        for gap in letters.windows(3) {
            assert!(!(han(gap[0]) && gap[1] == ' ' && han(gap[2])), "{}", gap.iter().collect::<String>());
        }
    }
}

#[test]
fn with_its_pictures_at_hand_the_article_is_whole() {
    let Some(path) = seed() else { return };
    let text = fs::read_to_string(&path).expect("the article");
    let server = Server::start([
        ("/cover/300", Answer::ok("image/jpeg", picture(ImageFormat::Jpeg, 300, 300, 50))),
        ("/body/640?wx_fmt=jpeg", Answer::ok("image/jpeg", picture(ImageFormat::Jpeg, 640, 400, 90))),
    ]);
    let cover = field(&text, "封面图链接");
    let start = text.find("![](").expect("a picture") + 4;
    let inner = &text[start..start + text[start..].find(')').expect("its end")];
    let local = text.replace(&cover, &server.url("/cover/300")).replace(inner, &server.url("/body/640?wx_fmt=jpeg"));
    let sandbox = Sandbox::new();
    sandbox.write("seed.md", local);
    let run =
        sandbox.run(["build", "seed.md", "-o", "s.epub", "-o", "s.pdf", "--allow-private-hosts", "--json"]).exits(0);
    assert_eq!(run.json()["images"]["missing"], 0);
    epubcheck(&sandbox.path("s.epub"));
    let epub = Epub::open(&sandbox.path("s.epub"));
    assert!(!epub.pictures().is_empty() && epub.package().contains("cover-image"), "{:?}", epub.order);
    let (good, images) = crate::support::tool("pdfimages", &["-list", sandbox.path("s.pdf").to_str().expect("UTF-8")]);
    assert!(good && images.lines().count() >= 4, "cover and picture are in the PDF: {images}");
}
