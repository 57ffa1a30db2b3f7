//! What a WebP says of itself in its chunks (RFC 9649), without being decoded.

/// A chunk: its name, and its bytes as far as they are there.
struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    /// Whether none of its bytes is missing.
    whole: bool,
}

/// The chunks that begin here.
fn chunks(mut rest: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let (head, body) = rest.split_at_checked(8)?;
        let length = usize::try_from(u32::from_le_bytes([head[4], head[5], head[6], head[7]])).ok()?;
        let data = &body[..length.min(body.len())];
        // Chunks begin at even bytes.
        rest = body.get(length + length % 2..).unwrap_or_default();
        Some(Chunk { kind: &head[..4], data, whole: data.len() == length })
    })
}

/// The chunk that holds the picture, of an animation the first frame.
fn picture(bytes: &[u8]) -> Option<Chunk<'_>> {
    let is_picture = |chunk: &Chunk<'_>| matches!(chunk.kind, b"VP8 " | b"VP8L");
    chunks(bytes.get(12..)?).find_map(|chunk| match chunk.kind {
        // Sixteen bytes tell where and how long the frame is shown.
        b"ANMF" => chunks(chunk.data.get(16..)?).find(is_picture),
        _ => Some(chunk).filter(is_picture),
    })
}

/// The frame of a file that holds nothing else to be shown: no transparency, no animation. `None` for others, and when it
/// is cut off.
pub(super) fn opaque_frame(bytes: &[u8]) -> Option<&[u8]> {
    let shown = |chunk: &Chunk<'_>| matches!(chunk.kind, b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF");
    let first = chunks(bytes.get(12..)?).find(shown)?;
    (first.kind == b"VP8 " && first.whole).then_some(first.data)
}

/// Whether the picture was compressed with loss, and colours have half the samples of brightness.
#[must_use]
pub fn is_lossy(bytes: &[u8]) -> bool {
    picture(bytes).is_some_and(|chunk| chunk.kind == b"VP8 ")
}

/// Whether the file goes on to the end of its picture.
#[must_use]
pub fn is_whole(bytes: &[u8]) -> bool {
    picture(bytes).is_some_and(|chunk| chunk.whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{Format, samples};

    #[test]
    fn what_is_cut_off_is_not_whole() {
        let (_, bytes) = samples::all().into_iter().find(|(format, _)| *format == Format::WebP).expect("a WebP");
        assert!(is_whole(&bytes) && !is_lossy(&bytes) && opaque_frame(&bytes).is_none());
        assert!(!is_whole(&bytes[..bytes.len() - 4]) && !is_whole(b"RIFF") && !is_whole(b""));
    }

    #[test]
    fn the_first_frame_of_an_animation_says_how_it_was_compressed() {
        let frame = [b"VP8 \x04\0\0\0".as_slice(), &[1; 4]].concat();
        let animated = [b"RIFF\0\0\0\0WEBPANMF\x1C\0\0\0".as_slice(), &[0; 16], &frame].concat();
        assert!(is_lossy(&animated) && is_whole(&animated));
        assert!(!is_whole(&animated[..animated.len() - 1]));
        assert_eq!(opaque_frame(&animated), None);
    }

    #[test]
    fn a_frame_behind_its_transparency_is_not_taken_alone() {
        let file = |chunks: &[&[u8]]| [b"RIFF\0\0\0\0WEBP".as_slice(), &chunks.concat()].concat();
        let (alpha, frame) = (b"ALPH\x02\0\0\0ab".as_slice(), b"VP8 \x04\0\0\0abcd".as_slice());
        assert_eq!(opaque_frame(&file(&[frame])), Some(b"abcd".as_slice()));
        assert_eq!(opaque_frame(&file(&[alpha, frame])), None);
        assert_eq!(opaque_frame(&file(&[&frame[..11]])), None);
    }
}
