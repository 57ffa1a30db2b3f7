//! Content codings (RFC 9110 8.4.1): the body of an answer becomes what the server compressed.
//!
//! reqwest could do this, but would bring encoders along that nobody needs, and zstd in C. A body is decompressed when
//! all of it has come: it is no longer than the limit then, and neither is what comes out of it.

use std::io::Read;

use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::FetchError;

/// What is asked for: `Accept-Encoding`.
pub(super) const ACCEPTED: &str = "gzip, br, zstd";

/// The largest window of a zstd frame that HTTP allows, in bytes (RFC 9659).
const ZSTD_WINDOW: u64 = 8 << 20;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// It is not.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// zlib (RFC 1950), which HTTP calls deflate; some servers send it unasked.
    Deflate,
    /// Brotli (RFC 7932).
    Brotli,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Coding {
    /// What the headers say. Two codings on top of each other are for no client; names that are none, such as `utf-8`, say
    /// nothing, as browsers have it.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, FetchError> {
        let values = headers.get_all(CONTENT_ENCODING).iter().map(|value| value.to_str().unwrap_or("?"));
        let names = values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase());
        let known = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"];
        let names: Vec<String> = names.filter(|name| known.contains(&name.as_str())).collect();
        match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => Ok(Self::Identity),
            ["gzip" | "x-gzip"] => Ok(Self::Gzip),
            ["deflate"] => Ok(Self::Deflate),
            ["br"] => Ok(Self::Brotli),
            ["zstd"] => Ok(Self::Zstd),
            _ => Err(FetchError::Body("it is compressed in a way that was not asked for".to_owned())),
        }
    }

    /// What was compressed, if that is at most `limit` bytes.
    pub(super) fn decode(self, body: Vec<u8>, limit: u64) -> Result<Vec<u8>, FetchError> {
        let mut out = Vec::new();
        let read = match self {
            Self::Identity => return Ok(body),
            // An answer without a body has no frame either.
            _ if body.is_empty() => return Ok(body),
            Self::Gzip => gzip(&body, limit, &mut out),
            Self::Deflate => copy(flate2::read::ZlibDecoder::new(body.as_slice()), limit, &mut out),
            Self::Brotli => copy(brotli_decompressor::Decompressor::new(body.as_slice(), 4096), limit, &mut out),
            Self::Zstd => zstd(&body, limit, &mut out),
        };
        match read {
            Ok(()) => Ok(out),
            // Whatever was wrong with the rest: it is too large already.
            Err(_) if out.len() as u64 > limit => Err(FetchError::TooLarge(limit)),
            Err(error) => Err(FetchError::Body(format!("it cannot be decompressed: {error}"))),
        }
    }
}

