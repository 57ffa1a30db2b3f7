//! Properties that hold for any text.

use proptest::prelude::*;

use super::*;

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

/// What CLREQ forbids at the start and at the end of a line, as characters: not the code that is tested.
const NOT_FIRST: &str = "、。，；：？！）》”·～℃%";
const NOT_LAST: &str = "（《“";

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_character_comes_once_and_no_line_is_too_long(text in text(), measure in 12.0_f32..40.0) {
        let setter = Setter::new(library());
        let lines = setter.set(&content(&text), &options(measure, PunctuationStyle::Hangmobanjiao));
        let mut shown = 0;
        for line in &lines {
            prop_assert_eq!(line.range.start, shown, "lines follow each other");
            shown = line.range.end;
            prop_assert!(line.width.0 <= (measure + 0.01) * EM, "{} em: {:?}", line.width.0 / EM, &text[line.range.clone()]);
            let glyphs: Vec<char> = line.fragments.iter().flat_map(|f| f.text.chars()).filter(|&c| c != '\u{AD}').collect();
            let source: Vec<char> = text[line.range.clone()].chars().filter(|&c| c != '\u{2028}').collect();
            prop_assert_eq!(glyphs, source, "in the order in which they are read");
        }
        prop_assert_eq!(shown, text.len());
    }

    #[test]
    fn widths_add_up_and_full_lines_reach_the_measure(text in text(), measure in 12.0_f32..40.0) {
        let setter = Setter::new(library());
        let lines = setter.set(&content(&text), &options(measure, H));
        for (index, line) in lines.iter().enumerate() {
            let mut pen = 0.0_f32;
            let mut fragments: Vec<_> = line.fragments.iter().collect();
            fragments.sort_by(|a, b| a.x.0.total_cmp(&b.x.0).then(a.width.0.total_cmp(&b.width.0)));
            for fragment in &fragments {
                prop_assert!(fragment.x.0 >= pen - 0.01, "{:?} begins before its neighbour ends", fragment.text);
                pen = (fragment.x + fragment.width).0;
                prop_assert!(fragment.glyphs.iter().all(|glyph| (glyph.cluster as usize) < fragment.text.len()));
            }
            // A last line from right to left begins where its indent ends.
            let left = fragments.first().map_or(0.0, |fragment| fragment.x.0);
            prop_assert!((pen - left - line.width.0).abs() < 0.01, "{left} to {pen} is not {:?}", line.width);
            let shown = &text[line.range.clone()];
            let last = index + 1 == lines.len() || shown.ends_with('\u{2028}');
            let han = |c: char| ('一'..='龥').contains(&c);
            let pairs = shown.chars().zip(shown.chars().skip(1)).filter(|&(a, b)| han(a) && han(b)).count();
            let missing = measure - line.width.0 / EM;
            if !last && pairs > 0 && missing > 0.002 {
                // Before a long word a line ends early, if each pair would open by a quarter of an em.
                prop_assert!(missing > 0.25 * pairs as f32 - 0.01, "{shown:?} is {missing} em short");
            }
        }
    }

    #[test]
    fn no_line_begins_or_ends_with_a_mark_that_must_not_stand_there(text in text(), measure in 12.0_f32..40.0) {
        let setter = Setter::new(library());
        for style in [H, K, PunctuationStyle::Quanjiao, PunctuationStyle::Banjiao] {
            let lines = setter.set(&content(&text), &options(measure, style));
            for pair in lines.windows(2) {
                let [above, below] = [0, 1].map(|index: usize| &text[pair[index].range.clone()]);
                if above.ends_with(['\u{2028}', ' ']) {
                    continue;
                }
                prop_assert!(!below.starts_with(|c| NOT_FIRST.contains(c)), "begins a line: {below:?}");
                prop_assert!(!above.ends_with(|c| NOT_LAST.contains(c)), "ends a line: {above:?}");
            }
        }
    }

    // Marks in longer rows hold so much together that a line of one character may be the lesser evil.
    #[test]
    fn no_paragraph_ends_with_a_line_of_one_character(text in "([一-龥]{1,9}[，。]{1,2}){6,40}", measure in 12.0_f32..40.0) {
        let lines = Setter::new(library()).set(&content(&text), &options(measure, H));
        let last = lines.last().map_or("", |line| &text[line.range.clone()]);
        prop_assert!(last.chars().filter(|c| !"，。".contains(*c)).count() > 1, "{last:?}");
    }
}
