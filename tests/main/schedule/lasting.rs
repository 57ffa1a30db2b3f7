//! Years on a small server: what goes wrong there, and what must not.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use image::ImageFormat;

use super::{actions, at, marked, marks, remembered, status, tick, tick_command, weekly};
use crate::support::{Answer, Epub, Run, Sandbox, Server, finish, picture, tool};

/// A sandbox with a feed of this server and this schedule.
fn feeding(server: &Server, schedule: &str) -> Sandbox {
    let sandbox = weekly(schedule);
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    let feed = format!("feed = \"{}\"", server.url("/feed"));
    sandbox.write("wenji.toml", config.replace("path = \"in\"", &feed) + "[fetch]\nretries = 0\n");
    sandbox
}

/// A tick with the network.
fn online(sandbox: &Sandbox, now: &str) -> Run {
    let mut command = sandbox.command();
    command.env("TMPDIR", sandbox.path("tmp"));
    finish(command.args(["schedule", "tick", "--json", "--now", now]), b"")
}

/// A feed of three articles, which answers while it is up.
fn feed(is_up: &Arc<AtomicBool>) -> Server {
    let is_up = Arc::clone(is_up);
    Server::serve(move |_, _| {
        let text = "水面上有一条船，船上的人看着岸，岸上的人看着船。".repeat(20);
        let item = |number| {
            format!(
                "<item><title>第{number}篇</title><link>/{number}</link><description>文号{number:04}。{text}</description></item>"
            )
        };
        let items: String = (1..4).map(item).collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>河边</title>{items}</channel></rss>");
        let answer = if is_up.load(Ordering::SeqCst) { Answer::ok("text/xml", feed) } else { Answer::status(503) };
        Some(answer.with_header("Cache-Control", "no-cache"))
    })
}

// --- Pictures --------------------------------------------------------------------------------------------------------------

#[test]
fn an_article_that_is_gone_with_its_pictures_before_its_issue_is_in_it_with_them() {
    let sandbox = weekly("cron = \"0 7 * * *\"\npoll = \"0 * * * *\"");
    let write = |name: &str, seed| {
        sandbox.write(&format!("in/{name}.md"), format!("# {name}\n\n文号000{seed}。\n\n![河]({name}.png)\n"));
        sandbox.write(&format!("in/{name}.png"), picture(ImageFormat::Png, 20, 20, seed));
    };
    let remove = |name: &str| {
        ["md", "png"]
            .iter()
            .for_each(|kind| fs::remove_file(sandbox.path(&format!("in/{name}.{kind}"))).expect("there"));
    };
    write("a", 1);
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    assert_eq!(sandbox.list(".wenji/pictures").len(), 1);
    remove("a");
    // The second article is first seen by a build that fails, and is gone when it is tried again.
    write("b", 2);
    sandbox.write("in/c.md", "# c\n\n文号0003。\n\n![图](none.png)\n");
    let mut strict = tick_command(&sandbox, at("2026-01-01T07:00:00Z"));
    assert_eq!(actions(&finish(strict.arg("--strict"), b"").exits(1)), ["failed"]);
    remove("b");
    assert_eq!(actions(&tick(&sandbox, at("2026-01-01T07:05:00Z")).exits(3)), ["built"]);
    let book = "out/河边周刊-第1期.epub";
    assert_eq!(marks(&sandbox, book), ["0001", "0002", "0003"]);
    assert_eq!(Epub::open(&sandbox.path(book)).pictures().len(), 2);
    assert_eq!((sandbox.list(".wenji"), sandbox.list("tmp")), (remembered(), Vec::new()));
}

#[test]
fn what_is_too_old_for_the_window_leaves_nothing_but_that_it_was_seen() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox.write("wenji.toml", config.replace("\"last-issue\"", "\"7d\""));
    sandbox.write("in/old.md", marked(1, Some(at("2025-06-01T00:00:00Z"))) + "\n![河](a.png)\n");
    sandbox.write("in/a.png", picture(ImageFormat::Png, 20, 20, 1));
    sandbox.write("in/new.md", marked(2, Some(at("2026-01-01T00:00:00Z"))));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    assert_eq!(status(&sandbox)["anthologies"][0]["waiting"], 2);
    tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(0);
    assert_eq!(marks(&sandbox, "out/河边周刊-第1期.epub"), ["0002"]);
    assert_eq!(status(&sandbox)["anthologies"][0]["waiting"], 0);
    assert_eq!(sandbox.list(".wenji"), remembered());
}

