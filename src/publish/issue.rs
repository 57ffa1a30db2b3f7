//! An issue is written and recorded, and completed or undone after an interruption.
//!
//! In this order: [`stage`] gives the books a folder of their own beside their target; [`record`] notes them with their
//! hashes; [`put_in_place`] renames them; [`finish`] marks the issue as done. [`recover`] finds out how far a
//! run that was killed had come. [`retain`] removes issues that are too old.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::params;
use sha2::{Digest as _, Sha256};

use super::place::{put_in_place, undo};
use super::runs::{Run, add_run};
use super::select::{assign, forget_pictures};
use super::state::{Issue, IssueFile, State, settle, text_of};
use super::{PublishError, pictures};
use crate::bind::outputs::numbered;
use crate::bind::{Outcome, Output, Plan, Target};
use crate::problem::{Code, Place, Problem};

/// The folder of a run, beside the books that it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staging {
    /// The folder.
    pub(super) folder: PathBuf,
    /// Where the books go at last.
    target: PathBuf,
    /// The pattern of their names.
    name: String,
}

/// Makes the folder of a run and turns the plan's outputs there. The state knows the folder before it is there.
pub(super) fn stage(state: &State, anthology: &str, home: &Path, plan: &mut Plan) -> Result<Staging, PublishError> {
    let Some(Target::Folder { dir, name, formats }) = plan.targets.first().cloned() else {
        return Err(PublishError::OutputName("-".to_owned()));
    };
    let leads_out = |part: Component<'_>| !matches!(part, Component::Normal(_) | Component::CurDir);
    if Path::new(&name).components().any(leads_out) {
        return Err(PublishError::OutputName(name));
    }
    let absolute = |path: &Path| std::path::absolute(path).map_err(|reason| PublishError::io(path, &reason));
    let target = absolute(&dir)?;
    // Runs of other states may write to the same folder at the same time.
    let digest = Sha256::digest(format!("{}\n{anthology}", absolute(home)?.display()));
    let mark: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let folder = target.join(format!(".wenji-issue-{mark}"));
    state.note_staging(&folder)?;
    for inner in ["books", "work"] {
        let inner = folder.join(inner);
        std::fs::create_dir_all(&inner).map_err(|reason| PublishError::io(&inner, &reason))?;
    }
    plan.targets = vec![Target::Folder { dir: folder.join("books"), name: name.clone(), formats }];
    plan.temporary = Some(folder.join("work"));
    Ok(Staging { folder, target, name })
}

/// Notes an issue that is written, with its articles, before its files are in place.
pub(super) fn record(state: &mut State, anthology: &str, issue: &Issue, articles: &[i64]) -> Result<(), PublishError> {
    let change = state.change()?;
    change.execute(
        "INSERT INTO issue (anthology, number, due, made, articles, done, staging) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
        params![
            anthology,
            issue.number,
            issue.due.timestamp(),
            issue.made.timestamp(),
            issue.articles,
            text_of(&issue.staging)?
        ],
    )?;
    for file in &issue.files {
        change.execute(
            "INSERT INTO file (anthology, number, staged, path, hash, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![anthology, issue.number, text_of(&file.staged)?, text_of(&file.path)?, file.hash, file.bytes],
        )?;
    }
    assign(&change, articles, issue.number)?;
    change.commit()?;
    Ok(())
}

/// The issue that these books are. A book whose name is taken gets another one; of a file that is none of wenji's the outcome
/// tells: it may be of an issue that a lost state knew.
pub(super) fn describe(
    state: &State,
    staging: &Staging,
    outcome: &mut Outcome,
    number: u32,
    due: DateTime<Utc>,
    made: DateTime<Utc>,
) -> Result<Issue, PublishError> {
    let mut files = Vec::new();
    for output in &outcome.outputs {
        let file = file_of(state, staging, output, number, &mut outcome.problems)?;
        files.push(file);
    }
    Ok(Issue { number, due, made, articles: outcome.articles, files, staging: staging.folder.clone() })
}

