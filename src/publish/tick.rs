//! What is due is done, once; what comes of it is told.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use miette::Diagnostic as _;

use super::runs::{Run, add_run};
use super::schedule::Due;
use super::select::{insert, last_issue, pass_by, remember, restored, row};
use super::state::{Issue, State, settle};
use super::{Lock, Publication, PublishError, Timetable, issue, missing, owner, pictures, place};
use crate::bind::{BindError, Failure, Outcome, Plan, bind_drafts, gather};
use crate::book::{Language, Origin};
use crate::collect::{Collected, Draft, Input, Reach};
use crate::config::values::{Edited, IfEmpty, Moment};
use crate::config::{Config, Loaded};
use crate::problem::{Code, Place, Problem, Severity};
use crate::progress::Progress;

/// What was done for an anthology.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its name; empty when wenji.toml is about one.
    pub anthology: String,
    /// What was done.
    pub action: Action,
    /// What came of the build, or of reading the sources.
    pub outcome: Outcome,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing: nothing is due.
    NotDue,
    /// Sources were read, and so many articles wait for their issue.
    Polled(usize),
    /// Sources could not be read at all, for this reason.
    PollFailed(String),
    /// An issue was made.
    Built(Box<Issue>),
    /// There was nothing new for this moment.
    Empty(DateTime<Utc>),
    /// So many moments passed without an issue; their articles come in the next.
    Missed(usize),
    /// The build failed.
    Failed {
        /// The moment it was for; `None` when it came to none.
        due: Option<DateTime<Utc>>,
        /// Why.
        message: String,
        /// When it is tried again; `None` when it is given up, and its articles come in the next issue.
        again: Option<DateTime<Utc>>,
    },
    /// The build failed before, and is tried again then.
    Waiting(DateTime<Utc>),
}

/// When an anthology is tried again of whose failure nothing can be remembered: disks are full for a while.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// One anthology, while it is worked on.
struct Worker<'a> {
    publication: &'a Publication,
    name: &'a str,
    config: &'a Config,
    table: &'a Timetable,
    now: DateTime<Utc>,
    adapt: &'a dyn Fn(&mut Plan),
    progress: &'a dyn Progress,
    /// What is to be told with the next report.
    problems: Vec<Problem>,
    reports: Vec<Report>,
    /// The moment whose issue is made.
    due: Option<DateTime<Utc>>,
}

/// Does what is due: reads sources, makes issues. `adapt` completes each plan with what the caller knows.
///
/// # Errors
/// [`PublishError::Busy`] when another run is at work; else when the state cannot be opened. A fault of one anthology is in
/// its report, and does not keep the others from their issues.
pub fn tick(
    publication: &Publication,
    now: DateTime<Utc>,
    adapt: &dyn Fn(&mut Plan),
    progress: &dyn Progress,
) -> Result<Vec<Report>, PublishError> {
    let _lock = Lock::take(&publication.folder)?;
    let work = || {
        let mut state = State::open(&publication.folder)?;
        issue::recover(&mut state, &publication.folder, now)?;
        let mut reports = Vec::new();
        for (name, config, table) in &publication.anthologies {
            let (problems, reports_of, due) = (Vec::new(), Vec::new(), None);
            let mut worker =
                Worker { publication, name, config, table, now, adapt, progress, problems, reports: reports_of, due };
            if let Err(error) = worker.work(&mut state) {
                worker.give_up(&mut state, error);
            }
            reports.append(&mut worker.reports);
        }
        Ok(reports)
    };
    work().map_err(|error: PublishError| error.in_folder(&publication.folder))
}

