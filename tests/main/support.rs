//! A place to work in, a program to run, a server to fetch from, and readers for what comes out.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use image::{ImageFormat, Rgb, RgbImage};

/// A folder of its own for one test, removed at its end.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path inside, which need not exist.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("folders");
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// The names in a folder, sorted; none when it does not exist.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(name)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The program, to be run inside, knowing nothing of the machine's user.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wenji"));
        isolate(&mut command, self);
        command
    }

    /// Runs `wenji ARGUMENTS` inside.
    pub(crate) fn run<const N: usize>(&self, arguments: [&str; N]) -> Run {
        finish(self.command().args(arguments), b"")
    }

    /// Runs `wenji ARGUMENTS` inside, with something on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        finish(self.command().args(arguments), input)
    }
}

/// Takes what differs between machines out of a command's environment.
pub(crate) fn isolate(command: &mut Command, sandbox: &Sandbox) {
    command.current_dir(sandbox.folder.path());
    for name in ["SOURCE_DATE_EPOCH", "NO_COLOR", "CLICOLOR_FORCE", "RUST_LOG", "XDG_CONFIG_HOME", "WENJI_CONFIG"] {
        command.env_remove(name);
    }
    for name in
        ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY"]
    {
        command.env_remove(name);
    }
    command.env("HOME", sandbox.path("home")).env("XDG_CACHE_HOME", sandbox.path("home/.cache"));
}

