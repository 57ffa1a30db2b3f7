//! Anthologies that build themselves: what is due, what is in an issue, what is left when a run is killed, and the units.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::support::{Epub, Run, Sandbox, article, epubcheck, finish, pdf_text, squeezed, tool};

#[path = "schedule/feed.rs"]
mod feed;
#[path = "schedule/killed.rs"]
mod killed;
#[path = "schedule/lasting.rs"]
mod lasting;
#[path = "schedule/units.rs"]
mod units;

/// Numbers that look random and are the same each time (Knuth's constants for a linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

/// A sandbox with this schedule, which makes small EPUBs of the markdown in `in/`.
fn weekly(schedule: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("tmp")).expect("made");
    fs::create_dir(sandbox.path("in")).expect("made");
    sandbox.write(
        "wenji.toml",
        format!(
            "[book]\ntitle = \"河边周刊 第{{issue}}期\"\nlang = \"zh-CN\"\n[[source]]\npath = \"in\"\n[select]\nsince = \"last-issue\"\n\
             [output]\ndir = \"out\"\nformats = [\"epub\"]\n[schedule]\n{schedule}\n"
        ),
    );
    sandbox
}

fn tick_command(sandbox: &Sandbox, now: DateTime<Utc>) -> Command {
    let mut command = sandbox.command();
    command.env("TMPDIR", sandbox.path("tmp"));
    command.args(["schedule", "tick", "--offline", "--json", "--now", &now.to_rfc3339()]);
    command
}

fn tick(sandbox: &Sandbox, now: DateTime<Utc>) -> Run {
    finish(&mut tick_command(sandbox, now), b"")
}

/// What stands in the folder of the state when nothing waits.
fn remembered() -> Vec<String> {
    ["lock", "state.sqlite"].map(str::to_owned).into()
}

/// What a tick did for each anthology, in a word.
fn actions(run: &Run) -> Vec<String> {
    let report = run.json();
    let anthologies = report["anthologies"].as_array().expect("a list");
    anthologies.iter().map(|anthology| anthology["action"].as_str().expect("a word").to_owned()).collect()
}

fn status(sandbox: &Sandbox) -> Value {
    sandbox.run(["schedule", "status", "--json"]).exits(0).json()
}

/// The marks of the articles in an issue: each body has one of its own.
fn marks(sandbox: &Sandbox, file: &str) -> Vec<String> {
    let text = Epub::open(&sandbox.path(file)).visible();
    let mut marks: Vec<String> =
        text.split("文号").skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect()).collect();
    marks.sort();
    marks.dedup();
    marks
}

/// An article with a mark, dated or not.
fn marked(number: usize, dated: Option<DateTime<Utc>>) -> String {
    let date = dated.map(|moment| format!("发布时间: {}\n", moment.format("%Y-%m-%d %H:%M"))).unwrap_or_default();
    format!("# 第 {number} 篇\n\n{date}\n风从河上来，文号{number:04}。\n")
}

// --- A year ------------------------------------------------------------------------------------------------------------

