//! Faces of the user and of the system, and characters that no face has.

use std::path::Path;

use crate::support::{Run, Sandbox, article, pdf_text, qpdf, squeezed, tool};

/// Puts faces of the fixtures into a folder of the sandbox.
fn faces(sandbox: &Sandbox, folder: &str, names: &[&str]) {
    for name in names {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fonts").join(name);
        sandbox.write(&format!("{folder}/{name}"), std::fs::read(path).expect("a fixture"));
    }
}

/// Builds `a.md` by a wenji.toml whose `[fonts]` says this.
fn build(sandbox: &Sandbox, fonts: &str, body: &str) -> Run {
    sandbox.write("a.md", article("字体", body));
    sandbox.write("wenji.toml", format!("[fonts]\n{fonts}\n[[source]]\npath = \"*.md\"\n"));
    let run = sandbox.run(["build", "--config", "wenji.toml", "-o", "b.pdf", "--json"]).exits(0);
    qpdf(&sandbox.path("b.pdf"));
    run
}

fn book(sandbox: &Sandbox) -> String {
    sandbox.path("b.pdf").to_str().expect("UTF-8").to_owned()
}

/// The names of the embedded faces with their kinds.
fn embedded(sandbox: &Sandbox) -> String {
    let (good, fonts) = tool("pdffonts", &[&book(sandbox)]);
    assert!(good, "{fonts}");
    for row in fonts.lines().skip(2) {
        assert!(row.contains("yes yes yes"), "{row}");
    }
    fonts
}

/// No glyph on any page is `.notdef`.
fn has_no_notdef(sandbox: &Sandbox) {
    let (good, trace) = tool("mutool", &["trace", &book(sandbox)]);
    assert!(good && trace.contains("glyph=\"1\""), "{trace}");
    assert!(!trace.contains("glyph=\"0\"") && !trace.contains("glyph=\".notdef\""), "{trace}");
}

/// The problems of a code.
fn problems(run: &Run, code: &str) -> Vec<serde_json::Value> {
    let report = run.json();
    let all = report["problems"].as_array().expect("a list").clone();
    all.into_iter().filter(|problem| problem["code"] == code).collect()
}

#[test]
fn families_of_every_kind_take_their_roles_and_are_embedded() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "faces", &["WenjiSong.ttc", "WenjiSans-Variable.ttf", "WenjiCode-Variable.otf"]);
    let fonts = "dirs = [\"faces\"]\nserif = [\"Wenji Sans\", \"文集宋体\"]\nmono = \"Wenji Code\"\nsystem = false";
    let run = build(&sandbox, fonts, "文集 text **粗体 bold** *italic*\n\n```\nlet a = code(10);\n```");
    assert!(run.codes("warning").iter().all(|code| !code.starts_with("face")), "{:?}", run.codes("warning"));
    let fonts = embedded(&sandbox);
    for name in [
        "WenjiSong-Regular ",
        "WenjiSong-Bold ",
        "WenjiSans-Regular_400wght ",
        "WenjiSans-Regular_700wght ",
        "WenjiSans-Regular_400wght_-10sl",
        "WenjiCode-Regular_400wght ",
    ] {
        assert!(fonts.contains(name), "{name}: {fonts}");
    }
    let text = squeezed(&pdf_text(&sandbox.path("b.pdf")));
    assert!(text.contains("文集text粗体bolditalic") && text.contains("leta=code(10);"), "{text}");
    has_no_notdef(&sandbox);
}

#[test]
fn a_folder_of_the_command_line_is_enough_and_a_forbidden_face_is_left_out() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "faces", &["WenjiClosed-Regular.ttf", "WenjiSerifTC-Regular.otf"]);
    sandbox.write("a.md", "---\ntitle: 標題\nlang: zh-TW\n---\n骨直戶國說話的一。\n");
    let run = sandbox.run(["build", "a.md", "-o", "b.pdf", "--font-dir", "faces", "--json"]).exits(0);
    let unusable = problems(&run, "face-unusable");
    assert_eq!(unusable.len(), 1, "{unusable:?}");
    assert!(unusable[0]["where"].as_str().expect("a file").ends_with("WenjiClosed-Regular.ttf"));
    assert!(problems(&run, "face-regional").is_empty());
    let fonts = embedded(&sandbox);
    assert!(fonts.lines().any(|row| row.contains("WenjiSerifTC-Regular") && row.contains("CID Type 0C")), "{fonts}");
    assert!(squeezed(&pdf_text(&sandbox.path("b.pdf"))).contains("骨直戶國說話的一。"));
}

