//! Text becomes a [`Config`]. What is wrong is found twice over: first every key that does not exist,
//! then the first value of a wrong type. Each fault points at its place, names what was meant, and
//! says what is allowed.

use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::values::{self, IN_NAMES, IN_TITLES, closest};
use super::{Book, Clean, Config, Deliver, Epub, Fetch, Fonts, Output, Pdf, Schedule, Select, Source, TEMPLATE};
use super::{later, values::BadValue};
use crate::collect::fetch::{RefererRule, check_header};
use crate::problem::{Place, Problem};

/// A wenji.toml that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// Where it is; paths in it are relative to its folder.
    pub path: PathBuf,
    /// What of it has no effect yet.
    pub problems: Vec<Problem>,
}

/// Why a wenji.toml cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    #[diagnostic(help("check the path; `wenji init` writes a new wenji.toml"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// Its text is not right.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Faulty(Box<Fault>),
}

/// Something wrong at a place of wenji.toml.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct Fault {
    message: String,
    label: String,
    #[help]
    help: Option<String>,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("{label}")]
    span: SourceSpan,
    line: u32,
    #[related]
    others: Vec<Fault>,
}

impl ConfigError {
    /// The file, and the line when there is one.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Unreadable { path, .. } => Place::File(path.clone(), None),
            Self::Faulty(fault) => Place::File(PathBuf::from(fault.source_code.name()), Some(fault.line)),
        }
    }
}

/// Reads a wenji.toml.
///
/// # Errors
/// When the file cannot be read, is not TOML, holds an unknown key or a value of a wrong type.
pub fn read(path: &Path) -> Result<Loaded, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|reason| ConfigError::Unreadable { path: path.to_owned(), reason })?;
    parse(&text, path)
}

/// Reads the text of a wenji.toml; `path` is its name in faults.
///
/// # Errors
/// As for [`read`].
pub fn parse(text: &str, path: &Path) -> Result<Loaded, ConfigError> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let spans = |table| Spans { text, path, table };
    let empty = DeTable::new();
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        spans(&empty).fail(vec![spans(&empty).fault(error.message().to_owned(), "here".to_owned(), None, span)])
    })?;
    let spans = spans(table.get_ref());
    let unknown = spans.unknown_keys();
    if !unknown.is_empty() {
        return Err(spans.fail(unknown));
    }
    let config = Config::deserialize(toml::Deserializer::from(table.clone()))
        .map_err(|error| spans.fail(vec![spans.wrong_value(&error)]))?;
    let faults = spans.wrong_meaning(&config);
    if !faults.is_empty() {
        return Err(spans.fail(faults));
    }
    let problems = later::unsupported(&config, &spans);
    Ok(Loaded { config, path: path.to_owned(), problems })
}

/// The keys of a section; `None` for a name that is no section.
fn keys_of(section: &str) -> Option<&'static [&'static str]> {
    Some(match section {
        "book" => fields::<Book>(),
        "source" => fields::<Source>(),
        "select" => fields::<Select>(),
        "clean" => fields::<Clean>(),
        "output" => fields::<Output>(),
        "epub" => fields::<Epub>(),
        "pdf" => fields::<Pdf>(),
        "fonts" => fields::<Fonts>(),
        "fetch" => fields::<Fetch>(),
        "schedule" => fields::<Schedule>(),
        "deliver" => fields::<Deliver>(),
        _ => return None,
    })
}

/// The names of a struct's fields, as its own `Deserialize` asks for them: one list, in one place.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Ask<'a>(&'a mut &'static [&'static str]);
    impl<'de> serde::Deserializer<'de> for Ask<'_> {
        type Error = serde::de::value::Error;
        fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only structs have fields"))
        }
        fn deserialize_struct<V: serde::de::Visitor<'de>>(
            self,
            _name: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            // Every field has a default, so an empty map is enough to finish.
            visitor
                .visit_map(serde::de::value::MapDeserializer::<_, Self::Error>::new(std::iter::empty::<(&str, &str)>()))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut found: &[&str] = &[];
    // Only the names are wanted, not the value.
    let _ = T::deserialize(Ask(&mut found));
    found
}

