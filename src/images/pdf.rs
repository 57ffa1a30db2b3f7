//! What a PDF takes: a JPEG and the samples of a PNG as they are where that will do, else decoded, brought to the
//! pixels that can be seen, and compressed again: with loss what was compressed so before, the rest without.

use super::decode::{self, Info, decode, probe};
use super::encode::{self, Chroma};
use super::palette;
use super::planes::Planes;
use super::prepare::chroma;
use super::raster::Raster;
use super::resize::{fit, scaled};
use super::sniff::Format;
use super::{ImageError, gif, jpeg, png};

/// The quality of JPEGs made here, of 100: a second compression adds less than the first one did.
const QUALITY: u8 = 90;

/// How many times as many pixels as can be seen a row may have, for a picture that could go in as it is. A second
/// compression costs sharpness, and gains little before half of the pixels are gone.
const SPARE: f64 = 1.5;

/// The same for a picture that is compressed again anyway: fewer rows pay sooner, but scaling by little only blurs.
const SPARE_AGAIN: f64 = 1.15;

/// A part of a picture, and what can be seen of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PdfPart {
    /// Where it begins, as a fraction of the picture's height from the top.
    pub from: f32,
    /// Where it ends.
    pub to: f32,
    /// How many pixels in a row can be told from each other where it is shown at its largest.
    pub width: u32,
    /// How many rows.
    pub height: u32,
}

impl PdfPart {
    fn is_whole(&self) -> bool {
        self.from <= 0.0 && self.to >= 1.0
    }

    /// The size for a picture of this size; its own, if it has no more than `spare` times the pixels that can be seen.
    fn size(&self, width: u32, height: u32, spare: f64) -> (u32, u32) {
        let (seen, rows) = fit(width, height, self.width, self.height);
        if f64::from(width) <= f64::from(seen) * spare { (width, height) } else { (seen, rows) }
    }

    /// The rows that belong to it.
    fn cut(&self, raster: &Raster) -> Raster {
        let row = |fraction: f32| (f64::from(fraction.clamp(0.0, 1.0)) * f64::from(raster.height)).round() as u32;
        let top = row(self.from).min(raster.height.saturating_sub(1));
        raster.rows(top, row(self.to).max(top + 1) - top)
    }
}

/// A picture as a PDF holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfImage {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Its colours.
    pub data: PdfData,
    /// Its transparency in shades of grey, of the same size, if not all of it is opaque.
    pub alpha: Option<png::Samples>,
}

/// The colours of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PdfData {
    /// A whole JPEG file, for `DCTDecode`.
    Jpeg {
        /// The file.
        bytes: Vec<u8>,
        /// Whether it has one channel, else three.
        gray: bool,
    },
    /// Samples as a PNG has them, for `FlateDecode`.
    Samples(png::Samples),
}

impl PdfImage {
    fn bytes(&self) -> usize {
        let colors = match &self.data {
            PdfData::Jpeg { bytes, .. } => bytes.len(),
            PdfData::Samples(samples) => samples.data.len(),
        };
        colors + self.alpha.as_ref().map_or(0, |alpha| alpha.data.len())
    }
}

/// Brings a raster picture to what a PDF holds, each of the parts that its pages show; it is decoded once at most.
/// Drawings go into a PDF as such, not through here.
///
/// # Errors
/// When it cannot be opened.
pub fn for_pdf(bytes: &[u8], parts: &[PdfPart]) -> Result<Vec<PdfImage>, ImageError> {
    let info = probe(bytes)?;
    let unchanged = as_it_is(bytes, info);
    let enough = |part: &PdfPart| part.is_whole() && part.size(info.width, info.height, SPARE).0 == info.width;
    if let ([part], Some(image)) = (parts, &unchanged)
        && enough(part)
    {
        return Ok(vec![image.clone()]);
    }
    if let [part] = parts
        && let Some(image) = without_pixels(bytes, info, part)
    {
        return image.map(|image| vec![image]);
    }
    let raster = decode(bytes)?;
    let lossy = chroma(info.format, bytes);
    let encode = |part: &PdfPart| match &unchanged {
        Some(image) if enough(part) => Ok(image.clone()),
        Some(image) if part.is_whole() => Ok(smaller(image.clone(), encode_part(&raster, part, lossy)?)),
        None if part.is_whole() => encode_part(&raster, part, lossy),
        _ => encode_part(&part.cut(&raster), part, lossy),
    };
    parts.iter().map(encode).collect()
}