#[test]
fn a_family_that_is_not_there_is_told_with_the_one_that_was_meant() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "faces", &["WenjiSong.ttc", "WenjiMing-Regular.ttf"]);
    let fonts = "dirs = [\"faces\"]\nserif = \"Wenji Sng\"\nkai = \"Wenji Ming\"\nsystem = false";
    let run = build(&sandbox, fonts, "文集");
    let unknown = problems(&run, "face-unknown");
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    let help = unknown[0]["help"].as_str().expect("a help");
    assert!(help.contains("did you mean `Wenji Song`?") && help.contains("Source Serif 4"), "{help}");
    let style = problems(&run, "face-style");
    assert!(style.len() == 1 && style[0]["message"].as_str().expect("a message").contains("no bold"), "{style:?}");
}

#[test]
fn a_language_without_a_face_is_told_once_in_the_whole_book() {
    let sandbox = Sandbox::new();
    sandbox.write("c.md", "---\nlang: ja\n---\n# 二\n\n国の話。\n");
    sandbox.write("d.md", "---\nlang: ja\n---\n# 三\n\n骨の話。\n");
    sandbox.write("e.md", "---\nlang: zh-HK\n---\n# 四\n\n香港。\n");
    sandbox.write("f.md", "---\nlang: zh-Hant\n---\n# 五\n\n說話。\n");
    let run = build(&sandbox, "system = false", "正文。");
    let told = problems(&run, "face-regional");
    let messages: Vec<&str> = told.iter().map(|problem| problem["message"].as_str().expect("a message")).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert_eq!((&told[0]["article"], &told[0]["where"]), (&"二".into(), &"c.md".into()));
    for language in ["Japanese", "Traditional Chinese", "Hong Kong"] {
        assert!(messages.iter().any(|message| message.contains(language)), "{language}: {messages:?}");
    }
    let help = told.iter().map(|problem| problem["help"].as_str().expect("a help")).collect::<String>();
    assert!(help.contains("Noto Serif CJK JP") && help.contains("Noto Serif CJK TC"), "{help}");
}

#[test]
fn a_region_without_a_bold_face_is_told() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "faces", &["WenjiSerifTC-Regular.otf"]);
    sandbox.write("g.md", "---\nlang: zh-TW\n---\n# 一\n\n骨直**國說話**。\n");
    let run = build(&sandbox, "dirs = [\"faces\"]\nsystem = false", "正文。");
    let told = problems(&run, "face-style");
    assert!(told.len() == 1 && told[0]["message"].as_str().expect("a message").contains("zh-TW"), "{told:?}");
    assert!(problems(&run, "face-regional").is_empty());
}

#[test]
fn the_system_is_asked_for_what_no_other_face_has_and_that_is_told() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "home/.fonts", &["WenjiMing-Regular.ttf"]);
    let body = "文\u{1AB0}集，文\u{1AB0}字。";
    let told = problems(&build(&sandbox, "", body), "face-system");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["help"].as_str().expect("a help").contains("WenjiMing-Regular.ttf"), "{told:?}");
    assert!(embedded(&sandbox).contains("WenjiMing-Regular"));
    assert!(pdf_text(&sandbox.path("b.pdf")).contains("文\u{1AB0}"));

    let run = build(&sandbox, "system = false", body);
    assert!(problems(&run, "face-system").is_empty());
    assert_eq!(problems(&run, "character-missing").len(), 1);
    assert!(!embedded(&sandbox).contains("WenjiMing"));
}

#[test]
fn faces_of_the_system_do_not_depend_on_which_article_asks_first() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "home/.fonts", &["WenjiMing-Regular.ttf", "WenjiSong.ttc", "WenjiSerifJP-Regular.otf"]);
    for index in 0..12 {
        let text = if index % 2 == 0 { "文\u{1AB0}集" } else { "国の一は" };
        let language = if index % 2 == 0 { "zh-CN" } else { "ja" };
        sandbox.write(&format!("in/{index}.md"), format!("---\nlang: {language}\n---\n# 第{index}篇\n\n{text}。\n"));
    }
    let build = |name: &str, jobs: &str| {
        sandbox.run(["build", "in", "-o", name, "--title", "文集", "--jobs", jobs]).exits(0);
        std::fs::read(sandbox.path(name)).expect("a book")
    };
    let first = build("a.pdf", "1");
    assert!((0..4).all(|_| build("b.pdf", "4") == first));
}

