//! A run that is killed, a disk that is full, and two runs at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::{Numbers, actions, at, marked, marks, remembered, status, tick, tick_command, weekly};
use crate::support::{Sandbox, finish, tool, utf8};

#[test]
fn a_tick_that_is_killed_at_any_moment_leaves_one_correct_issue_and_nothing_else() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    let first = at("2026-01-01T12:00:00Z");
    tick(&sandbox, first).exits(0);
    let mut numbers = Numbers(3);
    let mut took = Duration::from_millis(200);
    for day in 0..50 {
        sandbox.write(&format!("in/{day:04}.md"), marked(day, None));
        let now = first + TimeDelta::days(day as i64 + 1);
        let started = Instant::now();
        let mut child =
            tick_command(&sandbox, now).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        // The first runs to its end, so that it is known how long one takes.
        if day > 0 {
            std::thread::sleep(took.mul_f64(numbers.below(1100) as f64 / 1000.0));
            // It may have ended by itself.
            let _ = child.kill();
            child.wait().expect("ended");
        } else {
            child.wait().expect("ended");
            took = started.elapsed();
        }
        tick(&sandbox, now).exits(0);
        let standing = status(&sandbox);
        let issue = &standing["anthologies"][0]["issue"];
        assert_eq!((issue["number"].as_u64(), issue["articles"].as_u64()), (Some(day as u64 + 1), Some(1)), "{day}");
        assert_eq!(sandbox.list("out").len(), day + 1, "{day}: {:?}", sandbox.list("out"));
        assert_eq!(sandbox.list("tmp"), [""; 0], "{day}");
        assert_eq!(sandbox.list(".wenji"), ["lock", "state.sqlite"], "{day}");
        assert_eq!(marks(&sandbox, &format!("out/河边周刊-第{}期.epub", day + 1)), [format!("{day:04}")]);
    }
}

#[test]
fn of_two_ticks_at_once_one_works_and_the_other_says_so() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    let first = at("2026-01-01T12:00:00Z");
    tick(&sandbox, first).exits(0);
    sandbox.write("in/a.md", marked(1, None));
    let due = first + TimeDelta::days(1);
    let lock = wenji::publish::Lock::take(&sandbox.path(".wenji")).expect("free");
    tick(&sandbox, due).exits(4).says("another run is at work");
    assert_eq!(sandbox.list("out"), [""; 0]);
    drop(lock);
    let runs: Vec<_> = (0..3)
        .map(|_| tick_command(&sandbox, due).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started"))
        .collect();
    let ends: Vec<_> = runs.into_iter().map(|mut run| run.wait().expect("ended").code()).collect();
    assert!(ends.contains(&Some(0)) && ends.iter().all(|end| matches!(end, Some(0 | 4))), "{ends:?}");
    assert_eq!(sandbox.list("out"), ["河边周刊-第1期.epub"]);
}

// --- At each change of the disk --------------------------------------------------------------------------------------------

/// A library that stands between a program and the disk: `tests/tools/disk.c`.
#[cfg(target_os = "linux")]
fn disk() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("disk.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/disk.c");
        let (good, said) = tool("cc", &["-shared", "-fPIC", "-o", utf8(&library), source]);
        assert!(good, "{said}");
        library
    };
    BUILT.get_or_init(build).clone()
}

#[cfg(target_os = "linux")]
fn with_disk(command: &mut Command, what: &str, value: &impl ToString) {
    command.env("LD_PRELOAD", disk()).env(format!("WENJI_DISK_{what}"), value.to_string());
}

/// A sandbox whose issues all have one name, and how many changes of the disk the second of its issues takes.
#[cfg(target_os = "linux")]
fn constant_name() -> (Sandbox, usize) {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox.write("wenji.toml", config.replace("formats =", "name = \"周刊\"\nformats ="));
    tick(&sandbox, at("2026-01-01T12:00:00Z")).exits(0);
    for day in 0..2 {
        sandbox.write(&format!("in/{day:04}.md"), marked(day, None));
        let mut command = tick_command(&sandbox, at("2026-01-02T12:00:00Z") + TimeDelta::days(day as i64));
        with_disk(&mut command, "COUNT", &sandbox.path(&format!("home/changes-{day}")).display());
        fs::create_dir_all(sandbox.path("home")).expect("made");
        assert_eq!(actions(&finish(&mut command, b"").exits(0)), ["built"]);
    }
    let changes = fs::read(sandbox.path("home/changes-1")).expect("counted").len();
    (sandbox, changes)
}

