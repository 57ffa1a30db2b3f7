//! wenji (文集, "collected writings") gathers articles and binds them: an EPUB that e-readers love, and a PDF that is
//! typeset as a Chinese book is.
//!
//! # The pipeline
//!
//! ```text
//! wenji.toml, command line           Input: files, folders, addresses
//!        │ config, cli                      │ collect::collect
//!        ▼                                  ▼
//!    bind::Plan ──────────────────►  Draft: facts and body
//!                                           │ bind::Selection, convert::convert
//!                                           ▼
//!                                    Article: facts and Document
//!                                           │ collect::images ──► Assets
//!                                           ▼
//!                                    book::Anthology
//!                              ┌────────────┴────────────┐
//!             pdf::layout      ▼                         │
//!             (text, fonts)  Pages ── where pages begin ─┤
//!             pdf::write       │                         │ epub (convert::xhtml)
//!                              ▼                         ▼
//!                            .pdf                      .epub
//! ```
//!
//! [`bind::bind`] calls these stages in order. Stages do not know each other; what they share are the nouns of the
//! ground floor: [`book`], [`document`], [`assets`], [`problem`], [`progress`], [`units`]. What is missing from a book
//! is a [`problem::Problem`] in its [`bind::Outcome`]; [`report`] tells it to a person or as JSON.
//!
//! # Example
//!
//! ```
//! use wenji::bind::{Plan, bind};
//! use wenji::collect::Input;
//! use wenji::config::values::Format;
//! use wenji::progress::Silent;
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("spring.md"), "# 春\n\n作者: 编者\n\n风从海上来。\n")?;
//!
//! let book = folder.path().join("spring.epub");
//! let plan = Plan::new([Input::Folder(folder.path().to_owned())]).to(Format::Epub, &book);
//! let outcome = bind(&plan, &Silent).map_err(|failure| failure.error)?;
//!
//! assert_eq!((outcome.articles, outcome.outputs.len()), (1, 1));
//! assert!(!outcome.is_incomplete());
//! assert_eq!(outcome.outputs[0].bytes, book.metadata()?.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(missing_docs)]

mod addresses;
pub mod assets;
pub mod bind;
pub mod book;
mod canonical;
pub mod clock;
pub mod collect;
pub mod config;
pub mod convert;
pub mod cover;
pub mod document;
mod dom;
pub mod epub;
pub mod fonts;
pub mod images;
mod language;
mod ordered;
pub mod output;
pub mod pdf;
pub mod problem;
pub mod progress;
pub mod publish;
pub mod report;
pub mod style;
pub mod text;
pub mod unfinished;
pub mod units;
