//! What paragraphs look like when they are set: the examples of the rules, and properties that hold for any text.

use super::*;
use crate::fonts::Library;

/// The embedded faces, read once.
fn library() -> &'static Library {
    static LIBRARY: std::sync::LazyLock<Library> =
        std::sync::LazyLock::new(|| Library::embedded().expect("faces are embedded"));
    &LIBRARY
}

const EM: f32 = 10.0;

fn options(measure: f32, punctuation: PunctuationStyle) -> Options {
    Options {
        measure: Pt(measure * EM),
        indent: Pt::ZERO,
        align: Align::Justify,
        language: Language::chinese(),
        punctuation,
        title: false,
    }
}

/// The lines of a text: what each shows and its width in em.
fn set(text: &str, measure: f32, punctuation: PunctuationStyle) -> Vec<(String, f32)> {
    let setter = Setter::new(library());
    let lines = setter.set(&content(text), &options(measure, punctuation));
    lines
        .iter()
        .map(|line| {
            let text = line.fragments.iter().map(|fragment| fragment.text.as_str()).collect();
            (text, (line.width.0 / EM * 1000.0).round() / 1000.0)
        })
        .collect()
}

/// The width of a text that stands inside a line, between Han characters.
fn inside(text: &str, punctuation: PunctuationStyle) -> f32 {
    let width = |text: &str| set(text, 1000.0, punctuation)[0].1;
    width(&format!("中{text}中")) - width("中中")
}

fn texts(lines: &[(String, f32)]) -> Vec<&str> {
    lines.iter().map(|(text, _)| text.as_str()).collect()
}

fn glyph_lefts(text: &str, measure: f32) -> Vec<Vec<f32>> {
    let lines = Setter::new(library()).set(&content(text), &options(measure, PunctuationStyle::Hangmobanjiao));
    lines
        .iter()
        .map(|line| line.fragments.iter().flat_map(|f| f.glyphs.iter().map(|glyph| (f.x + glyph.x).0 / EM)).collect())
        .collect()
}

use PunctuationStyle::{Hangmobanjiao as H, Kaiming as K};

#[test]
fn example_1_a_quotation_gives_up_facing_halves() {
    let text = "他说：“走吧。”";
    assert_eq!((inside(text, K), inside(text, H)), (6.5, 7.0));
    assert_eq!((set(text, 20.0, K)[0].1, set(text, 20.0, H)[0].1), (6.0, 6.5));
}

#[test]
fn example_2_brackets_in_a_row_take_half_an_em_each() {
    let text = "（见《史记》）。";
    assert_eq!((inside(text, K), inside(text, H)), (6.0, 7.0));
    assert_eq!((set(text, 20.0, K)[0].1, set(text, 20.0, H)[0].1), (5.5, 6.0));
}

#[test]
fn example_3_han_joints_open_evenly() {
    let lines = set("山上的雪还没有化，河水先涨了。", 8.0, H);
    assert_eq!(texts(&lines), ["山上的雪还没有", "化，河水先涨了。"]);
    assert_eq!(lines[0].1, 8.0);
    let lefts = &glyph_lefts("山上的雪还没有化，河水先涨了。", 8.0)[0];
    for pair in lefts.windows(2) {
        assert!((pair[1] - pair[0] - 1.0 - 1.0 / 6.0).abs() < 1e-3, "{lefts:?}");
    }
}

#[test]
fn example_4_commas_shrink_before_anything_opens() {
    for style in [K, H] {
        let lines = set("雨停了，天晴了，鸟叫了。", 8.0, style);
        assert_eq!(texts(&lines)[0], "雨停了，天晴了，鸟", "{style:?}");
        assert_eq!(lines[0].1, 8.0);
    }
}

#[test]
fn example_5_an_opening_bracket_begins_the_line_with_half_an_em() {
    let lines = set("我最近天天在读《诗经》。", 8.0, H);
    assert_eq!(texts(&lines), ["我最近天天在读", "《诗经》。"]);
    assert_eq!(lines[1].1, 3.5);
    assert!(glyph_lefts("我最近天天在读《诗经》。", 8.0)[1][0] < -0.4, "the blank half stands outside the line");
}

#[test]
fn example_6_a_dash_is_two_em_and_whole() {
    let lines = set("他一直在等的人——父亲——终于回来了。", 8.0, H);
    assert_eq!(texts(&lines), ["他一直在等的人", "——父亲——终于", "回来了。"]);
    assert_eq!((lines[0].1, lines[1].1), (8.0, 8.0));
}