/// Reads at most a byte more than the limit allows.
fn copy(reader: impl Read, limit: u64, out: &mut Vec<u8>) -> std::io::Result<()> {
    let room = (limit + 1).saturating_sub(out.len() as u64);
    reader.take(room).read_to_end(out)?;
    if out.len() as u64 > limit { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

/// Reads member after member. What follows the last one and begins none is debris of servers.
fn gzip(mut body: &[u8], limit: u64, out: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        copy(flate2::bufread::GzDecoder::new(&mut body), limit, out)?;
        if !body.starts_with(b"\x1F\x8B") {
            return Ok(());
        }
    }
}

/// Reads frame after frame, each with its checksum.
fn zstd(mut body: &[u8], limit: u64, out: &mut Vec<u8>) -> std::io::Result<()> {
    while !body.is_empty() {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(ZSTD_WINDOW);
        let decoder = StreamingDecoder::new_with_decoder(&mut body, frame);
        let mut decoder = decoder.map_err(std::io::Error::other)?;
        copy(&mut decoder, limit, out)?;
        let frame = decoder.into_frame_decoder();
        if frame.get_checksum_from_data().is_some_and(|sum| frame.get_calculated_checksum() != Some(sum)) {
            return Err(std::io::Error::other("the checksum is wrong"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// The page of [`samples`] as Node's zlib compresses it: there is no encoder here.
    #[rustfmt::skip]
    const BROTLI: [u8; 44] = [
        0x1B, 0x2F, 0x2A, 0xF8, 0x45, 0xDD, 0x16, 0x72, 0x3D, 0x2F, 0x3F, 0x28, 0xCF, 0x82, 0xC6, 0x07, 0x6D, 0x46,
        0xC1, 0x16, 0xFD, 0x84, 0xC7, 0x87, 0xA1, 0x42, 0x9E, 0x43, 0x00, 0xB2, 0xCF, 0xB8, 0x06, 0x1F, 0x29, 0x35,
        0x4E, 0x81, 0x6E, 0xF8, 0xFA, 0xCD, 0x1E, 0x31,
    ];

    /// A page with something to compress, in each coding.
    fn samples() -> Vec<(Coding, Vec<u8>, Vec<u8>)> {
        let page = "雨从夜里下到天明。".repeat(400).into_bytes();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&page).expect("written");
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(&page).expect("written");
        let zstd = ruzstd::encoding::compress_to_vec(page.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
        vec![
            (Coding::Gzip, gzip.finish().expect("compressed"), page.clone()),
            (Coding::Deflate, zlib.finish().expect("compressed"), page.clone()),
            (Coding::Zstd, zstd, page.clone()),
            (Coding::Brotli, BROTLI.to_vec(), page),
        ]
    }

    #[test]
    fn each_coding_gives_what_was_compressed_and_no_more_than_the_limit() {
        for (coding, packed, page) in samples() {
            let length = page.len() as u64;
            assert_eq!(coding.decode(packed.clone(), length).as_ref(), Ok(&page), "{coding:?}");
            assert_eq!(coding.decode(packed, length - 1), Err(FetchError::TooLarge(length - 1)), "{coding:?}");
        }
    }

    #[test]
    fn a_compressed_body_that_breaks_off_or_is_none_is_told() {
        for (coding, packed, _) in samples() {
            for cut in [packed.len() - 1, packed.len() / 2] {
                let answer = coding.decode(packed[..cut].to_vec(), 1 << 20);
                assert!(matches!(answer, Err(FetchError::Body(_))), "{coding:?} cut at {cut}: {answer:?}");
            }
            let answer = coding.decode(b"\x89PNG\r\n\x1a\n and no compression at all".to_vec(), 1 << 20);
            assert!(matches!(answer, Err(FetchError::Body(_))), "{coding:?}: {answer:?}");
        }
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..200 {
            gzip.write_all(&[0; 1 << 20]).expect("written");
        }
        let bomb = gzip.finish().expect("compressed");
        assert!(bomb.len() < 1 << 18);
        assert_eq!(Coding::Gzip.decode(bomb, 1 << 20), Err(FetchError::TooLarge(1 << 20)));
    }

    #[test]
    fn headers_tell_the_coding_and_layers_are_refused() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, value.parse().expect("a value"));
            Coding::of(&headers)
        };
        assert_eq!(Coding::of(&HeaderMap::new()), Ok(Coding::Identity));
        assert_eq!(
            (of("GZIP"), of("identity"), of(" br ")),
            (Ok(Coding::Gzip), Ok(Coding::Identity), Ok(Coding::Brotli))
        );
        assert_eq!((of("utf-8"), of("none, gzip")), (Ok(Coding::Identity), Ok(Coding::Gzip)));
        assert!(of("gzip, gzip").is_err() && of("compress").is_err());
    }

    #[test]
    fn members_of_gzip_follow_each_other_and_what_is_none_ends_them() {
        let (_, member, page) = samples().swap_remove(0);
        let decoded = |rest: &[u8]| Coding::Gzip.decode([&member, rest].concat(), 1 << 20);
        assert_eq!(decoded(&member), Ok(page.repeat(2)));
        for debris in [b"\0\0\0".as_slice(), b"\r\n", b"\x1F"] {
            assert_eq!(decoded(debris).as_ref(), Ok(&page), "{debris:?}");
        }
        assert!(decoded(&member[..member.len() / 2]).is_err());
    }
}