impl Worker<'_> {
    fn work(&mut self, state: &mut State) -> Result<(), PublishError> {
        state.begin(self.name, self.now)?;
        owner::claim(state, self.name, self.publication)?;
        self.problems.extend(owner::renamed(state, self.name, self.publication)?);
        if state.set_back(self.name, self.now)? {
            let message = "the clock has been set back by more than a day; what is due is counted from now";
            self.problems.push(Problem::warning(Code::ScheduleClock, Place::Nowhere, message));
        }
        let Some(standing) = state.standing(self.name)? else { return Ok(()) };
        let Due { mut issues, mut missed } = self.table.due(standing.last_due.unwrap_or(standing.first_tick), self.now);
        // What was begun in time and failed is not missed.
        if let ([], Some(last)) = (issues.as_slice(), missed.last().copied())
            && state.failures(self.name, last)?.0 > 0
        {
            missed.pop();
            issues.push(last);
        }
        if let (Some(first), [_, ..]) = (issues.first(), issues.as_slice())
            && let Some(again) = self.pause(state, *first)?
        {
            self.tell(Action::Waiting(again), Outcome::default());
            return Ok(());
        }
        self.settle_missed(state, &missed, issues.is_empty())?;
        for (index, due) in issues.iter().enumerate() {
            let is_last = index + 1 == issues.len();
            if !self.make(state, *due, is_last)? {
                break;
            }
        }
        if !issues.is_empty() {
            // What waits on, because it was not chosen or because the build failed.
            self.keep_pictures(state);
        }
        if issues.is_empty() && missed.is_empty() {
            let polled = standing.last_poll.is_none_or(|last| self.table.polls(last, self.now));
            if polled { self.poll(state)? } else { self.tell(Action::NotDue, Outcome::default()) }
        }
        Ok(())
    }

    fn tell(&mut self, action: Action, mut outcome: Outcome) {
        outcome.problems.append(&mut self.problems);
        self.reports.push(Report { anthology: self.name.to_owned(), action, outcome });
    }

    /// When a build that failed may be tried again, if that is still to come.
    fn pause(&self, state: &State, due: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, PublishError> {
        let (failures, last) = state.failures(self.name, due)?;
        // One that failed in the future failed before the clock was set back.
        let last = last.filter(|last| *last <= self.now);
        let again = last.and_then(|last| self.table.retry(failures, last));
        Ok(again.filter(|again| *again > self.now))
    }

    /// Moments that are given up because nothing ran. Where an issue follows, it stands for them.
    fn settle_missed(&mut self, state: &mut State, missed: &[DateTime<Utc>], alone: bool) -> Result<(), PublishError> {
        let (Some(last), true) = (missed.last(), alone) else { return Ok(()) };
        let message = format!("{} passed while nothing ran", missed.len());
        self.note(state, *last, "missed", None, &message, true)?;
        self.tell(Action::Missed(missed.len()), Outcome::default());
        Ok(())
    }

    fn note(
        &self,
        state: &mut State,
        due: DateTime<Utc>,
        result: &str,
        issue: Option<u32>,
        message: &str,
        settled: bool,
    ) -> Result<(), PublishError> {
        let change = state.change()?;
        add_run(&change, self.name, &self.run(due, result, issue, message))?;
        if settled {
            settle(&change, self.name, due)?;
        }
        change.commit()?;
        Ok(())
    }

    fn run(&self, due: DateTime<Utc>, result: &str, issue: Option<u32>, message: &str) -> Run {
        let (result, message) = (result.to_owned(), message.to_owned());
        Run { due: Some(due), started: self.now, result, issue, message }
    }

    fn plan(&self, due: DateTime<Utc>) -> Plan {
        let mut plan = Plan::of_anthology(&self.publication.loaded, self.config, due);
        (self.adapt)(&mut plan);
        plan
    }

    /// Reads the sources and remembers what they have.
    fn poll(&mut self, state: &mut State) -> Result<(), PublishError> {
        let plan = self.plan(self.now);
        let (mut collected, lost) = match self.read_sources(&plan) {
            Ok(read) => read,
            Err(error) => {
                let message = error.to_string();
                self.note_poll(state, "poll-failed", &message)?;
                self.tell(Action::PollFailed(message), Outcome::default());
                return Ok(());
            }
        };
        let ended = missing::ask(state, self.name, &plan, self.now, &mut collected, lost, self.progress)?;
        self.remember(state, &collected.drafts)?;
        missing::forget(state, self.name, &ended)?;
        let errors = errors_of(&collected.problems);
        if !errors.is_empty() {
            self.note_poll(state, "poll-incomplete", &errors)?;
        }
        let waiting = state.pending(self.name)?.len();
        self.tell(Action::Polled(waiting), Outcome { problems: collected.problems, ..Outcome::default() });
        self.keep_pictures(state);
        Ok(())
    }

    fn note_poll(&self, state: &mut State, result: &str, message: &str) -> Result<(), PublishError> {
        let (result, message) = (result.to_owned(), message.to_owned());
        let change = state.change()?;
        add_run(&change, self.name, &Run { due: None, started: self.now, result, issue: None, message })?;
        change.commit()?;
        Ok(())
    }

    /// Keeps the pictures of what waits. Where that cannot be, the last report says so: what it tells of is done.
    fn keep_pictures(&mut self, state: &mut State) {
        let folder = &self.publication.folder;
        let kept = pictures::keep(state, self.name, folder, &mut self.plan(self.now), self.progress);
        if let (Err(error), Some(report)) = (kept, self.reports.last_mut()) {
            let message = format!("pictures of articles that wait for their issue cannot be kept: {error}");
            report.outcome.problems.push(Problem::error(
                Code::StateUnusable,
                Place::File(folder.clone(), None),
                message,
            ));
        }
    }

    /// What the sources have. That one has nothing is no fault of an anthology that builds itself.
    fn read_sources(&self, plan: &Plan) -> Result<(Collected, Vec<Draft>), BindError> {
        let (mut collected, lost) = gather(plan, self.progress)?;
        let has_nothing = |problem: &Problem| match &problem.place {
            Place::File(path, None) if problem.code == Code::ArticleUnreadable => {
                let is_pattern = plan.sources.iter().any(|source| {
                    matches!(&source.input, Input::Glob(typed) if Path::new(typed) == path)
                        && glob::Pattern::new(&path.to_string_lossy()).is_ok()
                });
                is_pattern || std::fs::read_dir(path).is_ok()
            }
            _ => false,
        };
        collected.problems.retain(|problem| !has_nothing(problem));
        Ok((collected, lost))
    }

    fn remember(&self, state: &mut State, drafts: &[Draft]) -> Result<Vec<String>, PublishError> {
        let again = self.config.select.edited == Some(Edited::Again);
        remember(state, self.name, drafts, self.publication.base(), self.now, again)
    }

    /// Makes the issue of a moment; the last one of several gets all that is left. `false` when it failed.
    fn make(&mut self, state: &mut State, due: DateTime<Utc>, is_last: bool) -> Result<bool, PublishError> {
        self.due = Some(due);
        let plan = self.plan(due);
        let (mut collected, lost) = match self.read_sources(&plan) {
            Ok(read) => read,
            Err(error) => return self.fail(state, due, &error.to_string(), Outcome::default()),
        };
        let is_unread = collected.drafts.is_empty() && !errors_of(&collected.problems).is_empty();
        let ended = missing::ask(state, self.name, &plan, self.now, &mut collected, lost, self.progress)?;
        let Collected { drafts, problems } = collected;
        let keys = self.remember(state, &drafts)?;
        missing::forget(state, self.name, &ended)?;
        let chosen = self.choose(state, &plan, keys.into_iter().zip(drafts), due, is_last)?;
        // Without a network there is nothing new, and one cannot know.
        if chosen.is_empty() && is_unread {
            return self.fail(state, due, "no source could be read", Outcome { problems, ..Outcome::default() });
        }
        if chosen.is_empty() && self.table.if_empty == IfEmpty::Skip {
            self.note(state, due, "empty", None, "", true)?;
            self.tell(Action::Empty(due), Outcome { problems, ..Outcome::default() });
            return Ok(true);
        }
        self.build(state, plan, due, chosen, problems)
    }

    /// Makes the issue of a moment from these articles, with their keys. `false` when it failed.
    fn build(
        &mut self,
        state: &mut State,
        mut plan: Plan,
        due: DateTime<Utc>,
        chosen: Vec<(String, Draft)>,
        problems: Vec<Problem>,
    ) -> Result<bool, PublishError> {
        let (keys, mut drafts): (Vec<String>, Vec<Draft>) = chosen.into_iter().unzip();
        let number = state.next_number(self.name, self.config.book.issue.unwrap_or(1))?;
        complete(&mut plan, self.name, self.config, number);
        plan.book.date = Some(self.table.date(due));
        let rows = self.spare(state, &mut plan, &keys, &drafts)?;
        if drafts.is_empty() {
            drafts.push(notice(&plan));
        }
        let staging = match issue::stage(state, self.name, &self.publication.folder, &mut plan) {
            Err(error @ PublishError::Io { .. }) => {
                return self.fail(state, due, &error.to_string(), Outcome::default());
            }
            staging => staging?,
        };
        let mut outcome = match bind_drafts(&plan, Collected { drafts, problems }, self.progress) {
            Ok(outcome) => outcome,
            Err(Failure { error, outcome }) => {
                issue::clear(state, &staging.folder)?;
                return self.fail(state, due, &error.to_string(), *outcome);
            }
        };
        let made = issue::describe(state, &staging, &mut outcome, number, due, self.now)?;
        issue::record(state, self.name, &made, &rows)?;
        let published = self.publish(state, &made, &outcome.problems);
        let cleared = issue::clear(state, &staging.folder);
        if let Err(error) = published {
            outcome.outputs.clear();
            return self.fail(state, due, &error.to_string(), outcome);
        }
        for (output, file) in outcome.outputs.iter_mut().zip(&made.files) {
            output.path.clone_from(&file.path);
        }
        // The issue is there, whatever becomes of what is old.
        if let Err(error) = cleared.and_then(|()| self.tidy(state, plan.selection.since)) {
            let message = format!("the issue is in place, but what is old is not removed: {error}");
            outcome.problems.push(Problem::warning(error.problem_code(), Place::Nowhere, message));
        }
        self.tell(Action::Built(Box::new(made)), outcome);
        Ok(true)
    }

    /// Gives a plan the pictures that are kept of its articles. The rows of those that are remembered.
    fn spare(
        &self,
        state: &mut State,
        plan: &mut Plan,
        keys: &[String],
        drafts: &[Draft],
    ) -> Result<Vec<i64>, PublishError> {
        let change = state.change()?;
        let rows = keys.iter().map(|key| row(&change, self.name, key)).collect::<Result<Vec<_>, _>>()?;
        drop(change);
        for (draft, row) in drafts.iter().zip(&rows) {
            let Some(row) = row else { continue };
            for (source, file) in pictures::of_article(state, &self.publication.folder, *row)? {
                plan.spares.insert((draft.origin.key().to_owned(), source), file);
            }
        }
        Ok(rows.into_iter().flatten().collect())
    }

    /// Removes what nobody needs after an issue: texts older than the window, pictures, the files of old issues.
    fn tidy(&self, state: &mut State, since: Option<DateTime<Utc>>) -> Result<(), PublishError> {
        if let Some(since) = since {
            pass_by(state, self.name, since)?;
        }
        pictures::sweep(state, &self.publication.folder)?;
        self.config.output.keep.map_or(Ok(()), |keep| issue::retain(state, self.name, keep))
    }

    /// Puts an issue that is recorded in place; where that cannot be, it is undone.
    fn publish(&self, state: &mut State, made: &Issue, problems: &[Problem]) -> Result<(), PublishError> {
        let placed = place::put_in_place(made);
        if !matches!(placed, Ok(true)) {
            place::undo(state, self.name, made)?;
            placed?;
            return Err(PublishError::Io { path: made.staging.clone(), reason: "the books are gone".to_owned() });
        }
        let errors = errors_of(problems);
        let result = if errors.is_empty() { "built" } else { "incomplete" };
        issue::finish(state, self.name, made, &self.run(made.due, result, Some(made.number), &errors))
    }

    /// The articles of an issue in their order, with their keys.
    fn choose(
        &self,
        state: &State,
        plan: &Plan,
        live: impl Iterator<Item = (String, Draft)>,
        due: DateTime<Utc>,
        is_last: bool,
    ) -> Result<Vec<(String, Draft)>, PublishError> {
        let by_window = !matches!(self.config.select.since, None | Some(Moment::LastIssue));
        let pending = state.pending(self.name)?;
        let ripe = |published: Option<DateTime<Utc>>, seen| is_last || published.unwrap_or(seen) < due;
        let waits = |key: &str| pending.iter().any(|seen| seen.key == *key && ripe(seen.published, seen.seen));
        // A window of one's own is taken as it is; but an article without a date passes it once.
        let mut drafts: Vec<(String, Draft)> =
            live.filter(|(key, draft)| waits(key) || by_window && draft.published.is_some()).collect();
        for seen in pending.iter().filter(|seen| ripe(seen.published, seen.seen)) {
            if !drafts.iter().any(|(key, _)| *key == seen.key) {
                insert(&mut drafts, seen.key.clone(), restored(seen));
            }
        }
        // The selection knows drafts alone: their places tell the keys again.
        let (keys, drafts): (Vec<String>, Vec<Draft>) = drafts.into_iter().unzip();
        let numbered = drafts.into_iter().enumerate().map(|(input, draft)| Draft { input, ..draft }).collect();
        let mut selection = plan.selection.clone();
        if by_window {
            // What came after this moment is in the window of the next issue.
            selection.until = Some(selection.until.map_or(due, |until| until.min(due)));
        }
        let selected = selection.apply(numbered).into_iter();
        Ok(selected.filter_map(|draft| Some((keys.get(draft.input)?.clone(), draft))).collect())
    }

    /// Tells of a fault that ended the work on this anthology, and notes it if the state can be written to.
    fn give_up(&mut self, state: &mut State, error: PublishError) {
        let error = error.in_folder(&self.publication.folder);
        let message = error.to_string();
        let problem = Problem::error(error.problem_code(), Place::Nowhere, message.clone());
        let problem = match error.help() {
            Some(help) => problem.with_help(help.to_string()),
            None => problem,
        };
        let outcome = Outcome { problems: vec![problem], ..Outcome::default() };
        if let Some(due) = self.due
            && self.fail(state, due, &message, outcome.clone()).is_ok()
        {
            return;
        }
        let again = Some(self.now + SOON);
        self.tell(Action::Failed { due: self.due, message, again }, outcome);
    }

    /// Notes that a build failed: it is tried again later, or given up.
    fn fail(
        &mut self,
        state: &mut State,
        due: DateTime<Utc>,
        message: &str,
        outcome: Outcome,
    ) -> Result<bool, PublishError> {
        let (failures, _) = state.failures(self.name, due)?;
        let again = self.table.retry(failures + 1, self.now);
        let result = if again.is_some() { "failed" } else { "given-up" };
        self.note(state, due, result, None, message, again.is_none())?;
        self.tell(Action::Failed { due: Some(due), message: message.to_owned(), again }, outcome);
        Ok(false)
    }
}