/// What needs no decoding: a JPEG that every reader shows, and the samples of a PNG.
fn as_it_is(bytes: &[u8], info: Info) -> Option<PdfImage> {
    if !decode::is_plain(info.format, bytes) {
        return None;
    }
    let data = match info.format {
        Format::Jpeg => {
            let header = jpeg::header(bytes).filter(jpeg::Header::is_shown_everywhere)?;
            PdfData::Jpeg { bytes: jpeg::strip(bytes)?, gray: header.components == 1 }
        }
        Format::Png => PdfData::Samples(png::samples(bytes)?),
        _ => return None,
    };
    Some(PdfImage { width: info.width, height: info.height, data, alpha: None })
}

/// What becomes a file of another kind without pixels of red, green and blue on the way: a lossy WebP, and a GIF that is
/// not scaled. `None` for the rest.
fn without_pixels(bytes: &[u8], info: Info, part: &PdfPart) -> Option<Result<PdfImage, ImageError>> {
    if !part.is_whole() {
        return None;
    }
    match info.format {
        Format::WebP => {
            let (width, height) = part.size(info.width, info.height, SPARE_AGAIN);
            let planes = Planes::of_webp(bytes, info)?.scaled(width, height)?;
            let jpeg = encode::planes_jpeg(&planes, QUALITY);
            let data = jpeg.map(|bytes| PdfData::Jpeg { bytes, gray: planes.is_gray() });
            Some(data.map(|data| PdfImage { width, height, data, alpha: None }))
        }
        Format::Gif if part.size(info.width, info.height, SPARE).0 == info.width => {
            let indexed = gif::indexed(bytes)?;
            let (width, height) = (info.width, info.height);
            let samples = encode::indexed_png((width, height), &indexed).and_then(|png| encoded_samples(&png));
            Some(samples.map(|data| PdfImage { width, height, data: PdfData::Samples(data), alpha: None }))
        }
        _ => None,
    }
}

/// Encodes a part whose rows have been cut out.
fn encode_part(raster: &Raster, part: &PdfPart, lossy: Option<Chroma>) -> Result<PdfImage, ImageError> {
    let is_drawing = lossy.is_none() && encode::is_drawing(raster);
    // Sharp edges say more than their pixels can: scaling makes greys of them, and often a larger picture.
    let spare = if lossy.is_some() { SPARE_AGAIN } else { SPARE };
    let (width, height) = part.size(raster.width, raster.height, spare);
    if (width, height) == (raster.width, raster.height) {
        return encoded(raster, lossy);
    }
    let Some(scaled) = scaled(raster, width, height) else { return encoded(raster, lossy) };
    if is_drawing {
        return Ok(smaller(encoded(raster, None)?, encoded(&scaled, None)?));
    }
    // A photograph that has been scaled is no longer what it was, so that nothing is gained by keeping it exactly.
    encoded(&scaled, lossy.or(Some(Chroma::Full)))
}

fn smaller(first: PdfImage, second: PdfImage) -> PdfImage {
    if second.bytes() < first.bytes() { second } else { first }
}

/// Compresses a picture, with loss if a chroma for that is given and it has more colours than a table takes.
fn encoded(raster: &Raster, lossy: Option<Chroma>) -> Result<PdfImage, ImageError> {
    let alpha = if raster.is_opaque() { None } else { Some(encoded_samples(&encode::alpha_png(raster)?)?) };
    let data = match lossy.filter(|_| palette::indexed(raster).is_none()) {
        Some(chroma) => PdfData::Jpeg { bytes: encode::opaque_jpeg(raster, QUALITY, chroma)?, gray: raster.is_gray() },
        None => PdfData::Samples(encoded_samples(&encode::opaque_png(raster)?)?),
    };
    Ok(PdfImage { width: raster.width, height: raster.height, data, alpha })
}

