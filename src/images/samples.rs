//! Pictures for tests, made here: 60 × 40 pixels of orange with a blue bar below.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};

use super::Format;

fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |_, y| {
        if y * 4 < height * 3 { image::Rgb([240, 140, 20]) } else { image::Rgb([20, 60, 180]) }
    })
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture(width, height).write_to(&mut out, format).expect("encoded");
    out.into_inner()
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Png)
}

pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Jpeg)
}

/// Compressed without loss.
pub(crate) fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let pixels = picture(width, height).into_raw();
    let encoder = image_webp::WebPEncoder::new(&mut out);
    encoder.encode(&pixels, width, height, image_webp::ColorType::Rgb8).expect("encoded");
    out
}

pub(crate) fn svg() -> Vec<u8> {
    br##"<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">
<rect width="60" height="30" fill="#f08c14"/><rect y="30" width="60" height="10" fill="#143cb4"/></svg>"##
        .to_vec()
}

/// A photograph of 61 × 37 pixels as a lossy WebP, which nothing here can write.
pub(crate) fn lossy_webp() -> Vec<u8> {
    include_bytes!("../../tests/fixtures/pictures/hills.webp").to_vec()
}

/// A JPEG of 60 × 40 whose EXIF data says that it is to be turned by 90 degrees (orientation 6).
pub(crate) fn sideways_jpeg() -> Vec<u8> {
    let plain = jpeg(60, 40);
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut segment = b"\xFF\xE1".to_vec();
    let length = u16::try_from(2 + 6 + tiff.len()).expect("short");
    segment.extend_from_slice(&length.to_be_bytes());
    segment.extend_from_slice(b"Exif\0\0");
    segment.extend_from_slice(tiff);
    [&plain[..2], &segment, &plain[2..]].concat()
}

/// One picture in every format that is opened; the drawing also with a prolog.
pub(crate) fn all() -> Vec<(Format, Vec<u8>)> {
    vec![
        (Format::Jpeg, jpeg(60, 40)),
        (Format::Png, png(60, 40)),
        (Format::Gif, encoded(60, 40, ImageFormat::Gif)),
        (Format::WebP, webp(60, 40)),
        (Format::Bmp, encoded(60, 40, ImageFormat::Bmp)),
        (Format::Tiff, encoded(60, 40, ImageFormat::Tiff)),
        (Format::Svg, svg()),
        (Format::Svg, [b"\xEF\xBB\xBF<?xml version='1.0'?><!-- drawn -->".to_vec(), svg()].concat()),
    ]
}
