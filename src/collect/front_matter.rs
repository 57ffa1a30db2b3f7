//! Front matter: YAML between lines of `---`, or TOML between lines of `+++`, at the head of a file.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::collect::facts::{Facts, Key};

/// Reads front matter, if the lines begin with it, and gives the index of the first line after it.
/// A block that looks like front matter but cannot be read is left out of the body too, with a remark.
pub(super) fn read(lines: &[&str], facts: &mut Facts) -> usize {
    let Some(first) = lines.iter().position(|line| !line.trim().is_empty()) else { return 0 };
    let fence = lines[first].trim_end();
    let closes = |line: &&str| line.trim_end() == fence || (fence == "---" && line.trim_end() == "...");
    let (begin, fence) = match fence {
        "---" | "+++" => (first + 1, fence),
        _ if has_no_opening(&lines[first..]) => (first, "---"),
        _ => return 0,
    };
    let closes = |line: &&str| if begin == first { line.trim_end() == "---" } else { closes(line) };
    let Some(length) = lines[begin..].iter().position(closes) else { return 0 };
    let block = &lines[begin..begin + length];
    let text = block.join("\n");
    let parsed = if fence == "---" { parse_yaml(&text) } else { parse_toml(&text) };
    match parsed {
        Ok(Value::Object(table)) => {
            for (name, value) in &table {
                take(facts, name, value, line_of(block, name, begin));
            }
        }
        Ok(Value::Null) => {}
        // A rule, a paragraph and another rule are no front matter.
        Ok(_) => return 0,
        Err(_) if !block.iter().any(|line| is_key_line(line)) => return 0,
        Err(Unreadable { line, message }) => {
            facts.remark(file_line(begin + line), format!("the front matter cannot be read: {message}"));
            take_lines(facts, block, if fence == "---" { ':' } else { '=' }, begin);
        }
    }
    begin + length + 1
}

/// Whether lines are front matter whose opening line was left out, as Hexo allows: keys from `title` on, then `---`.
fn has_no_opening(lines: &[&str]) -> bool {
    const MOST: usize = 40;
    let Some(length) = lines.iter().take(MOST).position(|line| line.trim_end() == "---") else { return false };
    let block = &lines[..length];
    let is_inner = |line: &str| line.starts_with([' ', '\t', '-', '#']);
    let known = block.iter().filter(|line| {
        line.split_once(':').is_some_and(|(name, _)| !is_inner(line) && Key::of_front_matter(name).is_some())
    });
    block.first().is_some_and(|line| line.starts_with("title:"))
        && block.iter().all(|line| !line.trim().is_empty() && (is_inner(line) || is_key_line(line)))
        && known.count() >= 2
}

/// Takes the known keys of a block that cannot be read as a whole: what follows each in its line, or the list below it.
fn take_lines(facts: &mut Facts, block: &[&str], separator: char, begin: usize) {
    for (index, line) in block.iter().enumerate() {
        let Some((name, value)) = line.split_once(separator).filter(|_| is_key_line(line)) else { continue };
        let name = name.trim_end();
        let value = value.trim();
        let values: Vec<Value> = if value.is_empty() {
            let items = block[index + 1..].iter().map_while(|line| line.trim_start().strip_prefix('-'));
            items.map(|item| unquoted(item.trim()).into()).collect()
        } else if Key::of_front_matter(name) == Some(Key::Title) {
            vec![unquoted(value).into()]
        } else {
            vec![unquoted(value.trim_start_matches('[').trim_end_matches(']')).into()]
        };
        take(facts, name, &Value::Array(values), file_line(begin + index));
    }
}

/// A value without the quotation marks around it.
fn unquoted(value: &str) -> &str {
    let inside = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// Why a block cannot be read, and the index of the line in it.
struct Unreadable {
    line: usize,
    message: String,
}

fn parse_yaml(text: &str) -> Result<Value, Unreadable> {
    serde_yaml_ng::from_str(text).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line().saturating_sub(1));
        // The line is told as one of the file.
        static PLACE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r" at line \d+ column \d+").expect("the pattern is a constant, and the tests compile it")
        });
        Unreadable { line, message: PLACE.replace_all(&error.to_string(), "").into_owned() }
    })
}

fn parse_toml(text: &str) -> Result<Value, Unreadable> {
    text.parse::<toml::Table>().map(from_toml_table).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        Unreadable { line: before.matches('\n').count(), message: error.message().to_owned() }
    })
}

fn from_toml_table(table: toml::Table) -> Value {
    Value::Object(table.into_iter().map(|(name, value)| (name, from_toml(value))).collect())
}

/// TOML has dates of its own, which become text.
fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => from_toml_table(table),
    }
}

/// Takes one key. Tables of other programs' keys (Hugo's `[params]`) are none of ours.
fn take(facts: &mut Facts, name: &str, value: &Value, line: u32) {
    let Some(key) = Key::of_front_matter(name) else { return };
    let values = texts(value);
    // Site generators use `url: /path` for the address on their own site.
    if key == Key::Source && values.first().is_some_and(|value| value.starts_with('/')) {
        return;
    }
    if let Err(message) = facts.set(key, &values) {
        facts.remark(line, message);
    }
}

