//! The output intent: that the colours of the file are sRGB (ISO 32000-1 14.11.5). The profile is made
//! here from the numbers of IEC 61966-2-1, in the form of ICC.1:2004 (version 4.2).

use std::io;

use lopdf::{Object, dictionary};

use super::file::{File, stream};

/// A number as the profile holds it: 16 bits before the point, 16 behind.
type Fixed = i32;

/// The white of the profile connection space, D50.
const WHITE: [Fixed; 3] = [fixed(0.964_20), fixed(1.0), fixed(0.824_91)];

/// The red, green and blue of sRGB, adapted to D50.
const PRIMARIES: [(&[u8; 4], [Fixed; 3]); 3] = [
    (b"rXYZ", [fixed(0.436_07), fixed(0.222_49), fixed(0.013_92)]),
    (b"gXYZ", [fixed(0.385_15), fixed(0.716_87), fixed(0.097_08)]),
    (b"bXYZ", [fixed(0.143_07), fixed(0.060_61), fixed(0.714_10)]),
];

/// The adaptation from D65 to D50 (Bradford), by rows.
const ADAPTATION: [Fixed; 9] = [
    fixed(1.047_92),
    fixed(0.022_90),
    fixed(-0.050_14),
    fixed(0.029_57),
    fixed(0.990_50),
    fixed(-0.017_06),
    fixed(-0.009_23),
    fixed(0.015_06),
    fixed(0.751_91),
];

/// The curve of a channel: (a x + b)^g from d on, c x below.
const CURVE: [Fixed; 5] = [fixed(2.4), fixed(1.0 / 1.055), fixed(0.055 / 1.055), fixed(1.0 / 12.92), fixed(0.040_45)];

#[allow(clippy::cast_possible_truncation, reason = "all numbers here are small")]
const fn fixed(value: f64) -> Fixed {
    let scaled = value * 65_536.0;
    (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as Fixed
}

/// Writes the profile; gives the output intent that names it.
pub(super) fn output_intent(file: &mut File<'_>, compress: bool) -> io::Result<Object> {
    let profile = file.add(stream(dictionary! { "N" => 3 }, profile(), compress))?;
    Ok(Object::Dictionary(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB IEC61966-2.1"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    }))
}

fn profile() -> Vec<u8> {
    let mut tags: Vec<(&[u8; 4], Vec<u8>)> = vec![
        (b"desc", text("sRGB")),
        (b"cprt", text("No copyright, use freely")),
        (b"wtpt", numbers(b"XYZ ", &WHITE)),
        (b"chad", numbers(b"sf32", &ADAPTATION)),
    ];
    tags.extend(PRIMARIES.map(|(tag, color)| (tag, numbers(b"XYZ ", &color))));
    // All channels have one curve, and share its bytes.
    let curve = numbers(b"para", &[&[3 << 16], CURVE.as_slice()].concat());
    tags.push((b"rTRC", curve));

    let count = tags.len() + 2;
    let mut table = u32_bytes(count).to_vec();
    let mut data = Vec::new();
    let start = 128 + 4 + 12 * count;
    for (tag, bytes) in tags {
        let (offset, length) = (u32_bytes(start + data.len()), u32_bytes(bytes.len()));
        let sharing: &[&[u8; 4]] = if tag == b"rTRC" { &[b"rTRC", b"gTRC", b"bTRC"] } else { &[tag] };
        for name in sharing {
            table.extend([name.as_slice(), &offset, &length].concat());
        }
        data.extend(bytes);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    [header(start + data.len()), table, data].concat()
}

/// The 128 bytes at the beginning (ICC.1:2004 7.2). The date is that of version 4.2.
fn header(size: usize) -> Vec<u8> {
    let mut header = u32_bytes(size).to_vec();
    header.extend([0; 4]);
    header.extend([4, 0x20, 0, 0]);
    header.extend(b"mntrRGB XYZ ");
    header.extend([2004_u16, 10, 22, 0, 0, 0].map(u16::to_be_bytes).concat());
    header.extend(b"acsp");
    // Platform, flags, maker, model, attributes and intent: none and usual.
    header.extend([0; 28]);
    header.extend(WHITE.map(i32::to_be_bytes).concat());
    header.resize(128, 0);
    header
}

fn numbers(kind: &[u8; 4], values: &[Fixed]) -> Vec<u8> {
    let mut bytes = [kind.as_slice(), &[0; 4]].concat();
    bytes.extend(values.iter().flat_map(|value| value.to_be_bytes()));
    bytes
}

/// English text in the multilingual form (10.13).
fn text(text: &str) -> Vec<u8> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let head = [b"mluc".as_slice(), &[0; 4], &u32_bytes(1), &u32_bytes(12), b"enUS", &u32_bytes(utf16.len())];
    [head.concat(), u32_bytes(28).to_vec(), utf16].concat()
}

/// The profile has about 500 bytes.
fn u32_bytes(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_as_long_as_it_says_and_its_tags_lie_inside() {
        let profile = profile();
        let number = |at: usize| u32::from_be_bytes(profile[at..at + 4].try_into().expect("four bytes")) as usize;
        assert_eq!(number(0), profile.len());
        assert_eq!(&profile[36..40], b"acsp");
        for tag in 0..number(128) {
            let entry = 132 + tag * 12;
            assert!(number(entry + 4) + number(entry + 8) <= profile.len());
        }
    }

    #[test]
    fn red_green_and_blue_make_white() {
        for channel in 0..3 {
            let sum: i32 = PRIMARIES.iter().map(|(_, color)| color[channel]).sum();
            assert!((sum - WHITE[channel]).abs() < 20, "{sum}");
        }
    }
}
