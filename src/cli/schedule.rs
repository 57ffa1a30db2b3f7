//! `wenji schedule`: when issues are due, what is due is done, how things stand.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wenji::bind::{Outcome, Plan};
use wenji::progress::{Progress, Stage};
use wenji::publish::{Action, Publication, PublishError, Report, State, Timetable, rename, tick};
use wenji::{clock, config, report};

use super::plan::{CONFIG, Surroundings, apply_run};
use super::typed::{Loudness, RunArgs, Schedule, ScheduleCommand};
use super::{CliError, Status, build, ended, fonts, install, progress, say, tell};

/// The longest sleep: a machine that was asleep itself, or whose clock was set, is noticed after it.
const NAP: Duration = Duration::from_secs(60);

pub(super) fn run(schedule: &Schedule, loudness: &Loudness) -> Result<Status, CliError> {
    let path = schedule.config.clone().unwrap_or_else(|| PathBuf::from(CONFIG));
    let publication = || read(&path, schedule.anthology.as_deref());
    match &schedule.command {
        ScheduleCommand::Next { count, now, json } => {
            next(&publication()?, *count, now.unwrap_or_else(clock::now), *json).map(|()| Status::Complete)
        }
        ScheduleCommand::Status { now, json } => {
            status(&publication()?, now.unwrap_or_else(clock::now), *json).map(|()| Status::Complete)
        }
        ScheduleCommand::Tick { now, run } => {
            ended::clear_up_first();
            let now = now.unwrap_or_else(clock::now);
            let done = publication().and_then(|publication| once(&publication, now, run, loudness, None));
            if run.json {
                print_json(&done)?;
            }
            done.map(|reports| worst(&reports))
        }
        ScheduleCommand::Run { run } => stay(&publication, run, loudness),
        ScheduleCommand::Rename { old, new } => {
            rename(&publication()?, old, new)?;
            say::note(&format!("what is remembered of {} is that of {} now\n", label(old), label(new)));
            Ok(Status::Complete)
        }
        ScheduleCommand::Install(install) => install::run(install, &publication()?).map(|()| Status::Complete),
    }
}

fn read(path: &Path, only: Option<&str>) -> Result<Publication, CliError> {
    Ok(Publication::new(config::read(path)?, only)?)
}

/// The name of an anthology, or that of the file where it is about one.
fn label(name: &str) -> &str {
    if name.is_empty() { CONFIG } else { name }
}

// --- What is due -------------------------------------------------------------------------------------------------------

/// Does what is due and tells it; with `reading` as a log that tells when.
fn once(
    publication: &Publication,
    now: DateTime<Utc>,
    run: &RunArgs,
    loudness: &Loudness,
    reading: Option<&Reading>,
) -> Result<Vec<Report>, CliError> {
    let around = Surroundings { now, cache: build::user_cache(), fonts: fonts::system_folders() };
    let adapt = |plan: &mut Plan| {
        apply_run(plan, run, &around);
        if !plan.fonts.no_system {
            plan.fonts.system.clone_from(&around.fonts);
        }
    };
    let shown = progress::watch(loudness.quiet);
    let reports = match reading {
        Some(reading) => tick(publication, now, &adapt, &Noted { reading, shown: &*shown })?,
        None => tick(publication, now, &adapt, &*shown)?,
    };
    let moment = reading.map(|_| format!("{} ", when(now))).unwrap_or_default();
    for report in &reports {
        if has_failed(report) || !loudness.quiet {
            say::note(&format!("{moment}{}: {}\n", label(&report.anthology), sentence(&report.action)));
        }
        build::summarize(&report.outcome, loudness);
    }
    Ok(reports)
}

fn sentence(action: &Action) -> String {
    match action {
        Action::NotDue => "nothing is due".to_owned(),
        Action::Polled(waiting) => {
            format!("sources read; waiting for the next issue: {}", report::count(*waiting, "article"))
        }
        Action::PollFailed(message) => format!("the sources cannot be read: {message}"),
        Action::Built(issue) => {
            let articles = report::count(issue.articles, "article");
            format!("issue {} of {}, {articles}", issue.number, when(issue.due))
        }
        Action::Empty(due) => format!("nothing new for the issue of {}", when(*due)),
        Action::Missed(count) => {
            format!("missed: {}; the articles come in the next", report::count(*count, "issue"))
        }
        Action::Failed { due, message, again } => {
            let what = due.map_or("this".to_owned(), |due| format!("the issue of {}", when(due)));
            let then = match again {
                Some(again) => format!("it is tried again from {}", when(*again)),
                None => "it is given up, and its articles come in the next".to_owned(),
            };
            format!("{what} failed: {message}; {then}")
        }
        Action::Waiting(again) => format!("the last build failed; it is tried again from {}", when(*again)),
    }
}

