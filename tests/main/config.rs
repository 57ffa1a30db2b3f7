//! wenji.toml and the commands around it: what beats what, and what a mistake looks like.

use std::fs;

use crate::support::{Epub, Sandbox, article};

/// A sandbox with a wenji.toml and one article beside it.
fn project(config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("wenji.toml", config);
    sandbox.write("articles/a.md", article("河边", "水慢慢地流。"));
    sandbox
}

#[test]
fn without_inputs_the_config_of_the_folder_is_built() {
    let sandbox =
        project("[book]\ntitle = \"河流集\"\n[[source]]\npath = \"articles/*.md\"\n[output]\ndir = \"books\"\n");
    sandbox.run(["build"]).exits(0);
    assert_eq!(sandbox.list("books").len(), 2);
}

#[test]
fn a_folder_with_a_config_is_built_by_it() {
    let sandbox = Sandbox::new();
    sandbox.write("p/wenji.toml", "[book]\ntitle = \"河流集\"\n[[source]]\npath = \"in/*.md\"\n");
    sandbox.write("p/in/a.md", article("河边", "水慢慢地流。"));
    sandbox.write("p/other/b.md", article("不收", "这一篇不在来源里。"));
    sandbox.run(["build", "p", "-o", "out/"]).exits(0);
    let text = Epub::open(&sandbox.path("out/河流集.epub")).visible();
    assert!(text.contains("水慢慢地流。") && !text.contains("这一篇不在来源里。"));
}

#[test]
fn options_beat_the_config_and_the_config_beats_defaults() {
    let sandbox = project(
        "[book]\ntitle = \"河流集\"\nauthor = \"甲\"\nlang = \"zh-TW\"\n[[source]]\npath = \"articles\"\n[output]\nformats = [\"epub\"]\n",
    );
    sandbox.run(["build", "-o", "a/"]).exits(0);
    assert_eq!(sandbox.list("a"), ["河流集.epub"]);
    let package = Epub::open(&sandbox.path("a/河流集.epub")).package();
    assert!(package.contains("甲") && package.contains(">zh-TW<"), "{package}");

    sandbox.run(["build", "-o", "b/", "--title", "江海集", "--author", "乙", "--lang", "zh-CN"]).exits(0);
    let package = Epub::open(&sandbox.path("b/江海集.epub")).package();
    assert!(package.contains("乙") && !package.contains("甲") && package.contains(">zh-CN<"), "{package}");
}

#[test]
fn a_file_name_takes_the_issue_the_dates_and_the_volume() {
    let sandbox = project(
        "[book]\ntitle = \"河 {from}\"\nissue = 7\n[[source]]\npath = \"articles\"\n[output]\nformats = [\"epub\"]\nname = \"{issue}/{slug}-{to}-{volume}\"\n",
    );
    sandbox.write("articles/b.md", article("桥上", "人慢慢地走。").replace("2024-05-01", "2024-04-02"));
    sandbox.run(["build", "-o", "out/"]).exits(0);
    assert_eq!(sandbox.list("out/7"), ["河-2024-04-02-2024-05-01-1.epub"]);
}

#[test]
fn a_placeholder_that_nothing_fills_is_shown_with_those_that_are_there() {
    let run = project("[output]\nname = \"{issue}\"\n[[source]]\npath = \"articles\"\n").run(["build"]);
    run.exits(1).says("needs `issue` in [book]").says("allowed: {slug}, {date}");
}

#[test]
fn another_config_can_be_named() {
    let sandbox = project("[[source]]\npath = \"nowhere\"\n");
    sandbox.write("other.toml", "[book]\ntitle = \"另一部\"\n[[source]]\npath = \"articles\"\n");
    sandbox.run(["build", "--config", "other.toml", "-o", "out/"]).exits(0);
    assert!(sandbox.list("out").contains(&"另一部.epub".to_owned()));
}