/// A year of weekly issues from a source that changes: new articles, dated or not; some that are gone again before
/// their issue; some edited after it. Gives how many issues and articles there were.
fn year(zone: &str, dues: &[DateTime<Utc>], seed: u64) {
    let sandbox = weekly(&format!("cron = \"0 7 * * MON\"\ntimezone = \"{zone}\"\npoll = \"0 12 * * THU\""));
    let (mut numbers, mut written) = (Numbers(seed), 0);
    let start = dues[0] - TimeDelta::days(5);
    assert_eq!(actions(&tick(&sandbox, start).exits(0)), ["polled"]);
    let mut expected: Vec<Vec<String>> = Vec::new();
    for (week, due) in dues.iter().enumerate() {
        let mut of_week = Vec::new();
        for half in 0..2 {
            for _ in 0..(1 - half) + numbers.below(2) {
                let dated = (numbers.below(3) > 0).then(|| *due - TimeDelta::hours(numbers.below(400) as i64));
                sandbox.write(&format!("in/{written:04}.md"), marked(written, dated));
                of_week.push(format!("{written:04}"));
                written += 1;
            }
            // On Saturday sources are read; then what fell out of them is still in the next issue.
            if half == 0 {
                tick(&sandbox, *due - TimeDelta::days(2)).exits(0);
                if numbers.below(2) == 0 {
                    fs::remove_file(sandbox.path(&format!("in/{}.md", of_week[0]))).expect("there");
                }
            }
        }
        if let Some(old) = week.checked_sub(2).map(|week| &expected[week][0])
            && let Ok(text) = fs::read_to_string(sandbox.path(&format!("in/{old}.md")))
        {
            sandbox.write(&format!("in/{old}.md"), text + "\n后来补记一笔。\n");
        }
        let early = tick(&sandbox, *due - TimeDelta::seconds(1)).exits(0);
        assert!(!actions(&early).contains(&"built".to_owned()), "{due}");
        let run = tick(&sandbox, *due + TimeDelta::seconds(numbers.below(300) as i64)).exits(0);
        let told = run.json();
        let told = &told["anthologies"][0];
        assert_eq!((told["action"].as_str(), told["issue"].as_u64()), (Some("built"), Some(week as u64 + 1)));
        assert_eq!(at(told["due"].as_str().expect("a moment")), *due);
        expected.push(of_week);
    }
    assert_eq!(sandbox.list("out").len(), dues.len());
    for (index, expected) in expected.iter().enumerate() {
        let number = index + 1;
        assert_eq!(&marks(&sandbox, &format!("out/河边周刊-第{number}期.epub")), expected, "issue {number}");
    }
}

/// Mondays at seven in Shanghai, where clocks do not change.
fn shanghai() -> Vec<DateTime<Utc>> {
    (0..52).map(|week| at("2025-12-28T23:00:00Z") + TimeDelta::weeks(week)).collect()
}

/// Mondays at seven in Berlin, where they do twice.
fn berlin() -> Vec<DateTime<Utc>> {
    let summer = at("2026-03-29T01:00:00Z")..at("2026-10-25T01:00:00Z");
    let due = |week| {
        let moment = at("2026-01-05T06:00:00Z") + TimeDelta::weeks(week);
        if summer.contains(&moment) { moment - TimeDelta::hours(1) } else { moment }
    };
    (0..52).map(due).collect()
}

#[test]
fn a_year_of_weekly_issues_in_shanghai_has_every_article_once() {
    year("Asia/Shanghai", &shanghai(), 1);
}

#[test]
fn a_year_of_weekly_issues_in_berlin_keeps_its_hour_over_both_changes_of_clocks() {
    year("Europe/Berlin", &berlin(), 2);
}

// --- What a schedule does --------------------------------------------------------------------------------------------------

#[test]
fn a_new_anthology_is_first_due_after_its_first_tick_and_catches_up_as_it_is_told() {
    for (catch_up, words, issues) in
        [("once", vec!["built"], 1), ("all", vec!["built", "empty", "built"], 2), ("none", vec!["missed"], 0)]
    {
        let sandbox = weekly(&format!("cron = \"0 7 * * *\"\ncatch_up = \"{catch_up}\""));
        sandbox.write("in/a.md", marked(1, None));
        assert_eq!(actions(&tick(&sandbox, at("2026-01-01T12:00:00Z")).exits(0)), ["polled"]);
        sandbox.write("in/b.md", marked(2, None));
        // The 2nd, the 3rd and the 4th were missed.
        assert_eq!(actions(&tick(&sandbox, at("2026-01-04T20:00:00Z")).exits(0)), words, "{catch_up}");
        assert_eq!(sandbox.list("out").len(), issues, "{catch_up}");
        assert_eq!(actions(&tick(&sandbox, at("2026-01-04T21:00:00Z")).exits(0)), ["not-due"]);
    }
}

