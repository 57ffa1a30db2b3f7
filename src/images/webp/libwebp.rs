//! The pixels of a still picture, by libwebp: it takes a third of the time that decoders in Rust do, and what people
//! collect is mostly WebP. It is the one decoder in C, and this the one file with code that the compiler does not check.

use std::ffi::c_int;

use libwebp_sys::{WebPDecodeRGBAInto, WebPDecodeYUVInto};

/// The most pixels that a picture may have in a row or column: sizes have 14 bits (RFC 9649 2.5).
const LONGEST: u16 = 16_383;

/// Red, green, blue, alpha (not premultiplied) of a file that holds one picture, into a buffer of `width * height * 4` bytes.
/// `None` when it is damaged, or the buffer is too small for it.
#[expect(unsafe_code, reason = "libwebp is called")]
pub(super) fn rgba(file: &[u8], width: u32, buffer: &mut [u8]) -> Option<()> {
    let stride = c_int::try_from(u64::from(width) * 4).ok()?;
    let (data, length) = (file.as_ptr(), file.len());
    // SAFETY: each pointer comes with the length of its slice, outside of which libwebp neither reads nor writes
    // (decode.h: "returns NULL if the buffer is too small"); both slices outlive the call, and no pointer is kept.
    let done = unsafe { WebPDecodeRGBAInto(data, length, buffer.as_mut_ptr(), buffer.len(), stride) };
    (!done.is_null()).then_some(())
}

/// Brightness, and the differences of blue and red with half as many samples in both directions, rounded up, of a file
/// that holds one picture compressed with loss. `None` when it is damaged, or of another size.
#[expect(unsafe_code, reason = "libwebp is called")]
pub(in crate::images) fn yuv(file: &[u8], width: u16, height: u16) -> Option<[Vec<u8>; 3]> {
    if width.max(height) > LONGEST {
        return None;
    }
    let (data, length) = (file.as_ptr(), file.len());
    let plane = |width: u16, height: u16| vec![0; usize::from(width) * usize::from(height)];
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut luma: Vec<u8> = plane(width, height);
    let [mut blue, mut red]: [Vec<u8>; 2] = [plane(half_width, half_height), plane(half_width, half_height)];
    let (stride, half_stride) = (c_int::from(width), c_int::from(half_width));
    let (y, u, v) = (luma.as_mut_ptr(), blue.as_mut_ptr(), red.as_mut_ptr());
    let (y_size, u_size, v_size) = (luma.len(), blue.len(), red.len());
    // SAFETY: as above; each of the three buffers comes with its length, and none of them overlaps another.
    let done =
        unsafe { WebPDecodeYUVInto(data, length, y, y_size, stride, u, u_size, half_stride, v, v_size, half_stride) };
    (!done.is_null()).then_some([luma, blue, red])
}
