//! GIF files by their blocks (GIF89a, appendix A): whether a first picture is there to its end, whether others follow, and
//! the places of its pixels in its table of colours.

use gif::{ColorOutput, DecodeOptions};

use super::palette::{Indexed, reordered};
use super::sniff::Format;
use super::{ImageError, guarded};

/// Whether the first picture is there to its end. What this does not recognize may still be decoded.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    end_of_first_picture(bytes).is_some()
}

/// Whether more than one picture is there.
pub(super) fn is_animated(bytes: &[u8]) -> bool {
    end_of_first_picture(bytes).and_then(|at| end_of_picture(bytes, at)).is_some()
}

fn end_of_first_picture(bytes: &[u8]) -> Option<usize> {
    end_of_picture(bytes, 13 + colors(*bytes.get(10)?))
}

/// The length of a table of colours by the flags before it: three bytes a colour, twice as many for each step.
fn colors(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3_usize << ((flags & 7) + 1) }
}

fn end_of_picture(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            // An extension: its label, then its blocks.
            0x21 => at = after_blocks(bytes, at + 2)?,
            // A picture: its place, its flags, its own colours, the width of the first codes, then its blocks.
            0x2C => return after_blocks(bytes, at + 11 + colors(*bytes.get(at + 9)?)),
            _ => return None,
        }
    }
}

/// Blocks begin with their length; one of no length is the last.
fn after_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

/// The first picture with its table; `None` for what must be decoded otherwise: transparent pixels, a picture that leaves
/// some of its area open, and what is damaged.
pub(super) fn indexed(bytes: &[u8]) -> Option<Indexed> {
    let damaged = |error: gif::DecodingError| ImageError::Damaged { format: Format::Gif, reason: error.to_string() };
    let places = || {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        let mut decoder = options.read_info(bytes).map_err(damaged)?;
        let (width, height) = (decoder.width(), decoder.height());
        let shared = decoder.global_palette().map(<[u8]>::to_vec);
        let Some(frame) = decoder.read_next_frame().map_err(damaged)? else { return Ok(None) };
        if (frame.left, frame.top, frame.width, frame.height) != (0, 0, width, height) {
            return Ok(None);
        }
        let Some(table) = frame.palette.as_deref().or(shared.as_deref()) else { return Ok(None) };
        Ok(reordered(table, frame.transparent, &frame.buffer))
    };
    guarded(Format::Gif, places).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::images::Format;

    #[test]
    fn places_are_those_that_the_decoded_pixels_have() {
        // Two entries of one colour, and one that no pixel uses.
        let table = [[9, 9, 9], [200, 0, 0], [0, 0, 200], [200, 0, 0]];
        let pixels: Vec<u8> = (0..21).map(|n| [1, 2, 3, 3, 2][n % 5]).collect();
        let file = |transparent| {
            let mut frame = gif::Frame::from_indexed_pixels(7, 3, pixels.clone(), transparent);
            frame.palette = Some(table.as_flattened().to_vec());
            let mut bytes = Vec::new();
            let mut encoder = gif::Encoder::new(&mut bytes, 7, 3, &[]).expect("begun");
            encoder.write_frame(&frame).expect("written");
            drop(encoder);
            bytes
        };
        let bytes = file(None);
        let decoded = super::super::decode(&bytes).expect("a picture");
        assert_eq!(indexed(&bytes), super::super::palette::indexed(&decoded));
        assert_eq!(indexed(&bytes).map(|table| table.colors), Some(vec![[200, 0, 0], [0, 0, 200]]));
        assert_eq!(indexed(&file(Some(3))), None);
        // Transparency that no pixel has is none.
        assert!(indexed(&file(Some(0))).is_some());
        assert_eq!(indexed(&bytes[..bytes.len() - 6]), None);
    }

    #[test]
    fn a_second_picture_makes_an_animation() {
        let all = samples::all();
        let (_, gif) = all.iter().find(|(format, _)| *format == Format::Gif).expect("a GIF");
        assert!(!is_animated(gif));
        let first = 13 + colors(gif[10]);
        let twice = [&gif[..gif.len() - 1], &gif[first..]].concat();
        assert!(is_animated(&twice) && is_whole(&twice));
    }

    #[test]
    fn a_picture_that_breaks_off_is_not_whole() {
        let all = samples::all();
        let (_, gif) = all.iter().find(|(format, _)| *format == Format::Gif).expect("a GIF");
        assert!(is_whole(gif));
        // The last byte ends the file; the one before ends the picture.
        assert!(is_whole(&gif[..gif.len() - 1]));
        for length in 0..gif.len() - 1 {
            assert!(!is_whole(&gif[..length]), "{length} of {}", gif.len());
        }
    }
}