fn file_of(
    state: &State,
    staging: &Staging,
    output: &Output,
    number: u32,
    problems: &mut Vec<Problem>,
) -> Result<IssueFile, PublishError> {
    let below = output.path.strip_prefix(staging.folder.join("books"));
    let below = below.map_err(|_| PublishError::OutputName(output.path.display().to_string()))?;
    let wanted = staging.target.join(below);
    // Two issues may have the same dates. A name that is the same for all means that the newest takes it.
    let varies = ["{slug}", "{date}", "{from}", "{to}", "{issue}"].iter().any(|name| staging.name.contains(name));
    let mut path = wanted.clone();
    let mut others = false;
    for count in 1_u32.. {
        let is_own = state.is_taken(&path)?;
        let is_others = !is_own && path.is_file();
        others |= is_others;
        if !(is_others || is_own && varies) {
            break;
        }
        path = if count == 1 { numbered(&wanted, number) } else { numbered(&wanted, format!("{number}-{count}")) };
    }
    if others {
        let message = format!("a file of this name is there that is of no issue: the new one is {}", path.display());
        problems.push(Problem::warning(Code::ScheduleNameTaken, Place::File(wanted, None), message));
    }
    Ok(IssueFile {
        hash: hash_of(&output.path).map_err(|reason| PublishError::io(&output.path, &reason))?,
        staged: output.path.clone(),
        path,
        bytes: output.bytes,
        removed: false,
    })
}

/// Marks an issue whose files are in place as done. Its articles are not needed any more.
pub(super) fn finish(state: &mut State, anthology: &str, issue: &Issue, run: &Run) -> Result<(), PublishError> {
    let change = state.change()?;
    let number = issue.number;
    change.execute("UPDATE issue SET done = 1 WHERE anthology = ?1 AND number = ?2", params![anthology, number])?;
    change.execute("UPDATE article SET text = NULL WHERE anthology = ?1 AND issue IS NOT NULL", [anthology])?;
    forget_pictures(&change, anthology)?;
    for file in &issue.files {
        let others = "UPDATE file SET removed = 1 WHERE path = ?1 AND NOT (anthology = ?2 AND number = ?3)";
        change.execute(others, params![text_of(&file.path)?, anthology, number])?;
    }
    settle(&change, anthology, issue.due)?;
    add_run(&change, anthology, run)?;
    change.commit()?;
    Ok(())
}

/// Completes or undoes what a killed run began, and removes what it left.
pub(super) fn recover(state: &mut State, home: &Path, now: DateTime<Utc>) -> Result<(), PublishError> {
    for (anthology, issue) in state.unfinished()? {
        // Where the files cannot be put in place now, the issue is made anew, with the pauses of one that failed.
        if put_in_place(&issue).unwrap_or(false) {
            let run = Run {
                due: Some(issue.due),
                started: now,
                result: "built".to_owned(),
                issue: Some(issue.number),
                message: "completed after an interruption".to_owned(),
            };
            finish(state, &anthology, &issue, &run)?;
        } else {
            undo(state, &anthology, &issue)?;
        }
    }
    for folder in state.stagings()? {
        clear(state, &folder)?;
    }
    pictures::sweep(state, home)
}

/// Removes the folder of a run.
pub(super) fn clear(state: &State, folder: &Path) -> Result<(), PublishError> {
    match std::fs::remove_dir_all(folder) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(PublishError::io(folder, &reason)),
        _ => state.forget_staging(folder),
    }
}

/// Removes the files of all but the newest issues. A file that somebody has changed is his, and stays.
pub(super) fn retain(state: &State, anthology: &str, keep: usize) -> Result<(), PublishError> {
    let issues = state.issues(anthology)?;
    let old = issues.len().saturating_sub(keep.max(1));
    for file in issues.iter().take(old).flat_map(|issue| &issue.files).filter(|file| !file.removed) {
        if hash_of(&file.path).is_ok_and(|hash| hash == file.hash) {
            std::fs::remove_file(&file.path).map_err(|reason| PublishError::io(&file.path, &reason))?;
        }
        state.mark_removed(&file.path)?;
    }
    Ok(())
}