#[test]
fn example_7_gaps_stand_beside_letters_and_not_beside_marks() {
    let plain = set("室温", 100.0, H)[0].1;
    assert_eq!(plain, 2.0);
    let digits = set("25", 100.0, H)[0].1;
    let percent = set("80%", 100.0, H)[0].1;
    let all = set("室温25℃，湿度80%。", 100.0, H)[0].1;
    assert!((all - (2.0 + 0.25 + digits + 1.0 + 1.0 + 2.0 + 0.25 + percent + 0.5)).abs() < 2e-3, "{all}");
    for measure in [4.0, 5.0, 6.0, 7.0, 8.0] {
        for (line, _) in set("室温25℃，湿度80%。", measure, H) {
            assert!(!line.starts_with('℃') && !line.starts_with('%') && !line.ends_with("25") && !line.ends_with("80"));
        }
    }
}

#[test]
fn example_8_stacked_marks_take_whole_em() {
    assert_eq!(inside("什么？！三倍！！！", H), 9.0 - 2.0);
}

#[test]
fn example_9_the_interpunct_is_half_an_em() {
    assert_eq!(set("约翰·史密斯", 100.0, H)[0].1, 5.5);
    assert!(!set("约翰·史密斯", 2.0, H).iter().any(|(line, _)| line.starts_with('·')));
}

#[test]
fn example_10_no_paragraph_ends_with_a_line_of_one_character() {
    let lines = set("明早八点在校门口见。", 8.0, H);
    assert_eq!(texts(&lines), ["明早八点在校门", "口见。"]);
    assert_eq!(lines[0].1, 8.0);
}

#[test]
fn words_are_hyphenated_and_the_hyphen_is_soft() {
    let text = "An extraordinarily incomprehensible representation of typographical considerations";
    let lines = set(text, 9.0, H);
    assert!(lines.iter().any(|(line, _)| line.ends_with('\u{AD}')), "{lines:?}");
    let joined: String = lines.iter().map(|(line, _)| line.replace('\u{AD}', "")).collect();
    assert_eq!(joined, text);
    assert!(lines.iter().all(|&(_, width)| width <= 9.001), "{lines:?}");
}

#[test]
fn what_has_no_break_is_broken_anywhere_rather_than_leave_the_line() {
    let text = "字".to_owned() + &"a".repeat(300) + "字";
    let lines = set(&text, 10.0, H);
    assert!(lines.iter().all(|&(_, width)| width <= 10.001), "{lines:?}");
    assert_eq!(lines.iter().map(|(line, _)| line.as_str()).collect::<String>(), text);
}

#[test]
fn a_line_before_a_wide_box_or_a_long_word_ends_where_its_text_does() {
    let wide = |text: &str, width: f32| {
        let mut content = content(text);
        for (at, _) in text.match_indices('\u{FFFC}') {
            content.objects.push(Object { at, width: Pt(width * EM), ascent: Pt(90.0), descent: Pt(1.0), tag: 0 });
        }
        let lines = Setter::new(library()).set(&content, &Options { indent: Pt(20.0), ..options(28.0, H) });
        lines.iter().map(|line| (text[line.range.clone()].to_owned(), line.width.0 / EM)).collect::<Vec<_>>()
    };
    assert_eq!(wide("如下图所示：\u{FFFC}", 28.0)[0], ("如下图所示：".to_owned(), 5.5));
    assert_eq!(wide("短文\u{FFFC}后面的话。", 27.9)[0], ("短文".to_owned(), 2.0));
    // A line that can be filled is filled.
    let long = "这一段有两行，".repeat(5) + "\u{FFFC}";
    let lines = wide(&long, 28.0);
    assert_eq!((lines.len(), lines[0].1, lines[1].1), (3, 26.0, 8.5));
    assert!(wide("Short text before a picture:\n\u{FFFC}", 28.0)[0].1 < 13.0);
    let lines = set(&format!("见下面的名字：{}。", "a".repeat(40)), 26.0, H);
    assert_eq!(lines[0], ("见下面的名字：".to_owned(), 6.5));
    // And no line ends early so that another is full.
    let lines = set(&format!("见下面的两个名字：{} {}。", "a".repeat(36), "b".repeat(32)), 26.0, H);
    assert_eq!(lines[0].0, "见下面的两个名字：", "{lines:?}");
}

#[test]
fn a_path_that_is_too_long_is_broken_between_its_parts() {
    for (text, first) in [
        ("applications/wenjihouse/library", "applications/"),
        ("wenji.house.library.something", "wenji.house.library."),
        ("a_name_of_many_parts_and_more", "a_name_of_many_"),
    ] {
        let lines = set(text, 11.0, H);
        assert_eq!(lines[0].0, first, "{lines:?}");
    }
}