/// What is missing, a line a problem.
fn errors_of(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).map(ToString::to_string);
    errors.collect::<Vec<_>>().join("\n")
}

/// What an issue has that a build has not: its number, the series, a name that tells it from the others.
pub fn complete(plan: &mut Plan, name: &str, config: &Config, number: u32) {
    plan.book.issue = Some(number);
    let series = plan.book.series.take().or_else(|| config.book.title.as_deref().and_then(series_of));
    plan.book.series = series.or_else(|| Some(name.to_owned()).filter(|name| !name.is_empty()));
    let title = config.book.title.as_deref().unwrap_or_default();
    let varies = ["{issue}", "{date}", "{from}", "{to}"].iter().any(|placeholder| title.contains(placeholder));
    if let (None, false, Some(crate::bind::Target::Folder { name, .. })) =
        (&config.output.name, varies, plan.targets.first_mut())
    {
        *name = "{slug}-{issue}".to_owned();
    }
}

/// Makes the plan of a build one of the next issue, as far as the state tells: its number, and what is new since the last.
/// Nothing is remembered of such a build.
///
/// # Errors
/// When the state cannot be read.
pub fn preview(
    loaded: &Loaded,
    name: &str,
    config: &Config,
    now: DateTime<Utc>,
    plan: &mut Plan,
) -> Result<(), PublishError> {
    let folder = super::folder(loaded);
    let first = config.book.issue.unwrap_or(1);
    let read = || {
        let Some(state) = State::look(&folder)? else { return Ok((first, None)) };
        Ok((state.next_number(name, first)?, last_issue(&state, name)?))
    };
    let (number, last) = read().map_err(|error: PublishError| error.in_folder(&folder))?;
    complete(plan, name, config, number);
    plan.book.date = Timetable::of(name, config).and_then(|table| Some(table.date(table.next(now)?)));
    if config.select.since == Some(Moment::LastIssue) && last.is_some() {
        plan.selection.since = last;
    }
    Ok(())
}

