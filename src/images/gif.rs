//! GIF files by their blocks (GIF89a, appendix A): whether a first picture is there to its end.

/// Whether the first picture is there to its end. What this does not recognize may still be decoded.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    end_of_first_picture(bytes).is_some()
}

fn end_of_first_picture(bytes: &[u8]) -> Option<usize> {
    // Three bytes a colour, twice as many colours for each step of the flag.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3_usize << ((flags & 7) + 1) };
    let mut at = 13 + table(*bytes.get(10)?);
    loop {
        match *bytes.get(at)? {
            // An extension: its label, then its blocks.
            0x21 => at = after_blocks(bytes, at + 2)?,
            // A picture: its place, its flags, its own colours, the width of the first codes, then its blocks.
            0x2C => return after_blocks(bytes, at + 11 + table(*bytes.get(at + 9)?)),
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
