//! Styles: those that ship, and one's own.

use crate::epub::rich_book;
use crate::support::{Sandbox, article, epubcheck, qpdf, tool};

const TEXT: &str =
    "河上有一座石桥，**桥头的茶馆**开了四十年。The bridge is *old*.\n\n> 桥在，茶馆就在。\n\n## 茶馆\n\n老板姓周。";

/// The PostScript names of a PDF's faces, without the tags of subsets.
fn faces(path: &std::path::Path) -> Vec<String> {
    let (good, list) = tool("pdffonts", &[path.to_str().expect("UTF-8")]);
    assert!(good, "{list}");
    let names = list.lines().skip(2).filter_map(|line| line.split_whitespace().next()?.split('+').nth(1));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}

fn paper(path: &std::path::Path) -> String {
    let (good, info) = tool("pdfinfo", &[path.to_str().expect("UTF-8")]);
    assert!(good, "{info}");
    info.lines().find(|line| line.starts_with("Page size")).expect("a size").to_owned()
}

#[test]
fn each_style_makes_sound_books_of_its_own_look() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("石桥", TEXT));
    let mut seen = Vec::new();
    for style in ["classic", "modern", "eink"] {
        let (pdf, epub) = (format!("{style}.pdf"), format!("{style}.epub"));
        sandbox.run(["build", "a.md", "--style", style, "-o", &pdf, "-o", &epub]).exits(0);
        qpdf(&sandbox.path(&pdf));
        epubcheck(&sandbox.path(&epub));
        seen.push((faces(&sandbox.path(&pdf)), paper(&sandbox.path(&pdf))));
    }
    let has = |index: usize, face: &str| seen[index].0.iter().any(|name| name == face);
    assert!(has(0, "NotoSerifSC-Regular") && has(0, "SourceSerif4-Regular"), "{seen:?}");
    assert!(!has(1, "NotoSerifSC-Regular") && has(1, "NotoSansSC-Regular") && has(1, "SourceSans3-Italic"), "{seen:?}");
    // 6 inches: 90.8 by 122.6 mm.
    assert!(seen[2].1.contains("257.3") && !seen[0].1.contains("257.3"), "{seen:?}");
}

#[test]
fn every_construct_is_set_in_every_style() {
    for style in ["modern", "eink"] {
        let sandbox = Sandbox::new();
        rich_book(&sandbox);
        sandbox.run(["build", "in", "--style", style, "-o", "b.pdf", "-o", "b.epub"]).exits(0);
        qpdf(&sandbox.path("b.pdf"));
        epubcheck(&sandbox.path("b.epub"));
    }
}

#[test]
fn a_style_is_written_out_changed_and_used() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("石桥", TEXT));
    sandbox.run(["styles", "show", "classic", "--into", "mine"]).exits(0);
    let sheet = std::fs::read_to_string(sandbox.path("mine/print.toml")).expect("written");
    sandbox.write("mine/print.toml", sheet.replace("# paper = \"A5\"", "paper = \"B5\""));
    sandbox.run(["build", "a.md", "--style", "mine/", "-o", "b.pdf"]).exits(0);
    assert!(paper(&sandbox.path("b.pdf")).contains("498.8"), "176 mm: {}", paper(&sandbox.path("b.pdf")));
    // What is there stays.
    sandbox.run(["styles", "show", "modern", "--into", "mine"]).exits(1).says("book.css");
    sandbox.write(
        "wenji.toml",
        "[[source]]\npath = \"a.md\"\n[output]\nstyle = \"./mine\"\nformats = [\"pdf\"]\nname = \"c\"\n",
    );
    sandbox.run(["build"]).exits(0);
    assert!(paper(&sandbox.path("c.pdf")).contains("498.8"));
}

#[test]
fn a_mistake_in_a_style_is_told_with_its_line_and_what_is_allowed() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("石桥", TEXT));
    sandbox.run(["styles", "show", "classic", "--into", "mine"]).exits(0);
    let sheet = std::fs::read_to_string(sandbox.path("mine/print.toml")).expect("written");
    sandbox.write("mine/print.toml", sheet.replace("leading = 17.5", "leeding = 17.5"));
    let run = sandbox.run(["build", "a.md", "--style", "mine/", "-o", "b.pdf"]).exits(2);
    let run = run.says("print.toml").says("leeding").says("`leading`").says("line ");
    assert!(run.text().is_empty() && !sandbox.path("b.pdf").exists());
    sandbox.run(["build", "a.md", "--style", "clasic", "-o", "b.pdf"]).exits(2).says("did you mean `classic`?");
}