#[test]
fn a_window_ends_at_the_moment_of_its_issue_where_missed_ones_are_made_up_for() {
    let sandbox = weekly("cron = \"0 7 * * *\"\ncatch_up = \"all\"");
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox.write("wenji.toml", config.replace("\"last-issue\"", "\"7d\""));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    for day in 1..=3 {
        sandbox.write(&format!("in/{day}.md"), marked(day, Some(at(&format!("2026-01-0{day}T03:00:00Z")))));
    }
    tick(&sandbox, at("2026-01-03T07:10:00Z")).exits(0);
    let issue = |number: usize| marks(&sandbox, &format!("out/河边周刊-第{number}期.epub")).len();
    assert_eq!([1, 2, 3].map(issue), [1, 2, 3]);
}

// --- Pages that cannot be had ----------------------------------------------------------------------------------------------

/// A feed that names one article and then another, with a page for each; the first page answers once `heals` says so.
fn announcing(is_named: &Arc<AtomicBool>, heals: &Arc<AtomicBool>, said: &'static str) -> Server {
    let (is_named, heals) = (Arc::clone(is_named), Arc::clone(heals));
    Server::serve(move |path, _| {
        let item = |number: u32, said: &str| {
            format!("<item><title>第{number}篇</title><link>/{number}</link><description>{said}</description></item>")
        };
        let page = |number: u32| {
            let text = format!("文号{number:04}。水面上有一条船，船上的人看着岸，岸上的人看着船。").repeat(20);
            Answer::ok("text/html", format!("<html><article><h1>船</h1><p>{text}</p></article></html>"))
        };
        Some(match path {
            "/feed" => {
                let items = if is_named.load(Ordering::SeqCst) { item(1, said) } else { item(2, "") };
                Answer::ok(
                    "text/xml",
                    format!("<rss version=\"2.0\"><channel><title>河边</title>{items}</channel></rss>"),
                )
            }
            "/1" if !heals.load(Ordering::SeqCst) => Answer::status(503),
            "/1" => page(1),
            _ => page(2),
        })
    })
}

#[test]
fn an_article_that_left_its_feed_before_its_page_could_be_had_is_in_the_issue_once_it_can() {
    let (is_named, heals) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let server = announcing(&is_named, &heals, "");
    let sandbox = feeding(&server, "cron = \"0 7 * * *\"\npoll = \"0 * * * *\"");
    online(&sandbox, "2026-01-01T00:00:00Z").exits(3);
    is_named.store(false, Ordering::SeqCst);
    online(&sandbox, "2026-01-01T01:00:00Z").exits(3).says("503");
    heals.store(true, Ordering::SeqCst);
    assert_eq!(actions(&online(&sandbox, "2026-01-01T07:00:00Z").exits(0)), ["built"]);
    assert_eq!(marks(&sandbox, "out/河边周刊-第1期.epub"), ["0001", "0002"]);
    let book = Epub::open(&sandbox.path("out/河边周刊-第1期.epub")).visible();
    assert!(book.contains("第1篇"), "{book}");
    let asked = server.times("/1");
    assert_eq!(actions(&online(&sandbox, "2026-01-02T07:00:00Z").exits(0)), ["empty"]);
    assert_eq!(server.times("/1"), asked);
}

#[test]
fn what_a_feed_said_of_an_article_stands_in_for_a_page_that_is_not_had_for_days() {
    let (is_named, heals) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let server = announcing(&is_named, &heals, "文号0003，雾里的开头…");
    let sandbox = feeding(&server, "cron = \"0 7 * * *\"");
    online(&sandbox, "2026-01-01T00:00:00Z").exits(3);
    is_named.store(false, Ordering::SeqCst);
    for (day, action) in [(1, "built"), (2, "empty"), (3, "empty")] {
        assert_eq!(actions(&online(&sandbox, &format!("2026-01-0{day}T07:00:00Z")).exits(3)), [action]);
    }
    assert_eq!(actions(&online(&sandbox, "2026-01-04T07:00:00Z").exits(3)), ["built"]);
    assert_eq!(marks(&sandbox, "out/河边周刊-第2期.epub"), ["0003"]);
    let book = Epub::open(&sandbox.path("out/河边周刊-第2期.epub")).visible();
    assert!(book.contains("第1篇") && book.contains(&server.url("/1")), "{book}");
    assert_eq!(actions(&online(&sandbox, "2026-01-05T07:00:00Z").exits(0)), ["empty"]);
}

// --- Sources that cannot be read -------------------------------------------------------------------------------------------

