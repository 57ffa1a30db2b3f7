//! Bytes become text: UTF-8, UTF-16 with a mark, and the older encodings of Chinese, told apart by the bytes themselves.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, GB18030, GBK, UTF_8};

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
                let line = u32::try_from(text.matches('\n').count()).map_or(u32::MAX, |lines| lines.saturating_add(1));
                match &mut damage {
                    Some(damage) => damage.places += 1,
                    None => damage = Some(Damage { offset, line, places: 1 }),
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
