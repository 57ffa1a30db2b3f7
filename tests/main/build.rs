//! The contract of `wenji build`: what is written where, the exit status, the report.

use std::fs;

use crate::support::{Epub, Run, Sandbox, article};

const BODY: &str = "清晨的巷子里，只有扫街的声音。";

/// A sandbox with one good article, `a.md`.
fn one_article() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("巷口", BODY));
    sandbox
}

/// A sandbox with one article whose picture does not exist.
fn one_gap() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("gap.md", article("缺图", &format!("{BODY}\n\n![一扇门](door.png)\n\n门后是院子。")));
    sandbox
}

#[test]
fn a_folder_as_output_takes_both_formats_named_by_the_title() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("巷口：东/西 “两头”?", BODY));
    let run = sandbox.run(["build", "a.md", "-o", "out/"]).exits(0);
    assert_eq!(sandbox.list("out"), ["巷口：东-西-“两头”.epub", "巷口：东-西-“两头”.pdf"]);
    assert!(run.stdout.is_empty(), "nothing but data goes to standard output: {}", run.text());
    run.says("巷口：东-西-“两头”.epub");
}

#[test]
fn each_output_file_is_of_the_kind_its_name_says() {
    let sandbox = one_article();
    sandbox.run(["build", "a.md", "-o", "x.epub", "-o", "y.pdf"]).exits(0);
    assert!(fs::read(sandbox.path("x.epub")).expect("written").starts_with(b"PK\x03\x04"));
    assert!(fs::read(sandbox.path("y.pdf")).expect("written").starts_with(b"%PDF-1."));
}

#[test]
fn only_what_was_asked_for_is_written() {
    let sandbox = one_article();
    sandbox.run(["build", "a.md", "-o", "only.pdf"]).exits(0);
    let files = sandbox.list("");
    assert!(files.contains(&"only.pdf".to_owned()) && !files.iter().any(|name| name.ends_with(".epub")), "{files:?}");
}

#[test]
fn without_an_output_the_books_go_to_the_current_folder() {
    let sandbox = one_article();
    sandbox.run(["build", "a.md"]).exits(0);
    let files = sandbox.list("");
    assert!(files.contains(&"巷口.epub".to_owned()) && files.contains(&"巷口.pdf".to_owned()), "{files:?}");
}

#[test]
fn a_dash_as_output_puts_one_book_on_standard_output() {
    let sandbox = one_article();
    let epub = sandbox.run(["build", "a.md", "-o", "-", "--format", "epub"]).exits(0);
    assert!(epub.stdout.starts_with(b"PK\x03\x04"));
    let pdf = sandbox.run(["build", "a.md", "-o", "-", "--format", "pdf"]).exits(0);
    assert!(pdf.stdout.starts_with(b"%PDF-1."));
    assert_eq!(sandbox.list("").iter().filter(|name| name.contains("巷口")).count(), 0);
}

#[test]
fn a_name_of_no_known_kind_is_a_usage_error() {
    let sandbox = one_article();
    sandbox.run(["build", "a.md", "-o", "book.docx"]).exits(2).says("docx");
}

#[test]
fn an_unknown_option_is_a_usage_error() {
    one_article().run(["build", "a.md", "--titel", "x"]).exits(2).says("--title");
}