/// The samples of a PNG that was encoded here.
fn encoded_samples(png: &[u8]) -> Result<png::Samples, ImageError> {
    let broken = || ImageError::Damaged { format: Format::Png, reason: "it has no samples".to_owned() };
    png::samples_unchecked(png).ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::super::{Raster, samples as sample};
    use super::*;

    /// The whole of a picture, shown so large that no more pixels could be seen than these.
    fn whole(width: u32, height: u32) -> PdfPart {
        PdfPart { from: 0.0, to: 1.0, width, height }
    }

    fn one(bytes: &[u8], part: PdfPart) -> PdfImage {
        for_pdf(bytes, &[part]).expect("a picture").remove(0)
    }

    /// Pixels with as many colours as a photograph.
    fn photograph(width: u32, height: u32) -> Raster {
        let color = |n: u32| {
            let (x, y) = (n % width, n / width);
            let noise = n.wrapping_mul(2_654_435_761) >> 28;
            [(x * 255 / width) as u8, (y * 255 / height) as u8, (120 + noise) as u8, 255]
        };
        Raster { width, height, pixels: (0..width * height).flat_map(color).collect() }
    }

    #[test]
    fn an_upright_jpeg_goes_in_as_it_is_and_one_on_its_side_is_turned() {
        let jpeg = sample::jpeg(60, 40);
        let PdfData::Jpeg { bytes, gray: false } = one(&jpeg, whole(60, 40)).data else { panic!("not a JPEG") };
        assert_eq!(Some(bytes), jpeg::strip(&jpeg));
        let turned = one(&sample::sideways_jpeg(), whole(60, 60));
        assert_eq!((turned.width, turned.height), (40, 60));
    }

    #[test]
    fn the_samples_of_a_png_go_in_as_they_are() {
        let png = encode::png(&photograph(60, 40)).expect("encoded");
        let image = one(&png, whole(60, 40));
        assert_eq!((Some(image.data), image.alpha), (png::samples(&png).map(PdfData::Samples), None));
    }

    #[test]
    fn few_colors_take_a_table_and_transparency_a_mask() {
        let (_, gif) = sample::all().into_iter().find(|(format, _)| *format == Format::Gif).expect("a GIF");
        let PdfData::Samples(samples) = one(&gif, whole(60, 40)).data else { panic!("not samples") };
        assert_eq!((samples.depth, samples.space), (1, png::Space::Indexed(vec![240, 140, 20, 20, 60, 180])));

        let mut raster = photograph(60, 40);
        raster.pixels[3] = 9;
        let image = one(&encode::png(&raster).expect("encoded"), whole(60, 40));
        let alpha = image.alpha.expect("a mask");
        assert_eq!((alpha.width, alpha.height, alpha.space), (60, 40, png::Space::Gray));
        assert!(matches!(image.data, PdfData::Samples(png::Samples { space: png::Space::Rgb, .. })));
    }

    #[test]
    fn pixels_that_nobody_sees_stay_out_but_for_a_few() {
        let jpeg = encode::jpeg(&photograph(600, 400), 85, Chroma::Full).expect("encoded");
        assert_eq!(one(&jpeg, whole(400, 400)).width, 600);
        let small = one(&jpeg, whole(300, 300));
        assert_eq!((small.width, small.height), (300, 200));
        assert!(matches!(&small.data, PdfData::Jpeg { bytes, .. } if bytes.len() < jpeg.len()));
        // A drawing stays sharp where that takes fewer bytes.
        let drawing = one(&sample::png(600, 400), whole(300, 300));
        assert_eq!(drawing.width, 600);
    }

    #[test]
    fn a_part_has_the_rows_that_a_page_shows() {
        let parts = [(0.0, 0.75), (0.75, 1.0)].map(|(from, to)| PdfPart { from, to, ..whole(60, 40) });
        let images = for_pdf(&sample::png(60, 40), &parts).expect("a picture");
        assert_eq!(images.iter().map(|image| image.height).collect::<Vec<_>>(), [30, 10]);
        let PdfData::Samples(last) = &images[1].data else { panic!("not samples") };
        assert_eq!(last.space, png::Space::Indexed(vec![20, 60, 180]));
    }
}
