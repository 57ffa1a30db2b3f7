//! What wenji promises, seen from where a user stands: these tests run the program and look into the books with
//! readers that are not ours (unzip, EPUBCheck, qpdf, poppler). One binary, because the embedded faces make each large.
//!
//! The tools must be on the PATH; `tests/run` installs them. A missing tool is a failure.
#![allow(clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests are told by the environment where the seed article is")]

#[path = "main/support.rs"]
mod support;

#[path = "main/archive.rs"]
mod archive;
#[path = "main/build.rs"]
mod build;
#[path = "main/collecting.rs"]
mod collecting;
#[path = "main/config.rs"]
mod config;
#[path = "main/copying.rs"]
mod copying;
#[path = "main/documentation.rs"]
mod documentation;
#[path = "main/drawing.rs"]
mod drawing;
#[path = "main/epub.rs"]
mod epub;
#[path = "main/feeds.rs"]
mod feeds;
#[path = "main/fonts.rs"]
mod fonts;
#[path = "main/golden.rs"]
mod golden;
#[path = "main/hostile.rs"]
mod hostile;
#[path = "main/large.rs"]
mod large;
#[path = "main/losses.rs"]
mod losses;
#[path = "main/network.rs"]
mod network;
#[path = "main/pages.rs"]
mod pages;
#[path = "main/parts.rs"]
mod parts;
#[path = "main/pdf.rs"]
mod pdf;
#[path = "main/pictures.rs"]
mod pictures;
#[path = "main/readers.rs"]
mod readers;
#[path = "main/reproducible.rs"]
mod reproducible;
#[path = "main/schedule.rs"]
mod schedule;
#[path = "main/seed.rs"]
mod seed;
#[path = "main/structure.rs"]
mod structure;
#[path = "main/styles.rs"]
mod styles;
#[path = "main/text.rs"]
mod text;
#[path = "main/thousand.rs"]
mod thousand;
