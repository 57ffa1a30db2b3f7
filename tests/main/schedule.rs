//! Anthologies that build themselves: what is due, what is in an issue, what is left when a run is killed, and the units.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::support::{Epub, Run, Sandbox, article, epubcheck, finish, pdf_text, squeezed, tool, utf8};

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

#[test]
fn a_year_of_weekly_issues_in_shanghai_has_every_article_once() {
    let dues: Vec<_> = (0..52).map(|week| at("2025-12-28T23:00:00Z") + TimeDelta::weeks(week)).collect();
    year("Asia/Shanghai", &dues, 1);
}

#[test]
fn a_year_of_weekly_issues_in_berlin_keeps_its_hour_over_both_changes_of_clocks() {
    let summer = at("2026-03-29T01:00:00Z")..at("2026-10-25T01:00:00Z");
    let due = |week| {
        let moment = at("2026-01-05T06:00:00Z") + TimeDelta::weeks(week);
        if summer.contains(&moment) { moment - TimeDelta::hours(1) } else { moment }
    };
    year("Europe/Berlin", &(0..52).map(due).collect::<Vec<_>>(), 2);
}

// --- Killed, and at once -------------------------------------------------------------------------------------------------

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
    wait_for("articles wait for the next issue", 1);
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

// --- Units -----------------------------------------------------------------------------------------------------------------

/// A sandbox whose path has what units must escape.
fn odd() -> (Sandbox, String) {
    let sandbox = weekly("cron = \"0 7 * * MON\"\ntimezone = \"Europe/Berlin\"\npoll = \"0 */6 * * *\"");
    let folder = "我的 100% $weekly's";
    sandbox.write(&format!("{folder}/in/a.md"), marked(1, None));
    fs::copy(sandbox.path("wenji.toml"), sandbox.path(&format!("{folder}/wenji.toml"))).expect("copied");
    (sandbox, format!("{folder}/wenji.toml"))
}

fn install(sandbox: &Sandbox, config: &str, options: &[&str]) -> Run {
    let mut command = sandbox.command();
    command.args(["schedule", "--config", config, "install"]).args(options);
    finish(&mut command, b"").exits(0)
}

#[test]
fn systemd_accepts_the_units_and_wakes_at_the_moments_of_the_schedule() {
    let (sandbox, config) = odd();
    install(&sandbox, &config, &["--systemd"]);
    let names = sandbox.list("home/.config/systemd/user");
    assert_eq!(names.len(), 2, "{names:?}");
    for name in &names {
        let unit = sandbox.path(&format!("home/.config/systemd/user/{name}"));
        let (good, said) = tool("systemd-analyze", &["verify", utf8(&unit)]);
        assert!(good && !said.contains(name.as_str()), "{said}");
    }
    let timer = names.iter().find(|name| name.ends_with(".timer")).expect("a timer");
    let timer = fs::read_to_string(sandbox.path(&format!("home/.config/systemd/user/{timer}"))).expect("there");
    let lines: Vec<&str> = timer.lines().filter_map(|line| line.strip_prefix("OnCalendar=")).collect();
    assert_eq!(lines, ["Mon *-*-* 07:00:00 Europe/Berlin", "*-*-* 00,06,12,18:00:00 Europe/Berlin"]);
    assert!(timer.contains("Persistent=true"));
    let (good, said) =
        tool("systemd-analyze", &["calendar", "--iterations=40", "--base-time=2026-01-01 00:00:00 UTC", lines[0]]);
    assert!(good, "{said}");
    let next = sandbox.run(["schedule", "next", "-n", "40", "--now", "2026-01-01T00:00:00Z"]).exits(0).text();
    for moment in next.lines() {
        let utc = DateTime::parse_from_rfc3339(moment).expect("a moment").to_utc();
        assert!(said.contains(&utc.format("%Y-%m-%d %H:%M:%S UTC").to_string()), "{moment} is not in {said}");
    }
}

