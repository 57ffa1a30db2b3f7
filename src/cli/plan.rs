//! What the command line means: options beat wenji.toml, wenji.toml beats defaults.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use wenji::bind::{Plan, Target};
use wenji::collect::Input;
use wenji::config::{self, values::Format, values::Moment};
use wenji::problem::{Code, Place, Problem};
use wenji::publish::{PublishError, preview};

use super::CliError;
use super::typed::{BookArgs, Build, Profile, RunArgs, SelectArgs};

/// The name of the file that says how a folder is built.
pub(super) const CONFIG: &str = "wenji.toml";

/// What is around the program.
pub(super) struct Surroundings {
    /// The moment that counts as now.
    pub(super) now: DateTime<Utc>,
    /// The cache folder when nobody names one.
    pub(super) cache: Option<PathBuf>,
    /// The folders of the system's faces.
    pub(super) fonts: Vec<PathBuf>,
}

/// Makes the plan of a build.
pub(super) fn plan(build: &Build, around: &Surroundings) -> Result<Plan, CliError> {
    let mut plan = base(build, around)?;
    apply_book(&mut plan, &build.book);
    apply_select(&mut plan, &build.select, around.now)?;
    apply_run(&mut plan, &build.run, around);
    if !plan.fonts.no_system {
        plan.fonts.system.clone_from(&around.fonts);
    }
    plan.targets = targets(build, &plan)?;
    Ok(plan)
}

/// The plan of wenji.toml if there is one to go by, else of the inputs alone.
fn base(build: &Build, around: &Surroundings) -> Result<Plan, CliError> {
    let by_config = |path: &Path| by_config(path, build.anthology.as_deref(), around.now);
    let inputs = build.inputs.iter().map(|typed| input(typed)).collect::<Result<Vec<_>, _>>()?;
    match (&build.config, inputs.as_slice()) {
        (Some(path), []) => by_config(path),
        (Some(path), _) => {
            let mut plan: Plan = by_config(path)?;
            let given = Plan::new(inputs);
            plan.sources = given.sources;
            Ok(plan)
        }
        (None, []) if Path::new(CONFIG).is_file() => by_config(Path::new(CONFIG)),
        (None, []) => Err(CliError::usage(
            "there is no INPUT, and no wenji.toml in this folder",
            "name a markdown file or a folder: `wenji build articles/`; or write a wenji.toml with `wenji init`",
        )),
        (None, [Input::Folder(folder)]) if folder.join(CONFIG).is_file() => by_config(&folder.join(CONFIG)),
        (None, _) => {
            let unread = inputs.iter().filter_map(unread_config).collect();
            let mut plan = Plan::new(inputs);
            plan.targets = vec![current_folder()];
            plan.problems = unread;
            Ok(plan)
        }
    }
}

/// The plan of a wenji.toml: of the one anthology that it is about, or of the one that is named. Where a schedule makes
/// issues, the next one.
fn by_config(path: &Path, only: Option<&str>, now: DateTime<Utc>) -> Result<Plan, CliError> {
    let loaded = config::read(path)?;
    let named = loaded.anthologies.iter().find(|(name, _)| only.is_none_or(|only| only == name));
    let (name, config) = match (named, loaded.anthologies.as_slice()) {
        (Some(named), [_]) => named,
        (Some(named), _) if only.is_some() => named,
        (Some(_), several) => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            return Err(CliError::usage(
                format!("{} holds several anthologies: {}", path.display(), names.join(", ")),
                "name one with --anthology; `wenji schedule tick` makes the issues of all",
            ));
        }
        (None, _) => return Err(PublishError::NoAnthology(only.unwrap_or_default().to_owned()).into()),
    };
    let mut plan = Plan::of_anthology(&loaded, config, now);
    if config.is_scheduled() {
        preview(&loaded, name, config, now, &mut plan)?;
    }
    Ok(plan)
}

fn current_folder() -> Target {
    Target::Folder { dir: ".".into(), name: "{slug}".to_owned(), formats: vec![Format::Epub, Format::Pdf] }
}

/// A folder's own wenji.toml makes a book of that folder alone; of several inputs none can lead.
fn unread_config(input: &Input) -> Option<Problem> {
    let Input::Folder(folder) = input else { return None };
    let path = Some(folder.join(CONFIG)).filter(|path| path.is_file())?;
    let message = "not read, because the book has more than one INPUT";
    let problem = Problem::warning(Code::ConfigUnsupported, Place::File(path.clone(), None), message);
    Some(problem.with_help(format!("to build by it, pass --config {}", path.display())))
}

