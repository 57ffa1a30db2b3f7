//! The faces of the user's folders join those that are compiled in.

use std::path::{Path, PathBuf};

use crate::fonts::{FontError, Library};
use crate::problem::{Code, Place, Problem};

/// The faces that are compiled in, and those of the user's folders. What is no usable face is a problem.
///
/// # Errors
/// When there is no face at all, or one that is compiled in cannot be used.
pub fn library(folders: &[PathBuf], problems: &mut Vec<Problem>) -> Result<Library, FontError> {
    let mut library = match Library::embedded() {
        Err(FontError::Empty) if !folders.is_empty() => Library::default(),
        library => library?,
    };
    for folder in folders {
        problems.append(&mut add_folder(&mut library, folder));
    }
    if library.iter().next().is_none() { Err(FontError::Empty) } else { Ok(library) }
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
        let added = std::fs::read(&path).map_err(|error| error.to_string());
        let added = added.and_then(|bytes| library.add(bytes).map_err(|error| error.to_string()));
        if let Err(reason) = added {
            problems.push(unusable(&path, reason));
        }
    }
    problems
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["ttf", "otf", "ttc", "otc"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