fn when(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The exit status of a tick: that of the anthology that went worst.
fn worst(reports: &[Report]) -> Status {
    if reports.iter().any(has_failed) {
        Status::Nothing
    } else if reports.iter().any(|report| report.outcome.is_incomplete()) {
        Status::Incomplete
    } else {
        Status::Complete
    }
}

/// One object of what was done, or of why nothing was.
fn print_json(done: &Result<Vec<Report>, CliError>) -> Result<(), CliError> {
    let value = match done {
        Ok(reports) => json!({ "anthologies": reports.iter().map(report_json).collect::<Vec<_>>() }),
        Err(error) => {
            let mut value = report::json(&Outcome { problems: vec![error.to_problem()], ..Outcome::default() });
            value["anthologies"] = json!([]);
            value
        }
    };
    say::data(&format!("{value}\n"))
}

fn has_failed(report: &Report) -> bool {
    matches!(report.action, Action::Failed { .. } | Action::PollFailed(_) | Action::Waiting(_))
}

fn report_json(report: &Report) -> Value {
    let mut value = json!({ "anthology": report.anthology, "report": report::json(&report.outcome) });
    let (action, more) = match &report.action {
        Action::NotDue => ("not-due", json!({})),
        Action::Polled(waiting) => ("polled", json!({ "waiting": waiting })),
        Action::PollFailed(message) => ("poll-failed", json!({ "message": message })),
        Action::Built(issue) => ("built", json!({ "issue": issue.number, "due": when(issue.due) })),
        Action::Empty(due) => ("empty", json!({ "due": when(*due) })),
        Action::Missed(count) => ("missed", json!({ "count": count })),
        Action::Failed { due, message, again } => {
            ("failed", json!({ "due": due.map(when), "message": message, "again": again.map(when) }))
        }
        Action::Waiting(again) => ("waiting", json!({ "again": when(*again) })),
    };
    value["action"] = action.into();
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

// --- Staying -----------------------------------------------------------------------------------------------------------

/// What a signal asks for.
enum Signal {
    /// End, when what is under way is done.
    Stop,
    /// Read wenji.toml again.
    Reload,
}

/// Whether sources are read at the moment: nothing is begun then that would have to be finished.
type Reading = Arc<AtomicBool>;

/// Notes for the signals when sources are read.
struct Noted<'a> {
    reading: &'a Reading,
    shown: &'a dyn Progress,
}

impl Progress for Noted<'_> {
    fn begin(&self, stage: Stage, total: u64) {
        self.reading.store(stage == Stage::Collect, Ordering::SeqCst);
        self.shown.begin(stage, total);
    }

    fn advance(&self, stage: Stage, by: u64) {
        self.shown.advance(stage, by);
    }

    fn end(&self, stage: Stage) {
        self.reading.store(false, Ordering::SeqCst);
        self.shown.end(stage);
    }
}

