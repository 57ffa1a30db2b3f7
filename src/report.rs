//! What came of a run, for a person and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bind::{Outcome, Output};
use crate::problem::{Code, Place, Problem, Severity};

/// How many problems of one kind are listed when not all are asked for.
const LISTED: usize = 5;

/// The one object of `--json`.
#[must_use]
pub fn json(outcome: &Outcome) -> Value {
    json!({
        "outputs": outcome.outputs.iter().map(output_json).collect::<Vec<_>>(),
        "articles": outcome.articles,
        "images": { "used": outcome.images_used, "missing": outcome.images_missing },
        "problems": outcome.problems.iter().map(problem_json).collect::<Vec<_>>(),
        "elapsed_ms": outcome.elapsed_ms,
    })
}

fn output_json(output: &Output) -> Value {
    let mut value = json!({
        "path": output.path.to_string_lossy(),
        "format": output.format.to_string(),
        "bytes": output.bytes,
        "chapters": output.chapters,
    });
    if let Some(pages) = output.pages {
        value["pages"] = pages.into();
    }
    value
}

fn problem_json(problem: &Problem) -> Value {
    let mut value = json!({
        "severity": problem.severity.as_str(),
        "code": problem.code.as_str(),
        "message": problem.message,
        "help": problem.help,
    });
    if let Some(article) = &problem.article {
        value["article"] = article.as_str().into();
    }
    if problem.place != Place::Nowhere {
        value["where"] = problem.place.to_string().into();
    }
    value
}

/// Where the books are, how large, and how many pages; a line each.
#[must_use]
pub fn books(outcome: &Outcome) -> String {
    let mut out = String::new();
    let width = outcome.outputs.iter().map(|output| display_width(&output.path.to_string_lossy())).max().unwrap_or(0);
    for output in &outcome.outputs {
        let path = output.path.to_string_lossy();
        let padding = " ".repeat(width - display_width(&path));
        let pages = output.pages.map(|pages| format!("{}, ", count(pages, "page"))).unwrap_or_default();
        let chapters = count(output.chapters, "article");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{path}{padding}  {:>8}  {pages}{chapters}", size(output.bytes));
    }
    out
}

/// What is in the books and how long it took, in one line.
#[must_use]
pub fn totals(outcome: &Outcome) -> String {
    let seconds = outcome.elapsed_ms as f64 / 1000.0;
    let missing = match outcome.images_missing {
        0 => String::new(),
        missing => format!(" ({missing} missing)"),
    };
    let pictures = count(outcome.images_used, "picture");
    format!("{}, {pictures}{missing}, {seconds:.1} s\n", count(outcome.articles, "article"))
}

/// Problems of one severity, grouped by what can be done about them. Without `all`, long groups are cut.
#[must_use]
pub fn problems(outcome: &Outcome, severity: Severity, all: bool) -> String {
    let mut groups: BTreeMap<(Code, &str), Vec<&Problem>> = BTreeMap::new();
    for problem in outcome.problems.iter().filter(|problem| problem.severity == severity) {
        groups.entry((problem.code, &problem.help)).or_default().push(problem);
    }
    let mut out = String::new();
    for ((code, help), group) in groups {
        let _ = writeln!(out, "{}[{code}]: {help}", severity.as_str());
        let listed = if all || severity == Severity::Error { group.len() } else { LISTED };
        for problem in group.iter().take(listed) {
            let _ = writeln!(out, "  {}", line(problem));
        }
        if group.len() > listed {
            let _ = writeln!(out, "  and {} more; --verbose lists them", group.len() - listed);
        }
    }
    out
}

fn line(problem: &Problem) -> String {
    let mut out = String::new();
    if problem.place != Place::Nowhere {
        let _ = write!(out, "{}: ", problem.place);
    }
    out.push_str(&problem.message);
    if let Some(article) = &problem.article {
        let _ = write!(out, " (in “{article}”)");
    }
    out
}

/// So many of something: `1 article`, `2 articles`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A size in the units that shops and file managers use, powers of 1000.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.0} KB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Columns of a terminal: Han characters take two.
fn display_width(text: &str) -> usize {
    text.chars()
        .map(|c| {
            if matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}') {
                2
            } else {
                1
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::values::Format;

    fn outcome() -> Outcome {
        let missing = |line| {
            Problem::error(Code::ImageConnect, Place::File("a.md".into(), Some(line)), "no answer").in_article("甲")
        };
        let remark = |line| Problem::warning(Code::TextPunctuation, Place::File("a.md".into(), Some(line)), "changed");
        let output =
            |path: &str, format, pages| Output { path: path.into(), format, bytes: 1_234_567, pages, chapters: 1 };
        Outcome {
            outputs: vec![output("夏.epub", Format::Epub, None), output("out/夏.pdf", Format::Pdf, Some(12))],
            articles: 1,
            images_used: 3,
            images_missing: 2,
            problems: [missing(9), missing(11)].into_iter().chain((1..=7).map(remark)).collect(),
            elapsed_ms: 1500,
        }
    }

    #[test]
    fn json_has_the_keys_of_the_contract() {
        let value = json(&outcome());
        assert_eq!(
            value["outputs"][0],
            json!({"path": "夏.epub", "format": "epub", "bytes": 1_234_567, "chapters": 1})
        );
        assert_eq!(value["outputs"][1]["pages"], 12);
        assert_eq!(value["images"], json!({"used": 3, "missing": 2}));
        let help = Code::ImageConnect.help();
        let first = json!({"severity": "error", "code": "image-connect", "message": "no answer", "help": help, "article": "甲", "where": "a.md:9"});
        assert_eq!(value["problems"][0], first);
        assert_eq!((&value["articles"], &value["elapsed_ms"]), (&json!(1), &json!(1500)));
    }

    #[test]
    fn the_summary_says_where_the_books_are_how_large_and_how_many_pages() {
        assert_eq!(books(&outcome()), "夏.epub       1.2 MB  1 article\nout/夏.pdf    1.2 MB  12 pages, 1 article\n");
        assert_eq!(totals(&outcome()), "1 article, 3 pictures (2 missing), 1.5 s\n");
    }

    #[test]
    fn problems_are_grouped_with_their_help_and_only_remarks_are_cut() {
        let errors = problems(&outcome(), Severity::Error, false);
        assert_eq!(errors.lines().count(), 3);
        assert!(errors.starts_with("error[image-connect]: check the network"), "{errors}");
        assert!(errors.contains("\n  a.md:9: no answer (in “甲”)\n"), "{errors}");
        let warnings = problems(&outcome(), Severity::Warning, false);
        assert!(warnings.ends_with("and 2 more; --verbose lists them\n"), "{warnings}");
        assert_eq!(problems(&outcome(), Severity::Warning, true).lines().count(), 8);
    }
}
