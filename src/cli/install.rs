//! `wenji schedule install`: the units by which a system, or a service, does what is due.
//!
//! `wenji schedule tick` finds out itself what is due, after any pause, so a timer need only wake it. Where the
//! calendar of the system can say the moments, with their zone, it does; else it wakes often, and the unit says so. So it does
//! for issues that come up to some minutes later (`jitter`): whoever wakes at the moment itself is too early.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use croner::Cron;
use directories::BaseDirs;
use sha2::{Digest as _, Sha256};
use wenji::output::AtomicFile;
use wenji::publish::{Publication, calendar};

use super::typed::{Install, System};
use super::{CliError, crontab, say};

/// How often a timer wakes that cannot say when something is due, in minutes.
const EVERY: u32 = 5;

/// The same for hosted runners, which count minutes.
const EVERY_HOSTED: u32 = 30;

/// What units are about: all paths absolute.
struct About<'a> {
    publication: &'a Publication,
    program: String,
    config: String,
    folder: String,
    /// ASCII, the same for the same wenji.toml.
    name: String,
}

/// A file to be written, or a text to be shown where `path` is `None`, and what to do then.
struct Unit {
    path: Option<PathBuf>,
    text: String,
}

pub(super) fn run(install: &Install, publication: &Publication) -> Result<(), CliError> {
    let about = About::new(publication)?;
    let (units, then) = match install.system() {
        System::Systemd => systemd(&about, install.often)?,
        System::Cron if install.dry_run => cron(&about),
        System::Cron => return install_cron(&about),
        System::Launchd => launchd(&about)?,
        System::GithubActions => github_actions(&about),
        System::Kubernetes => kubernetes(&about, &install.image),
    };
    for unit in &units {
        match &unit.path {
            Some(path) if !install.dry_run => {
                write(path, &unit.text)?;
                say::note(&format!("wrote {}\n", path.display()));
            }
            Some(path) => say::data(&format!("# {}\n{}", path.display(), unit.text))?,
            None => say::data(&unit.text)?,
        }
    }
    say::note(&format!("{then}\n"));
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |reason| CliError::Io { what: path.display().to_string(), reason, help: None };
    let mut file = AtomicFile::create(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.commit().map(drop).map_err(failed)
}

impl<'a> About<'a> {
    fn new(publication: &'a Publication) -> Result<Self, CliError> {
        let failed = |what: &Path, reason| CliError::Io { what: what.display().to_string(), reason, help: None };
        let program = std::env::current_exe().map_err(|reason| failed(Path::new("wenji"), reason))?;
        let typed = &publication.loaded.path;
        let config = std::path::absolute(typed).map_err(|reason| failed(typed, reason))?;
        let folder = config.parent().unwrap_or(Path::new("/"));
        let text = |path: &Path| match path.to_str() {
            Some(text) if !text.contains(['\n', '\r']) => Ok(text.to_owned()),
            _ => Err(CliError::usage(
                format!("{}: the path cannot stand in a unit", path.display()),
                "rename the folder; a path in a unit is Unicode, on one line",
            )),
        };
        let digest = Sha256::digest(config.as_os_str().as_encoded_bytes());
        let name = format!("wenji-{}", digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>());
        Ok(Self { publication, program: text(&program)?, folder: text(folder)?, config: text(&config)?, name })
    }

    /// Whether issues come up to some minutes later than their moments.
    fn is_spread(&self) -> bool {
        self.publication.anthologies.iter().any(|(_, _, table)| table.is_spread())
    }

    /// The expressions of all anthologies, with those by which sources are read.
    fn crons(&self) -> impl Iterator<Item = (&Cron, chrono_tz::Tz)> {
        let tables = self.publication.anthologies.iter().map(|(_, _, table)| table);
        tables.flat_map(|table| std::iter::once(&table.cron).chain(&table.poll).map(|cron| (cron, table.zone)))
    }
}

/// A user's service and timer. `Persistent` makes up for what passed while the machine was off.
fn systemd(about: &About<'_>, often: bool) -> Result<(Vec<Unit>, String), CliError> {
    let word = |text: &str| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
        format!("\"{escaped}\"")
    };
    let service = format!(
        "[Unit]\nDescription=wenji: the issues of {config}\nStartLimitIntervalSec=0\n\n\
         [Service]\nType=oneshot\nWorkingDirectory={folder}\n\
         ExecStart={program} schedule --config {path} tick\n\
         # 3: something is missing from the issue; 4: another run is at work.\nSuccessExitStatus=3 4\n\
         # A build that failed is tried again; wenji says when it is time.\nRestart=on-failure\nRestartSec=5min\n\
         RestartPreventExitStatus=2\n",
        config = about.config.replace('%', "%%"),
        folder = about.folder.replace('%', "%%"),
        program = word(&about.program),
        path = word(&about.config),
    );
    let often = often || about.is_spread();
    let mut lines = Vec::new();
    for (cron, zone) in about.crons().filter(|_| !often) {
        let calendar = calendar::systemd(cron, zone).map_err(|error| {
            CliError::usage(
                error.to_string(),
                format!("pass --often: the timer then wakes every {EVERY} minutes, and wenji finds out what is due"),
            )
        })?;
        lines.extend(
            calendar
                .into_iter()
                .map(|line| format!("OnCalendar={line}\n"))
                .filter(|line| !lines.contains(line))
                .collect::<Vec<_>>(),
        );
    }
    lines.push(match often {
        true => format!("# Wakes often; wenji finds out itself what is due.\nOnCalendar=*:0/{EVERY}\n"),
        false => "# In case that the system knows other rules of a zone than wenji.\nOnCalendar=hourly\n".to_owned(),
    });
    let jitter = "AccuracySec=1s\n";
    let timer = format!(
        "[Unit]\nDescription=wenji: when issues of {} are due\n\n[Timer]\n{}{jitter}Persistent=true\n\n\
         [Install]\nWantedBy=timers.target\n",
        about.config.replace('%', "%%"),
        lines.concat(),
    );
    let folder = base_dirs()?.config_dir().join("systemd/user");
    let at = |kind: &str| Some(folder.join(format!("{}.{kind}", about.name)));
    let units = vec![Unit { path: at("service"), text: service }, Unit { path: at("timer"), text: timer }];
    let then = format!(
        "then: systemctl --user daemon-reload && systemctl --user enable --now {0}.timer && systemctl --user start {0}.service\n\
         (a new anthology is first due after its first tick; `loginctl enable-linger` runs it without a login)",
        about.name
    );
    Ok((units, then))
}

