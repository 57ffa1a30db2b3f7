//! The languages of books, articles and pieces of text, and how they are told from their letters.

use std::borrow::Cow;
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
        let Counted { all, unquoted } = Counted::of(text);
        // Chinese names Japanese books and quotes Japanese lines.
        let told = if unquoted.wide() > 0 { unquoted } else { all };
        // A Han character is about as much text as a Latin word.
        let tag = if all.wide() < all.words || all.wide() == 0 {
            "en"
        } else if told.kana * 3 > told.han {
            "ja"
        } else if told.hangul > told.han {
            "ko"
        } else {
            "zh-CN"
        };
        Self(tag.to_owned())
    }
}

/// The letters of a text: all of them, and those outside of quotation marks.
#[derive(Default)]
struct Counted {
    all: Letters,
    unquoted: Letters,
}

/// How many letters there are of the scripts that have a square for each, and how many words of the others.
#[derive(Default, Clone, Copy)]
struct Letters {
    kana: usize,
    hangul: usize,
    han: usize,
    words: usize,
}

impl Letters {
    fn wide(self) -> usize {
        self.kana + self.hangul + self.han
    }

    fn add(&mut self, c: char, begins_word: bool) {
        match c {
            // Chinese has the middle dot in foreign names, and sometimes the long mark for a dash.
            '\u{30FB}' | '\u{30FC}' => {}
            '\u{3041}'..='\u{30FF}' => self.kana += 1,
            '\u{AC00}'..='\u{D7AF}' | '\u{1100}'..='\u{11FF}' => self.hangul += 1,
            c if is_ideograph(c) => self.han += 1,
            _ => self.words += usize::from(begins_word),
        }
    }
}

impl Counted {
    /// Counts the letters of a text. Those of addresses are no words.
    fn of(text: &str) -> Self {
        let mut counted = Self::default();
        let (mut depth, mut in_word) = (0_usize, false);
        // What stands behind an opening mark, until it is closed.
        let mut quoted = Letters::default();
        for c in without_addresses(text).chars() {
            match c {
                '《' | '「' | '『' | '“' => depth += 1,
                '》' | '」' | '』' | '”' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        quoted = Letters::default();
                    }
                }
                _ => {}
            }
            if c.is_alphabetic() {
                counted.all.add(c, !in_word);
                let part = if depth == 0 { &mut counted.unquoted } else { &mut quoted };
                part.add(c, !in_word);
            }
            in_word = !is_square(c) && (c.is_alphabetic() || in_word && matches!(c, '\'' | '’' | '0'..='9'));
        }
        // A mark that is never closed quotes nothing.
        counted.unquoted.kana += quoted.kana;
        counted.unquoted.hangul += quoted.hangul;
        counted.unquoted.han += quoted.han;
        counted.unquoted.words += quoted.words;
        counted
    }
}

fn without_addresses(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let runs = text.split_inclusive(|c: char| !c.is_ascii_graphic());
    let kept = |run: &str| {
        let end = run.trim_end_matches(|c: char| !c.is_ascii_graphic()).len();
        if run.contains("://") { run[end..].to_owned() } else { run.to_owned() }
    };
    Cow::Owned(runs.map(kept).collect())
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// Whether a letter is no part of a word of several.
fn is_square(c: char) -> bool {
    is_ideograph(c) || matches!(c, '\u{3041}'..='\u{30FF}' | '\u{AC00}'..='\u{D7AF}' | '\u{1100}'..='\u{11FF}')
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