#[test]
fn without_anything_new_there_is_no_issue_unless_one_is_wanted() {
    for (if_empty, word) in [("skip", "empty"), ("build", "built")] {
        let sandbox = weekly(&format!("cron = \"0 7 * * *\"\nif_empty = \"{if_empty}\""));
        sandbox.write("in/a.md", marked(1, None));
        tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
        assert_eq!(actions(&tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(0)), ["built"]);
        assert_eq!(actions(&tick(&sandbox, at("2026-01-02T07:00:00Z")).exits(0)), [word]);
        sandbox.write("in/b.md", marked(2, None));
        tick(&sandbox, at("2026-01-03T07:00:00Z")).exits(0);
        let last = if if_empty == "skip" { "out/河边周刊-第2期.epub" } else { "out/河边周刊-第3期.epub" };
        assert_eq!(marks(&sandbox, last), ["0002"]);
    }
}

#[test]
fn a_build_that_fails_is_tried_again_later_and_loses_nothing() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    sandbox.write("in/a.md", marked(1, None));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    // A folder has the name that the issue wants.
    fs::create_dir_all(sandbox.path("out/河边周刊-第1期.epub/x")).expect("made");
    tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(1);
    fs::remove_dir_all(sandbox.path("out/河边周刊-第1期.epub")).expect("removed");
    tick(&sandbox, at("2026-01-01T07:06:00Z")).exits(0);
    assert_eq!(sandbox.list("out"), ["河边周刊-第1期.epub"]);
    // With --strict, a picture that is missing makes the build itself fail.
    let sandbox = weekly("cron = \"0 7 * * *\"\nretries = 1");
    sandbox.write("in/a.md", marked(1, None));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    let strict = |now: &str| {
        let mut command = tick_command(&sandbox, at(now));
        finish(command.arg("--strict"), b"")
    };
    sandbox.write("in/b.md", "# 图\n\n![图](none.png)\n");
    assert_eq!(actions(&strict("2026-01-01T07:00:00Z").exits(1).says("tried again")), ["failed"]);
    assert_eq!(actions(&strict("2026-01-01T07:04:00Z").exits(1)), ["waiting"]);
    assert_eq!(actions(&strict("2026-01-01T07:05:00Z").exits(1).says("given up")), ["failed"]);
    assert_eq!(actions(&strict("2026-01-01T07:30:00Z").exits(0)), ["not-due"]);
    assert_eq!(status(&sandbox)["anthologies"][0]["waiting"], 2);
    assert_eq!(actions(&tick(&sandbox, at("2026-01-02T07:00:00Z")).exits(3)), ["built"]);
    assert_eq!(status(&sandbox)["anthologies"][0]["runs"][0]["result"], "incomplete");
}

#[test]
fn an_issue_has_its_number_in_title_cover_and_series_and_old_ones_go() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox.write("wenji.toml", config.replace("[\"epub\"]", "[\"epub\", \"pdf\"]\nkeep = 2"));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    for day in 1..=3 {
        sandbox.write(&format!("in/{day}.md"), marked(day, Some(at("2026-01-01T00:00:00Z"))));
        tick(&sandbox, at(&format!("2026-01-0{day}T07:00:00Z"))).exits(0);
    }
    let names = ["河边周刊-第2期.epub", "河边周刊-第2期.pdf", "河边周刊-第3期.epub", "河边周刊-第3期.pdf"];
    assert_eq!(sandbox.list("out"), names);
    let book = sandbox.path("out/河边周刊-第3期.epub");
    epubcheck(&book);
    let package = Epub::open(&book).package();
    assert!(package.contains("belongs-to-collection") && package.contains(">河边周刊<"), "{package}");
    assert!(package.contains("group-position") && package.contains(">3<"), "{package}");
    assert!(squeezed(&pdf_text(&sandbox.path("out/河边周刊-第3期.pdf"))).contains("河边周刊第3期"));
}

#[test]
fn a_build_between_issues_shows_the_next_one_and_changes_nothing() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    sandbox.write("in/a.md", marked(1, Some(at("2026-01-01T00:00:00Z"))));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(0);
    sandbox.write("in/b.md", marked(2, Some(at("2026-01-01T09:00:00Z"))));
    sandbox.run(["build", "-o", "draft/"]).exits(0);
    assert_eq!(marks(&sandbox, "draft/河边周刊-第2期.epub"), ["0002"]);
    assert_eq!(status(&sandbox)["anthologies"][0]["issue"]["number"], 1);
    assert_eq!(actions(&tick(&sandbox, at("2026-01-02T07:00:00Z")).exits(0)), ["built"]);
}

