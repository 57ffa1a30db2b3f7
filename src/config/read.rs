//! Text becomes a [`Config`]. What is wrong is found twice over: first every key that does not exist,
//! then the first value of a wrong type. Each fault points at its place, names what was meant, and
//! says what is allowed.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

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

/// How late an issue may be by design; no schedule of the usual kind has issues at a greater distance.
const MOST_JITTER: Duration = Duration::from_secs(7 * 86_400);

/// A wenji.toml that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// The anthologies by name, each with what the file says of it: those of `[[anthology]]`; without any, the file
    /// itself, which has no name.
    pub anthologies: Vec<(String, Config)>,
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
    let mut problems = later::unsupported(&config, &|section, index, key| spans.place_of(section, index, key));
    let mut anthologies = Vec::new();
    for (index, anthology) in config.anthology.iter().enumerate() {
        let own = anthology_of(text, path, table.get_ref(), index, &mut problems)?;
        anthologies.push((anthology.name.clone(), own));
    }
    if anthologies.is_empty() {
        anthologies.push((String::new(), config.clone()));
    }
    Ok(Loaded { config, anthologies, path: path.to_owned(), problems })
}

/// What the file says of one of its anthologies: its own sections, key by key over those of the file.
fn anthology_of(
    text: &str,
    path: &Path,
    file: &DeTable<'_>,
    index: usize,
    problems: &mut Vec<Problem>,
) -> Result<Config, ConfigError> {
    let mut merged = file.clone();
    let own = file.get("anthology").and_then(|list| list.get_ref().get(index)).and_then(|own| own.get_ref().as_table());
    merged.remove("anthology");
    for (section, value) in own.into_iter().flatten().filter(|(section, _)| section.get_ref() != "name") {
        let known = merged.get_mut(section.get_ref().as_ref()).map(Spanned::get_mut);
        match (known, value.get_ref()) {
            (Some(DeValue::Table(known)), DeValue::Table(over)) => known.extend(over.clone()),
            _ => drop(merged.insert(section.clone(), value.clone())),
        }
    }
    let spans = Spans { text, path, table: &merged };
    let config = Config::deserialize(toml::Deserializer::from(Spanned::new(0..text.len(), merged.clone())))
        .map_err(|error| spans.fail(vec![spans.wrong_value(&error)]))?;
    let faults = spans.wrong_meaning(&config);
    if !faults.is_empty() {
        return Err(spans.fail(faults));
    }
    if let Some(own) = own {
        let own = Spans { text, path, table: own };
        problems.extend(later::unsupported_here(&config, &|section, key| own.place_of_said(section, key)));
    }
    Ok(config)
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
        "anthology" => &ANTHOLOGY,
        _ => return None,
    })
}