#[test]
fn the_four_styles_differ_in_the_blanks_of_marks() {
    let widths = |text: &str| {
        [H, K, PunctuationStyle::Quanjiao, PunctuationStyle::Banjiao]
            .map(|style| (inside(text, style), set(text, 40.0, style)[0].1))
    };
    // In the line, and as a whole line, which ends with the ink of its last mark.
    assert_eq!(widths("天，地。"), [(4.0, 3.5), (3.5, 3.0), (4.0, 3.5), (3.0, 3.0)]);
    assert_eq!(widths("天《地》天"), [(5.0, 5.0), (4.0, 4.0), (5.0, 5.0), (4.0, 4.0)]);
    assert_eq!(widths("天（地），"), [(4.5, 4.0), (3.5, 3.5), (4.5, 4.0), (3.5, 3.5)]);
}

#[test]
fn marks_of_one_character_are_as_wide_as_those_of_two() {
    assert_eq!(inside("真的⁉", H), 3.0);
    assert_eq!(inside("真的？！", H), 3.0);
    assert!(!set("真的真的真的⁉", 6.0, H).iter().any(|(line, _)| line.starts_with('⁉')));
}

#[test]
fn a_typed_space_beside_a_dash_is_nothing() {
    assert_eq!(inside("天 ——地", H), inside("天——地", H));
    assert_eq!(inside("天—— GPT地", H), inside("天——GPT地", H));
    // But for the kerning of the letters with the space.
    assert!((inside("天 GPT 地", H) - inside("天GPT地", H)).abs() < 0.03);
}

#[test]
fn nothing_opens_beside_a_solidus() {
    // Line 1 lacks 1 em, which its other joints take.
    let lefts = &glyph_lefts("天地/玄黄宇宙洪荒，", 8.0)[0];
    let solidus = glyph_lefts("地/玄", 100.0)[0].clone();
    assert!((lefts[2] - lefts[1] - (solidus[1] - solidus[0])).abs() < 1e-3, "{lefts:?}");
    assert!((lefts[3] - lefts[2] - (solidus[2] - solidus[1])).abs() < 1e-3, "{lefts:?}");
    assert!(lefts[1] - lefts[0] > 1.01, "{lefts:?}");
}

/// The lines of a title.
fn title(text: &str, measure: f32) -> Vec<String> {
    let options = Options { title: true, align: Align::Center, ..options(measure, H) };
    let lines = Setter::new(library()).set(&content(text), &options);
    lines.iter().map(|line| line.fragments.iter().map(|f| f.text.as_str()).collect()).collect()
}

#[test]
fn what_belongs_to_a_number_or_a_name_has_a_gap_too() {
    let gap = |text: &str, latin: &str| inside(text, H) - 2.0 - set(latin, 100.0, H)[0].1;
    for (text, latin) in [("天80%地", "80%"), ("天C++地", "C++"), ("天±5地", "±5"), ("天C#地", "C#")] {
        assert!((gap(text, latin) - 0.5).abs() < 2e-3, "{text}: {}", gap(text, latin));
    }
    assert!(gap("天(a)地", "(a)").abs() < 2e-3);
}

#[test]
fn a_sentence_keeps_its_blank_before_a_clause_does() {
    let text = "他说：“我们明天一早就走。”天还没有亮，大家都已经收拾好了行李，站在门口等他。";
    let mut compared = 0;
    for tenths in 190..290 {
        let lefts = &glyph_lefts(text, tenths as f32 / 10.0)[0];
        let after = |c: char| {
            let index = text.chars().position(|other| other == c)?;
            Some(lefts.get(index + 1)? - lefts[index] - 0.5)
        };
        if let (Some(quote), Some(comma)) = (after('”'), after('亮').and(after('，'))) {
            assert!(comma < quote + 1e-3, "{tenths}: {comma} and {quote}");
            compared += 1;
        }
    }
    assert!(compared > 50);
}

#[test]
fn word_spaces_are_not_wider_than_the_gaps_around_the_words() {
    let text = "那一年我用的阅读器是 Kobo Libra Colour，它比旧的那一台要重一些，可是也亮得多了。";
    for measure in 18..30 {
        for line in Setter::new(library()).set(&content(text), &options(measure as f32, H)) {
            let shown = &text[line.range.clone()];
            if !shown.contains("Kobo Libra") || !shown.contains('是') {
                continue;
            }
            let lefts: Vec<f32> =
                line.fragments.iter().flat_map(|f| f.glyphs.iter().map(|g| (f.x + g.x).0 / EM)).collect();
            let at = |c: char| shown.chars().position(|other| other == c).expect("there");
            let gap = lefts[at('K')] - lefts[at('是')] - 1.0;
            let space = lefts[at('L')] - lefts[at('K')] - set("Kobo", 100.0, H)[0].1;
            assert!(space < gap + 0.1, "{measure}: {space} and {gap}");
        }
    }
}