/// The texts of a value: itself, those of a list, or the telling entry of a table (`{name = …}`, `{image = …}`).
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(table) => ["name", "image", "src", "url", "path"]
            .iter()
            .find_map(|key| table.get(*key))
            .map(texts)
            .unwrap_or_default(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// The line in the file of a key of the block.
fn line_of(block: &[&str], name: &str, begin: usize) -> u32 {
    let names = |line: &&str| {
        let rest = line.trim_start_matches(['"', '\'']).strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with([':', '=']))
    };
    file_line(begin + block.iter().position(names).unwrap_or(0))
}

fn file_line(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// Whether a line reads `key: value` or `key = value`.
fn is_key_line(line: &str) -> bool {
    line.split_once([':', '=']).is_some_and(|(key, _)| {
        let key = key.trim_end();
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts_of(text: &str) -> (Facts, usize) {
        let lines: Vec<&str> = text.lines().collect();
        let mut facts = Facts::default();
        let body = read(&lines, &mut facts);
        (facts, body)
    }

    #[test]
    fn yaml_gives_the_usual_keys() {
        let text = "---\ntitle: \"雨: 一夜\"\nauthor:\n  - name: 李小满\n  - 王一\ndate: 2023-11-21T09:30:00+08:00\ntags: [雨, 夜]\n\
                    lang: zh-TW\nurl: https://a.example/1\ncover:\n  image: a.png\nsummary: >\n  两行\n  摘要\ndraft: false\n---\n正文";
        let (facts, body) = facts_of(text);
        assert_eq!(facts.title.as_deref(), Some("雨: 一夜"));
        assert_eq!(facts.authors, ["李小满", "王一"]);
        assert_eq!(facts.published.map(|moment| moment.to_string()).as_deref(), Some("2023-11-21 09:30"));
        assert_eq!(facts.tags, ["雨", "夜"]);
        assert_eq!(facts.language.as_ref().map(crate::book::Language::tag), Some("zh-TW"));
        assert_eq!(facts.source.as_deref(), Some("https://a.example/1"));
        assert_eq!(facts.cover.as_deref(), Some("a.png"));
        assert_eq!(facts.description.as_deref(), Some("两行 摘要"));
        assert_eq!((text.lines().nth(body), facts.remarks.len()), (Some("正文"), 0));
    }

    #[test]
    fn toml_gives_the_same_with_its_own_dates() {
        let (facts, body) =
            facts_of("+++\ntitle = '雨'\ndate = 2023-11-21\nauthors = ['李小满']\n[params]\nx = 1\n+++\n正文");
        assert_eq!((facts.title.as_deref(), facts.authors.len(), body), (Some("雨"), 1, 7));
        assert_eq!(facts.published.map(|moment| moment.to_string()).as_deref(), Some("2023-11-21"));
    }

    #[test]
    fn a_bad_value_is_named_by_its_line_and_the_rest_holds() {
        let (facts, body) = facts_of("---\ntitle: 雨\ndate: 昨天\n---\n正文");
        assert_eq!((facts.title.as_deref(), facts.published, body), (Some("雨"), None, 4));
        assert_eq!(facts.remarks.iter().map(|remark| remark.line).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_block_that_cannot_be_read_is_a_remark_at_its_line() {
        let (facts, body) = facts_of("---\ntitle: 雨\nauthor: [李\n---\n正文");
        assert_eq!((facts.remarks.len(), body), (1, 4));
        let (facts, body) = facts_of("+++\ntitle = '雨'\nauthor = \n+++\n正文");
        assert_eq!((facts.remarks[0].line, body), (3, 4));
    }

    #[test]
    fn what_yaml_cannot_read_is_read_line_by_line() {
        for (written, title) in [
            ("春天：一个开始: 副标题", "春天：一个开始: 副标题"),
            ("\"他说\"你好\"\"", "他说\"你好\""),
            ("[转载] 春天", "[转载] 春天"),
            ("@所有人", "@所有人"),
        ] {
            let text =
                format!("---\ntitle: {written}\nauthor: 李小满\ndate: 2023-11-21\ntags:\n\t- 雨\n\t- 夜\n---\n正文");
            let (facts, body) = facts_of(&text);
            assert_eq!((facts.title.as_deref(), body), (Some(title), 8), "{written}");
            assert_eq!(
                (facts.authors, facts.tags),
                (vec!["李小满".to_owned()], vec!["雨".to_owned(), "夜".to_owned()])
            );
            assert_eq!(facts.published.map(|moment| moment.to_string()).as_deref(), Some("2023-11-21"));
            let [remark] = facts.remarks.as_slice() else { panic!("{:?}", facts.remarks) };
            assert!(!remark.message.contains("line"), "{}", remark.message);
        }
    }

    #[test]
    fn the_opening_line_may_be_left_out_before_a_title_and_another_key() {
        let (facts, body) = facts_of("title: 雨\ndate: 2023-11-21\ntags:\n  - 夜\n---\n正文");
        assert_eq!((facts.title.as_deref(), facts.published.is_some(), body), (Some("雨"), true, 5));
        for text in [
            "title: 雨\n---\n正文",
            "title: 雨\n\ndate: 2023\n---",
            "title: 雨\n一段话。\n---\n",
            "注：雨\ndate: 3\n---",
        ] {
            assert_eq!(facts_of(text).1, 0, "{text:?}");
        }
    }

    #[test]
    fn rules_are_no_front_matter() {
        for text in ["---\n\n一段话。\n\n---\n", "---\n正文没有结束", "正文\n---\ntitle: x\n---", "", "\n\n"]
        {
            let (facts, body) = facts_of(text);
            assert_eq!((facts, body), (Facts::default(), 0), "{text:?}");
        }
    }
}
