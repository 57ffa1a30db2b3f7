//! A small book compared with what it was, file by file and as text, so that a difference can be read.
//!
//! `WENJI_GOLDEN=write cargo test --release golden` writes the files anew; read the difference before you keep it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Epub, Sandbox, epubcheck, pdf_text};

pub(crate) fn below(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// Compares with a golden file, or writes it.
#[track_caller]
pub(crate) fn compare(name: &str, is: &str) {
    let path = below("golden").join(name);
    if std::env::var_os("WENJI_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, is).expect("written");
        return;
    }
    let was = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}; WENJI_GOLDEN=write makes it"));
    if was == is {
        return;
    }
    let line = was
        .lines()
        .zip(is.lines())
        .position(|(was, is)| was != is)
        .unwrap_or_else(|| was.lines().count().min(is.lines().count()));
    let of = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    panic!("{name}, line {}:\n  was {}\n  is  {}", line + 1, of(&was), of(is));
}

fn build(sandbox: &Sandbox) {
    let fixture = below("fixtures/small");
    sandbox.run(["build", fixture.to_str().expect("UTF-8"), "-o", "out/"]).exits(0);
}

#[test]
fn the_small_books_epub_is_what_it_was() {
    let sandbox = Sandbox::new();
    build(&sandbox);
    let path = sandbox.path("out/小集.epub");
    epubcheck(&path);
    let epub = Epub::open(&path);
    let mut listing = String::new();
    for name in &epub.order {
        let bytes = &epub.files[name];
        // Pictures come from encoders whose next version may pack them otherwise: their kind is enough here.
        match String::from_utf8(bytes.clone()) {
            Ok(text) if !name.ends_with(".css") => {
                writeln!(listing, "{name}").expect("a string takes all");
                compare(&format!("small/{name}"), &text);
            }
            _ => writeln!(listing, "{name} …").expect("a string takes all"),
        }
    }
    compare("small/listing.txt", &listing);
}

#[test]
fn the_small_books_pdf_says_what_it_said() {
    let sandbox = Sandbox::new();
    build(&sandbox);
    // Each line of each page, without the gaps within it: these are the page and line breaks.
    let text = pdf_text(&sandbox.path("out/小集.pdf"));
    let lines: Vec<String> = text
        .replace('\u{C}', "\n-- page --\n")
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    compare("small/pages.txt", &(lines.join("\n") + "\n"));
}
