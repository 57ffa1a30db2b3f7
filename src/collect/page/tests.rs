//! What is common to all pages.

use super::*;

#[test]
fn the_language_of_the_text_beats_one_that_it_cannot_be_in() {
    let language = |text: &str, declared: &str| {
        language_of(Language::of_text(text), Language::new(declared).ok()).tag().to_owned()
    };
    let chinese = "山里的雪化了，河水涨了起来。";
    assert_eq!(language(chinese, "en-US"), "zh-CN");
    assert_eq!(language(chinese, "zh-TW"), "zh-TW");
    assert_eq!(language(chinese, "ja"), "ja");
    assert_eq!(language("雪が溶けて、川の水が増えた。", "zh-CN"), "ja");
    assert_eq!(language("Les neiges ont fondu.", "fr"), "fr");
    assert_eq!(language("The snow has melted.", "zh-CN"), "en");
    assert_eq!(language_of(Language::of_text(chinese), None).tag(), "zh-CN");
}
