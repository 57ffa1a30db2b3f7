//! Which line ends of a paragraph stay, and which are wraps.

use super::Options;
use super::tests::{converted, rendered, xhtml};
use crate::book::Language;

/// Each markdown is one paragraph whose lines stay.
#[track_caller]
fn stay(cases: &[&str]) {
    for markdown in cases {
        let expected = format!("<p>{}</p>", markdown.replace('\n', "<br/>"));
        assert_eq!(xhtml(markdown), expected, "{markdown}");
    }
}

#[test]
fn an_indented_line_begins_a_paragraph() {
    assert_eq!(
        xhtml("\u{3000}\u{3000}江上有雾，\n\u{3000}\u{3000}船没有来。\n人也没有来。"),
        "<p>江上有雾，</p>\n<p>船没有来。人也没有来。</p>"
    );
    let japanese = Options { language: Language::new("ja").expect("a tag"), ..Options::default() };
    let out = rendered(&converted("\u{3000}川に霧が出た。\n\u{3000}舟は来ない。", &japanese)).body;
    assert_eq!(out.trim(), "<p>川に霧が出た。</p>\n<p>舟は来ない。</p>");
}

#[test]
fn the_items_of_an_enumeration_keep_their_lines() {
    stay(&[
        "1、看水\n2、看船\n3、看雾",
        "要带的东西：\n1、伞\n2、灯",
        "（1）看水\n（2）看船",
        "（九）看水\n（十）看船\n（十一）看雾",
        "①看水\n②看船",
        "• 看水\n• 看船",
        "1.看水\n2.看船",
        "[1] 渡口志\n[2] 江船考",
    ]);
    assert_eq!(xhtml("1、看水，再\n看船\n2、看雾"), "<p>1、看水，再看船<br/>2、看雾</p>");
}

#[test]
fn turns_of_speech_and_lines_about_a_source_keep_their_lines() {
    stay(&[
        "——你好\n——再见",
        "问：船来吗？\n答：不来。\n问：那么明天呢？\n答：明天也许。",
        "张三：船来吗？\n李四：不来。",
    ]);
    assert_eq!(xhtml("**Q: 船来吗？**\nA: 不来。"), "<p><strong>Q: 船来吗？</strong><br/>A: 不来。</p>");
    let header = xhtml(
        "> 作者：张三\n> 链接：https://example.org/question/1/answer/2\n> 来源：某站\n> 著作权归作者所有，转载请联系作者。",
    );
    assert_eq!(header.matches("<br/>").count(), 3, "{header}");
}

#[test]
fn verses_keep_their_lines() {
    let quoted = xhtml("> 江上晨雾起，\n> 渡口晚钟迟。\n> ——无名氏");
    assert!(quoted.contains("江上晨雾起，<br/>渡口晚钟迟。<br/>——无名氏"), "{quoted}");
    stay(&["江上晨雾起，\n渡口晚钟迟。\n行人三两个，\n归鸟一双飞。"]);
}

#[test]
fn wrapped_prose_is_joined_whatever_begins_a_line() {
    for (markdown, expected) in [
        ("他说了两点，一是\n2、二是看雾", "他说了两点，一是2、二是看雾"),
        ("他走到渡口，\n雾还没有散。\n船也没有来。", "他走到渡口，雾还没有散。船也没有来。"),
        ("他说：船不来了，\n我说：那就走吧", "他说：船不来了，我说：那就走吧"),
        ("船家看了一眼\n——他什么也没有说", "船家看了一眼——他什么也没有说"),
        ("他带了伞、灯 •\n• 还有书", "他带了伞、灯 • • 还有书"),
    ] {
        assert_eq!(xhtml(markdown), format!("<p>{expected}</p>"), "{markdown}");
    }
    let wide = format!("> {}\n> 就这样。", "这一行引文很长，长到换行程序把它断开，");
    assert!(!xhtml(&wide).contains("<br/>"), "{}", xhtml(&wide));
}

#[test]
fn line_ends_of_a_page_are_white_space() {
    let out = super::tests::of_page("<p>1、看水\n2、看船</p>");
    assert!(!out.contains("<br/>"), "{out}");
}
