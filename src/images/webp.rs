//! WebP (RFC 9649): what a file says of itself in its chunks, and its pixels by libwebp, of an animation those of the
//! first frame.

use image::error::{DecodingError, ImageFormatHint};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

pub(super) mod libwebp;

/// A chunk: its name, and its bytes as far as they are there.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    /// Whether none of its bytes is missing.
    whole: bool,
}

impl Chunk<'_> {
    fn is_picture(&self) -> bool {
        matches!(self.kind, b"VP8 " | b"VP8L")
    }

    /// Width and height in pixels, where this chunk tells them.
    fn size(&self) -> Option<(u32, u32)> {
        let at =
            |start: usize| Some(u32::from(u16::from_le_bytes([*self.data.get(start)?, *self.data.get(start + 1)?])));
        match self.kind {
            b"VP8X" => Some((number(self.data, 4)? + 1, number(self.data, 7)? + 1)),
            // Two bits of each belong to a scale for displays, which nobody minds (RFC 6386 9.1).
            b"VP8 " if self.data.get(3..6)? == b"\x9D\x01\x2A" => Some((at(6)? & 0x3FFF, at(8)? & 0x3FFF)),
            b"VP8L" if self.data.first()? == &0x2F => {
                let bits = at(1)? | at(3)? << 16;
                Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
            }
            _ => None,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.kind);
        out.extend_from_slice(&u32::try_from(self.data.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(self.data);
        out.resize(out.len().next_multiple_of(2), 0);
    }
}

/// A number of 24 bits.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 3)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
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
    chunks(bytes.get(12..)?).find_map(|chunk| match chunk.kind {
        b"ANMF" => chunks(chunk.data.get(FRAME_HEAD..)?).find(Chunk::is_picture),
        _ => Some(chunk).filter(Chunk::is_picture),
    })
}

/// Whether the file holds one picture, compressed with loss, without transparency, and whole.
pub(super) fn is_opaque_lossy(bytes: &[u8]) -> bool {
    let shown = |chunk: &Chunk<'_>| chunk.is_picture() || matches!(chunk.kind, b"ALPH" | b"ANMF");
    let first = bytes.get(12..).and_then(|bytes| chunks(bytes).find(shown));
    first.is_some_and(|chunk| chunk.kind == b"VP8 " && chunk.whole)
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

/// How many bytes of an ANMF chunk tell where and how long its frame is shown.
const FRAME_HEAD: usize = 16;

/// A frame of an animation.
struct Frame {
    /// Pixels from the left and the top of the canvas.
    x: u32,
    y: u32,
    /// Pixels in a row, and rows.
    width: u32,
    height: u32,
    /// A file that holds this frame alone.
    file: Vec<u8>,
}

/// The first frame of an animation; `None` for a still picture.
fn first_frame(bytes: &[u8]) -> Option<Frame> {
    let frame = chunks(bytes.get(12..)?).find(|chunk| chunk.kind == b"ANMF")?.data;
    let [x, y, width, height] = [0, 3, 6, 9].map(|at| number(frame, at));
    let (width, height) = (width? + 1, height? + 1);
    let side = |pixels: u32| (pixels - 1).to_le_bytes();
    // Says that there may be transparency, and repeats the size: a frame alone does not have it.
    let extended = [&[0x10, 0, 0, 0], &side(width)[..3], &side(height)[..3]].concat();
    let mut body = b"WEBP".to_vec();
    Chunk { kind: b"VP8X", data: &extended, whole: true }.write(&mut body);
    for chunk in chunks(frame.get(FRAME_HEAD..)?).filter(|chunk| chunk.is_picture() || chunk.kind == b"ALPH") {
        chunk.write(&mut body);
    }
    let mut file = Vec::with_capacity(body.len() + 8);
    Chunk { kind: b"RIFF", data: &body, whole: true }.write(&mut file);
    // In units of two pixels.
    Some(Frame { x: x? * 2, y: y? * 2, width, height, file })
}

/// A WebP as `image` has its other decoders.
pub(super) struct Decoder<'a> {
    bytes: &'a [u8],
    size: (u32, u32),
}

impl<'a> Decoder<'a> {
    /// Reads the size; `None` when there is none.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let size = chunks(bytes.get(12..)?).find_map(|chunk| chunk.size())?;
        Some(Self { bytes, size })
    }

    fn metadata(&self, kind: &[u8]) -> Option<&'a [u8]> {
        chunks(self.bytes.get(12..)?).find(|chunk| chunk.kind == kind && chunk.whole).map(|chunk| chunk.data)
    }

    fn pixels(&self, buffer: &mut [u8]) -> Option<()> {
        let Some(frame) = first_frame(self.bytes) else { return libwebp::rgba(self.bytes, self.size.0, buffer) };
        if frame.x + frame.width > self.size.0 || frame.y + frame.height > self.size.1 {
            return None;
        }
        let row = |pixels: u32| pixels as usize * 4;
        let mut pixels = vec![0; row(frame.width) * frame.height as usize];
        libwebp::rgba(&frame.file, frame.width, &mut pixels)?;
        buffer.fill(0);
        let rows = buffer.chunks_exact_mut(row(self.size.0)).skip(frame.y as usize);
        for (to, from) in rows.zip(pixels.chunks_exact(row(frame.width))) {
            to[row(frame.x)..][..from.len()].copy_from_slice(from);
        }
        Some(())
    }
}

