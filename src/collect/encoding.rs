//! Bytes become text: UTF-8, UTF-16 with a mark, and the older encodings of Chinese, told apart by the bytes themselves.

use std::sync::LazyLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, GB18030, GBK, UTF_8};
use regex::bytes::Regex;

/// What a page says of its encoding: in `<meta charset>`, `<meta http-equiv>` or the declaration of XML.
static DECLARED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?i-u)<(?:meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*["']?\s*([a-z0-9_:.-]+)"#;
    Regex::new(pattern).expect("the pattern is a constant, and the tests compile it")
});

/// How many bytes of a page are searched for what it says of its encoding.
const DECLARED_WITHIN: usize = 16 << 10;

/// A text and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text, without a mark at its head, its lines ended by `\n`. U+FFFD stands for what could not be decoded.
    pub(super) text: String,
    /// The encoding's name in the WHATWG Encoding Standard.
    pub(super) encoding: &'static str,
    /// The first place that could not be decoded, and how many there are.
    pub(super) damage: Option<Damage>,
}

/// Bytes that mean nothing in a text's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    /// How many bytes of the file come before the first of them.
    pub(super) offset: usize,
    /// The line on which they stand, from 1.
    pub(super) line: u32,
    /// How many such places there are.
    pub(super) places: usize,
}

/// Decodes a file.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or_else(|| (guess(bytes), 0));
    let (text, damage) = decode_as(encoding, bytes, mark);
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
    Decoded { text, encoding: encoding.name(), damage }
}

/// Decodes a web page: a mark tells most, then the server, then the page itself, then the bytes. Servers and pages err;
/// what is valid UTF-8 is UTF-8, and an encoding that damages the text gives way to one that does not.
pub(super) fn decode_page(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    let valid = std::str::from_utf8(bytes).is_ok_and(|text| !text.is_ascii());
    if valid || Encoding::for_bom(bytes).is_some() {
        return decode(bytes);
    }
    let head = &bytes[..bytes.len().min(DECLARED_WITHIN)];
    let by_server = content_type.and_then(charset_of).map(String::into_bytes);
    let by_page = || DECLARED.captures(head).map(|found| found[1].to_vec());
    let named = [by_server, by_page()].into_iter().flatten().find_map(|label| Encoding::for_label(&label));
    // GB18030 holds all of GBK, and more. UTF-16 would have zero bytes where tags are.
    let named = match named {
        Some(encoding) if encoding == GBK => GB18030,
        Some(encoding) if encoding.is_ascii_compatible() || encoding.name() == "ISO-2022-JP" => encoding,
        _ => return decode(bytes),
    };
    let (text, damage) = decode_as(named, bytes, 0);
    if damage.is_some() {
        let guessed = decode(bytes);
        if guessed.damage.is_none_or(|other| damage.is_some_and(|damage| other.places < damage.places)) {
            return guessed;
        }
    }
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
    Decoded { text, encoding: named.name(), damage }
}

/// The charset of a media type.
fn charset_of(content_type: &str) -> Option<String> {
    let (_, value) = content_type.split_once(';')?.1.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case("charset").then_some((key, value))
    })?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

/// The encoding of bytes without a mark.
fn guess(bytes: &[u8]) -> &'static Encoding {
    if is_mostly_utf8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    // GB18030 holds all of GBK, and more.
    if guessed == GBK { GB18030 } else { guessed }
}

/// Whether the bytes are UTF-8, perhaps damaged here and there. In text of another encoding, less than a fifth of the
/// characters look like UTF-8 by chance, and the rest are errors.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut wide, mut errors) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        wide += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        errors += usize::from(!chunk.invalid().is_empty());
    }
    errors == 0 || wide > errors
}

