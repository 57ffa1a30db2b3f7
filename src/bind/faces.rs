//! The faces of a run: those that are compiled in, those of the user's folders, and those of the system
//! for what no other face has.

use std::path::{Path, PathBuf};

use crate::config::values::closest;
use crate::fonts::find::{Named, is_font};
use crate::fonts::{Family, FontError, Lack, Library, Origin, System};
use crate::problem::{Code, Place, Problem};

/// Which faces there are, and which of them a role takes first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FontPlan {
    /// Folders of more faces.
    pub dirs: Vec<PathBuf>,
    /// The families named for a role, the foremost first.
    pub named: Vec<Named>,
    /// Whether a front end may add the folders of the system; `[fonts] system` says so.
    pub no_system: bool,
    /// Folders of the system: looked through only when a character, a region or a named family is nowhere
    /// else. Empty unless a front end fills it, since the library reads no environment.
    pub system: Vec<PathBuf>,
}

/// How many families are named to somebody who has named one that is not there.
const LISTED: usize = 24;

/// Brings all faces together. A role takes the families that the plan names, then those of the style. What is no
/// usable face, and what is called but not there, is a problem.
///
/// # Errors
/// When there is no face at all, or one that is compiled in cannot be used.
pub fn library(plan: &FontPlan, style: &[Named], problems: &mut Vec<Problem>) -> Result<Library, FontError> {
    let mut library = match Library::embedded() {
        Err(FontError::Empty) if !plan.dirs.is_empty() => Library::default(),
        library => library?,
    };
    for folder in &plan.dirs {
        problems.append(&mut add_folder(&mut library, folder));
    }
    if library.iter().next().is_none() {
        return Err(FontError::Empty);
    }
    library.set_system(System::new(plan.system.clone()));
    // What is named last comes first.
    let named: Vec<Named> = style.iter().chain(&plan.named).cloned().collect();
    let naming = library.set_roles(&named);
    problems.extend(naming.unknown.iter().map(|(family, name)| unknown(&library, *family, name)));
    problems.extend(naming.lacking.iter().map(|(family, name, lack)| lacking(*family, name, *lack)));
    Ok(library)
}

/// What the book took from the system: it would look different on a machine without these.
pub fn taken_from_system(library: &Library) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for face in library.taken_from_system() {
        let Origin::System(path) = face.origin() else { continue };
        let name = &face.names().post_script;
        let message =
            format!("the system's {name} is used for what no other face has: elsewhere the book would look different");
        let problem = Problem::warning(Code::FaceSystem, Place::File(path.clone(), None), message);
        let help =
            format!("copy {} into a folder named by [fonts] dirs, or set [fonts] system = false", path.display());
        // The instances of a variable face have one name.
        let problem = problem.with_help(help);
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}

fn unknown(library: &Library, family: Family, name: &str) -> Problem {
    let mut known: Vec<&str> = Vec::new();
    for (_, face) in library.iter().filter(|(_, face)| *face.origin() != Origin::Formulas) {
        let names = std::iter::once(face.names().family.as_str()).chain(face.names().other_names());
        known.extend(names);
    }
    known.sort_unstable();
    known.dedup();
    let meant = closest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let key = family.key();
    let message = format!("[fonts] {key}: no face is called `{name}`; the embedded one is used");
    let more = known.len().saturating_sub(LISTED);
    known.truncate(LISTED);
    let more = if more > 0 { format!(" and {more} more, which `wenji fonts` lists") } else { String::new() };
    let help = format!("{meant}there are: {}{more}", known.join(", "));
    Problem::warning(Code::FaceUnknown, Place::Nowhere, message).with_help(help)
}

fn lacking(family: Family, name: &str, lack: Lack) -> Problem {
    let key = family.key();
    let what = match lack {
        Lack::Bold => "bold",
        Lack::Italic => "italic",
    };
    let message = format!("[fonts] {key}: `{name}` has no {what}; the embedded one is used");
    Problem::warning(Code::FaceStyle, Place::Nowhere, message)
}

/// Adds every face of a folder, by name, so that the order is the same on every machine. What is no
/// usable face is a warning: the book has other faces.
fn add_folder(library: &mut Library, folder: &Path) -> Vec<Problem> {
    let unusable =
        |path: &Path, reason: String| Problem::warning(Code::FaceUnusable, Place::File(path.to_owned(), None), reason);
    let mut problems = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let path = match entry {
            Ok(entry) if is_font(entry.path()) => entry.into_path(),
            Ok(_) => continue,
            Err(error) => {
                let path = error.path().map_or_else(|| folder.to_owned(), PathBuf::from);
                problems.push(unusable(&path, format!("the folder of faces cannot be read: {error}")));
                continue;
            }
        };
        match std::fs::read(&path) {
            Ok(bytes) => {
                let left_out = library.add(bytes, &path);
                problems.extend(left_out.into_iter().map(|error| unusable(&path, error.to_string())));
            }
            Err(error) => problems.push(unusable(&path, error.to_string())),
        }
    }
    problems
}
