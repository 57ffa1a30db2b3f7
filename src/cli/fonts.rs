//! `wenji fonts`: the faces, and how much of which script each has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use skrifa::MetadataProvider as _;
use unicode_script::{Script, UnicodeScript as _};
use wenji::bind::faces;
use wenji::fonts::Face;

use super::typed::Fonts;
use super::{CliError, say};

/// How many scripts of a face are named.
const NAMED: usize = 5;

pub(super) fn run(fonts: &Fonts) -> Result<(), CliError> {
    let mut problems = Vec::new();
    let library = faces::library(&fonts.font_dirs, &mut problems)?;
    let mut out = String::new();
    for (_, face) in library.iter() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<30} {:<12} {}", face.name(), kind(face), coverage(face));
    }
    say::data(&out)?;
    for problem in problems {
        say::note(&format!("{problem}\n"));
    }
    Ok(())
}

fn kind(face: &Face) -> &'static str {
    match (face.is_bold(), face.is_italic()) {
        (false, false) => "regular",
        (true, false) => "bold",
        (false, true) => "italic",
        (true, true) => "bold italic",
    }
}

/// The scripts of a face with the number of characters, the largest first.
fn coverage(face: &Face) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (character, _) in face.font().charmap().mappings() {
        let script = char::from_u32(character).map_or(Script::Unknown, |c| c.script());
        if !matches!(script, Script::Unknown | Script::Inherited) {
            *counts.entry(script.full_name()).or_default() += 1;
        }
    }
    let mut scripts: Vec<_> = counts.into_iter().collect();
    scripts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let named = scripts.iter().take(NAMED).map(|(script, count)| format!("{script} {count}"));
    named.collect::<Vec<_>>().join(", ")
}