#[test]
fn several_anthologies_of_one_file_have_issues_of_their_own() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("tmp")).expect("made");
    sandbox.write(
        "wenji.toml",
        "[output]\ndir = \"out\"\nformats = [\"epub\"]\n[schedule]\ntimezone = \"Asia/Shanghai\"\n\
         [[anthology]]\nname = \"daily\"\n[anthology.book]\ntitle = \"日报{issue}\"\n[[anthology.source]]\npath = \"a\"\n\
         [anthology.schedule]\ncron = \"0 7 * * *\"\n\
         [[anthology]]\nname = \"weekly\"\n[anthology.book]\ntitle = \"周报{issue}\"\n[[anthology.source]]\npath = \"a\"\n\
         [[anthology.source]]\npath = \"b\"\n[anthology.schedule]\ncron = \"0 7 * * FRI\"\n",
    );
    sandbox.write("a/1.md", marked(1, None));
    sandbox.write("b/2.md", marked(2, None));
    tick(&sandbox, at("2025-12-31T12:00:00Z")).exits(0);
    let next = sandbox.run(["schedule", "next", "--now", "2025-12-31T12:00:00Z"]).exits(0).text();
    assert_eq!(next, "2026-01-01T07:00:00+08:00 daily\n2026-01-02T07:00:00+08:00 weekly\n");
    assert_eq!(actions(&tick(&sandbox, at("2025-12-31T23:00:00Z")).exits(0)), ["built", "not-due"]);
    sandbox.write("a/3.md", marked(3, None));
    assert_eq!(actions(&tick(&sandbox, at("2026-01-01T23:00:00Z")).exits(0)), ["built", "built"]);
    let contents: BTreeMap<String, Vec<String>> =
        sandbox.list("out").into_iter().map(|name| (name.clone(), marks(&sandbox, &format!("out/{name}")))).collect();
    let marks = |list: &[&str]| list.iter().map(|mark| (*mark).to_owned()).collect::<Vec<_>>();
    let expected = [
        ("周报1.epub".to_owned(), marks(&["0001", "0002", "0003"])),
        ("日报1.epub".to_owned(), marks(&["0001"])),
        ("日报2.epub".to_owned(), marks(&["0003"])),
    ];
    assert_eq!(contents, expected.into());
    sandbox.run(["schedule", "--anthology", "monthly", "next"]).exits(1).says("monthly");
    sandbox.run(["build", "-o", "draft/"]).exits(2).says("daily, weekly");
    sandbox.run(["build", "--anthology", "daily", "-o", "draft/"]).exits(0);
    assert_eq!(sandbox.list("draft"), ["日报3.epub"]);
}

#[test]
fn a_fault_of_one_anthology_keeps_no_other_from_its_issue() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("tmp")).expect("made");
    sandbox.write("in/a.md", marked(1, None));
    let file = |names: &[&str]| {
        let one =
            |name: &&str| format!("[[anthology]]\nname = \"{name}\"\n[anthology.book]\ntitle = \"{name}{{issue}}\"\n");
        let head = "[[source]]\npath = \"in\"\n[output]\ndir = \"out\"\nformats = [\"epub\"]\n";
        format!(
            "{head}[schedule]\ncron = \"0 7 * * *\"\nstate = \"state\"\n{}",
            names.iter().map(one).collect::<String>()
        )
    };
    sandbox.write("other.toml", file(&["one"]));
    sandbox.write("wenji.toml", file(&["one", "two"]));
    let other = ["schedule", "--config", "other.toml", "tick", "--offline", "--now", "2026-01-01T00:00:00Z"];
    sandbox.run(other).exits(0);
    assert_eq!(actions(&tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(1)), ["failed", "not-due"]);
    let run = tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(1).says("other.toml");
    assert_eq!(actions(&run), ["failed", "built"]);
    assert_eq!(run.json()["anthologies"][0]["report"]["problems"][0]["code"], "config-invalid");
    assert_eq!(sandbox.list("out"), ["two1.epub"]);
}