fn input(typed: &str) -> Result<Input, CliError> {
    if typed != "-" {
        return Ok(Input::parse(typed));
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|reason| CliError::Io { what: "standard input".to_owned(), reason, help: None })?;
    // PowerShell and editors of Windows put a mark of UTF-8 in front.
    let text = String::from_utf8_lossy(&bytes);
    Ok(Input::List(text.strip_prefix('\u{FEFF}').unwrap_or(&text).to_owned()))
}

fn apply_book(plan: &mut Plan, typed: &BookArgs) {
    fn replace<T: Clone>(place: &mut Option<T>, typed: Option<&T>) {
        if typed.is_some() {
            *place = typed.cloned();
        }
    }
    replace(&mut plan.book.title, typed.title.as_ref());
    replace(&mut plan.book.author, typed.author.as_ref());
    replace(&mut plan.book.language, typed.lang.as_ref());
    replace(&mut plan.book.cover, typed.cover.as_ref());
    if let Some(style) = &typed.style {
        plan.style = style.clone();
    }
    plan.pdf.paper = typed.paper.or(plan.pdf.paper);
    for profile in &typed.profiles {
        match profile {
            Profile::Epub(profile) => plan.epub.profile = (*profile).into(),
            Profile::Pdf(profile) => plan.pdf.profile = *profile,
        }
    }
    plan.fonts.dirs.extend(typed.font_dirs.iter().cloned());
}

fn apply_select(plan: &mut Plan, typed: &SelectArgs, now: DateTime<Utc>) -> Result<(), CliError> {
    if [typed.since, typed.until].contains(&Some(Moment::LastIssue)) {
        return Err(CliError::usage(
            "`last-issue` has a meaning in wenji.toml alone, beside a [schedule]",
            "give a date or a span, such as 7d",
        ));
    }
    let selection = &mut plan.selection;
    selection.since = typed.since.and_then(|moment| moment.begins(now)).or(selection.since);
    selection.until = typed.until.and_then(|moment| moment.ends(now)).or(selection.until);
    selection.sort = typed.sort.unwrap_or(selection.sort);
    selection.reverse = typed.reverse;
    Ok(())
}

pub(super) fn apply_run(plan: &mut Plan, typed: &RunArgs, around: &Surroundings) {
    plan.strict = typed.strict;
    plan.jobs = typed.jobs.map_or(0, usize::from);
    plan.fetch.offline = typed.offline;
    plan.fetch.allow_private_hosts = typed.allow_private_hosts;
    plan.fetch.cache = typed.cache.clone().or_else(|| plan.fetch.cache.clone()).or_else(|| around.cache.clone());
}

/// Where the books go: what `-o` says, else what wenji.toml says, else the current folder.
fn targets(build: &Build, plan: &Plan) -> Result<Vec<Target>, CliError> {
    let (name, mut formats) = match plan.targets.first() {
        Some(Target::Folder { name, formats, .. }) => (name.clone(), formats.clone()),
        _ => ("{slug}".to_owned(), vec![Format::Epub, Format::Pdf]),
    };
    if !build.book.formats.is_empty() {
        formats.clone_from(&build.book.formats);
    }
    if build.outputs.is_empty() {
        let dir = plan.targets.iter().find_map(|target| match target {
            Target::Folder { dir, .. } => Some(dir.clone()),
            _ => None,
        });
        return Ok(vec![Target::Folder { dir: dir.unwrap_or_else(|| ".".into()), name, formats }]);
    }
    if build.run.json && build.outputs.iter().any(|output| output == "-") {
        return Err(CliError::usage("--json and `-o -` both want standard output", "write the book to a file"));
    }
    build.outputs.iter().map(|output| target(output, &name, &formats)).collect()
}

