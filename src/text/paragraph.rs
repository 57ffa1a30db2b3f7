//! A paragraph, from its text to its lines.
//!
//! 1. `itemize`: characters get classes, runs get faces;
//! 2. `shape`: runs become units with glyphs;
//! 3. `spacing` and `breaks`: joints get widths and breaks;
//! 4. `optimum`: the best breaks;
//! 5. `place`: every glyph at its place.

use std::sync::{Arc, Mutex, PoisonError};

use super::itemize::{characters, runs};
use super::optimum::{Chosen, Problem, best, fits, justify};
use super::shape::{Plans, Shaped, shape};
use super::spacing::Spacing;
use super::{Align, Content, Findings, Fragment, Line, Options, PunctuationStyle, breaks, grid, place};
use crate::fonts::Library;
use crate::units::Pt;

/// Sets paragraphs with the faces of a library. Shared by threads.
#[derive(Debug)]
pub struct Setter<'a> {
    library: &'a Library,
    plans: Arc<Plans>,
    findings: Mutex<Findings>,
}

impl<'a> Setter<'a> {
    /// A setter with these faces.
    #[must_use]
    pub fn new(library: &'a Library) -> Self {
        Self { library, plans: Arc::default(), findings: Mutex::default() }
    }

    /// A setter with the same faces that keeps its own findings: for one article among many.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { library: self.library, plans: Arc::clone(&self.plans), findings: Mutex::default() }
    }

    /// The faces.
    #[must_use]
    pub fn library(&self) -> &'a Library {
        self.library
    }

    /// Breaks a paragraph into lines and sets them. An empty paragraph has no lines.
    #[must_use]
    pub fn set(&self, content: &Content, options: &Options) -> Vec<Line> {
        let shaped = self.shape(content, options);
        let units = &shaped.units;
        if units.is_empty() {
            return Vec::new();
        }
        let joints = Spacing { content, style: options.punctuation, language: &options.language }.joints(units);
        let mut allowed = breaks::breaks(content, units, &options.language, options.hyphenate);
        if options.align == Align::Center {
            breaks::prefer_parts(content, units, &mut allowed);
        }
        let hyphen_width =
            |index: usize| place::hyphen(self.library, &units[index]).map_or(Pt::ZERO, |(_, width)| width);
        let problem = Problem {
            units,
            joints: &joints,
            breaks: &allowed,
            hyphen_width: &hyphen_width,
            measure: options.measure,
            indent: options.indent,
            align: options.align,
            keep_end_blank: options.punctuation == PunctuationStyle::Quanjiao,
        };
        let lines = best(&problem);
        if fits(&problem, &lines) {
            return self.place(content, &shaped, &problem, &lines);
        }
        let mut everywhere = allowed.clone();
        breaks::anywhere(units, &mut everywhere);
        let problem = Problem { breaks: &everywhere, ..problem };
        let lines = best(&problem);
        self.place(content, &shaped, &problem, &lines)
    }

    /// The width of a text on one line, without breaks: for column widths and running heads.
    #[must_use]
    pub fn natural_width(&self, content: &Content, options: &Options) -> Pt {
        let shaped = self.shape(content, options);
        let joints = Spacing { content, style: options.punctuation, language: &options.language }.joints(&shaped.units);
        let units: Pt = shaped.units.iter().map(|unit| unit.width).sum();
        let inner = joints.len().saturating_sub(1);
        units + joints.iter().take(inner).map(|joint| joint.width).sum()
    }

    /// Sets one line of code on a grid: narrow characters take one column, wide ones two.
    #[must_use]
    pub fn set_grid(&self, content: &Content, options: &Options, column: Pt) -> Vec<Fragment> {
        grid::set(content, &self.shape(content, options), column)
    }

    /// What the faces could not do for the text so far.
    #[must_use]
    pub fn findings(&self) -> Findings {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn shape(&self, content: &Content, options: &Options) -> Shaped {
        let chars = characters(content, &options.language);
        let mut found = Findings::default();
        let runs = runs(content, &chars, self.library, &options.language, &mut found);
        let mut shaped = shape(content, &chars, &runs, self.library, &options.language, &self.plans, &mut found);
        if found != Findings::default() {
            let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
            findings.missing.append(&mut found.missing);
            findings.regions.append(&mut found.regions);
            findings.not_bold.append(&mut found.not_bold);
        }
        place::widen_ruby_bases(self, content, options, &mut shaped);
        shaped
    }

    fn place(&self, content: &Content, shaped: &Shaped, problem: &Problem<'_>, lines: &[Chosen]) -> Vec<Line> {
        lines.iter().map(|line| place::line(self, content, shaped, problem, line, &justify(problem, line))).collect()
    }
}

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests {
    use super::*;
    use crate::book::Language;
    use crate::text::tests::content;

    const EM: f32 = 10.0;

    fn options(measure: f32, punctuation: PunctuationStyle) -> Options {
        Options {
            measure: Pt(measure * EM),
            indent: Pt::ZERO,
            align: Align::Justify,
            language: Language::chinese(),
            punctuation,
            hyphenate: true,
        }
    }

    /// The lines of a text: what each shows and its width in em.
    fn set(text: &str, measure: f32, punctuation: PunctuationStyle) -> Vec<(String, f32)> {
        let library = Library::embedded().expect("embedded");
        let setter = Setter::new(&library);
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
        let library = Library::embedded().expect("embedded");
        let lines = Setter::new(&library).set(&content(text), &options(measure, PunctuationStyle::Hangmobanjiao));
        lines
            .iter()
            .map(|line| {
                line.fragments.iter().flat_map(|f| f.glyphs.iter().map(|glyph| (f.x + glyph.x).0 / EM)).collect()
            })
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
                assert!(
                    !line.starts_with('℃') && !line.starts_with('%') && !line.ends_with("25") && !line.ends_with("80")
                );
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

    mod any_text {
        use proptest::prelude::*;

        use super::*;
        use crate::text::class::{class_of, forbidden_at_end, forbidden_at_start};

        fn piece() -> impl Strategy<Value = String> {
            prop_oneof![
                8 => "[一-龥]{1,12}",
                4 => prop::sample::select(vec!["，", "。", "、", "；", "：", "？", "！", "？！", "……", "——", "（", "）", "《", "》", "“", "”", "·", "～", "℃", "%"]).prop_map(str::to_owned),
                3 => " ?[A-Za-z]{1,14} ?",
                2 => "[0-9]{1,6}",
                1 => prop::sample::select(vec!["https://example.org/a/b?c=d&e=f", "don’t", "GPT-4", "𠮷", "👍", "שלום", "e\u{301}", "\u{2028}"]).prop_map(str::to_owned),
            ]
        }

        fn text() -> impl Strategy<Value = String> {
            prop::collection::vec(piece(), 1..60).prop_map(|pieces| pieces.concat())
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

            #[test]
            fn every_character_comes_once_and_no_line_is_too_long(text in text(), measure in 12.0_f32..40.0) {
                let library = Library::embedded().expect("embedded");
                let setter = Setter::new(&library);
                let lines = setter.set(&content(&text), &options(measure, PunctuationStyle::Hangmobanjiao));
                let mut shown = 0;
                for line in &lines {
                    prop_assert_eq!(line.range.start, shown, "lines follow each other");
                    shown = line.range.end;
                    prop_assert!(line.width.0 <= (measure + 0.01) * EM, "{} em: {:?}", line.width.0 / EM, &text[line.range.clone()]);
                    let mut glyphs: Vec<char> = line.fragments.iter().flat_map(|f| f.text.chars()).filter(|&c| c != '\u{AD}').collect();
                    let mut source: Vec<char> = text[line.range.clone()].chars().filter(|&c| c != '\u{2028}').collect();
                    // Right-to-left text is in visual order.
                    glyphs.sort_unstable();
                    source.sort_unstable();
                    prop_assert_eq!(glyphs, source);
                }
                prop_assert_eq!(shown, text.len());
            }

            #[test]
            fn no_line_begins_or_ends_with_a_mark_that_must_not_stand_there(text in text(), measure in 12.0_f32..40.0) {
                let library = Library::embedded().expect("embedded");
                let setter = Setter::new(&library);
                let lines = setter.set(&content(&text), &options(measure, PunctuationStyle::Hangmobanjiao));
                for (index, line) in lines.iter().enumerate() {
                    let shown = text[line.range.clone()].trim();
                    let forced = |at: usize| text[..at].ends_with('\u{2028}');
                    if let Some(first) = shown.chars().next()
                        && index > 0
                        && !forced(line.range.start)
                    {
                        let class = class_of(first, false);
                        prop_assert!(!class.is_wide() || !forbidden_at_start(first, class), "{first} begins {shown:?}");
                    }
                    if let Some(last) = shown.chars().last()
                        && index + 1 < lines.len()
                        && !forced(line.range.end)
                    {
                        let class = class_of(last, false);
                        prop_assert!(!class.is_wide() || !forbidden_at_end(last, class), "{last} ends {shown:?}");
                    }
                }
            }
        }
    }
}