#[test]
fn an_issue_whose_state_was_lost_overwrites_no_file() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox.write("wenji.toml", config.replace("第{issue}期", "v1.{issue}"));
    sandbox.write("in/a.md", marked(1, None));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(0);
    let first = fs::read(sandbox.path("out/河边周刊-v1.1.epub")).expect("an issue");
    fs::remove_dir_all(sandbox.path(".wenji")).expect("lost");
    sandbox.write("in/b.md", marked(2, None));
    tick(&sandbox, at("2026-01-02T00:00:00Z")).exits(0);
    let run = tick(&sandbox, at("2026-01-02T07:00:00Z")).exits(0).says("schedule-name-taken");
    assert_eq!(actions(&run), ["built"]);
    assert_eq!(sandbox.list("out"), ["河边周刊-v1.1-1.epub", "河边周刊-v1.1.epub"]);
    assert!(fs::read(sandbox.path("out/河边周刊-v1.1.epub")).expect("an issue") == first);
}

#[test]
fn a_tick_that_fails_prints_one_object_too() {
    let sandbox = Sandbox::new();
    let run = tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(1);
    assert_eq!((run.codes("error"), actions(&run)), (vec!["config-invalid".to_owned()], Vec::new()));
}

#[test]
fn without_a_schedule_nothing_is_due_and_the_file_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("wenji.toml", "[[source]]\npath = \"in\"\n");
    sandbox.run(["schedule", "tick"]).exits(1).says("wenji.toml").says("cron");
}

// --- Staying ---------------------------------------------------------------------------------------------------------------

#[cfg(unix)]
#[test]
fn run_makes_what_is_due_reads_the_config_again_and_ends_when_it_is_told() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    sandbox.write("in/a.md", article("河边", "水慢慢地流。"));
    let log = sandbox.path("log");
    let mut child = sandbox
        .command()
        .args(["schedule", "run", "--offline"])
        .stderr(fs::File::create(&log).expect("made"))
        .spawn()
        .expect("started");
    let wait_for = |words: &str, times: usize| {
        let until = Instant::now() + Duration::from_secs(30);
        while fs::read_to_string(&log).expect("there").matches(words).count() < times {
            assert!(Instant::now() < until, "`{words}` is not in {}", fs::read_to_string(&log).expect("there"));
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let signal = |name: &str| assert!(tool("kill", &[name, &child.id().to_string()]).0);
    wait_for("waiting for the next issue", 1);
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox.write("wenji.toml", "[book\n");
    signal("-HUP");
    wait_for("is not read again", 1);
    sandbox.write(
        "wenji.toml",
        config.replace("[schedule]", "[[source]]\npath = \"none.md\"\n[schedule]\npoll = \"* * * * *\""),
    );
    signal("-HUP");
    wait_for("nothing is due", 2);
    signal("-TERM");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_told_to_end_finishes_the_issue_under_way() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    tick(&sandbox, at("2026-01-01T12:00:00Z")).exits(0);
    (0..40).for_each(|number| drop(sandbox.write(&format!("in/{number:04}.md"), marked(number, None))));
    let mut command = sandbox.command();
    command.env("TMPDIR", sandbox.path("tmp")).args(["-q", "schedule", "run", "--offline"]);
    let mut child = command.spawn().expect("started");
    let until = Instant::now() + Duration::from_secs(30);
    while sandbox.list("out").is_empty() {
        assert!(Instant::now() < until && child.try_wait().expect("asked").is_none(), "no issue was begun");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(tool("kill", &["-TERM", &child.id().to_string()]).0);
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    assert_eq!((sandbox.list("out"), sandbox.list("tmp")), (vec!["河边周刊-第1期.epub".to_owned()], Vec::new()));
    assert_eq!(status(&sandbox)["anthologies"][0]["issue"]["articles"], 40);
}
