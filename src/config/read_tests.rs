//! What a mistake in wenji.toml looks like.

use super::*;

fn fault(text: &str) -> Box<Fault> {
    match parse(text, Path::new("wenji.toml")) {
        Err(ConfigError::Faulty(fault)) => fault,
        other => panic!("not a fault: {other:?}"),
    }
}

fn drawn(text: &str) -> String {
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor()).with_width(100);
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
    let sources = "[[source]]\nfeed = \"https://a.example/\"\n\n[[source]]\npath = \"a\"\ninclude = [\"a\",\n";
    let glob = fault(&format!("{sources}\"[\"]\n"));
    assert!(glob.line == 7 && glob.message.contains("`[` is not a pattern"), "{}: {}", glob.line, glob.message);
    assert_eq!(fault(&format!("{sources}]\nexclude = [\"***\"]\n")).line, 8);
    let referer = fault("\n[fetch]\nreferer = { \"a.example\" = \"nobody\" }\n");
    assert!(referer.line == 3 && referer.message.contains("a.example"), "{}", referer.message);
    assert!(fault("[fetch.headers.\"a.example\"]\nHost = \"b\"\n").message.contains("`Host` is set by wenji"));
    assert!(fault("[book]\ntitle = \"第 {issue} 期\"\n").message.contains("`{issue}` needs `issue` in [book]"));
    assert!(fault("[schedule]\ncron = \"7 o'clock\"\n").message.contains("is not a cron expression"));
    assert!(fault("[schedule]\ntimezone = \"Asia/Shanhai\"\n").message.contains("did you mean `Asia/Shanghai`?"));
    assert!(fault("[schedule]\ncatch_up = \"some\"\n").message.contains("allowed: once, all, none"));
    let twice = fault("[[anthology]]\nname = \"a\"\n[[anthology]]\nname = \"a\"\n");
    assert_eq!((twice.line, twice.message.as_str()), (3, "two [[anthology]] are called `a`"));
    assert_eq!(fault("[[anthology]]\nname = \"a\"\n[anthology.book]\ntilte = \"b\"\n").label, "did you mean `title`?");
    assert!(parse("[book]\ntitle = \"第 {issue} 期\"\nissue = 3\n", Path::new("wenji.toml")).is_ok());
    assert!(fault("book = 3").message.contains("invalid type"));
}

#[test]
fn what_has_no_effect_yet_is_said_with_its_line() {
    let text = "[[source]]\nfeed = \"https://example.org/f\"\n[output]\nkeep = 3\n[pdf]\nbleed = false\n";
    let loaded = parse(text, Path::new("wenji.toml")).expect("read");
    let told: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["wenji.toml:4: [output] keep has no effect here [config-unsupported]"]);
}

#[test]
fn an_anthology_is_read_over_what_the_file_says() {
    let text = "[book]\nauthor = \"编者\"\ntitle = \"甲\"\n[[source]]\npath = \"a\"\n[[anthology]]\nname = \"one\"\n\
                [[anthology]]\nname = \"two\"\n[anthology.book]\ntitle = \"乙\"\n[[anthology.source]]\npath = \"b\"\n\
                [anthology.schedule]\ncron = \"0 7 * * *\"\n";
    let loaded = parse(text, Path::new("wenji.toml")).expect("read");
    let told = |(name, config): &(String, Config)| {
        let title = config.book.title.clone().unwrap_or_default();
        let path = config.source[0].path.clone().unwrap_or_default();
        assert_eq!((config.book.author.as_deref(), config.source.len()), (Some("编者"), 1));
        format!("{name} {title} {path} {}", config.is_scheduled())
    };
    let told: Vec<String> = loaded.anthologies.iter().map(told).collect();
    assert_eq!(told, ["one 甲 a false", "two 乙 b true"]);
}

#[test]
fn the_template_shows_every_key_and_all_of_it_is_understood() {
    for section in fields::<Config>().iter().filter(|section| !matches!(**section, "anthology" | "deliver")) {
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

#[test]
fn a_schedule_that_cannot_be_kept_is_refused() {
    for (section, words) in [
        ("[schedule]\ncron = \"0 7 31 2 *\"\n", "never comes"),
        ("[schedule]\njitter = \"99999999999h\"\n", "longer than a week"),
        ("[output]\nname = \"../{slug}\"\n[schedule]\ncron = \"0 7 * * *\"\n", "leads out of the folder"),
    ] {
        let message = fault(section).message.clone();
        assert!(message.contains(words), "{message}");
    }
    assert!(parse("[schedule]\ncron = \"0 7 29 2 MON\"\n", Path::new("wenji.toml")).is_ok());
}

#[test]
fn keys_of_an_anthology_that_have_no_effect_are_told_at_their_own_place() {
    let text = "[output]\nkeep = 3\n[schedule]\nstate = \".s\"\n[[anthology]]\nname = \"a\"\n[anthology.schedule]\nstate = \".t\"\n\
                [[anthology]]\nname = \"b\"\n[anthology.output]\nkeep = 3\n";
    let loaded = parse(text, Path::new("wenji.toml")).expect("read");
    let told: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("wenji.toml:8") && told[0].contains("[schedule] state"), "{told:?}");
    assert!(told[1].contains("wenji.toml:12") && told[1].contains("[output] keep"), "{told:?}");
}

#[test]
fn a_single_table_where_there_may_be_several_is_shown_as_it_is_written() {
    let fault = fault("[book]\ntitle = \"河\"\n[source]\npath = \".\"\n");
    assert_eq!((fault.label.as_str(), fault.line), ("write `[[source]]`", 3));
}

#[test]
fn right_pages_without_two_sides_are_told() {
    let told = |text: &str| parse(text, Path::new("wenji.toml")).expect("read").problems.len();
    assert_eq!((told("[pdf]\nrecto = true\n"), told("[pdf]\nrecto = true\ntwo_sided = true\n")), (1, 0));
}