#[test]
fn text_that_the_embedded_faces_have_never_asks_the_system() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "home/.fonts", &["WenjiSong.ttc", "WenjiMing-Regular.ttf"]);
    let run = build(&sandbox, "", "文集字体，plain text，Ελληνικά，русский，😀。");
    assert!(problems(&run, "face-system").is_empty());
    assert!(!embedded(&sandbox).contains("Wenji"));
}

#[test]
fn what_no_face_has_is_a_box_that_is_read_as_the_character() {
    let sandbox = Sandbox::new();
    sandbox.write("c.md", article("又一篇", "也有\u{12000}。"));
    let run = build(&sandbox, "system = false", "首行。\n\n楔形\u{12000}字，真的□，私用\u{E001}，未定\u{378}。");
    let told = problems(&run, "character-missing");
    let messages: Vec<&str> = told.iter().map(|problem| problem["message"].as_str().expect("a message")).collect();
    for code in ["\u{12000} (U+12000)", "(U+E001)", "(U+0378)"] {
        assert_eq!(messages.iter().filter(|message| message.contains(code)).count(), 1, "{code}: {messages:?}");
    }
    assert_eq!(told.len(), 3, "{messages:?}");
    for problem in &told {
        assert_eq!(problem["article"], "字体", "{problem}");
        assert!(problem["where"].as_str().expect("a line").starts_with("a.md:"), "{problem}");
    }
    let text = pdf_text(&sandbox.path("b.pdf"));
    assert!(squeezed(&text).contains("楔形\u{12000}字，真的□，私用\u{E001}，未定\u{378}。"), "{text}");
    has_no_notdef(&sandbox);
}

#[test]
fn what_is_not_seen_is_no_box() {
    let sandbox = Sandbox::new();
    let body = "零\u{200B}宽\u{2060}连\u{200D}接\u{FE0F}符\u{200E}，soft\u{AD}hyphen\u{FEFF}，\u{FE0F}孤立。";
    let run = build(&sandbox, "system = false", body);
    assert!(problems(&run, "character-missing").is_empty(), "{:?}", run.json());
    let plain = |text: &str| {
        squeezed(text).chars().filter(|c| !"\u{2060}\u{200D}\u{FE0F}\u{200E}\u{FEFF}".contains(*c)).collect::<String>()
    };
    assert!(plain(&pdf_text(&sandbox.path("b.pdf"))).contains("零宽连接符，softhyphen，孤立。"));
    has_no_notdef(&sandbox);
}

#[test]
fn an_emoji_sequence_is_one_picture_and_is_read_as_it_was_typed() {
    let sandbox = Sandbox::new();
    let emoji =
        ["👨\u{200D}👩\u{200D}👧", "👍🏽", "🇨🇳", "1\u{FE0F}\u{20E3}", "☀\u{FE0F}", "⌚\u{FE0E}", "❤\u{FE0F}\u{200D}🔥"];
    let run = build(&sandbox, "system = false", &emoji.join(" 和 "));
    assert!(problems(&run, "character-missing").is_empty(), "{:?}", run.json());
    let text = pdf_text(&sandbox.path("b.pdf"));
    for sequence in emoji {
        assert!(text.contains(sequence), "{sequence}: {text}");
    }
    // Of the characters of a sequence, MuPDF gives the glyph to the first.
    let (_, trace) = tool("mutool", &["trace", &book(&sandbox)]);
    let emoji_spans = trace.split("<span font=\"").filter(|span| span.contains("NotoEmoji"));
    assert_eq!(emoji_spans.map(|span| span.matches("glyph=").count()).sum::<usize>(), emoji.len(), "{trace}");
}

#[test]
fn the_list_of_faces_says_which_roles_they_play() {
    let sandbox = Sandbox::new();
    faces(&sandbox, "faces", &["WenjiSong.ttc", "WenjiSans-Variable.ttf"]);
    sandbox.write("wenji.toml", "[fonts]\ndirs = [\"faces\"]\nserif = [\"Wenji Sans\", \"Wenji Song\"]\n");
    let list = sandbox.run(["fonts"]).exits(0).text();
    for line in [
        "Wenji Song (文集宋体): serif Han",
        "Wenji Sans: serif Latin",
        "Noto Sans SC: sans",
        "LXGW WenKai (霞鹜文楷): kai Han",
    ] {
        assert!(list.contains(line), "{line}: {list}");
    }
    assert!(list.contains("WenjiSong-Bold") && list.contains("WenjiSans-Regular_700wght"), "{list}");
}
