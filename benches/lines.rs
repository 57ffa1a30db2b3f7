//! How long shaping and breaking take, by the length of a paragraph: the time of a character should not grow with it.
//!
//! `cargo bench --bench lines` prints, for each length, the time of a paragraph and how many characters a second are set.

use divan::counter::CharsCount;
use divan::{Bencher, black_box};
use wenji::book::Language;
use wenji::fonts::Library;
use wenji::text::{Align, Content, Family, Options, PunctuationStyle, Setter, Span, TextStyle};
use wenji::units::Pt;

fn main() {
    divan::main();
}

const LENGTHS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// A paragraph of so many characters: the text again and again.
fn paragraph(text: &str, length: usize) -> Content {
    let text: String = text.chars().cycle().take(length).collect();
    let style = TextStyle {
        family: Family::Serif,
        bold: false,
        italic: false,
        size: Pt(10.5),
        shift: Pt::ZERO,
        emphasis_dots: false,
    };
    let span = Span { range: 0..text.len(), style, tag: 0, language: None, verbatim: false };
    Content { text, spans: vec![span], ..Content::default() }
}

fn options(language: Language) -> Options {
    Options {
        measure: Pt(294.0),
        indent: Pt(21.0),
        align: Align::Justify,
        language,
        punctuation: PunctuationStyle::default(),
        title: false,
    }
}

fn set(bencher: Bencher<'_, '_>, text: &str, length: usize, language: Language) {
    let library = Library::embedded().expect("faces are embedded");
    let setter = Setter::new(&library);
    let (content, options) = (paragraph(text, length), options(language));
    bencher.counter(CharsCount::new(length)).bench_local(|| setter.set(black_box(&content), &options));
}

/// Han with marks, digits and Latin names, as articles have it.
#[divan::bench(args = LENGTHS, sample_count = 5, sample_size = 1)]
fn chinese(bencher: Bencher<'_, '_>, length: usize) {
    let text = "旧城的北门外有一条河，河上是一座石桥；桥头的茶馆开了四十年，老板姓周。“水开了，”他说，“请坐。”\
                2019年夏天，一个叫 Alice Morgan 的人在这里住了 27 天——她写完了一本关于河流的书（至今没有出版）。";
    set(bencher, text, length, Language::chinese());
}

/// Words, which are hyphenated.
#[divan::bench(args = LENGTHS, sample_count = 5, sample_size = 1)]
fn english(bencher: Bencher<'_, '_>, length: usize) {
    let text = "The northern gate of the old town opens on a river, and over the river leads a bridge of weathered stone. \
                Considerable improvements notwithstanding, its characteristic inclination remains unmistakable. ";
    set(bencher, text, length, Language::english());
}

/// How long a paragraph on one line takes, which is shaped and not broken.
#[divan::bench(args = LENGTHS, sample_count = 5, sample_size = 1)]
fn shaping(bencher: Bencher<'_, '_>, length: usize) {
    let library = Library::embedded().expect("faces are embedded");
    let setter = Setter::new(&library);
    let content = paragraph("旧城的北门外有一条河，河上是一座 stone bridge；", length);
    let options = options(Language::chinese());
    bencher.counter(CharsCount::new(length)).bench_local(|| setter.natural_width(black_box(&content), &options));
}
