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
    assert_eq!(lines, ["Mon *-*-* 07:00:00 Europe/Berlin", "*-*-* 00,06,12,18:00:00 Europe/Berlin", "hourly"]);
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
    // Kubernetes wakes often then; so does everybody where issues come up to some minutes later.
    let job = sandbox.run(["schedule", "install", "--kubernetes", "--dry-run"]).exits(0).text();
    assert!(job.contains("schedule: \"*/5 * * * *\"") && job.matches("kind: CronJob").count() == 1, "{job}");
    let spread = weekly("cron = \"0 7 * * MON\"\njitter = \"10m\"");
    let shown = spread.run(["schedule", "install", "--systemd", "--dry-run"]).exits(0).text();
    assert!(shown.contains("OnCalendar=*:0/5") && !shown.contains("07:00"), "{shown}");
    assert_eq!(sandbox.list("home/.config/systemd/user"), [""; 0]);
}

/// Runs a script of Python on what `install` printed: `sys.argv` holds the file and the path of wenji.toml.
#[track_caller]
fn read(sandbox: &Sandbox, config: &str, script: &str, text: &str) {
    sandbox.write("unit", text);
    let path = |name: &str| sandbox.path(name).to_string_lossy().into_owned();
    let (good, said) = tool("python3", &["-c", script, &path("unit"), &path(config)]);
    assert!(good, "{said}\n{text}");
}

#[test]
fn the_cron_line_is_read_by_a_parser_and_wakes_at_every_due_moment_in_any_zone_of_the_machine() {
    let (sandbox, config) = odd();
    let shown = install(&sandbox, &config, &["--cron", "--dry-run"]).text();
    let next = sandbox.run(["schedule", "--config", &config, "next", "-n", "60", "--now", "2026-01-01T00:00:00Z"]);
    sandbox.write("next", next.exits(0).text());
    read(
        &sandbox,
        &config,
        r#"
import sys, os
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
from cronsim import CronSim
from crontab import CronTab
jobs = list(CronTab(tabfile=sys.argv[1]))
assert len(jobs) == 1 and jobs[0].is_valid() and jobs[0].slices.render() == "*/5 * * * *", jobs
assert jobs[0].comment.startswith("wenji-"), jobs[0].comment
command = jobs[0].command
assert command.endswith(" tick") and os.path.dirname(sys.argv[2]).replace("'", "'\\''") in command, command
moments = open(os.path.join(os.path.dirname(sys.argv[1]), "next")).read().split()
assert len(moments) == 60, moments
for zone in ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"):
    for moment in map(datetime.fromisoformat, moments):
        before = moment.astimezone(ZoneInfo(zone)) - timedelta(seconds=1)
        wakes = next(CronSim(jobs[0].slices.render(), before))
        assert wakes.timestamp() - moment.timestamp() < 300, (zone, moment, wakes)
"#,
        &shown,
    );
}

#[test]
fn the_cron_line_does_what_is_due_when_a_shell_runs_it() {
    let (sandbox, config) = odd();
    let shown = install(&sandbox, &config, &["--cron", "--dry-run"]).text();
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
    assert_eq!(sandbox.list(&format!("{folder}/.wenji")), super::remembered());
}

