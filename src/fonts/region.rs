//! Whose letter forms a face has.
//!
//! Unicode gives one code to characters that mainland China, Taiwan, Hong Kong, Japan and Korea write
//! differently (骨, 直, 戶). A face is drawn for one of these regions; a pan-CJK face has the forms of the
//! others behind `locl` (OpenType, *Feature tags*).

use std::collections::BTreeSet;

use skrifa::FontRef;
use skrifa::raw::TableProvider as _;

use super::Names;
use super::coverage::Coverage;
use crate::book::Language;

/// A region with letter forms of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// Mainland China.
    Mainland,
    /// Taiwan, and Traditional Chinese without a place.
    Taiwan,
    /// Hong Kong and Macau.
    HongKong,
    /// Japan.
    Japan,
    /// Korea.
    Korea,
}

impl Region {
    /// The region whose forms a language is written in; `None` for a language without Han characters.
    #[must_use]
    pub fn of(language: &Language) -> Option<Self> {
        let has = |part: &str| language.tag().split('-').skip(1).any(|other| other == part);
        match language.primary() {
            "ja" => Some(Self::Japan),
            "ko" => Some(Self::Korea),
            "zh" | "yue" | "lzh" | "wuu" if has("HK") || has("MO") => Some(Self::HongKong),
            "zh" | "lzh" if has("TW") || has("Hant") => Some(Self::Taiwan),
            "yue" if !has("Hans") && !has("CN") => Some(Self::HongKong),
            "zh" | "yue" | "lzh" | "wuu" => Some(Self::Mainland),
            _ => None,
        }
    }

    /// The ending of family names that are drawn for it.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Mainland => "SC",
            Self::Taiwan => "TC",
            Self::HongKong => "HK",
            Self::Japan => "JP",
            Self::Korea => "KR",
        }
    }

    /// What the report calls its language.
    #[must_use]
    pub fn language(self) -> &'static str {
        match self {
            Self::Mainland => "Simplified Chinese (zh-CN)",
            Self::Taiwan => "Traditional Chinese (zh-TW)",
            Self::HongKong => "Chinese of Hong Kong (zh-HK)",
            Self::Japan => "Japanese (ja)",
            Self::Korea => "Korean (ko)",
        }
    }

    /// A character that every face for it has.
    fn sample(self) -> char {
        match self {
            Self::Mainland => '国',
            Self::Taiwan | Self::HongKong => '國',
            Self::Japan => 'の',
            Self::Korea => '한',
        }
    }

    fn of_langsys(tag: [u8; 4]) -> Option<Self> {
        Some(match &tag {
            b"ZHS " => Self::Mainland,
            b"ZHT " | b"ZHTM" => Self::Taiwan,
            b"ZHH " => Self::HongKong,
            b"JAN " => Self::Japan,
            b"KOR " => Self::Korea,
            _ => return None,
        })
    }

    /// Endings such as that of `Noto Serif TC` and `NotoSerifCJKtc-Regular`.
    fn of_name(names: &Names) -> Option<Self> {
        let family = names.family.rsplit([' ', '-']).next().unwrap_or_default();
        let face = names.post_script.split('-').next().unwrap_or_default();
        let last_two = face.get(face.len().saturating_sub(2)..).unwrap_or_default();
        [family, last_two].into_iter().find_map(|word| {
            Some(match word.to_ascii_uppercase().as_str() {
                "SC" | "CN" | "GB" => Self::Mainland,
                "TC" | "TW" => Self::Taiwan,
                "HK" | "HC" => Self::HongKong,
                "JP" => Self::Japan,
                "KR" => Self::Korea,
                _ => return None,
            })
        })
    }

    fn of_name_language(language: &str) -> Option<Self> {
        Language::new(language).ok().as_ref().and_then(Self::of)
    }
}

/// The regions whose forms a face has: those behind `locl`, and the one that it is drawn for, which its
/// name tells, else its code pages (OS/2) if they are of one region, else the languages of its name.
pub(super) fn regions(font: &FontRef<'_>, names: &Names, coverage: &Coverage) -> BTreeSet<Region> {
    let drawn_for = Region::of_name(names)
        .or_else(|| only(&code_pages(font)))
        .or_else(|| only(&names.languages().filter_map(Region::of_name_language).collect()));
    let mut regions = localized(font);
    regions.extend(drawn_for);
    regions.retain(|region| coverage.has(region.sample()));
    regions
}

fn only(regions: &BTreeSet<Region>) -> Option<Region> {
    if regions.len() == 1 { regions.first().copied() } else { None }
}

/// The regions that have a `locl` feature of their own for Han characters.
fn localized(font: &FontRef<'_>) -> BTreeSet<Region> {
    let mut regions = BTreeSet::new();
    let Ok(gsub) = font.gsub() else { return regions };
    let (Ok(scripts), Ok(features)) = (gsub.script_list(), gsub.feature_list()) else { return regions };
    let records = scripts.script_records().iter().filter(|record| record.script_tag().to_be_bytes() == *b"hani");
    for script in records.filter_map(|record| record.script(scripts.offset_data()).ok()) {
        for record in script.lang_sys_records() {
            let Ok(system) = record.lang_sys(script.offset_data()) else { continue };
            let has_locl = system.feature_indices().iter().any(|index| {
                let feature = features.feature_records().get(usize::from(index.get()));
                feature.is_some_and(|feature| feature.feature_tag().to_be_bytes() == *b"locl")
            });
            if has_locl {
                regions.extend(Region::of_langsys(record.lang_sys_tag().to_be_bytes()));
            }
        }
    }
    regions
}

/// The code pages for Han characters that a face says it is made for (OS/2, ulCodePageRange1).
fn code_pages(font: &FontRef<'_>) -> BTreeSet<Region> {
    let pages = font.os2().ok().and_then(|os2| os2.ul_code_page_range_1()).unwrap_or(0);
    let bits =
        [(17, Region::Japan), (18, Region::Mainland), (19, Region::Korea), (20, Region::Taiwan), (21, Region::Korea)];
    bits.into_iter().filter(|(bit, _)| pages >> bit & 1 == 1).map(|(_, region)| region).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_says_whose_forms_it_wants() {
        let region = |tag: &str| Region::of(&Language::new(tag).expect("a tag"));
        assert_eq!(region("zh-CN"), Some(Region::Mainland));
        assert_eq!(region("zh-Hans-HK"), Some(Region::HongKong));
        assert_eq!(region("zh-Hant"), Some(Region::Taiwan));
        assert_eq!(region("zh-Hant-MO"), Some(Region::HongKong));
        assert_eq!(region("ja-JP"), Some(Region::Japan));
        assert_eq!(region("ko"), Some(Region::Korea));
        assert_eq!(region("en-HK"), None);
    }

    #[test]
    #[cfg(feature = "embedded-fonts")]
    fn the_embedded_faces_have_mainland_forms_only() {
        let library = crate::fonts::Library::embedded().expect("embedded");
        for (_, face) in library.iter() {
            assert!(face.regions().iter().all(|region| *region == Region::Mainland), "{}", face.name());
        }
    }
}