impl ImageDecoder for Decoder<'_> {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        ColorType::Rgba8
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.metadata(b"ICCP").map(<[u8]>::to_vec))
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        // Some writers put what begins such data in a JPEG before it.
        Ok(self.metadata(b"EXIF").map(|data| data.strip_prefix(b"Exif\0\0").unwrap_or(data).to_vec()))
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        self.pixels(buffer).ok_or_else(|| {
            let format = ImageFormatHint::Exact(ImageFormat::WebP);
            ImageError::Decoding(DecodingError::new(format, "some of its bytes are missing or wrong"))
        })
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{Format, decode, samples};

    #[test]
    fn what_is_cut_off_is_not_whole() {
        let (_, bytes) = samples::all().into_iter().find(|(format, _)| *format == Format::WebP).expect("a WebP");
        assert!(is_whole(&bytes) && !is_lossy(&bytes) && !is_opaque_lossy(&bytes));
        assert!(!is_whole(&bytes[..bytes.len() - 4]) && !is_whole(b"RIFF") && !is_whole(b""));
    }

    #[test]
    fn the_first_frame_of_an_animation_says_how_it_was_compressed() {
        let frame = [b"VP8 \x04\0\0\0".as_slice(), &[1; 4]].concat();
        let animated = [b"RIFF\0\0\0\0WEBPANMF\x1C\0\0\0".as_slice(), &[0; 16], &frame].concat();
        assert!(is_lossy(&animated) && is_whole(&animated));
        assert!(!is_whole(&animated[..animated.len() - 1]));
        assert!(!is_opaque_lossy(&animated));
    }

    #[test]
    fn a_frame_behind_its_transparency_is_not_taken_alone() {
        let file = |chunks: &[&[u8]]| [b"RIFF\0\0\0\0WEBP".as_slice(), &chunks.concat()].concat();
        let (alpha, frame) = (b"ALPH\x02\0\0\0ab".as_slice(), b"VP8 \x04\0\0\0abcd".as_slice());
        assert!(is_opaque_lossy(&file(&[frame])));
        assert!(!is_opaque_lossy(&file(&[alpha, frame])) && !is_opaque_lossy(&file(&[&frame[..11]])));
    }

    /// An animation of one frame at a place on a canvas.
    fn animation(canvas: (u8, u8), place: (u8, u8), size: (u8, u8), frame: &[u8]) -> Vec<u8> {
        let chunk =
            |kind: &[u8], data: &[u8]| [kind, &u32::try_from(data.len()).expect("short").to_le_bytes(), data].concat();
        let extended = [2, 0, 0, 0, canvas.0 - 1, 0, 0, canvas.1 - 1, 0, 0];
        let head = [place.0 / 2, 0, 0, place.1 / 2, 0, 0, size.0 - 1, 0, 0, size.1 - 1, 0, 0, 100, 0, 0, 0];
        let chunks = [chunk(b"VP8X", &extended), chunk(b"ANIM", &[0; 6]), chunk(b"ANMF", &[&head, frame].concat())];
        chunk(b"RIFF", &[b"WEBP".as_slice(), &chunks.concat()].concat())
    }

    #[test]
    fn the_first_frame_of_an_animation_stands_on_its_canvas() {
        let (_, still) = samples::all().into_iter().find(|(format, _)| *format == Format::WebP).expect("a WebP");
        let alone = decode(&still).expect("a WebP");
        let shown = decode(&animation((70, 50), (8, 6), (60, 40), &still[12..])).expect("a WebP");
        assert_eq!((shown.width, shown.height), (70, 50));
        let at = |x: usize, y: usize| &shown.pixels[(y * 70 + x) * 4..][..4];
        assert_eq!(
            (at(7, 6), at(8, 5), at(8, 6), at(68, 45)),
            (&[0; 4][..], &[0; 4][..], &alone.pixels[..4], &[0; 4][..])
        );
        assert_eq!(at(67, 45), &alone.pixels[alone.pixels.len() - 4..]);
        // A frame that leaves its canvas, and one that is smaller than it says.
        for (canvas, size) in [((60, 40), (60, 40)), ((90, 90), (61, 40))] {
            assert!(decode(&animation(canvas, (8, 6), size, &still[12..])).is_err());
        }
    }

    #[test]
    fn a_picture_that_is_not_of_its_canvas_is_refused() {
        let (_, still) = samples::all().into_iter().find(|(format, _)| *format == Format::WebP).expect("a WebP");
        for side in [1_u8, 59, 61, 255] {
            let extended = [b"VP8X\x0A\0\0\0\0\0\0\0".as_slice(), &[side - 1, 0, 0, side - 1, 0, 0]].concat();
            let file = [&still[..12], &extended, &still[12..]].concat();
            assert!(decode(&file).is_err(), "{side}");
        }
    }
}
