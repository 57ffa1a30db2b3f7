//! Sources become articles: what the user named is found, read, decoded, and its header taken off;
//! later the pictures that the articles name are brought into the store.
//!
//! The files in the order in which they work:
//! 1. [`input`] tells what was typed: a file, a folder, a glob, an address, a list.
//! 2. `find` turns inputs into files, in natural order, each once.
//! 3. `encoding` turns bytes into text.
//! 4. `markdown` turns a file into a [`Draft`]; `front_matter` and `header` read its head into `facts`, with `dates`.
//! 5. [`images`] (with `locate`) reads local pictures and fetches remote ones, once the text has been parsed.
//! 6. [`archive`] writes a draft out, and reads it again.
//! 7. [`fetch`] is the one HTTP client; asynchronous code ends there.

use std::panic::catch_unwind;
use std::path::PathBuf;

use crate::book::{Language, Origin, Published, Section};
use crate::problem::{Code, Place, Problem};
use crate::progress::{Progress, Stage};

pub mod archive;
mod dates;
mod encoding;
mod facts;
pub mod fetch;
mod find;
mod front_matter;
mod header;
pub mod images;
pub mod input;
mod locate;
mod markdown;

pub use input::Input;

/// An article before its text is parsed: its facts, and its body as markdown.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The index of the input that gave it.
    pub input: usize,
    /// Where it came from.
    pub origin: Origin,
    /// For a local article, the folder whose files it may name; a remote one names no local file.
    pub folder: Option<PathBuf>,
    /// The title, plain text, never empty.
    pub title: String,
    /// Who wrote it; empty when unknown.
    pub authors: Vec<String>,
    /// When it was published.
    pub published: Option<Published>,
    /// Where it was published from (发布地).
    pub place: Option<String>,
    /// The address of the original.
    pub source: Option<String>,
    /// The address or path of its cover picture, as the header gives it.
    pub cover: Option<String>,
    /// A summary.
    pub description: Option<String>,
    /// Keywords.
    pub tags: Vec<String>,
    /// The section that the header names.
    pub section: Option<Section>,
    /// The language that the header names.
    pub language: Option<Language>,
    /// The body without the header; lines end with `\n`.
    pub markdown: String,
    /// The number of the body's first line in the file, from 1.
    pub first_line: u32,
}

/// What the inputs gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Collected {
    /// The articles, in the order of the inputs.
    pub drafts: Vec<Draft>,
    /// What could not be read, or not wholly.
    pub problems: Vec<Problem>,
}

/// Finds and reads the articles that the inputs name, in their order.
pub fn collect(inputs: &[Input], progress: &dyn Progress) -> Collected {
    let mut collected = Collected::default();
    let sources = find::find(inputs, &mut collected.problems);
    progress.begin(Stage::Collect, sources.len() as u64);
    for source in &sources {
        // A panic of a library is a problem of one article.
        let read = catch_unwind(|| {
            let mut problems = Vec::new();
            (markdown::read(source, &mut problems), problems)
        });
        match read {
            Ok((draft, problems)) => {
                collected.drafts.extend(draft);
                collected.problems.extend(problems);
            }
            Err(_) => {
                let place = Place::File(source.path.clone(), None);
                collected.problems.push(Problem::error(Code::InternalPanic, place, "reading the article failed"));
            }
        }
        progress.advance(Stage::Collect, 1);
    }
    progress.end(Stage::Collect);
    collected
}