pub(super) fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::book::Origin;
    use crate::collect::{Reach, archive};
    use crate::publish::select::{remember, row};

    pub(in crate::publish) fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_000, 0).expect("a moment")
    }

    /// A state with one article and an issue of two files that is written and recorded.
    pub(in crate::publish) fn recorded(folder: &Path) -> (State, Issue) {
        let mut state = State::open(&folder.join("state")).expect("made");
        state.begin("", now()).expect("noted");
        let origin = Origin::File { path: folder.join("a.md"), key: "a.md".to_owned() };
        let draft = archive::read("# 题\n\n文\n", origin, Reach::Public);
        remember(&mut state, "", &[draft], folder, now(), false).expect("remembered");
        let staging = folder.join("out/.wenji-issue-x");
        std::fs::create_dir_all(&staging).expect("made");
        state.note_staging(&staging).expect("noted");
        let file = |name: &str| {
            let staged = staging.join(name);
            std::fs::write(&staged, name).expect("written");
            let hash = hash_of(&staged).expect("read");
            IssueFile { staged, path: folder.join("out").join(name), hash, bytes: 1, removed: false }
        };
        let files = vec![file("a.epub"), file("a.pdf")];
        let issue = Issue { number: 1, due: now(), made: now(), articles: 1, files, staging: staging.clone() };
        let change = state.change().expect("begun");
        let id = row(&change, "", "a.md").expect("read").expect("there");
        drop(change);
        record(&mut state, "", &issue, &[id]).expect("recorded");
        (state, issue)
    }

    pub(in crate::publish) fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder.join("out")).expect("there");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_killed_before_between_or_after_the_renames_is_completed() {
        for renamed in 0..=2 {
            let folder = tempfile::tempdir().expect("a folder");
            let (mut state, issue) = recorded(folder.path());
            for file in issue.files.iter().take(renamed) {
                std::fs::rename(&file.staged, &file.path).expect("renamed");
            }
            recover(&mut state, &folder.path().join("state"), now()).expect("recovered");
            assert_eq!(names(folder.path()), ["a.epub", "a.pdf"], "{renamed}");
            let issues = state.issues("").expect("read");
            assert_eq!((issues.len(), state.pending("").expect("read").len()), (1, 0));
            assert_eq!(state.standing("").expect("read").expect("there").last_due, Some(now()));
            recover(&mut state, &folder.path().join("state"), now()).expect("nothing to recover");
            assert_eq!(state.runs("", 9).expect("read").len(), 1);
        }
    }

    #[test]
    fn an_issue_of_which_a_file_is_lost_is_undone_and_its_articles_come_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut state, issue) = recorded(folder.path());
        std::fs::rename(&issue.files[0].staged, &issue.files[0].path).expect("renamed");
        std::fs::write(&issue.files[1].staged, "cut").expect("written");
        recover(&mut state, &folder.path().join("state"), now()).expect("recovered");
        assert_eq!(names(folder.path()), [""; 0]);
        assert_eq!((state.issues("").expect("read").len(), state.pending("").expect("read").len()), (0, 1));
        assert_eq!(state.next_number("", 1).expect("read"), 1);
    }

    #[test]
    fn old_issues_go_and_what_somebody_changed_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut state, issue) = recorded(folder.path());
        recover(&mut state, &folder.path().join("state"), now()).expect("recovered");
        let next = Issue { number: 2, files: Vec::new(), ..issue.clone() };
        record(&mut state, "", &next, &[]).expect("recorded");
        recover(&mut state, &folder.path().join("state"), now()).expect("recovered");
        std::fs::write(&issue.files[1].path, "with my notes").expect("written");
        retain(&state, "", 1).expect("removed");
        assert_eq!(names(folder.path()), ["a.pdf"]);
        assert!(state.issues("").expect("read")[0].files.iter().all(|file| file.removed));
    }
}