/// Stays and does what is due when it is due. While sources are read, which a slow server may draw out, a signal to stop ends
/// the program; else what is under way is finished first. A second signal ends it at once, and the next run clears up.
fn stay(
    publication: &dyn Fn() -> Result<Publication, CliError>,
    run: &RunArgs,
    loudness: &Loudness,
) -> Result<Status, CliError> {
    let reading = Reading::default();
    let signals = signals(&reading)?;
    let mut current = publication()?;
    loop {
        let now = clock::now();
        let mut next = current.anthologies.iter().filter_map(|(_, _, table)| table.wakes(now)).min();
        let done = once(&current, now, run, loudness, Some(&reading));
        if run.json {
            print_json(&done)?;
        }
        match done {
            Ok(reports) => {
                let again = reports.iter().filter_map(|report| match report.action {
                    Action::Failed { again, .. } => again,
                    Action::Waiting(again) => Some(again),
                    _ => None,
                });
                next = next.into_iter().chain(again).min();
            }
            // Somebody else's tick, or a disk that is full for a while, is no reason to end.
            Err(error) => {
                tell(error);
                next = Some(now + NAP);
            }
        }
        loop {
            let left = next.map_or(NAP, |next| (next - clock::now()).to_std().unwrap_or_default());
            match signals.recv_timeout(left.min(NAP)) {
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(Status::Complete),
                Ok(Signal::Reload) => {
                    match publication() {
                        Ok(read) => current = read,
                        Err(error) => {
                            say::note("wenji.toml is not read again, and what it said before holds:\n");
                            tell(error);
                        }
                    }
                    break;
                }
                // A clock that was set back makes what was reckoned by it void.
                Err(RecvTimeoutError::Timeout) if clock::now() < now => break,
                Err(RecvTimeoutError::Timeout) if next.is_some_and(|next| next <= clock::now()) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

#[cfg(unix)]
fn signals(reading: &Reading) -> Result<Receiver<Signal>, CliError> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let failed = |reason| CliError::Io { what: "signals".to_owned(), reason, help: None };
    let mut heard = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
    let (send, receive) = channel();
    let reading = Arc::clone(reading);
    std::thread::spawn(move || {
        let mut stops = 0;
        for signal in heard.forever() {
            stops += i32::from(signal != SIGHUP);
            if stops > 0 && reading.load(Ordering::SeqCst) {
                say::note("ended while sources were read: nothing was begun\n");
                wenji::unfinished::abandon();
                std::process::exit(Status::Complete as i32);
            }
            if stops > 1 {
                wenji::unfinished::abandon();
                std::process::exit(Status::Nothing as i32);
            }
            // The other end goes when the program does.
            let _ = send.send(if signal == SIGHUP { Signal::Reload } else { Signal::Stop });
        }
    });
    Ok(receive)
}

#[cfg(not(unix))]
fn signals(_reading: &Reading) -> Result<Receiver<Signal>, CliError> {
    let (send, receive) = channel();
    // Without signals, nobody sends: the channel stays open for as long as the program runs.
    std::mem::forget(send);
    Ok(receive)
}

// --- What will be, and what was ------------------------------------------------------------------------------------------

fn next(publication: &Publication, count: usize, now: DateTime<Utc>, as_json: bool) -> Result<(), CliError> {
    let coming = |table: &Timetable| table.coming(now).take(count).map(|moment| moment.to_rfc3339()).collect();
    let anthologies = publication.anthologies.iter();
    let all: Vec<(&str, Vec<String>)> = anthologies.map(|(name, _, table)| (name.as_str(), coming(table))).collect();
    if as_json {
        let told: Vec<Value> = all.iter().map(|(name, next)| json!({ "anthology": name, "next": next })).collect();
        return say::data(&format!("{}\n", json!({ "anthologies": told })));
    }
    let line = |name: &str, moment: &String| {
        if name.is_empty() { format!("{moment}\n") } else { format!("{moment} {name}\n") }
    };
    say::data(&all.iter().flat_map(|(name, next)| next.iter().map(|next| line(name, next))).collect::<String>())
}

fn status(publication: &Publication, now: DateTime<Utc>, as_json: bool) -> Result<(), CliError> {
    let read = || {
        let state = State::look(&publication.folder)?;
        let anthologies = publication.anthologies.iter();
        anthologies.map(|(name, _, table)| standing(state.as_ref(), name, table, now)).collect::<Result<Vec<_>, _>>()
    };
    let all = read().map_err(|error: PublishError| error.in_folder(&publication.folder))?;
    if as_json {
        return say::data(&format!("{}\n", json!({ "state": publication.folder, "anthologies": all })));
    }
    say::data(&all.iter().map(in_words).collect::<String>())
}

/// How an anthology stands, as an object.
fn standing(state: Option<&State>, name: &str, table: &Timetable, now: DateTime<Utc>) -> Result<Value, PublishError> {
    let mut value = json!({
        "anthology": name,
        "next": table.coming(now).next().map(|moment| moment.to_rfc3339()),
        "waiting": 0, "issue": null, "runs": [],
    });
    let Some(state) = state else { return Ok(value) };
    value["waiting"] = state.pending(name)?.len().into();
    value["polled"] = json!(state.standing(name)?.and_then(|standing| standing.last_poll).map(when));
    if let Some(issue) = state.issues(name)?.pop() {
        let files = issue
            .files
            .iter()
            .filter(|file| !file.removed)
            .map(|file| json!({ "path": file.path, "bytes": file.bytes, "sha256": file.hash }));
        value["issue"] = json!({
            "number": issue.number, "due": when(issue.due), "made": when(issue.made), "articles": issue.articles,
            "files": files.collect::<Vec<_>>(),
        });
    }
    let runs = state.runs(name, 10)?.into_iter().map(|run| {
        json!({ "due": run.due.map(when), "started": when(run.started), "result": run.result, "issue": run.issue,
                "message": run.message })
    });
    value["runs"] = runs.collect::<Vec<_>>().into();
    Ok(value)
}

/// The same for a person.
fn in_words(standing: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("never").to_owned();
    let mut out = format!("{}\n", label(standing["anthology"].as_str().unwrap_or_default()));
    out += &format!("  next     {}\n", text(&standing["next"]));
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
    let articles = |value: &Value| report::count(number(value), "article");
    out += &format!("  waiting  {}\n", articles(&standing["waiting"]));
    let issue = &standing["issue"];
    if !issue.is_null() {
        let articles = articles(&issue["articles"]);
        out += &format!("  issue    {} of {}, {articles}\n", issue["number"], text(&issue["due"]));
        for file in issue["files"].as_array().into_iter().flatten() {
            out += &format!("           {}\n", text(&file["path"]));
        }
    }
    let is_poll = |run: &&Value| run["due"].is_null();
    let runs = || standing["runs"].as_array().into_iter().flatten();
    let last = runs().find(|run| !is_poll(run)).map(|run| ("last run", run));
    // A poll that went well is told by its moment alone, and makes what came before it old.
    let polled = standing["polled"].as_str().unwrap_or_default();
    let poll = runs().find(is_poll).filter(|run| run["started"].as_str().is_some_and(|started| started >= polled));
    if poll.is_none() && !polled.is_empty() {
        out += &format!("  polled   {polled}\n");
    }
    for (what, run) in last.into_iter().chain(poll.map(|run| ("polled  ", run))) {
        out += &format!("  {what} {} at {}\n", text(&run["result"]), text(&run["started"]));
        for line in run["message"].as_str().unwrap_or_default().lines() {
            out += &format!("           {line}\n");
        }
    }
    out
}