/// Decodes with U+FFFD for each malformed sequence, and tells where the first one is.
fn decode_as(encoding: &'static Encoding, bytes: &[u8], mark: usize) -> (String, Option<Damage>) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len());
    let mut read = mark;
    let mut damage: Option<Damage> = None;
    loop {
        let rest = bytes.get(read..).unwrap_or_default();
        let room = decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(rest.len() * 3);
        text.reserve(room.max(4));
        let (result, consumed) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        read += consumed;
        match result {
            DecoderResult::InputEmpty => return (text, damage),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                // The decoder has read `after` bytes beyond the malformed ones.
                let offset = read.saturating_sub(usize::from(length) + usize::from(after));
                match &mut damage {
                    Some(damage) => damage.places += 1,
                    None => {
                        let lines = u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
                        damage = Some(Damage { offset, line: lines.saturating_add(1), places: 1 });
                    }
                }
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::BIG5;

    const SIMPLIFIED: &str =
        "# 春天的信\n\n作者：李小满\n\n山里的雪化了，河水涨了起来。孩子们在桥上看船，“明天还来吗？”\n";
    const TRADITIONAL: &str =
        "# 春天的信\n\n作者：李小滿\n\n山裡的雪化了，河水漲了起來。孩子們在橋上看船，「明天還來嗎？」\n";

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(|unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn the_encodings_of_chinese_text_are_told_apart() {
        let cases = [
            (SIMPLIFIED.as_bytes().to_vec(), SIMPLIFIED, "UTF-8"),
            (["\u{FEFF}", SIMPLIFIED].concat().into_bytes(), SIMPLIFIED, "UTF-8"),
            (GB18030.encode(SIMPLIFIED).0.into_owned(), SIMPLIFIED, "gb18030"),
            (BIG5.encode(TRADITIONAL).0.into_owned(), TRADITIONAL, "Big5"),
            (utf16(SIMPLIFIED, false), SIMPLIFIED, "UTF-16LE"),
            (utf16(SIMPLIFIED, true), SIMPLIFIED, "UTF-16BE"),
        ];
        for (bytes, text, encoding) in cases {
            let decoded = decode(&bytes);
            assert_eq!((decoded.text.as_str(), decoded.encoding, decoded.damage), (text, encoding, None));
        }
    }

    #[test]
    fn four_byte_characters_of_gb18030_are_read() {
        let text = "他姓𠮷，住在山里的小镇上，每天走很远的路去读书。";
        let decoded = decode(&GB18030.encode(text).0);
        assert_eq!((decoded.text.as_str(), decoded.encoding), (text, "gb18030"));
    }

    #[test]
    fn damage_is_named_by_its_byte_and_line() {
        let decoded = decode(b"\xE4\xBD\xA0\xE5\xA5\xBD\n\xE4\xB8\x96\xFF\xE7\x95\x8C\xFE");
        assert_eq!(decoded.text, "你好\n世\u{FFFD}界\u{FFFD}");
        assert_eq!(decoded.damage, Some(Damage { offset: 10, line: 2, places: 2 }));
    }

    #[test]
    fn the_offset_counts_the_mark_and_a_cut_end() {
        let decoded = decode(b"\xEF\xBB\xBF\xE4\xBD\xA0\xE5\xA5");
        assert_eq!(decoded.text, "你\u{FFFD}");
        assert_eq!(decoded.damage.map(|damage| damage.offset), Some(6));
        let decoded = decode(b"\xFF\xFEa\0b");
        assert_eq!(decoded.damage.map(|damage| damage.offset), Some(4));
    }

    #[test]
    fn a_page_is_read_in_the_encoding_that_it_names_unless_its_bytes_say_otherwise() {
        let page = |head: &str, text: &str| format!("<html><head>{head}</head><p>{text}</p>");
        let gb = page("<meta http-equiv=Content-Type content=\"text/html; charset=gb2312\">", "山中");
        let decoded = decode_page(&GB18030.encode(&gb).0, None);
        assert_eq!((decoded.text, decoded.encoding, decoded.damage), (gb, "gb18030", None));
        let big5 = page("", "山裡");
        let bytes = BIG5.encode(&big5).0.into_owned();
        assert_eq!(decode_page(&bytes, Some("text/html; charset=\"Big5\"")).text, big5);
        let japanese = page("<meta charset=Shift_JIS>", "雪の日");
        assert_eq!(decode_page(&encoding_rs::SHIFT_JIS.encode(&japanese).0, None).text, japanese);
        let wrong = page("<meta charset=gbk>", "山中的雪化了");
        assert_eq!(decode_page(wrong.as_bytes(), Some("text/html; charset=iso-8859-1")).text, wrong);
        let lying = page("<meta charset=utf-8>", &SIMPLIFIED.replace('\n', ""));
        assert_eq!(decode_page(&GB18030.encode(&lying).0, None).text, lying);
    }

    #[test]
    fn line_ends_of_every_kind_become_one() {
        assert_eq!(decode(b"a\r\nb\rc\n").text, "a\nb\nc\n");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_become_text(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let decoded = decode(&bytes);
            proptest::prop_assert!(decoded.damage.is_none_or(|damage| damage.offset < bytes.len()));
        }
    }
}