/// A line for the crontab. A line of cron knows no zone (some read `CRON_TZ` above it, others do not), and nothing is made
/// up for, so it wakes often. Each line ends in the mark by which it is found again.
fn cron(about: &About<'_>) -> (Vec<Unit>, String) {
    // In a crontab, `%` ends the command unless escaped.
    let word = |text: &str| format!("'{}'", text.replace('\'', "'\\''")).replace('%', "\\%");
    let text = format!(
        "# A line of cron knows no zone and no catching up, so it wakes often; wenji finds out what is due. # {name}\n\
         */{EVERY} * * * * cd {folder} && {program} --quiet schedule --config {config} tick # {name}\n",
        name = about.name,
        folder = word(&about.folder),
        program = word(&about.program),
        config = word(&about.config),
    );
    let then = "without --dry-run, these lines are put into your crontab; its other lines stay as they are";
    (vec![Unit { path: None, text }], then.to_owned())
}

fn install_cron(about: &About<'_>) -> Result<(), CliError> {
    let (units, _) = cron(about);
    let text: String = units.into_iter().map(|unit| unit.text).collect();
    let what =
        if crontab::install(&text, &about.name)? { "are in your crontab now" } else { "are in your crontab already" };
    say::note(&format!("the lines that end in `# {}` {what}\n", about.name));
    Ok(())
}

/// An agent of the user. launchd knows no zones, so it wakes often.
fn launchd(about: &About<'_>) -> Result<(Vec<Unit>, String), CliError> {
    let string = |text: &str| {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        format!("<string>{escaped}</string>")
    };
    let arguments = [&about.program, "--quiet", "schedule", "--config", &about.config, "tick"];
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>{label}\n  <key>ProgramArguments</key>\n  <array>{arguments}</array>\n\
         \x20 <key>WorkingDirectory</key>{folder}\n\
         \x20 <!-- launchd knows no time zones, so it wakes often; wenji finds out what is due, also after sleep. -->\n\
         \x20 <key>StartInterval</key><integer>{seconds}</integer>\n  <key>RunAtLoad</key><true/>\n\
         \x20 <key>ProcessType</key><string>Background</string>\n</dict>\n</plist>\n",
        label = string(&about.name),
        arguments = arguments.map(string).concat(),
        folder = string(&about.folder),
        seconds = EVERY * 60,
    );
    let path = base_dirs()?.home_dir().join(format!("Library/LaunchAgents/{}.plist", about.name));
    let then = format!("then: launchctl bootstrap gui/$(id -u) {}", path.display());
    Ok((vec![Unit { path: Some(path), text }], then))
}