/// What the titles of all issues have in common: the words before the first placeholder.
fn series_of(title: &str) -> Option<String> {
    let common = title.split('{').next().unwrap_or(title);
    let common = common.trim_end_matches(|c: char| c.is_whitespace() || "第（(·・:：-—–#,，".contains(c)).trim();
    let common = common.strip_suffix("No.").or_else(|| common.strip_suffix("Issue")).unwrap_or(common);
    let common = common.trim_end_matches([' ', ',', ':']);
    Some(common.to_owned()).filter(|common| !common.is_empty())
}

/// The one article of an issue in which there is nothing new.
fn notice(plan: &Plan) -> Draft {
    let language = plan.book.language.clone().unwrap_or_else(Language::chinese);
    let title = if language.is_chinese() { "本期没有新文章" } else { "No new articles" };
    let origin = Origin::File { path: Path::new("empty").to_owned(), key: "empty".to_owned() };
    let draft = crate::collect::archive::read(&format!("# {title}\n\n{title}\n"), origin, Reach::Public);
    Draft { language: Some(language), ..draft }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_what_the_titles_of_its_issues_have_in_common() {
        let series = |title: &str| series_of(title).unwrap_or_default();
        assert_eq!(series("慢读周刊 第{issue}期"), "慢读周刊");
        assert_eq!(series("慢读周刊（{date}）"), "慢读周刊");
        assert_eq!(series("The Weekly, Issue {issue}"), "The Weekly");
        assert_eq!((series("慢读周刊"), series("{date}")), ("慢读周刊".to_owned(), String::new()));
    }
}
