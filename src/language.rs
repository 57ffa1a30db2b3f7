//! The languages of books, articles and pieces of text, and how they are told from their letters.

use std::fmt;

/// A language tag (BCP 47), such as `zh-CN` or `en`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

/// A tag that is not of the form of BCP 47.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{tag}` is not a language tag such as zh-CN or en{}", meant(.0), tag = .0)]
pub struct BadLanguage(pub String);

/// What a language's name would be as a tag.
fn meant(name: &str) -> &'static str {
    match name.trim().to_lowercase().as_str() {
        "chinese" | "mandarin" | "中文" => "; Chinese is zh-CN, in traditional characters zh-TW or zh-HK",
        "english" => "; English is en",
        "japanese" | "日本語" => "; Japanese is ja",
        "korean" | "한국어" => "; Korean is ko",
        _ => "",
    }
}

impl Language {
    /// Reads a tag; `_` is accepted for `-`, and case is brought to the usual form.
    ///
    /// # Errors
    /// When the tag is not made of ASCII letters and digits in parts of 1 to 8, the first of 2 or 3 letters: no language is
    /// registered under a longer one, and names of languages are longer.
    pub fn new(tag: &str) -> Result<Self, BadLanguage> {
        let parts: Vec<&str> = tag.trim().split(['-', '_']).collect();
        let well_formed = parts.iter().enumerate().all(|(index, part)| {
            let right_length = if index == 0 { 2..=3 } else { 1..=8 }.contains(&part.len());
            right_length && part.chars().all(|c| c.is_ascii_alphanumeric() && (index > 0 || c.is_ascii_alphabetic()))
        });
        if !well_formed {
            return Err(BadLanguage(tag.to_owned()));
        }
        let usual = parts.iter().enumerate().map(|(index, part)| match (index, part.len()) {
            (0, _) => part.to_ascii_lowercase(),
            (_, 2) => part.to_ascii_uppercase(),
            (_, 4) => part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase(),
            _ => part.to_ascii_lowercase(),
        });
        Ok(Self(usual.collect::<Vec<_>>().join("-")))
    }

    /// Simplified Chinese as written in mainland China, wenji's default.
    #[must_use]
    pub fn chinese() -> Self {
        Self("zh-CN".to_owned())
    }

    /// English.
    #[must_use]
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The whole tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0
    }

    /// The first part: `zh` of `zh-Hant-TW`.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// Whether its text is set on the Han grid: Chinese and Japanese.
    #[must_use]
    pub fn is_han(&self) -> bool {
        matches!(self.primary(), "zh" | "ja" | "yue" | "lzh" | "wuu")
    }

    /// Names or words one after another, as the language lists them.
    #[must_use]
    pub fn list(&self, words: &[String]) -> String {
        words.join(if self.is_han() { "、" } else { ", " })
    }

    /// Whether it is Chinese.
    #[must_use]
    pub fn is_chinese(&self) -> bool {
        matches!(self.primary(), "zh" | "yue" | "lzh" | "wuu")
    }

    /// Whether it is Chinese in traditional characters.
    #[must_use]
    pub fn is_traditional(&self) -> bool {
        let mut parts = self.tag().split('-');
        let region = parts.any(|part| matches!(part, "Hant" | "TW" | "HK" | "MO"));
        self.is_chinese() && region && !self.tag().contains("Hans")
    }

    /// Whether its text runs from right to left.
    #[must_use]
    pub fn is_right_to_left(&self) -> bool {
        matches!(self.primary(), "ar" | "he" | "fa" | "ur" | "yi" | "ps" | "sd" | "ug" | "dv")
    }

    /// The language of a text, by its script: kana is Japanese, Hangul Korean, Han Chinese, else English.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let (mut kana, mut hangul, mut han, mut other) = (0_usize, 0_usize, 0_usize, 0_usize);
        for c in text.chars() {
            match c {
                '\0'..='\u{7F}' => {}
                '\u{3041}'..='\u{30FF}' => kana += 1,
                '\u{AC00}'..='\u{D7AF}' | '\u{1100}'..='\u{11FF}' => hangul += 1,
                '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' => han += 1,
                c if c.is_alphabetic() => other += 1,
                _ => {}
            }
        }
        // The letters of addresses are no words.
        let letters = |text: &str| text.bytes().filter(u8::is_ascii_alphabetic).count();
        other += if text.contains("://") {
            text.split(|c: char| !c.is_ascii_graphic()).filter(|word| !word.contains("://")).map(letters).sum()
        } else {
            letters(text)
        };
        // A Latin word is about as much text as two Han characters, and takes five letters.
        let wide = kana + hangul + han;
        let tag = if wide * 5 < other * 2 || wide == 0 {
            "en"
        } else if kana * 10 > han.max(1) {
            "ja"
        } else if hangul > han {
            "ko"
        } else {
            "zh-CN"
        };
        Self(tag.to_owned())
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::chinese()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