/// A workflow of the repository that wenji.toml stands in; what is remembered and the issues are committed.
fn github_actions(about: &About<'_>) -> (Vec<Unit>, String) {
    let folder = Path::new(&about.folder);
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(folder);
    let below = |path: &str| {
        let below = Path::new(path).strip_prefix(root).unwrap_or(Path::new("."));
        let text = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        serde_json::Value::from(if text.is_empty() { ".".to_owned() } else { text }).to_string()
    };
    let text = format!(
        "name: {name}\non:\n  schedule:\n\
         \x20   # This service reads cron in UTC, often late; wenji finds out what is due in its own zone.\n\
         \x20   - cron: \"7/{EVERY_HOSTED} * * * *\"\n  workflow_dispatch: {{}}\n\
         permissions:\n  contents: write\nconcurrency:\n  group: {name}\n  cancel-in-progress: false\n\
         jobs:\n  issue:\n    runs-on: ubuntu-latest\n    env:\n      CONFIG: {config}\n      FOLDER: {folder}\n    steps:\n\
         \x20     - uses: actions/checkout@v4\n\
         \x20     # Put wenji on the PATH here: a release of yours, or cargo install with a cache.\n\
         \x20     - run: command -v wenji\n\
         \x20     - name: Do what is due\n        run: |\n\
         \x20         status=0\n          wenji schedule --config \"$CONFIG\" tick || status=$?\n\
         \x20         # 3: the issue is made, and something is missing from it.\n\
         \x20         [ \"$status\" -eq 0 ] || [ \"$status\" -eq 3 ] || exit \"$status\"\n\
         \x20     - name: Keep what is remembered, and the issues\n        if: always()\n        run: |\n\
         \x20         git config user.name wenji\n          git config user.email wenji@users.noreply.github.com\n\
         \x20         git add --all -- \"$FOLDER\"\n\
         \x20         git diff --cached --quiet || {{ git commit -m \"wenji: what was due\" && git push; }}\n",
        name = about.name,
        config = below(&about.config),
        folder = below(&about.folder),
    );
    let path = root.join(".github/workflows").join(format!("{}.yml", about.name));
    (vec![Unit { path: Some(path), text: text.replace("\"7/30 ", "\"7,37 ") }], "then: commit the workflow".to_owned())
}

/// A CronJob for each expression, with the zone; the folder of wenji.toml is a volume. One that wakes often, where the
/// moments cannot be said.
fn kubernetes(about: &About<'_>, image: &str) -> (Vec<Unit>, String) {
    let mut text = String::new();
    let text_of = |text: &str| serde_json::Value::from(text).to_string();
    let said = about.crons().map(|(cron, zone)| Some((calendar::plain(cron).ok()?, zone.name())));
    let said = said.collect::<Option<Vec<_>>>().filter(|_| !about.is_spread());
    for (index, (cron, zone)) in
        said.unwrap_or_else(|| vec![(format!("*/{EVERY} * * * *"), "Etc/UTC")]).iter().enumerate()
    {
        text += &format!(
            "---\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {name}-{index}\nspec:\n  schedule: {schedule}\n\
             \x20 timeZone: {zone}\n  concurrencyPolicy: Forbid\n  startingDeadlineSeconds: 86400\n  jobTemplate:\n    spec:\n\
             \x20     backoffLimit: 5\n      template:\n        spec:\n          restartPolicy: OnFailure\n          containers:\n\
             \x20           - name: wenji\n              image: {image}\n              workingDir: {folder}\n\
             \x20             # 3: the issue is made, and something is missing from it.\n\
             \x20             command: [\"sh\", \"-c\", \"wenji schedule --config \\\"$0\\\" tick || [ $? -eq 3 ]\", {config}]\n\
             \x20             volumeMounts:\n                - name: anthology\n                  mountPath: {folder}\n\
             \x20         volumes:\n            - name: anthology\n              persistentVolumeClaim:\n                claimName: {name}\n",
            name = about.name,
            schedule = text_of(cron),
            zone = text_of(zone),
            image = text_of(image),
            folder = text_of(&about.folder),
            config = text_of(&about.config),
        );
    }
    let path = Path::new(&about.folder).join(format!("{}.kubernetes.yaml", about.name));
    let then = format!(
        "then: make a PersistentVolumeClaim `{}` that holds {}, and kubectl apply -f {}",
        about.name,
        about.folder,
        path.display()
    );
    (vec![Unit { path: Some(path), text }], then)
}

fn base_dirs() -> Result<BaseDirs, CliError> {
    BaseDirs::new().ok_or_else(|| CliError::usage("this user has no home folder", "set HOME"))
}