/// A `crontab` that keeps its lines in a file, and says what Debian's says when there are none.
#[cfg(unix)]
fn with_crontab(sandbox: &Sandbox, config: &str, script: &str) -> Run {
    use std::os::unix::fs::PermissionsExt as _;
    let program = sandbox.write("bin/crontab", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("set");
    let path = format!("{}:{}", utf8(&sandbox.path("bin")), std::env::var("PATH").expect("a path"));
    let mut command = sandbox.command();
    command.env("PATH", path).env("TAB", sandbox.path("tab")).env("LC_ALL", "de_DE.UTF-8");
    finish(command.args(["schedule", "--config", config, "install", "--cron"]), b"")
}

#[cfg(unix)]
#[test]
fn the_cron_line_is_put_into_the_crontab_and_every_other_line_stays_byte_for_byte() {
    const PROGRAM: &str = "case $1 in\n-l) [ -f \"$TAB\" ] || { echo 'no crontab for me' >&2; exit 1; }; cat \"$TAB\";;\n\
                           -) echo w >>\"$TAB.writes\"; cat >\"$TAB\";;\nesac";
    let (sandbox, config) = odd();
    let own = install(&sandbox, &config, &["--cron", "--dry-run"]).text();
    with_crontab(&sandbox, &config, PROGRAM).exits(0).says("in your crontab now");
    assert_eq!(fs::read_to_string(sandbox.path("tab")).expect("written"), own);
    // Other people's lines, in whatever bytes; ours is an old one.
    let mark = own.trim_end().rsplit("# ").next().expect("a mark");
    let before = b"MAILTO=me\r\n\t# \xff\xfe\n1 2 * * *  true\n".as_slice();
    let after = b"# wenji-00000000\n@daily x # wenji-00000000\nno end".as_slice();
    let old = format!("*/9 * * * * old # {mark}\n");
    fs::write(sandbox.path("tab"), [before, old.as_bytes(), after].concat()).expect("written");
    with_crontab(&sandbox, &config, PROGRAM).exits(0);
    assert_eq!(fs::read(sandbox.path("tab")).expect("written"), [before, own.as_bytes(), after].concat());
    with_crontab(&sandbox, &config, PROGRAM).exits(0).says("already");
    assert_eq!(fs::read_to_string(sandbox.path("tab.writes")).expect("written"), "w\nw\n");
    // A crontab that cannot be read is not taken for an empty one.
    let refused = "[ \"$1\" = -l ] || exit 9; echo 'you are not allowed to use this program' >&2; exit 1";
    with_crontab(&sandbox, &config, refused).exits(1).says("not allowed").says("--dry-run");
    let broken = "[ \"$1\" = -l ] && exit 0; cat >/dev/null; echo 'errors in crontab file' >&2; exit 1";
    with_crontab(&sandbox, &config, broken).exits(1).says("errors in crontab file");
}

#[test]
fn the_plist_the_workflow_and_the_manifest_are_read_by_parsers() {
    let (sandbox, config) = odd();
    let read = |script: &str, text: &str| read(&sandbox, &config, script, text);
    let plist = install(&sandbox, &config, &["--launchd", "--dry-run"]).text();
    let (_, plist) = plist.split_once('\n').expect("a comment first");
    read(
        "import plistlib, sys, os\np = plistlib.load(open(sys.argv[1], 'rb'))\n\
         assert p['ProgramArguments'][1:] == ['--quiet', 'schedule', '--config', sys.argv[2], 'tick'], p\n\
         assert os.access(p['ProgramArguments'][0], os.X_OK) and p['StartInterval'] == 300\n\
         assert p['WorkingDirectory'] == os.path.dirname(sys.argv[2]), p\n",
        plist,
    );
    let workflow = install(&sandbox, &config, &["--github-actions", "--dry-run"]).text();
    read(
        "import yaml, sys\nw = yaml.safe_load(open(sys.argv[1]))\njob = w['jobs']['issue']\n\
         assert w[True]['schedule'][0]['cron'] == '7,37 * * * *', w\n\
         assert sys.argv[2].endswith(job['env']['CONFIG']) and w['permissions'] == {'contents': 'write'}, w\n\
         assert any('tick' in step.get('run', '') for step in job['steps'])\n",
        &workflow,
    );
    sandbox.write("workflow.yml", &workflow);
    let file = sandbox.path("workflow.yml");
    let (good, said) = tool("check-jsonschema", &["--builtin-schema", "vendor.github-workflows", utf8(&file)]);
    assert!(good, "{said}\n{workflow}");
    read(
        "import yaml, sys\njobs = list(yaml.safe_load_all(open(sys.argv[1])))\n\
         assert [j['spec']['schedule'] for j in jobs] == ['0 7 * * 1', '0 0,6,12,18 * * *'], jobs\n\
         assert all(j['kind'] == 'CronJob' and j['spec']['timeZone'] == 'Europe/Berlin' for j in jobs)\n\
         import kubernetes_validate\n\
         [kubernetes_validate.validate(j, kubernetes_validate.latest_version(), strict=True) for j in jobs]\n\
         c = jobs[0]['spec']['jobTemplate']['spec']['template']['spec']['containers'][0]\n\
         assert c['image'] == 'me/wenji:1' and c['command'][3] == sys.argv[2], c\n",
        &install(&sandbox, &config, &["--kubernetes", "--image", "me/wenji:1", "--dry-run"]).text(),
    );
}
