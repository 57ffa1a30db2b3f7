//! `wenji fonts`: the faces by family, the roles they play, and how much of which script each has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use unicode_script::{Script, UnicodeScript as _};
use wenji::bind::{FontPlan, Plan, faces};
use wenji::config;
use wenji::fonts::{Face, FaceId, Family, Library, Origin, Want};

use super::plan::CONFIG;
use super::typed::Fonts;
use super::{CliError, say};

/// How many scripts of a face are named.
const NAMED: usize = 4;

pub(super) fn run(fonts: &Fonts) -> Result<(), CliError> {
    let plan = plan(fonts)?;
    let mut problems = Vec::new();
    let library = faces::library(&plan, &[], &mut problems)?;
    say::data(&(roles(&library) + &families(&library) + &system(&plan)))?;
    for problem in problems {
        say::note(&format!("{problem}\n  {}\n", problem.help));
    }
    Ok(())
}

/// What wenji.toml says of faces, and the folders of the command line.
fn plan(fonts: &Fonts) -> Result<FontPlan, CliError> {
    let here = Some(PathBuf::from(CONFIG)).filter(|path| path.is_file());
    let mut plan = match fonts.config.clone().or(here) {
        Some(path) => Plan::from_config(&config::read(&path)?, wenji::clock::now()).fonts,
        None => FontPlan::default(),
    };
    plan.dirs.extend(fonts.font_dirs.iter().cloned());
    if !plan.no_system {
        plan.system = system_folders();
    }
    Ok(plan)
}

/// The folders in which this system keeps its faces, those of everybody first.
pub(super) fn system_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if cfg!(target_os = "macos") {
        folders.extend(["/System/Library/Fonts", "/Library/Fonts"].map(PathBuf::from));
    } else if cfg!(windows) {
        #[allow(clippy::disallowed_methods, reason = "cli/ is where the environment is read")]
        let windows = std::env::var_os("SystemRoot").map(|root| Path::new(&root).join("Fonts"));
        folders.extend(windows);
    } else {
        folders.extend(["/usr/share/fonts", "/usr/local/share/fonts"].map(PathBuf::from));
    }
    if let Some(user) = directories::BaseDirs::new() {
        if cfg!(target_os = "macos") {
            folders.push(user.home_dir().join("Library/Fonts"));
        } else if cfg!(windows) {
            folders.push(user.data_local_dir().join("Microsoft/Windows/Fonts"));
        } else {
            folders.extend([user.data_dir().join("fonts"), user.home_dir().join(".fonts")]);
        }
    }
    folders
}

/// The families that each role asks, in order: Han, then Latin.
fn roles(library: &Library) -> String {
    let mut out = String::new();
    for family in Family::ALL {
        let faces = |wide: bool, sample: &str| {
            let want = |bold, italic| Want { family, bold, italic, wide, region: None };
            let members = [(false, false), (true, false), (false, true), (true, true)];
            let members = members.iter().take(if wide { 2 } else { 4 });
            let chosen = members.filter_map(|&(bold, italic)| library.choose(sample, &want(bold, italic)));
            let mut names: Vec<&str> = Vec::new();
            for id in chosen {
                let name = library.face(id).name();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names.join(", ")
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<6} Han    {}", family.key(), faces(true, "文"));
        let _ = writeln!(out, "{:<6} Latin  {}", "", faces(false, "a"));
    }
    out
}

/// Every family with its faces, in the order in which they are asked for what a role lacks.
fn families(library: &Library) -> String {
    let mut families: Vec<(&str, Vec<&Face>)> = Vec::new();
    for (_, face) in library.iter().filter(|(_, face)| *face.origin() != Origin::Formulas) {
        let name = face.names().family.as_str();
        match families.iter_mut().find(|(known, _)| *known == name) {
            Some((_, faces)) => faces.push(face),
            None => families.push((name, vec![face])),
        }
    }
    let mut out = String::new();
    for (name, faces) in families {
        let other: Vec<&str> = faces[0].names().other_names().collect();
        let other = if other.is_empty() { String::new() } else { format!(" ({})", other.join(", ")) };
        let roles = parts(library, name);
        let place = match faces[0].origin().path() {
            Some(path) => format!("  {}", path.display()),
            None => String::new(),
        };
        let _ = writeln!(out, "\n{name}{other}{roles}{place}");
        for face in faces {
            let _ = writeln!(out, "  {:<30} {:<12} {}", face.name(), kind(face), coverage(face));
        }
    }
    out
}

/// Where faces are looked for that are not listed.
fn system(plan: &FontPlan) -> String {
    let folders = plan.system.iter().filter(|folder| folder.is_dir()).map(|folder| folder.display().to_string());
    let folders = folders.collect::<Vec<_>>().join(", ");
    if folders.is_empty() { String::new() } else { format!("\nFor what none of these has: the faces in {folders}\n") }
}

/// The roles in which a family is the first to be asked.
fn parts(library: &Library, name: &str) -> String {
    let first = |family, wide: bool, sample: &str| -> Option<FaceId> {
        library.choose(sample, &Want { family, bold: false, italic: false, wide, region: None })
    };
    let plays = |family: Family| {
        let is = |id: Option<FaceId>| id.is_some_and(|id| library.face(id).names().family == name);
        match (is(first(family, true, "文")), is(first(family, false, "a"))) {
            (true, true) => Some(family.key().to_owned()),
            (true, false) => Some(format!("{} Han", family.key())),
            (false, true) => Some(format!("{} Latin", family.key())),
            (false, false) => None,
        }
    };
    let roles: Vec<String> = Family::ALL.into_iter().filter_map(plays).collect();
    if roles.is_empty() { String::new() } else { format!(": {}", roles.join(", ")) }
}

fn kind(face: &Face) -> String {
    let weight = match face.member().weight {
        400.0 => "regular".to_owned(),
        700.0 => "bold".to_owned(),
        weight => weight.to_string(),
    };
    match (weight.as_str(), face.is_italic()) {
        ("regular", true) => "italic".to_owned(),
        (_, true) => weight + " italic",
        (_, false) => weight,
    }
}

/// The scripts of a face with the number of characters, the largest first.
fn coverage(face: &Face) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for c in face.coverage().characters() {
        let script = c.script();
        if !matches!(script, Script::Unknown | Script::Inherited) {
            *counts.entry(script.full_name()).or_default() += 1;
        }
    }
    let mut scripts: Vec<_> = counts.into_iter().collect();
    scripts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let named = scripts.iter().take(NAMED).map(|(script, count)| format!("{script} {count}"));
    named.collect::<Vec<_>>().join(", ")
}
