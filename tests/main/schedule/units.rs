//! The units by which a system does what is due, read by those that they are for.

use std::fs;
use std::process::Command;

use chrono::DateTime;

use super::{marked, weekly};
use crate::support::{Run, Sandbox, finish, tool, utf8};

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