/// How far a run has come that was to make this issue, by what it left in the state and in the folder of issues.
#[cfg(target_os = "linux")]
fn phase(sandbox: &Sandbox, number: usize) -> &'static str {
    // What is looked at is a copy: looking rolls back what was cut off.
    let copy = tempfile::tempdir().expect("a folder");
    for name in sandbox.list(".wenji").iter().filter(|name| name.starts_with("state")) {
        fs::copy(sandbox.path(&format!(".wenji/{name}")), copy.path().join(name)).expect("copied");
    }
    let state = rusqlite::Connection::open(copy.path().join("state.sqlite")).expect("a database");
    let count = |ask: &str| state.query_row(ask, [], |row| row.get::<_, i64>(0)).expect("a number");
    let is_staged = count("SELECT COUNT(*) FROM staging") > 0;
    let is_recorded = count(&format!("SELECT COUNT(*) FROM issue WHERE number = {number}")) > 0;
    let is_done = count(&format!("SELECT COUNT(*) FROM issue WHERE number = {number} AND done")) > 0;
    let is_new = marks(sandbox, "out/周刊.epub") == [format!("{:04}", number - 1)];
    match (is_staged, is_recorded, is_done, is_new) {
        (false, false, ..) => "sources are read",
        (true, false, _, false) => "books are written",
        (true, true, false, false) => "recorded",
        (true, true, false, true) => "in place",
        (true, true, true, true) => "done, not cleared",
        (false, true, true, true) => "cleared",
        other => panic!("a state that must not be: {other:?}"),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn killed_in_each_phase_a_tick_leaves_the_last_issue_or_the_new_one_under_their_one_name() {
    let (sandbox, changes) = constant_name();
    let mut numbers = Numbers(7);
    let mut day = 1;
    let mut kill_at = |change: usize| {
        day += 1;
        sandbox.write(&format!("in/{day:04}.md"), marked(day, None));
        let now = at("2026-01-02T12:00:00Z") + TimeDelta::days(day as i64);
        let mut command = tick_command(&sandbox, now);
        with_disk(&mut command, "KILL", &change);
        let ended = finish(&mut command, b"");
        assert!(ended.status.is_none() || change + 10 > changes, "not killed at change {change} of {changes}");
        let phase = phase(&sandbox, day + 1);
        let left = marks(&sandbox, "out/周刊.epub");
        assert!(left == [format!("{:04}", day - 1)] || left == [format!("{day:04}")], "{left:?} at change {change}");
        tick(&sandbox, now).exits(0);
        assert_eq!(marks(&sandbox, "out/周刊.epub"), [format!("{day:04}")], "change {change}");
        let standing = status(&sandbox);
        let issue = &standing["anthologies"][0]["issue"];
        assert_eq!((issue["number"].as_u64(), issue["articles"].as_u64()), (Some(day as u64 + 1), Some(1)));
        assert_eq!((sandbox.list("out"), sandbox.list("tmp")), (vec!["周刊.epub".to_owned()], Vec::new()), "{change}");
        assert_eq!(sandbox.list(".wenji"), remembered(), "{change}");
        phase
    };
    // One random change of each fiftieth of all changes.
    let moments = (0..50).map(|moment| 1 + (moment * changes + numbers.below(changes as u64) as usize) / 50);
    let mut phases: BTreeMap<usize, &str> = moments.map(|change| (change, kill_at(change))).collect();
    // The phase between database and files is short: each of its changes.
    let last = phases.iter().rfind(|(_, phase)| **phase == "books are written").map_or(0, |(change, _)| *change);
    let first = phases.iter().find(|(_, phase)| **phase == "in place").map_or(changes, |(change, _)| *change);
    for change in last + 1..first {
        phases.entry(change).or_insert_with(|| kill_at(change));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    phases.values().for_each(|phase| *counts.entry(phase).or_default() += 1);
    println!("{counts:?} of {changes} changes");
    let all = ["sources are read", "books are written", "recorded", "in place", "done, not cleared"];
    assert!(all.iter().all(|phase| counts.get(phase).is_some_and(|count| *count >= 3)), "{counts:?} of {changes}");
}

#[test]
fn an_issue_of_which_one_file_cannot_be_put_in_place_gives_the_name_of_the_other_its_last_file_back() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox
        .write("wenji.toml", config.replace("formats = [\"epub\"]", "name = \"周刊\"\nformats = [\"epub\", \"pdf\"]"));
    sandbox.write("in/a.md", marked(1, None));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(0);
    let last = fs::read(sandbox.path("out/周刊.pdf")).expect("there");
    sandbox.write("in/b.md", marked(2, None));
    fs::remove_file(sandbox.path("out/周刊.epub")).expect("there");
    fs::create_dir_all(sandbox.path("out/周刊.epub/x")).expect("made");
    assert_eq!(actions(&tick(&sandbox, at("2026-01-02T07:00:00Z")).exits(1)), ["failed"]);
    assert!(fs::read(sandbox.path("out/周刊.pdf")).expect("there") == last, "the last PDF is gone");
    fs::remove_dir_all(sandbox.path("out/周刊.epub")).expect("removed");
    assert_eq!(actions(&tick(&sandbox, at("2026-01-02T07:05:00Z")).exits(0)), ["built"]);
    assert_eq!(sandbox.list("out"), ["周刊.epub", "周刊.pdf"]);
    assert!(fs::read(sandbox.path("out/周刊.pdf")).expect("there") != last);
    assert_eq!(marks(&sandbox, "out/周刊.epub"), ["0002"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_at_any_change_loses_nothing_and_is_told() {
    let (sandbox, changes) = constant_name();
    let mut said = BTreeSet::new();
    for moment in 0..30 {
        let day = 2 + moment;
        sandbox.write(&format!("in/{day:04}.md"), marked(day, None));
        let now = at("2026-01-02T12:00:00Z") + TimeDelta::days(day as i64);
        let change = 1 + moment * changes / 30;
        let mut command = tick_command(&sandbox, now);
        with_disk(&mut command, "FULL", &change);
        let run = finish(&mut command, b"");
        assert!(matches!(run.status, Some(0 | 1 | 3)), "{run:?}");
        if run.status == Some(1) {
            // SQLite says only which file it could not make; the help names the disk.
            let reasons = ["o space left on device", "disk is full", "that the disk has room"];
            let reason = reasons.into_iter().find(|words| run.stderr.contains(words));
            said.insert(reason.unwrap_or_else(|| panic!("the reason is not told: {}", run.stderr)));
        }
        let left = marks(&sandbox, "out/周刊.epub");
        assert!(left == [format!("{:04}", day - 1)] || left == [format!("{day:04}")], "{left:?} at change {change}");
        // There is room again, and time to try again has come.
        tick(&sandbox, now + TimeDelta::minutes(5)).exits(0);
        assert_eq!(marks(&sandbox, "out/周刊.epub"), [format!("{day:04}")], "change {change}");
        assert_eq!(status(&sandbox)["anthologies"][0]["issue"]["number"], day + 1);
        assert_eq!((sandbox.list("out"), sandbox.list("tmp")), (vec!["周刊.epub".to_owned()], Vec::new()), "{change}");
        assert_eq!(sandbox.list(".wenji"), remembered(), "{change}");
    }
    assert!(said.len() > 1, "{said:?}");
}

#[test]
fn a_state_that_is_damaged_is_named_with_what_can_be_done() {
    let sandbox = weekly("cron = \"0 7 * * MON\"");
    sandbox.write("in/1.md", marked(1, None));
    tick(&sandbox, at("2024-01-03T00:00:00Z")).exits(0);
    let whole = fs::read(sandbox.path(".wenji/state.sqlite")).expect("a state");
    // Nothing of it left, and the first page of its tables overwritten.
    let half = [&whole[..100], &vec![0xEE; whole.len() - 100]].concat();
    for (state, command) in [(vec![0xEE; 3000], "tick"), (vec![0xEE; 3000], "status"), (half, "tick")] {
        sandbox.write(".wenji/state.sqlite", &state);
        let run = sandbox.run(["schedule", command]).exits(1);
        let said = run.stderr.replace("\n  │ ", " ");
        assert!(
            said.contains(".wenji/state.sqlite: it is damaged") && said.contains("put a copy of it back"),
            "{said}"
        );
        assert!(fs::read(sandbox.path(".wenji/state.sqlite")).expect("a state") == state, "{command}");
    }
    sandbox.write(".wenji/state.sqlite", &whole);
    tick(&sandbox, at("2024-01-08T08:00:00Z")).exits(0);
}