fn target(output: &str, name: &str, formats: &[Format]) -> Result<Target, CliError> {
    if output == "-" {
        return match formats {
            [format] => Ok(Target::Stdout(*format)),
            _ => Err(CliError::usage("`-o -` takes one format", "add --format epub or --format pdf")),
        };
    }
    let path = PathBuf::from(output);
    if output.ends_with(std::path::is_separator) || path.is_dir() {
        return Ok(Target::Folder { dir: path, name: name.to_owned(), formats: formats.to_vec() });
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref().and_then(|extension| extension.parse::<Format>().ok()) {
        Some(format) => Ok(Target::File(format, path)),
        None => Err(CliError::usage(
            format!("`-o {output}` ends in neither .epub nor .pdf"),
            format!("for a folder, write `-o {output}/`"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use wenji::config::values::Sort;

    use super::super::typed::{Command, Typed};
    use super::*;

    fn made(arguments: &[&str]) -> Result<Plan, CliError> {
        let typed = Typed::try_parse_from(["wenji", "build"].iter().chain(arguments)).expect("understood");
        let Command::Build(build) = typed.command else { panic!("not a build") };
        let now = DateTime::from_timestamp(1_767_225_600, 0).expect("2026-01-01");
        plan(&build, &Surroundings { now, cache: Some("user-cache".into()), fonts: Vec::new() })
    }

    fn folder(config: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(CONFIG), config).expect("written");
        folder
    }

    #[test]
    fn options_beat_wenji_toml_and_wenji_toml_beats_defaults() {
        let folder = folder(
            "[book]\ntitle = \"甲\"\nauthor = \"乙\"\n[select]\nsort = \"title\"\n[fetch]\ncache = \"c\"\n[output]\ndir = \"o\"\n",
        );
        let path = folder.path().to_str().expect("UTF-8");
        let plain = made(&[path]).expect("a plan");
        assert_eq!((plain.book.title.as_deref(), plain.book.author.as_deref()), (Some("甲"), Some("乙")));
        assert_eq!((plain.selection.sort, plain.fetch.cache), (Sort::Title, Some(folder.path().join("c"))));
        assert!(matches!(&plain.targets[..], [Target::Folder { dir, .. }] if *dir == folder.path().join("o")));
        let typed = made(&[path, "--title", "丙", "--sort", "date", "--cache", "d", "-o", "x.pdf"]).expect("a plan");
        assert_eq!((typed.book.title.as_deref(), typed.book.author.as_deref()), (Some("丙"), Some("乙")));
        assert_eq!((typed.selection.sort, typed.fetch.cache), (Sort::Date, Some("d".into())));
        assert_eq!(typed.targets, [Target::File(Format::Pdf, "x.pdf".into())]);
    }

    #[test]
    fn without_wenji_toml_the_defaults_hold() {
        let plan = made(&["none.md"]).expect("a plan");
        assert_eq!(plan.targets, [current_folder()]);
        assert_eq!(plan.fetch.cache, Some("user-cache".into()));
        assert_eq!((plan.selection.sort, plan.jobs, plan.strict), (Sort::Given, 0, false));
    }

    #[test]
    fn a_window_is_counted_from_now() {
        let plan = made(&["none.md", "--since", "7d", "--until", "2025-12-31"]).expect("a plan");
        assert_eq!(plan.selection.since.expect("set").to_rfc3339(), "2025-12-25T00:00:00+00:00");
        assert_eq!(plan.selection.until.expect("set").to_rfc3339(), "2026-01-01T00:00:00+00:00");
    }

    #[test]
    fn outputs_that_make_no_sense_are_usage_errors_with_a_hint() {
        let help = |arguments: &[&str]| match made(arguments) {
            Err(CliError::Usage { help, .. }) => help,
            other => panic!("not a usage error: {other:?}"),
        };
        assert_eq!(help(&["a.md", "-o", "book"]), "for a folder, write `-o book/`");
        assert_eq!(help(&["a.md", "-o", "-"]), "add --format epub or --format pdf");
        assert_eq!(help(&["a.md", "-o", "-", "--format", "pdf", "--json"]), "write the book to a file");
        assert!(help(&["a.md", "--since", "last-issue"]).contains("7d"));
    }

    #[test]
    fn a_folder_gets_the_formats_asked_for() {
        let plan = made(&["a.md", "-o", "out/", "-o", "x.EPUB", "--format", "pdf"]).expect("a plan");
        let out = Target::Folder { dir: "out/".into(), name: "{slug}".to_owned(), formats: vec![Format::Pdf] };
        assert_eq!(plan.targets, [out, Target::File(Format::Epub, "x.EPUB".into())]);
    }

    #[test]
    fn a_wenji_toml_that_does_not_lead_is_said_to_be_unread() {
        let folder = folder("[book]\ntitle = \"甲\"\n");
        let plan = made(&[folder.path().to_str().expect("UTF-8"), "b.md"]).expect("a plan");
        assert_eq!(plan.book.title, None);
        assert!(plan.problems[0].help.contains("--config"));
    }
}