/// Starts a command, gives it its input, and waits.
pub(crate) fn finish(command: &mut Command, input: &[u8]) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    // The program may well end without reading its input.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Run {
        status: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` when a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Checks the exit status, showing what was said when it is another.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert!(!self.stderr.contains("panicked at"), "a panic reached the user:\n{}", self.stderr);
        assert_eq!(
            self.status,
            Some(status),
            "stderr:\n{}\nstdout:\n{}",
            self.stderr,
            String::from_utf8_lossy(&self.stdout)
        );
        self
    }

    /// Checks that the messages mention something.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "`{words}` is not in:\n{}", self.stderr);
        self
    }

    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("standard output is UTF-8")
    }

    /// Standard output as the one JSON object of `--json`.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.stdout)))
    }

    /// The codes of the problems of `--json` that have a severity, in their order.
    #[track_caller]
    pub(crate) fn codes(&self, severity: &str) -> Vec<String> {
        let report = self.json();
        let problems = report["problems"].as_array().expect("problems is a list");
        problems
            .iter()
            .filter(|problem| problem["severity"] == severity)
            .map(|problem| problem["code"].as_str().expect("a code").to_owned())
            .collect()
    }
}

/// Runs a tool that is not ours; it must exist.
#[track_caller]
pub(crate) fn tool(name: &str, arguments: &[&str]) -> (bool, String) {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join(".checks/venv/bin").join(name);
    let program = if local.exists() { local } else { PathBuf::from(name) };
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{name} is needed ({error}): tests/run installs it"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

pub(crate) fn utf8(path: &Path) -> &str {
    path.to_str().expect("the path of a test is UTF-8")
}

/// An EPUB, unpacked by unzip.
pub(crate) struct Epub {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The names in the order in which they stand in the archive.
    pub(crate) order: Vec<String>,
}

impl Epub {
    #[track_caller]
    pub(crate) fn open(path: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (good, said) = tool("unzip", &["-qq", "-o", utf8(path), "-d", utf8(folder.path())]);
        assert!(good, "unzip: {said}");
        let (good, listing) = tool("unzip", &["-Z1", utf8(path)]);
        assert!(good, "unzip: {listing}");
        let order: Vec<String> = listing.lines().filter(|name| !name.ends_with('/')).map(str::to_owned).collect();
        let read = |name: &String| (name.clone(), std::fs::read(folder.path().join(name)).expect("an unpacked file"));
        Self { files: order.iter().map(read).collect(), order }
    }

    /// A file as text.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        let bytes = self.files.get(name).unwrap_or_else(|| panic!("{name} is not among {:?}", self.order));
        String::from_utf8(bytes.clone()).expect("UTF-8")
    }

    /// The package document.
    #[track_caller]
    pub(crate) fn package(&self) -> String {
        let name = self.order.iter().find(|name| name.ends_with(".opf")).expect("a package document");
        self.text(name)
    }

    /// The names that end like this.
    pub(crate) fn named(&self, ending: &str) -> Vec<&str> {
        self.order.iter().filter(|name| name.ends_with(ending)).map(String::as_str).collect()
    }

    /// The pictures inside but the cover, by name.
    pub(crate) fn pictures(&self) -> Vec<&str> {
        let picture = |name: &&str| {
            [".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp"].iter().any(|ending| name.ends_with(ending))
                && !name.contains("cover")
        };
        self.order.iter().map(String::as_str).filter(picture).collect()
    }

    /// All pages joined as they stand.
    pub(crate) fn markup(&self) -> String {
        self.named(".xhtml").into_iter().map(|name| self.text(name)).collect::<Vec<_>>().join("\n")
    }

    /// What a reader sees on all pages: the text of their bodies.
    pub(crate) fn visible(&self) -> String {
        self.named(".xhtml").into_iter().map(|name| visible_text(&self.text(name))).collect::<Vec<_>>().join("\n")
    }
}

/// The text of a page's body, read by an XML parser that would refuse what is not well-formed.
#[track_caller]
pub(crate) fn visible_text(page: &str) -> String {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(page);
    let (mut text, mut in_body) = (String::new(), false);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("not well-formed: {error}\n{page}")) {
            Event::Start(tag) if tag.local_name().as_ref() == "body" => in_body = true,
            Event::Text(piece) if in_body => text += &piece,
            Event::GeneralRef(name) if in_body => text += &resolve(&name),
            Event::Eof => return text,
            _ => {}
        }
    }
}

/// The character that an entity of XML names.
pub(crate) fn resolve(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    match name {
        "amp" => "&".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        "quot" => "\"".into(),
        "apos" => "'".into(),
        _ => number.and_then(char::from_u32).map_or_else(|| panic!("&{name}; is not XML"), String::from),
    }
}

/// Checks an EPUB with EPUBCheck: no fatal error, no error, no warning.
#[track_caller]
pub(crate) fn epubcheck(path: &Path) {
    let (good, said) = tool("epubcheck", &[utf8(path)]);
    let finding = |line: &&str| ["FATAL", "ERROR", "WARNING"].iter().any(|level| line.starts_with(level));
    let findings: Vec<&str> = said.lines().filter(finding).collect();
    assert!(good && findings.is_empty(), "EPUBCheck: {said}");
}

/// Checks that a PDF conforms to PDF/UA-1 and PDF/A-2a.
#[track_caller]
pub(crate) fn conforms(path: &Path) {
    const SCRIPT: &str = r#"
import page, sys
for profile in ("ua1", "2a"):
    report = page.validate_pdf(sys.argv[1], profile=profile, limits=page.SafetyLimits.unlimited())
    for failure in report.failures:
        print(profile, failure.rule_id, failure.message)
    print(profile, "is met" if report.is_compliant else "is not met")
"#;
    let (good, said) = tool("python3", &["-c", SCRIPT, utf8(path)]);
    assert!(good && said.contains("ua1 is met") && said.contains("2a is met"), "{said}");
}

/// The text of a PDF as poppler reads it.
#[track_caller]
pub(crate) fn pdf_text(path: &Path) -> String {
    let (good, said) = tool("pdftotext", &["-enc", "UTF-8", utf8(path), "-"]);
    assert!(good, "pdftotext: {said}");
    said
}

/// The text without any white space: what must be equal whatever the lines and gaps are.
pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200B}' && *c != '\u{AD}').collect()
}

/// Checks a PDF with qpdf.
#[track_caller]
pub(crate) fn qpdf(path: &Path) {
    let (good, said) = tool("qpdf", &["--check", utf8(path)]);
    assert!(good, "qpdf: {said}");
}

/// A picture of one colour, whose bytes differ by `seed`.
pub(crate) fn picture(format: ImageFormat, width: u32, height: u32, seed: u8) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([seed, (x % 251) as u8, (y % 241) as u8]));
    encoded(&image, format)
}

/// Pixels as a file; `image` is built without WebP here.
pub(crate) fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    if format == ImageFormat::WebP {
        let encoder = image_webp::WebPEncoder::new(&mut bytes);
        let (width, height) = image.dimensions();
        encoder.encode(image, width, height, image_webp::ColorType::Rgb8).expect("the picture is encoded");
    } else {
        image.write_to(&mut bytes, format).expect("the picture is encoded");
    }
    bytes.into_inner()
}

/// What a server answers at a path.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn ok(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: vec![("Content-Type".into(), kind.into())], body: body.into() }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: b"no".to_vec() }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// A web server on the loopback, in a few lines that one can read. It answers a path with its answers in turn, the last
/// one again and again, and remembers what was asked.
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        let mut table: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
        for (path, answer) in answers {
            table.entry(path.to_owned()).or_default().push(answer);
        }
        Self::serve(move |path, times| {
            let answers = table.get(path)?;
            answers.get(times.min(answers.len() - 1)).cloned()
        })
    }

    /// A server whose answers are computed from the path and how often it was asked before.
    pub(crate) fn serve(answer: impl Fn(&str, usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let port = listener.local_addr().expect("an address").port();
        let (asked, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (answer, log, ended) = (Arc::new(answer), Arc::clone(&asked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                std::thread::spawn(move || reply(&stream, answer.as_ref(), &log));
            }
        });
        Self { port, asked, stop, thread: Some(thread) }
    }

    /// The address of a path, which begins with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How often a path was asked for.
    pub(crate) fn times(&self, path: &str) -> usize {
        self.asked.lock().expect("no thread panicked").iter().filter(|asked| *asked == path).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread from its wait, so that it sees the flag.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn reply(stream: &TcpStream, answer: &dyn Fn(&str, usize) -> Option<Answer>, log: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines();
    let Some(Ok(first)) = lines.next() else { return };
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let times = {
        let mut asked = log.lock().expect("no thread panicked");
        let times = asked.iter().filter(|other| **other == path).count();
        asked.push(path.clone());
        times
    };
    let answer = answer(&path, times).unwrap_or_else(|| Answer::status(404));
    let mut head = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !answer.headers.iter().any(|(name, _)| name == "Content-Length") {
        head += &format!("Content-Length: {}\r\n", answer.body.len());
    }
    let mut stream = stream;
    // The client may have gone away, which is its right.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(b"\r\n");
    let _ = stream.write_all(&answer.body);
}

/// An article in the archive form.
pub(crate) fn article(title: &str, body: &str) -> String {
    format!(
        "# {title}\n\n文章作者: 林间\n发布时间: 2024-05-01 08:00\n发布地: 苏州\n原文链接: https://example.org/a/1\n\n{body}\n"
    )
}