/// What an `[[anthology]]` takes. The state is one for the whole file.
const ANTHOLOGY: [&str; 11] =
    ["name", "book", "source", "select", "clean", "output", "epub", "pdf", "fonts", "fetch", "schedule"];

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

    /// The place of a key, if the text has it.
    fn place_of_said(&self, section: &str, key: &str) -> Option<Place> {
        self.table.get(section)?.get_ref().get(key)?;
        Some(self.place_of(section, None, key))
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
            for (key, value) in tables.into_iter().flatten() {
                if !keys.contains(&key.get_ref().as_ref()) {
                    faults.push(self.unknown_key(key.get_ref(), key.span(), Some((section.get_ref(), keys))));
                } else if section.get_ref() == "anthology" {
                    faults.extend(self.unknown_keys_inside(key.get_ref(), value.get_ref()));
                }
            }
        }
        faults.sort_by_key(|fault| fault.span.offset());
        faults
    }

    /// The unknown keys of a section inside an `[[anthology]]`.
    fn unknown_keys_inside(&self, section: &str, value: &DeValue<'_>) -> Vec<Fault> {
        let Some(keys) = keys_of(section) else { return Vec::new() };
        let tables: Vec<&DeTable<'_>> = match value {
            DeValue::Table(table) => vec![table],
            DeValue::Array(array) => array.iter().filter_map(|value| value.get_ref().as_table()).collect(),
            _ => Vec::new(),
        };
        let inside = tables.into_iter().flat_map(DeTable::keys);
        let unknown = inside.filter(|key| !keys.contains(&key.get_ref().as_ref()));
        unknown.map(|key| self.unknown_key(key.get_ref(), key.span(), Some((section, keys)))).collect()
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
        let is_one = |(name, value): &(&Spanned<_>, &Spanned<DeValue<'_>>)| {
            let name: &std::borrow::Cow<'_, str> = Spanned::get_ref(name);
            heading(name).starts_with("[[") && value.get_ref().is_table()
        };
        if let Some((name, _)) = self.table.iter().find(is_one) {
            let many = heading(name.get_ref());
            let message = format!("[{}] is a list of tables: write `{many}`", name.get_ref());
            return self.fault(message, format!("write `{many}`"), None, name.span());
        }
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
        faults.extend(self.wrong_globs(config));
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
            let numbered = config.book.issue.is_some() || config.is_scheduled() || !config.anthology.is_empty();
            if let Some(Err(error)) = text.as_deref().map(|text| check_placeholders(section, text, numbered)) {
                faults.push(self.at_key(section, key, &error.to_string()));
            }
        }
        let schedule = config.schedule.clone().unwrap_or_default();
        for (key, cron) in [("cron", &schedule.cron), ("poll", &schedule.poll)] {
            if let Some(Err(error)) = cron.as_deref().map(values::cron) {
                faults.push(self.at_key("schedule", key, &error.to_string()));
            }
        }
        if schedule.jitter.is_some_and(|jitter| jitter.0 > MOST_JITTER) {
            faults.push(self.at_key("schedule", "jitter", "longer than a week"));
        }
        let leads_out = |part: Component<'_>| !matches!(part, Component::Normal(_) | Component::CurDir);
        let name = config.output.name.as_deref().filter(|_| config.is_scheduled());
        if let Some(name) = name.filter(|name| Path::new(name).components().any(leads_out)) {
            let message = format!("`{name}` leads out of the folder; issues stand in [output] dir");
            faults.push(self.at_key("output", "name", &message));
        }
        if let Some(Err(error)) = schedule.timezone.as_deref().map(values::timezone) {
            faults.push(self.at_key("schedule", "timezone", &error.to_string()));
        }
        faults.extend(self.nameless_anthologies(config));
        if config.output.formats.as_ref().is_some_and(Vec::is_empty) {
            faults.push(self.at_key("output", "formats", "no format at all"));
        }
        faults
    }

    /// What of `include` and `exclude` is no pattern, each at its own place.
    fn wrong_globs(&self, config: &Config) -> Vec<Fault> {
        let mut faults = Vec::new();
        let sources = self.table.get("source").and_then(|value| value.get_ref().as_array());
        for (source, value) in config.source.iter().zip(sources.into_iter().flatten()) {
            let globs = [("include", &source.include), ("exclude", &source.exclude)];
            for (key, index, glob) in
                globs.iter().flat_map(|(key, globs)| globs.iter().enumerate().map(move |(i, g)| (key, i, g)))
            {
                let Err(error) = glob::Pattern::new(glob) else { continue };
                let list = value.get_ref().get(*key);
                let span = list.and_then(|list| list.get_ref().get(index)).or(list).unwrap_or(value).span();
                let message = format!("{} {key}: `{glob}` is not a pattern: {error}", heading("source"));
                let help = example("source", key).map(|example| format!("for example: {example}"));
                faults.push(self.fault(message, "this value".to_owned(), help, span));
            }
        }
        faults
    }

    /// Anthologies are told apart by their names, also in the state, so each needs one of its own.
    fn nameless_anthologies(&self, config: &Config) -> Vec<Fault> {
        let tables = self.table.get("anthology").and_then(|value| value.get_ref().as_array());
        let named = config.anthology.iter().zip(tables.into_iter().flatten()).enumerate();
        let fault = |(index, (anthology, value)): (usize, (&super::Anthology, &Spanned<DeValue<'_>>))| {
            let message = match anthology.name.trim() {
                "" => "this [[anthology]] has no name".to_owned(),
                name if config.anthology[..index].iter().any(|other| other.name.trim() == name) => {
                    format!("two [[anthology]] are called `{name}`")
                }
                _ => return None,
            };
            let help = "each [[anthology]] takes a name of its own, such as name = \"weekly\"".to_owned();
            Some(self.fault(message, "here".to_owned(), Some(help), value.span()))
        };
        named.filter_map(fault).collect()
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
    if matches!(section, "source" | "deliver" | "anthology") {
        format!("[[{section}]]")
    } else {
        format!("[{section}]")
    }
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
#[path = "read_tests.rs"]
mod tests;