#[test]
fn sources_that_cannot_be_read_between_issues_are_told_by_status_until_they_can() {
    let is_up = Arc::new(AtomicBool::new(false));
    let server = feed(&is_up);
    let sandbox = feeding(&server, "cron = \"0 7 * * *\"\npoll = \"0 * * * *\"");
    let history = || status(&sandbox)["anthologies"][0]["runs"].clone();
    assert_eq!(actions(&online(&sandbox, "2026-01-01T00:00:00Z").exits(3)), ["polled"]);
    online(&sandbox, "2026-01-01T01:00:00Z").exits(3);
    let runs = history();
    assert_eq!((runs.as_array().map(Vec::len), runs[0]["result"].as_str()), (Some(1), Some("poll-incomplete")));
    assert_eq!(runs[0]["started"], "2026-01-01T01:00:00Z");
    assert!(runs[0]["message"].as_str().expect("words").contains("503"), "{runs}");
    let told = || sandbox.run(["schedule", "status"]).exits(0).text();
    assert!(told().contains("poll-incomplete at 2026-01-01T01:00:00Z") && told().contains("503"), "{}", told());
    // Options that make no sense keep everything from being read.
    let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
    sandbox.write("wenji.toml", config.clone() + "cookies = \"none.txt\"\n");
    assert_eq!(actions(&online(&sandbox, "2026-01-01T02:00:00Z").exits(1).says("none.txt")), ["poll-failed"]);
    assert_eq!(history()[0]["result"], "poll-failed");
    sandbox.write("wenji.toml", config);
    is_up.store(true, Ordering::SeqCst);
    assert_eq!(actions(&online(&sandbox, "2026-01-01T03:00:00Z").exits(0)), ["polled"]);
    assert!(told().contains("polled   2026-01-01T03:00:00Z") && !told().contains("poll-failed"), "{}", told());
}

#[test]
fn a_feed_that_is_down_is_no_feed_without_anything_new_whatever_it_gave_before() {
    let is_up = Arc::new(AtomicBool::new(true));
    let server = feed(&is_up);
    let sandbox = feeding(&server, "cron = \"0 7 * * *\"");
    online(&sandbox, "2026-01-01T00:00:00Z").exits(0);
    assert_eq!(actions(&online(&sandbox, "2026-01-01T07:00:00Z").exits(0)), ["built"]);
    is_up.store(false, Ordering::SeqCst);
    assert_eq!(actions(&online(&sandbox, "2026-01-02T07:00:00Z").exits(1).says("no source could be read")), ["failed"]);
    is_up.store(true, Ordering::SeqCst);
    assert_eq!(actions(&online(&sandbox, "2026-01-02T07:05:00Z").exits(0)), ["empty"]);
}