#[test]
fn no_line_begins_with_the_only_letter_after_a_hyphen() {
    for measure in 6..20 {
        let lines = set("一个叫做 DALL-E 的模型画出了这张图", measure as f32, H);
        assert!(!lines.iter().any(|(line, _)| line.starts_with("E ")), "{lines:?}");
    }
}

#[test]
fn titles_break_after_their_parts_and_between_words() {
    assert_eq!(title("慢读八记：关于活字与一条线的短文", 12.0), ["慢读八记：", "关于活字与一条线的短文"]);
    assert_eq!(title("昨夜董事会通过了新的章程", 9.0), ["昨夜董事会", "通过了新的章程"]);
    assert_eq!(title("城墙下的孩子们又回来了", 8.0), ["城墙下的", "孩子们又回来了"]);
    assert_eq!(title("从一粒麦子到一碗面：北方人的主食变迁史", 16.0), ["从一粒麦子到一碗面：", "北方人的主食变迁史"]);
    assert_eq!(
        title("Rust语言在嵌入式系统中的应用与实践经验总结", 14.0),
        ["Rust语言在嵌入式系统中的", "应用与实践经验总结"]
    );
}

#[test]
fn lines_of_a_title_are_of_about_equal_length() {
    let lines = title("城里最后一家活字印刷作坊在雨季里慢慢关上了大门", 16.0);
    let lengths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    assert!(lengths.len() == 2 && lengths[0].abs_diff(lengths[1]) <= 4, "{lines:?}");
}

#[test]
fn a_paragraph_from_right_to_left_ends_at_the_left() {
    let text = "שלום עולם שלום";
    let setter = Setter::new(library());
    let lines = setter.set(&content(text), &Options { indent: Pt(20.0), ..options(40.0, H) });
    let right = lines[0].fragments.iter().map(|f| f.x + f.width).fold(Pt::ZERO, Pt::max);
    assert!((right.0 - 380.0).abs() < 0.01, "{right:?}");
    // A name from right to left does not turn a Chinese paragraph round.
    let mixed = setter.set(&content("שלום是你好的意思，我们在这里等你。"), &options(40.0, H));
    assert!(mixed[0].fragments.iter().map(|f| f.x.0).fold(f32::MAX, f32::min) < 0.01);
}

#[test]
fn a_base_is_as_wide_as_its_reading_and_stays_whole() {
    let text = "他在饕餮面前";
    let mut content = content(text);
    let style = TextStyle { size: Pt(5.0), ..content.spans[0].style };
    let base = text.find('饕').expect("there")..text.find('面').expect("there");
    content.ruby.push(Ruby { base, reading: "tāotiè de dúyīn".to_owned(), style, tag: 0 });
    let setter = Setter::new(library());
    for measure in [5.0, 6.0, 20.0] {
        let lines = setter.set(&content, &options(measure, H));
        let holds = |line: &&Line| text[line.range.clone()].contains('饕');
        let line = lines.iter().find(holds).expect("a line holds the base");
        assert!(text[line.range.clone()].contains('餮'), "{measure}: the base is not cut");
        assert!(line.fragments.iter().any(|f| f.y > Pt(8.0) && f.text.contains("dúyīn")), "{measure}");
        assert!(line.extra_ascent > Pt::ZERO);
    }
}

#[test]
fn dots_stand_under_characters_and_not_under_marks() {
    let mut content = content("着重，号");
    content.spans[0].style.emphasis_dots = true;
    let lines = Setter::new(library()).set(&content, &options(20.0, H));
    let centres: Vec<f32> = lines[0].dots.iter().map(|(x, _)| x.0 / EM).collect();
    assert_eq!(centres, [0.5, 1.5, 3.5]);
}

mod any_text;
/// Text of one style at 10 points.
pub(super) fn content(text: &str) -> Content {
    let style = TextStyle {
        family: Family::Serif,
        bold: false,
        italic: false,
        size: Pt(10.0),
        shift: Pt::ZERO,
        emphasis_dots: false,
    };
    let span = Span { range: 0..text.len(), style, tag: 0, language: None, verbatim: false };
    Content { text: text.to_owned(), spans: vec![span], ..Content::default() }
}
