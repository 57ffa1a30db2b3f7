//! Where the words of a title end.

use icu_segmenter::WordSegmenter;
use icu_segmenter::options::WordBreakInvariantOptions;

/// Particles and suffixes that the dictionary takes for words of their own (的; 会 of 董事会): they lean on what stands
/// before them.
const LEAN_BACK: &str = "的地得了着过们吗呢吧啊之中里内会者性化员家学部局院界型式力率法度";
/// Prepositions, and numerals and pointing words before what they count or point at (一版), which lean on what follows.
const LEAN_ON: &str = "被把将和与及跟从向对为让使给在以于一二两三四五六七八九十百千万几每这那各某";

/// The bytes at which a line of a title may end without tearing a word, or a word from what leans on it.
#[must_use]
pub fn word_ends(text: &str) -> Vec<usize> {
    let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
    let ends: Vec<usize> = segmenter.segment_str(text).collect();
    let all = |word: Option<&str>, of: &str| {
        word.is_some_and(|word| !word.is_empty() && word.chars().all(|c| of.contains(c)))
    };
    let word = |from: Option<&usize>, to: Option<&usize>| text.get(*from?..*to?);
    let stands = |&index: &usize| {
        let before = word(index.checked_sub(1).and_then(|index| ends.get(index)), ends.get(index));
        let after = word(ends.get(index), ends.get(index + 1));
        !all(after, LEAN_BACK) && !all(before, LEAN_ON)
    };
    (0..ends.len()).filter(stands).map(|index| ends[index]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leans_on_a_word_stays_with_it() {
        let words =
            |text: &str| word_ends(text).windows(2).map(|ends| text[ends[0]..ends[1]].to_owned()).collect::<Vec<_>>();
        assert_eq!(words("被董事会开除的原因"), ["被董事会", "开除的", "原因"]);
        assert_eq!(words("低，一版一版刻"), ["低", "，", "一版", "一版", "刻"]);
    }
}
