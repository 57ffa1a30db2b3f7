//! Colours of a cover. In each palette ground and ink differ so much in lightness that a grey screen
//! shows the title as well as a colour one does (contrast of 7:1 and more, WCAG 2.2 1.4.6).

use crate::pdf::pages::Color;
use crate::pdf::style::CoverColors;

const IVORY: Color = Color(247, 242, 231);

/// Ivory and cinnabar; indigo and gold; pine and bronze; sand and wine.
const PALETTES: [CoverColors; 4] = [
    CoverColors {
        ground: IVORY,
        ink: Color(31, 33, 38),
        soft: Color(86, 82, 76),
        accent: Color(166, 38, 42),
        on_accent: IVORY,
    },
    CoverColors {
        ground: Color(29, 48, 80),
        ink: IVORY,
        soft: Color(206, 210, 216),
        accent: Color(217, 164, 65),
        on_accent: Color(29, 48, 80),
    },
    CoverColors {
        ground: Color(28, 62, 56),
        ink: IVORY,
        soft: Color(205, 213, 206),
        accent: Color(222, 166, 100),
        on_accent: Color(28, 62, 56),
    },
    CoverColors {
        ground: Color(238, 228, 214),
        ink: Color(46, 30, 34),
        soft: Color(92, 76, 74),
        accent: Color(128, 36, 58),
        on_accent: IVORY,
    },
];

/// The palette of a book, of those of its style: the same for every issue, because its title without numbers chooses.
pub(super) fn of_title(title: &str, style: &[CoverColors]) -> CoverColors {
    let palettes = if style.is_empty() { &PALETTES } else { style };
    let name: String = title.chars().filter(|c| c.is_alphabetic()).collect();
    let sum = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    palettes[(sum as usize / 7) % palettes.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::{BookStyle, STYLES};

    fn luminance(Color(r, g, b): Color) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_stands_out_in_every_palette() {
        let of_styles =
            STYLES.iter().filter_map(|style| BookStyle::named(style.name)).flat_map(|style| style.sheet.cover);
        for palette in PALETTES.into_iter().chain(of_styles) {
            assert!(contrast(palette.ground, palette.ink) > 7.0, "{palette:?}");
            assert!(contrast(palette.ground, palette.soft) > 5.5, "{palette:?}");
            assert!(contrast(palette.accent, palette.on_accent) > 4.5, "{palette:?}");
        }
    }

    #[test]
    fn issues_of_one_book_share_their_colours() {
        assert_eq!(of_title("晨读周刊 第3期", &[]), of_title("晨读周刊 第12期", &[]));
    }

    #[test]
    fn a_style_has_its_own_colours() {
        let eink = BookStyle::named("eink").expect("a style").sheet.cover;
        assert!(!eink.is_empty() && eink.contains(&of_title("晨读", &eink)));
        let grey = |Color(red, green, blue): Color| red == green && green == blue;
        assert!(eink.iter().all(|palette| grey(palette.ground) && grey(palette.accent)));
    }
}