#[test]
fn a_missing_picture_gives_status_3_and_says_where_and_why() {
    let sandbox = one_gap();
    let run = sandbox.run(["build", "gap.md", "-o", "out/", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["image-not-found"]);
    let problem = run.json()["problems"].as_array().expect("a list")[0].clone();
    assert_eq!(problem["article"], "缺图");
    assert!(problem["where"].as_str().expect("a place").ends_with("gap.md:10"), "{problem}");
    assert!(!problem["help"].as_str().expect("a help").is_empty());
    assert_eq!(run.json()["images"]["missing"], 1);
    let markup = Epub::open(&sandbox.path("out/缺图.epub")).markup();
    assert!(markup.contains("一扇门") && markup.contains("door.png"), "the placeholder names the picture: {markup}");
}

#[test]
fn the_report_for_people_names_the_problem_its_place_and_its_help() {
    let run = one_gap().run(["build", "gap.md", "-o", "out/"]).exits(3);
    run.says("image-not-found").says("gap.md:10").says("door.png").says("check the path");
}

#[test]
fn strict_turns_a_gap_into_status_1_and_writes_nothing() {
    let sandbox = one_gap();
    sandbox.run(["build", "gap.md", "-o", "out/", "--strict"]).exits(1);
    assert_eq!(sandbox.list("out"), [""; 0]);
}

#[test]
fn a_failed_build_leaves_the_old_books_untouched() {
    let sandbox = one_gap();
    sandbox.write("old.epub", "the old book");
    sandbox.write("old.pdf", "the old print");
    sandbox.run(["build", "gap.md", "-o", "old.epub", "-o", "old.pdf", "--strict"]).exits(1);
    sandbox.run(["build", "nowhere.md", "-o", "old.epub", "-o", "old.pdf"]).exits(1).says("nowhere.md");
    assert_eq!(fs::read(sandbox.path("old.epub")).expect("there"), b"the old book");
    assert_eq!(fs::read(sandbox.path("old.pdf")).expect("there"), b"the old print");
    assert_eq!(
        sandbox.list("").iter().filter(|name| !["old", "gap", "home"].iter().any(|known| name.contains(known))).count(),
        0
    );
}

#[test]
fn an_output_that_cannot_be_written_gives_status_1() {
    let sandbox = one_article();
    sandbox.write("file", "not a folder");
    sandbox.run(["build", "a.md", "-o", "file/book.epub"]).exits(1).says("book.epub");
    assert_eq!(fs::read(sandbox.path("file")).expect("there"), b"not a folder");
}

#[test]
fn one_unreadable_article_among_good_ones_is_a_problem_not_an_end() {
    let sandbox = one_article();
    sandbox.write("empty.md", "");
    let run = sandbox.run(["build", "a.md", "empty.md", "-o", "both.epub", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["article-empty"]);
    assert!(Epub::open(&sandbox.path("both.epub")).visible().contains(BODY));
}

#[test]
fn the_json_report_has_every_member_it_promises() {
    let sandbox = one_article();
    let report = sandbox.run(["build", "a.md", "-o", "out/", "--json"]).exits(0).json();
    assert_eq!(report["articles"], 1);
    assert_eq!(report["images"], serde_json::json!({"used": 0, "missing": 0}));
    assert_eq!(report["problems"], serde_json::json!([]));
    assert!(report["elapsed_ms"].is_u64());
    let outputs = report["outputs"].as_array().expect("a list");
    assert_eq!(outputs.len(), 2);
    for output in outputs {
        let path = sandbox.path(output["path"].as_str().expect("a path"));
        assert_eq!(fs::metadata(&path).expect("written").len(), output["bytes"].as_u64().expect("bytes"), "{path:?}");
        assert_eq!(output["chapters"], 1);
        match output["format"].as_str().expect("a format") {
            "pdf" => assert!(output["pages"].as_u64().expect("pages") >= 1),
            "epub" => {}
            other => panic!("{other}"),
        }
    }
}

#[test]
fn the_json_report_is_printed_on_failure_too() {
    let report = Sandbox::new().run(["build", "nowhere.md", "-o", "x.epub", "--json"]).exits(1).json();
    assert_eq!(report["outputs"], serde_json::json!([]));
    assert_eq!(report["problems"][0]["severity"], "error");
}

/// Where in the book's text the pieces stand, to compare their order.
fn order(sandbox: &Sandbox, book: &str, pieces: [&str; 3]) -> Vec<usize> {
    let text = Epub::open(&sandbox.path(book)).visible();
    pieces.iter().map(|piece| text.find(piece).unwrap_or_else(|| panic!("{piece} is missing"))).collect()
}

fn three_articles() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, date, body) in [
        ("10.md", "2024-01-01", "第一句是十。"),
        ("2.md", "2024-03-01", "第一句是二。"),
        ("1.md", "2024-02-01", "第一句是一。"),
    ] {
        sandbox.write(&format!("in/{name}"), format!("# 第{name}篇\n\n发布时间: {date}\n\n{body}\n"));
    }
    sandbox
}

#[test]
fn a_folder_is_read_in_natural_order() {
    let sandbox = three_articles();
    sandbox.run(["build", "in", "-o", "b.epub", "--sort", "given"]).exits(0);
    let found = order(&sandbox, "b.epub", ["第一句是一。", "第一句是二。", "第一句是十。"]);
    assert!(found.is_sorted(), "{found:?}");
}

#[test]
fn articles_are_sorted_by_date_when_asked_and_reversed() {
    let sandbox = three_articles();
    sandbox.run(["build", "in", "-o", "b.epub", "--sort", "date"]).exits(0);
    let found = order(&sandbox, "b.epub", ["第一句是十。", "第一句是一。", "第一句是二。"]);
    assert!(found.is_sorted(), "{found:?}");
    sandbox.run(["build", "in", "-o", "r.epub", "--sort", "date", "--reverse"]).exits(0);
    let found = order(&sandbox, "r.epub", ["第一句是二。", "第一句是一。", "第一句是十。"]);
    assert!(found.is_sorted(), "{found:?}");
}

#[test]
fn since_and_until_select_by_date_and_undated_articles_pass() {
    let sandbox = three_articles();
    sandbox.write("in/undated.md", "# 无日期\n\n没有日期的一篇。\n");
    sandbox.run(["build", "in", "-o", "b.epub", "--since", "2024-01-15", "--until", "2024-02-15"]).exits(0);
    let text = Epub::open(&sandbox.path("b.epub")).visible();
    assert!(text.contains("第一句是一。") && text.contains("没有日期的一篇。"), "{text}");
    assert!(!text.contains("第一句是二。") && !text.contains("第一句是十。"), "{text}");
}

#[test]
fn inputs_are_files_globs_and_lists_on_standard_input() {
    let sandbox = three_articles();
    let glob: Run = sandbox.run(["build", "in/1*.md", "-o", "g.epub", "--json"]).exits(0);
    assert_eq!(glob.json()["articles"], 2);
    let list = sandbox.run_with_input(&["build", "-", "-o", "l.epub", "--json"], b"in/2.md\nin/10.md\n").exits(0);
    assert_eq!(list.json()["articles"], 2);
}

#[test]
fn two_named_files_with_one_text_are_both_kept() {
    let sandbox = one_article();
    sandbox.write("b.md", article("巷口", BODY));
    let run = sandbox.run(["build", "a.md", "b.md", "-o", "x.epub", "--json"]).exits(0);
    assert_eq!(run.json()["articles"], 2);
}

#[test]
fn progress_is_plain_lines_without_a_terminal() {
    let run = one_article().run(["build", "a.md", "-o", "out/"]).exits(0);
    assert!(!run.stderr.contains('\u{1B}') && !run.stderr.contains('\r'), "{:?}", run.stderr);
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let run = one_article().run(["build", "a.md", "-o", "out/", "-q"]).exits(0);
    assert_eq!(run.stderr, "");
}