#[test]
fn two_weeks_without_a_network_lose_nothing_however_missed_issues_are_made_up_for() {
    for catch_up in ["once", "all", "none"] {
        let is_up = Arc::new(AtomicBool::new(false));
        let server = feed(&is_up);
        let sandbox = feeding(&server, &format!("cron = \"0 7 * * *\"\nretries = 1\ncatch_up = \"{catch_up}\""));
        online(&sandbox, "2026-01-01T12:00:00Z").exits(3);
        for day in 2..16 {
            assert_eq!(
                actions(&online(&sandbox, &format!("2026-01-{day:02}T07:00:00Z")).exits(1)),
                ["failed"],
                "{day}"
            );
            // An hour later it is tried again and given up, and not called missed.
            let later = format!("2026-01-{day:02}T08:30:00Z");
            assert_eq!(actions(&online(&sandbox, &later).exits(1).says("given up")), ["failed"], "{catch_up} {day}");
        }
        is_up.store(true, Ordering::SeqCst);
        assert_eq!(actions(&online(&sandbox, "2026-01-16T07:00:00Z").exits(0)), ["built"], "{catch_up}");
        assert_eq!(sandbox.list("out"), ["河边周刊-第1期.epub"]);
        assert_eq!(marks(&sandbox, "out/河边周刊-第1期.epub"), ["0001", "0002", "0003"], "{catch_up}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_told_to_end_while_a_server_keeps_it_waiting_ends_at_once() {
    let server = Server::serve(|_, _| {
        std::thread::sleep(Duration::from_secs(30));
        None
    });
    let sandbox = feeding(&server, "cron = \"0 7 * * *\"");
    let log = sandbox.path("log");
    let mut command = sandbox.command();
    command.env("TMPDIR", sandbox.path("tmp")).args(["schedule", "run"]);
    let mut child = command.stderr(fs::File::create(&log).expect("made")).spawn().expect("started");
    let until = Instant::now() + Duration::from_secs(20);
    while server.times("/feed") == 0 {
        assert!(Instant::now() < until, "{}", fs::read_to_string(&log).expect("there"));
        std::thread::sleep(Duration::from_millis(10));
    }
    let asked = Instant::now();
    assert!(tool("kill", &["-TERM", &child.id().to_string()]).0);
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(fs::read_to_string(&log).expect("there").contains("nothing was begun"));
    assert_eq!((sandbox.list(".wenji"), sandbox.list("tmp")), (remembered(), Vec::new()));
}

// --- Dates and clocks ------------------------------------------------------------------------------------------------------

#[test]
fn an_issue_of_undated_articles_has_the_date_it_was_made_for_at_every_attempt() {
    let made = |obstacle: bool| {
        let sandbox = weekly("cron = \"0 7 * * *\"\ntimezone = \"Asia/Shanghai\"");
        let config = fs::read_to_string(sandbox.path("wenji.toml")).expect("there");
        sandbox.write("wenji.toml", config.replace("第{issue}期", "{date}"));
        sandbox.write("in/a.md", marked(1, None));
        tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
        let due = at("2026-01-04T23:00:00Z");
        if obstacle {
            fs::create_dir_all(sandbox.path("out/河边周刊-2026-01-05.epub/x")).expect("made");
            tick(&sandbox, due).exits(1);
            fs::remove_dir_all(sandbox.path("out")).expect("removed");
        }
        let delay = if obstacle { TimeDelta::hours(5) } else { TimeDelta::zero() };
        tick(&sandbox, due + delay).exits(0);
        assert_eq!(sandbox.list("out"), ["河边周刊-2026-01-05.epub"]);
        fs::read(sandbox.path("out/河边周刊-2026-01-05.epub")).expect("there")
    };
    assert!(made(false) == made(true), "the second attempt gave other bytes");
}

#[test]
fn a_clock_that_was_years_ahead_and_is_set_back_keeps_no_issue_waiting() {
    let sandbox = weekly("cron = \"0 7 * * *\"");
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    tick(&sandbox, at("2036-01-01T00:00:00Z")).exits(0);
    sandbox.write("in/a.md", marked(1, None));
    let run = tick(&sandbox, at("2026-01-02T00:00:00Z")).exits(0);
    assert!(run.says("schedule-clock").stderr.contains("set back"));
    assert_eq!(actions(&tick(&sandbox, at("2026-01-02T07:00:00Z")).exits(0)), ["built"]);
    assert_eq!(marks(&sandbox, "out/河边周刊-第1期.epub"), ["0001"]);
}

// --- Names -----------------------------------------------------------------------------------------------------------------

#[test]
fn a_state_that_two_files_share_is_told_and_a_file_that_moves_takes_its_own_along() {
    let sandbox = weekly("cron = \"0 7 * * *\"\nstate = \"state\"");
    sandbox.write("in/a.md", marked(1, None));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    fs::copy(sandbox.path("wenji.toml"), sandbox.path("other.toml")).expect("copied");
    let other = |now: &str| {
        let arguments = ["schedule", "--config", "other.toml", "tick", "--offline", "--json", "--now", now];
        finish(sandbox.command().args(arguments), b"")
    };
    other("2026-01-01T01:00:00Z").exits(1).says("[schedule] state");
    fs::remove_file(sandbox.path("wenji.toml")).expect("there");
    assert_eq!(actions(&other("2026-01-01T07:00:00Z").exits(0)), ["built"]);
}

#[test]
fn an_anthology_that_is_gone_without_an_issue_is_not_told_of() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("tmp")).expect("made");
    fs::create_dir(sandbox.path("in")).expect("made");
    for name in ["old", "new"] {
        let text = "[[source]]\npath = \"in\"\n[schedule]\ncron = \"0 7 * * *\"\n[[anthology]]\nname = ";
        sandbox.write("wenji.toml", format!("{text}\"{name}\"\n"));
        let run = tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
        assert!(!run.stderr.contains("schedule-renamed"), "{}", run.stderr);
    }
}

#[test]
fn an_anthology_that_was_renamed_goes_on_with_its_numbers_and_no_article_comes_again() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("tmp")).expect("made");
    let config = |name: &str| {
        format!(
            "[output]\ndir = \"out\"\nformats = [\"epub\"]\n[[anthology]]\nname = \"{name}\"\n[anthology.book]\ntitle = \"河{{issue}}\"\n\
             [[anthology.source]]\npath = \"in\"\n[anthology.schedule]\ncron = \"0 7 * * *\"\n"
        )
    };
    sandbox.write("wenji.toml", config("daily"));
    sandbox.write("in/1.md", marked(1, None));
    tick(&sandbox, at("2026-01-01T00:00:00Z")).exits(0);
    tick(&sandbox, at("2026-01-01T07:00:00Z")).exits(0);
    sandbox.write("wenji.toml", config("river"));
    sandbox.write("in/2.md", marked(2, None));
    tick(&sandbox, at("2026-01-01T12:00:00Z")).exits(0).says("wenji schedule rename daily river");
    fs::remove_file(sandbox.path("in/2.md")).expect("there");
    sandbox.run(["schedule", "rename", "monthly", "river"]).exits(1).says("monthly");
    sandbox.run(["schedule", "rename", "daily", "river"]).exits(0);
    assert_eq!(actions(&tick(&sandbox, at("2026-01-02T07:00:00Z")).exits(0)), ["built"]);
    assert_eq!(sandbox.list("out"), ["河1.epub", "河2.epub"]);
    assert_eq!(marks(&sandbox, "out/河2.epub"), ["0002"]);
}