#[test]
fn an_unknown_key_is_shown_with_its_line_and_the_key_that_was_meant() {
    let sandbox = project("[book]\ntitle = \"河\"\nauther = \"甲\"\n[[source]]\npath = \"articles\"\n");
    let run = sandbox.run(["build", "-o", "out/"]);
    assert!(matches!(run.status, Some(1 | 2)), "{:?}", run.status);
    assert!(run.stderr.contains("auther") && run.stderr.contains("author"), "{}", run.stderr);
    assert!(run.stderr.contains("wenji.toml:3"), "{}", run.stderr);
    assert!(run.stderr.contains("publisher"), "the message lists what is allowed: {}", run.stderr);
    assert_eq!(sandbox.list("out"), [""; 0]);
}

#[test]
fn a_value_of_a_wrong_type_is_shown_with_its_line() {
    let sandbox = project("[book]\ntitle = \"河\"\n\n[select]\nmax_articles = \"many\"\n");
    let run = sandbox.run(["build", "-o", "out/"]);
    assert!(matches!(run.status, Some(1 | 2)), "{:?}", run.status);
    run.says("wenji.toml:5").says("max_articles");
}

#[test]
fn a_value_that_is_not_allowed_is_shown_with_those_that_are() {
    let sandbox = project("[output]\nformats = [\"epub\", \"mobi\"]\n[[source]]\npath = \"articles\"\n");
    let run = sandbox.run(["build", "-o", "out/"]);
    assert!(matches!(run.status, Some(1 | 2)), "{:?}", run.status);
    run.says("mobi").says("pdf").says("wenji.toml:2");
}

#[test]
fn broken_toml_is_shown_with_its_line() {
    let run = project("[book]\ntitle = \"河\nauthor = 3\n").run(["build"]);
    assert!(matches!(run.status, Some(1 | 2)), "{:?}", run.status);
    run.says("wenji.toml:2");
}

#[test]
fn init_writes_a_config_that_builds_and_never_overwrites_one() {
    let sandbox = Sandbox::new();
    sandbox.run(["init"]).exits(0);
    let written = fs::read_to_string(sandbox.path("wenji.toml")).expect("written");
    assert!(written.contains("[book]") && written.contains("[[source]]"), "{written}");
    sandbox.write("articles/a.md", article("河边", "水慢慢地流。"));
    sandbox.run(["build", "articles", "--config", "wenji.toml", "-o", "out/"]).exits(0);

    sandbox.write("wenji.toml", "# mine\n");
    sandbox.run(["init"]).exits(1).says("wenji.toml");
    assert_eq!(fs::read_to_string(sandbox.path("wenji.toml")).expect("there"), "# mine\n");
}

#[test]
fn styles_and_fonts_are_listed_on_standard_output() {
    let sandbox = Sandbox::new();
    assert!(sandbox.run(["styles"]).exits(0).text().contains("classic"));
    let fonts = sandbox.run(["fonts"]).exits(0).text();
    for face in
        ["NotoSerifSC-Regular", "NotoSansSC-Bold", "LXGWWenKai-Regular", "SourceSerif4-Italic", "SourceCodePro-Regular"]
    {
        assert!(fonts.contains(face), "{face} is missing: {fonts}");
    }
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(sandbox.run(["completions", shell]).exits(0).text().contains("wenji"));
    }
    assert!(sandbox.run(["man"]).exits(0).text().contains(".TH wenji"));
}

#[test]
fn help_and_version_are_printed_on_standard_output() {
    let sandbox = Sandbox::new();
    assert!(sandbox.run(["--version"]).exits(0).text().starts_with("wenji "));
    let help = sandbox.run(["build", "--help"]).exits(0).text();
    for option in [
        "--title",
        "--author",
        "--lang",
        "--cover",
        "--style",
        "--format",
        "--profile",
        "--paper",
        "--since",
        "--until",
        "--sort",
        "--reverse",
        "--offline",
        "--strict",
        "--allow-private-hosts",
        "--jobs",
        "--cache",
        "--font-dir",
        "--now",
        "--json",
        "--config",
    ] {
        assert!(help.contains(option), "{option} is not in the help");
    }
}
