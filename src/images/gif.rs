//! GIF files by their blocks (GIF89a, appendix A): whether a first picture is there to its end, and whether others follow.

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

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::images::Format;

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