/// Where the keys and values of the text are.
pub(super) struct Spans<'a> {
    text: &'a str,
    path: &'a Path,
    table: &'a DeTable<'a>,
}

impl Spans<'_> {
    /// The place of a key; `index` chooses a table of an array. An empty key is the table itself.
    pub(super) fn place_of(&self, section: &str, index: Option<usize>, key: &str) -> Place {
        let entry = self.table.iter().find(|(name, _)| name.get_ref() == section);
        let value = entry.map(|(_, value)| match index {
            Some(index) => value.get_ref().get(index).unwrap_or(value),
            None => value,
        });
        let inside = value.and_then(|value| value.get_ref().as_table()).and_then(|table| table.get_key_value(key));
        let span = inside.map(|(key, _)| key.span()).or_else(|| value.map(Spanned::span)).unwrap_or_default();
        Place::File(self.path.to_owned(), Some(self.line(span.start)))
    }

    fn line(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or(self.text);
        u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
    }

    fn fault(&self, message: String, label: String, help: Option<String>, span: Range<usize>) -> Fault {
        let name = self.path.display().to_string();
        let source_code = NamedSource::new(name, self.text.to_owned()).with_language("toml");
        let line = self.line(span.start);
        Fault { message, label, help, source_code, span: span.into(), line, others: Vec::new() }
    }

    fn fail(&self, faults: Vec<Fault>) -> ConfigError {
        let mut faults = faults.into_iter();
        let mut first = faults.next().unwrap_or_else(|| self.fault("not usable".to_owned(), String::new(), None, 0..0));
        first.others = faults.collect();
        ConfigError::Faulty(Box::new(first))
    }

    /// Every key that does not exist, in the order of the text.
    fn unknown_keys(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (section, value) in self.table {
            let Some(keys) = keys_of(section.get_ref()) else {
                faults.push(self.unknown_key(section.get_ref(), section.span(), None));
                continue;
            };
            let tables: Vec<&DeTable<'_>> = match value.get_ref() {
                DeValue::Table(table) => vec![table],
                DeValue::Array(array) => array.iter().filter_map(|value| value.get_ref().as_table()).collect(),
                _ => Vec::new(),
            };
            for key in tables.into_iter().flat_map(DeTable::keys) {
                if !keys.contains(&key.get_ref().as_ref()) {
                    faults.push(self.unknown_key(key.get_ref(), key.span(), Some((section.get_ref(), keys))));
                }
            }
        }
        faults.sort_by_key(|fault| fault.span.offset());
        faults
    }

    fn unknown_key(&self, key: &str, span: Range<usize>, within: Option<(&str, &[&str])>) -> Fault {
        let sections = fields::<Config>();
        let (what, allowed) = match within {
            Some((section, keys)) => (
                format!("unknown key `{key}` in {}", heading(section)),
                format!("{} takes {}", heading(section), keys.join(", ")),
            ),
            None => {
                let headings: Vec<String> = sections.iter().map(|section| heading(section)).collect();
                (format!("unknown key `{key}`"), format!("wenji.toml holds {}", headings.join(" ")))
            }
        };
        let near = closest(key, within.map_or(sections, |(_, keys)| keys).iter().copied());
        let label = near.map(|near| format!("did you mean `{near}`?")).or_else(|| {
            // The right key in the wrong section.
            let home = sections.iter().find(|section| keys_of(section).is_some_and(|keys| keys.contains(&key)))?;
            Some(format!("`{key}` belongs in {}", heading(home)))
        });
        self.fault(what, label.unwrap_or_else(|| "not a key of wenji.toml".to_owned()), Some(allowed), span)
    }

    /// A value of a wrong type, or a word that is not allowed.
    fn wrong_value(&self, error: &toml::de::Error) -> Fault {
        let mut span = error.span().unwrap_or_default();
        let at = self.key_at(&span);
        // The span of a wrong word in a list is the list; the message begins with the word.
        let word = error.message().strip_prefix('`').and_then(|rest| rest.split('`').next());
        if let Some(found) = word.and_then(|word| self.text.get(span.clone())?.find(&format!("\"{word}\""))) {
            let length = word.map_or(0, str::len) + 2;
            span = span.start + found..span.start + found + length;
        }
        let name = at.as_ref().map(|(section, key)| format!("{} {key}: ", heading(section))).unwrap_or_default();
        let example = at.and_then(|(section, key)| example(&section, &key));
        let help = example.map(|example| format!("for example: {example}"));
        self.fault(format!("{name}{}", plain_words(error.message())), "this value".to_owned(), help, span)
    }

    /// Values that are of the right type, and yet make no sense.
    fn wrong_meaning(&self, config: &Config) -> Vec<Fault> {
        let mut faults = Vec::new();
        let sources = self.table.get("source").and_then(|value| value.get_ref().as_array());
        for (source, value) in config.source.iter().zip(sources.into_iter().flatten()) {
            let given = [&source.path, &source.url, &source.feed, &source.opml].into_iter().flatten().count();
            if given != 1 {
                let help = "each [[source]] takes one of path, url, feed and opml".to_owned();
                let message = format!("this [[source]] says {given} places where articles come from");
                faults.push(self.fault(message, "here".to_owned(), Some(help), value.span()));
            }
        }
        if let Some(Err(error)) = config.book.lang.as_deref().map(crate::book::Language::new) {
            faults.push(self.at_key("book", "lang", &error.to_string()));
        }
        for pattern in &config.clean.strip {
            if let Err(error) = regex::Regex::new(pattern) {
                faults.push(self.at_key(
                    "clean",
                    "strip",
                    &format!("`{pattern}` is not a regular expression: {error}"),
                ));
            }
        }
        for (key, glob) in config.source.iter().flat_map(|source| {
            source
                .include
                .iter()
                .map(|glob| ("include", glob))
                .chain(source.exclude.iter().map(|glob| ("exclude", glob)))
        }) {
            if let Err(error) = glob::Pattern::new(glob) {
                faults.push(self.at_key("source", key, &format!("`{glob}` is not a pattern: {error}")));
            }
        }
        for (host, rule) in &config.fetch.referer {
            if let Err(error) = rule.parse::<RefererRule>() {
                faults.push(self.at_key("fetch", "referer", &format!("{host}: {error}")));
            }
        }
        for (host, name, value) in config
            .fetch
            .headers
            .iter()
            .flat_map(|(host, pairs)| pairs.iter().map(move |(name, value)| (host, name, value)))
        {
            if let Err(error) = check_header(name, value) {
                faults.push(self.at_key("fetch", "headers", &format!("{host}: {error}")));
            }
        }
        let base = self.path.parent().unwrap_or(Path::new(""));
        if let Some(Err(error)) = config.output.style.as_deref().map(|style| values::style(style, base)) {
            faults.push(self.at_key("output", "style", &error.to_string()));
        }
        for (key, text) in [("title", &config.book.title), ("name", &config.output.name)] {
            let section = if key == "title" { "book" } else { "output" };
            let numbered = config.book.issue.is_some();
            if let Some(Err(error)) = text.as_deref().map(|text| check_placeholders(section, text, numbered)) {
                faults.push(self.at_key(section, key, &error.to_string()));
            }
        }
        if config.output.formats.as_ref().is_some_and(Vec::is_empty) {
            faults.push(self.at_key("output", "formats", "no format at all"));
        }
        faults
    }

    fn at_key(&self, section: &str, key: &str, message: &str) -> Fault {
        let value = self.table.get(section).and_then(|value| value.get_ref().get(key));
        let help = example(section, key).map(|example| format!("for example: {example}"));
        let span = value.map(Spanned::span).unwrap_or_default();
        self.fault(format!("{} {key}: {message}", heading(section)), "this value".to_owned(), help, span)
    }

    /// The section and key whose value holds a span.
    fn key_at(&self, span: &Range<usize>) -> Option<(String, String)> {
        fn holds(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
            value.span().start <= span.start && span.end <= value.span().end
        }
        fn in_table(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<String> {
            match value.get_ref() {
                DeValue::Table(table) => {
                    table.iter().find(|(_, value)| holds(value, span)).map(|(key, _)| key.get_ref().to_string())
                }
                DeValue::Array(array) => array.iter().find_map(|value| in_table(value, span)),
                _ => None,
            }
        }
        self.table.iter().find_map(|(section, value)| Some((section.get_ref().to_string(), in_table(value, span)?)))
    }
}