#[test]
fn what_a_calendar_cannot_say_is_told_and_waking_often_is_offered() {
    let sandbox = weekly("cron = \"0 7 * * MON#1\"");
    sandbox.run(["schedule", "install", "--systemd"]).exits(2).says("1#1").says("--often");
    let shown = sandbox.run(["schedule", "install", "--systemd", "--often", "--dry-run"]).exits(0).text();
    assert!(shown.contains("OnCalendar=*:0/5"), "{shown}");
    assert_eq!(sandbox.list("home/.config/systemd/user"), [""; 0]);
}

#[test]
fn the_cron_line_does_what_is_due_when_a_shell_runs_it() {
    let (sandbox, config) = odd();
    let shown = install(&sandbox, &config, &["--cron"]).text();
    let line = shown.lines().find(|line| !line.starts_with('#')).expect("a line");
    let (when, command) = line.split_at(line.match_indices(' ').nth(4).expect("five fields").0);
    assert_eq!(when, "*/5 * * * *");
    // Cron takes the backslash from an escaped per cent sign, and ends the command at any other.
    let plain = command.replace("\\%", "%");
    assert_eq!(command.matches('%').count(), command.matches("\\%").count());
    let mut shell = Command::new("sh");
    crate::support::isolate(&mut shell, &sandbox);
    finish(shell.current_dir("/").args(["-c", &plain]), b"").exits(0);
    let folder = config.strip_suffix("/wenji.toml").expect("a folder");
    assert_eq!(sandbox.list(&format!("{folder}/.wenji")), ["lock", "state.sqlite"]);
}

#[test]
fn the_plist_the_workflow_and_the_manifest_are_read_by_parsers() {
    let (sandbox, config) = odd();
    let path = |name: &str| sandbox.path(name).to_string_lossy().into_owned();
    let read = |script: &str, text: &str| {
        sandbox.write("unit", text);
        let (good, said) = tool("python3", &["-c", script, &path("unit"), &path(&config)]);
        assert!(good, "{said}\n{text}");
    };
    let plist = install(&sandbox, &config, &["--launchd", "--dry-run"]).text();
    let (_, plist) = plist.split_once('\n').expect("a comment first");
    read(
        "import plistlib, sys, os\np = plistlib.load(open(sys.argv[1], 'rb'))\n\
         assert p['ProgramArguments'][1:] == ['--quiet', 'schedule', '--config', sys.argv[2], 'tick'], p\n\
         assert os.access(p['ProgramArguments'][0], os.X_OK) and p['StartInterval'] == 300\n\
         assert p['WorkingDirectory'] == os.path.dirname(sys.argv[2]), p\n",
        plist,
    );
    read(
        "import yaml, sys\nw = yaml.safe_load(open(sys.argv[1]))\njob = w['jobs']['issue']\n\
         assert w[True]['schedule'][0]['cron'] == '7,37 * * * *', w\n\
         assert sys.argv[2].endswith(job['env']['CONFIG']) and w['permissions'] == {'contents': 'write'}, w\n\
         assert any('tick' in step.get('run', '') for step in job['steps'])\n",
        &install(&sandbox, &config, &["--github-actions", "--dry-run"]).text(),
    );
    read(
        "import yaml, sys\njobs = list(yaml.safe_load_all(open(sys.argv[1])))\n\
         assert [j['spec']['schedule'] for j in jobs] == ['0 7 * * 1', '0 */6 * * *'], jobs\n\
         assert all(j['kind'] == 'CronJob' and j['spec']['timeZone'] == 'Europe/Berlin' for j in jobs)\n\
         c = jobs[0]['spec']['jobTemplate']['spec']['template']['spec']['containers'][0]\n\
         assert c['image'] == 'me/wenji:1' and c['command'][3] == sys.argv[2], c\n",
        &install(&sandbox, &config, &["--kubernetes", "--image", "me/wenji:1", "--dry-run"]).text(),
    );
}