/// The name of a section as the file writes it.
fn heading(section: &str) -> String {
    if matches!(section, "source" | "deliver") { format!("[[{section}]]") } else { format!("[{section}]") }
}

/// The line of the template that shows a key.
fn example(section: &str, key: &str) -> Option<&'static str> {
    let body = TEMPLATE.split_once(&format!("\n{}\n", heading(section)))?.1;
    let body = body.split("\n[").next().unwrap_or(body);
    let mut lines = body.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
    let line = lines.find(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" =")))?;
    Some(line.split("  #").next().unwrap_or(line).trim_end())
}

/// serde's names of types, in the words of TOML.
fn plain_words(message: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("a sequence", "a list"),
        ("sequence", "list"),
        ("a map", "a table"),
        ("a boolean", "true or false"),
        ("usize", "a whole number"),
        ("u32", "a whole number"),
    ];
    WORDS.iter().fold(message.to_owned(), |message, (theirs, ours)| message.replace(theirs, ours))
}

/// Whether each `{name}` of a title or file name can be filled in.
fn check_placeholders(section: &str, text: &str, numbered: bool) -> Result<(), BadValue> {
    let known: &[&str] = if section == "book" { &IN_TITLES } else { &IN_NAMES };
    let allowed: Vec<&str> = known.iter().copied().filter(|name| numbered || *name != "issue").collect();
    for part in text.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or(part);
        if !allowed.contains(&name) {
            return Err(BadValue::placeholder(name, &allowed));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Box<Fault> {
        match parse(text, Path::new("wenji.toml")) {
            Err(ConfigError::Faulty(fault)) => fault,
            other => panic!("not a fault: {other:?}"),
        }
    }

    fn drawn(text: &str) -> String {
        let handler =
            miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor()).with_width(100);
        let mut out = String::new();
        handler.render_report(&mut out, &*fault(text)).expect("drawn");
        out
    }

    #[test]
    fn an_unknown_key_points_at_its_place_and_names_the_key_meant() {
        let out = drawn("[book]\ntitle = \"文集\"\nauther = \"编者\"\n");
        assert!(out.contains("unknown key `auther` in [book]"), "{out}");
        assert!(out.contains("[wenji.toml:3:1]"), "{out}");
        assert!(out.contains("auther = \"编者\""), "{out}");
        assert!(out.contains("did you mean `author`?"), "{out}");
        assert!(
            out.contains("[book] takes title, author, lang, description, publisher, cover, identifier, series, issue"),
            "{out}"
        );
    }

    #[test]
    fn every_unknown_key_is_told_at_once() {
        let fault = fault("[pdf]\npapr = \"A5\"\n[outputs]\n[[source]]\npath = \".\"\n[[source]]\nfed = \"x\"\n");
        let lines: Vec<u32> = std::iter::once(&*fault).chain(&fault.others).map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 7]);
        assert_eq!(fault.others[0].label, "did you mean `output`?");
    }

    #[test]
    fn a_key_in_the_wrong_section_is_sent_home() {
        assert_eq!(fault("[book]\npaper = \"A5\"\n").label, "`paper` belongs in [pdf]");
    }

    #[test]
    fn a_wrong_type_points_at_the_value_and_shows_an_example() {
        let fault = fault("[output]\ndir = \"out\"\nformats = \"epub\"\n");
        assert_eq!(fault.message, "[output] formats: invalid type: string \"epub\", expected a list");
        assert_eq!(fault.help.as_deref(), Some("for example: formats = [\"epub\", \"pdf\"]"));
        assert_eq!((fault.line, fault.span.offset(), fault.span.len()), (3, 31, 6));
    }

    #[test]
    fn a_wrong_word_lists_the_words_that_are_allowed() {
        let fault = fault("[output]\nformats = [\"epub\", \"pfd\"]\n");
        assert_eq!(fault.message, "[output] formats: `pfd` is not a format; did you mean `pdf`? allowed: epub, pdf");
        assert_eq!(fault.span.len(), "\"pfd\"".len());
        assert!(fault.help.is_some());
    }

    #[test]
    fn broken_toml_and_values_without_sense_are_faults_too() {
        assert_eq!(fault("[book]\ntitle = \n").line, 2);
        assert_eq!(
            fault("[[source]]\npath = \"a\"\nfeed = \"b\"\n").message,
            "this [[source]] says 2 places where articles come from"
        );
        assert_eq!(fault("\n[book]\nlang = \"中文\"\n").line, 3);
        assert!(fault("[clean]\nstrip = [\"(\"]\n").message.contains("is not a regular expression"));
        let referer = fault("\n[fetch]\nreferer = { \"a.example\" = \"nobody\" }\n");
        assert!(referer.line == 3 && referer.message.contains("a.example"), "{}", referer.message);
        assert!(fault("[fetch.headers.\"a.example\"]\nHost = \"b\"\n").message.contains("`Host` is set by wenji"));
        assert!(fault("[book]\ntitle = \"第 {issue} 期\"\n").message.contains("`{issue}` needs `issue` in [book]"));
        assert!(parse("[book]\ntitle = \"第 {issue} 期\"\nissue = 3\n", Path::new("wenji.toml")).is_ok());
        assert!(fault("book = 3").message.contains("invalid type"));
    }

    #[test]
    fn what_has_no_effect_yet_is_said_with_its_line() {
        let text = "[[source]]\nfeed = \"https://example.org/f\"\n[output]\nkeep = 3\n[pdf]\nbleed = false\n";
        let loaded = parse(text, Path::new("wenji.toml")).expect("read");
        let told: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["wenji.toml:4: [output] keep is not supported yet and has no effect [config-unsupported]",]);
    }

    #[test]
    fn the_template_shows_every_key_and_all_of_it_is_understood() {
        for section in fields::<Config>().iter().filter(|section| !matches!(**section, "schedule" | "deliver")) {
            for key in keys_of(section).expect("each section has its keys") {
                assert!(example(section, key).is_some(), "{section} {key}");
            }
        }
        let plain = parse(TEMPLATE, Path::new("wenji.toml")).expect("the template is right");
        assert!(plain.problems.is_empty());
        // With every comment that holds a key taken away, but for the places a source can have only one of.
        let shows_key = |line: &str| line.split_once(" =").is_some_and(|(key, _)| !key.contains(' '));
        let uncommented =
            TEMPLATE.lines().map(|line| line.strip_prefix("# ").filter(|rest| shows_key(rest)).unwrap_or(line));
        let all: Vec<&str> =
            uncommented.filter(|line| !["url ", "feed ", "opml "].iter().any(|key| line.starts_with(key))).collect();
        let all = all.join("\n");
        assert!(all.contains("\nmax_articles = 100"));
        parse(&all, Path::new("wenji.toml")).expect("the commented lines are right");
    }
}
