//! Pictures in the PDF, as poppler takes them out of it.

use std::path::Path;

use image::{DynamicImage, ImageFormat, RgbaImage};
use png::{BitDepth, ColorType};

use crate::support::{Epub, Sandbox, article, encoded, qpdf, tool};

/// A PNG of 61 × 43 pixels, each sample another: `transparent` adds a `tRNS` chunk to a table of colours.
fn png(color: ColorType, depth: BitDepth, transparent: bool) -> Vec<u8> {
    let (width, height) = (61_u32, 43_u32);
    let bits = width as usize * color.samples() * depth as usize;
    let byte = |n: usize| (n * n / 7 + n * 31 % 251) as u8;
    let rows: Vec<u8> = (0..bits.div_ceil(8) * height as usize).map(byte).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        let colors = 1_usize << depth as usize;
        encoder.set_palette((0..colors * 3).map(|n| byte(n + 5)).collect::<Vec<_>>());
        if transparent {
            encoder.set_trns((0..colors).map(|n| byte(n + 9)).collect::<Vec<_>>());
        }
    }
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&rows)).expect("encoded");
    out
}

/// A picture as poppler finds it in a PDF.
struct Found {
    /// `rgb`, `gray`, `index` or `cmyk`.
    color: String,
    encoding: String,
    picture: DynamicImage,
    mask: Option<DynamicImage>,
}

impl Found {
    /// The pixels with their transparency.
    fn rgba(&self) -> RgbaImage {
        let mut pixels = self.picture.to_rgba8();
        if let Some(mask) = &self.mask {
            for (pixel, alpha) in pixels.pixels_mut().zip(mask.to_luma8().pixels()) {
                pixel[3] = alpha[0];
            }
        }
        pixels
    }
}

/// The pictures of a PDF, page by page.
#[track_caller]
fn pictures(pdf: &Path) -> Vec<Found> {
    let folder = tempfile::tempdir().expect("a folder");
    let (pdf, prefix) = (pdf.to_str().expect("UTF-8"), folder.path().join("p"));
    let (good, said) = tool("pdfimages", &["-png", pdf, prefix.to_str().expect("UTF-8")]);
    assert!(good && said.is_empty(), "pdfimages: {said}");
    let (_, list) = tool("pdfimages", &["-list", pdf]);
    let mut found: Vec<Found> = Vec::new();
    for (number, line) in list.lines().skip(2).enumerate() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let path = format!("{}-{number:03}.png", prefix.display());
        let picture = image::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        match (columns[2], found.last_mut()) {
            ("smask", Some(last)) => last.mask = Some(picture),
            _ => found.push(Found { color: columns[5].into(), encoding: columns[8].into(), picture, mask: None }),
        }
    }
    found
}

/// Builds a book with a picture in each article, and gives the pictures back.
#[track_caller]
fn round_trip(sandbox: &Sandbox, files: &[(&str, Vec<u8>)]) -> Vec<Found> {
    for (number, (name, bytes)) in files.iter().enumerate() {
        sandbox.write(&format!("in/{name}"), bytes);
        sandbox.write(&format!("in/{number:02}.md"), article(&format!("第 {number} 幅"), &format!("![图]({name})")));
    }
    sandbox.run(["build", "in", "-o", "b.pdf"]).exits(0);
    qpdf(&sandbox.path("b.pdf"));
    let found = pictures(&sandbox.path("b.pdf"));
    assert_eq!(found.len(), files.len());
    found
}

fn decoded(bytes: &[u8]) -> RgbaImage {
    if !bytes.starts_with(b"RIFF") {
        return image::load_from_memory(bytes).expect("a picture").to_rgba8();
    }
    let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(bytes)).expect("a WebP");
    assert!(!decoder.has_alpha());
    let (width, height) = decoder.dimensions();
    let mut pixels = vec![0; decoder.output_buffer_size().expect("a size")];
    decoder.read_image(&mut pixels).expect("a WebP");
    DynamicImage::from(image::RgbImage::from_raw(width, height, pixels).expect("pixels")).to_rgba8()
}

/// How far two pictures of one size are from each other: the mean difference of their samples.
fn distance(a: &RgbaImage, b: &RgbaImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.iter().zip(b.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

#[test]
fn a_png_of_any_kind_keeps_every_pixel() {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let kinds = [
        ("gray1.png", Grayscale, One, false),
        ("gray2.png", Grayscale, Two, false),
        ("gray4.png", Grayscale, Four, false),
        ("gray8.png", Grayscale, Eight, false),
        ("gray16.png", Grayscale, Sixteen, false),
        ("table2.png", Indexed, Two, false),
        ("table4.png", Indexed, Four, false),
        ("table8.png", Indexed, Eight, false),
        ("table-transparent.png", Indexed, Four, true),
        ("rgb8.png", Rgb, Eight, false),
        ("rgb16.png", Rgb, Sixteen, false),
        ("gray-alpha.png", GrayscaleAlpha, Eight, false),
        ("rgb-alpha.png", Rgba, Eight, false),
        ("rgb-alpha16.png", Rgba, Sixteen, false),
    ];
    let files = kinds.map(|(name, color, depth, transparent)| (name, png(color, depth, transparent)));
    let sandbox = Sandbox::new();
    for ((name, bytes), found) in files.iter().zip(round_trip(&sandbox, &files)) {
        let expected = decoded(bytes);
        assert!(found.rgba() == expected, "{name}");
        assert_eq!(found.mask.is_some(), expected.pixels().any(|pixel| pixel[3] < 255), "{name}");
    }
}

#[test]
fn a_picture_of_two_colors_keeps_them() {
    // pdfimages writes pictures of one bit in black and white, whatever their table says: the page is drawn instead.
    let sandbox = Sandbox::new();
    let bytes = png(ColorType::Indexed, BitDepth::One, false);
    let found = round_trip(&sandbox, &[("table1.png", bytes.clone())]);
    assert_eq!(found[0].color, "index");
    let (pdf, out) = (sandbox.path("b.pdf"), sandbox.path("page"));
    let arguments = ["-r", "480", "-png", pdf.to_str().expect("UTF-8"), out.to_str().expect("UTF-8")];
    assert!(tool("pdftoppm", &arguments).0);
    let count = |picture: &RgbaImage, color: image::Rgba<u8>| picture.pixels().filter(|pixel| **pixel == color).count();
    let source = decoded(&bytes);
    let colors =
        [*source.get_pixel(0, 0), *source.pixels().find(|pixel| *pixel != source.get_pixel(0, 0)).expect("two")];
    let pages = sandbox.list(".").into_iter().filter(|name| name.starts_with("page"));
    let drawn: Vec<RgbaImage> =
        pages.map(|name| image::open(sandbox.path(&name)).expect("a page").to_rgba8()).collect();
    for color in colors {
        // 480 dots an inch are 25 for each pixel; poppler mixes neighbours where there are fewer than 16.
        let most = drawn.iter().map(|page| count(page, color)).max().expect("pages");
        assert!(most > count(&source, color) * 20, "{color:?}: {most}");
    }
}

#[test]
fn pictures_with_and_without_loss_are_kept_as_near_as_they_were() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures/valley.webp");
    let lossy = std::fs::read(fixture).expect("the fixture");
    let mut gif = std::io::Cursor::new(Vec::new());
    decoded(&png(ColorType::Indexed, BitDepth::Four, false)).write_to(&mut gif, ImageFormat::Gif).expect("encoded");
    let files = [("valley.webp", lossy), ("table.gif", gif.into_inner())];
    let sandbox = Sandbox::new();
    let found = round_trip(&sandbox, &files);
    assert_eq!((found[0].encoding.as_str(), found[1].encoding.as_str()), ("jpeg", "image"));
    let loss = distance(&found[0].rgba(), &decoded(&files[0].1));
    assert!(loss > 0.0 && loss < 2.0, "{loss}");
    assert_eq!(found[1].color, "index");
    assert!(found[1].rgba() == decoded(&files[1].1));
}

#[test]
fn a_jpeg_for_the_press_becomes_srgb() {
    let (width, height) = (64_u16, 48_u16);
    // Cyan with a grain of yellow, from the left to the right ever less.
    let ink = |n: u32| [255 - (n % 64 * 4) as u8, 0, (n * 7919 % 29) as u8, 0];
    let inks: Vec<u8> = (0..u32::from(width) * u32::from(height)).flat_map(ink).collect();
    let mut cmyk = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut cmyk, 95);
    encoder.encode(&inks, width, height, jpeg_encoder::ColorType::Cmyk).expect("encoded");
    let sandbox = Sandbox::new();
    let found = round_trip(&sandbox, &[("press.jpg", cmyk)]).remove(0);
    assert_eq!((found.color.as_str(), found.encoding.as_str()), ("rgb", "jpeg"));
    let pixels = found.rgba();
    let (left, right) = (pixels.get_pixel(2, 24), pixels.get_pixel(61, 24));
    assert!(left[0] < 60 && left[1] > 150 && left[2] > 150, "{left:?}");
    assert!(right.0[..3].iter().all(|&sample| sample > 210), "{right:?}");
}

/// A screenshot: frames, flat areas, and lines of signs that are each a little different.
fn screenshot() -> RgbaImage {
    RgbaImage::from_fn(1200, 800, |x, y| {
        let (column, row) = (x / 12, y / 20);
        let sign = (column * 2_654_435_761_u32.wrapping_mul(row + 1)) >> 7;
        let ink = y % 20 > 4 && x % 12 > 1 && (sign >> (x % 4 + y % 5 * 4 % 16)) & 1 == 1;
        match (y < 40 || x < 150, ink) {
            (true, _) => image::Rgba([36, 41, (46 + row) as u8, 255]),
            (false, true) => image::Rgba([20, (column % 200) as u8, 60, 255]),
            (false, false) => image::Rgba([250, 250, 252, 255]),
        }
    })
}

#[test]
fn a_screenshot_takes_hardly_more_room_than_its_file() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(screenshot()).to_rgb8().write_to(&mut bytes, ImageFormat::Png).expect("encoded");
    let mut with_alpha = std::io::Cursor::new(Vec::new());
    screenshot().write_to(&mut with_alpha, ImageFormat::Png).expect("encoded");
    for (name, bytes) in [("rgb.png", bytes.into_inner()), ("rgba.png", with_alpha.into_inner())] {
        let sandbox = Sandbox::new();
        sandbox.write("a.md", article("截屏", "一幅图。"));
        sandbox.run(["build", "a.md", "-o", "a.pdf"]).exits(0);
        sandbox.write(name, &bytes);
        sandbox.write("b.md", article("截屏", &format!("一幅图。\n\n![]({name})")));
        sandbox.run(["build", "b.md", "-o", "b.pdf"]).exits(0);
        let size = |name: &str| std::fs::metadata(sandbox.path(name)).expect("a file").len();
        let added = size("b.pdf") - size("a.pdf");
        assert!(added * 10 <= bytes.len() as u64 * 11, "{name}: {added} bytes for {}", bytes.len());
        assert!(pictures(&sandbox.path("b.pdf"))[0].rgba() == screenshot(), "{name}");
    }
}

#[test]
fn a_picture_has_no_more_pixels_than_paper_shows() {
    let wide = RgbaImage::from_fn(3000, 900, |x, y| {
        let grain = (x * 7919 + y * 104_729) % 23;
        image::Rgba([(x / 12) as u8, (y / 4) as u8, (100 + grain) as u8, 255])
    });
    let mut jpeg = std::io::Cursor::new(Vec::new());
    DynamicImage::from(wide).to_rgb8().write_to(&mut jpeg, ImageFormat::Jpeg).expect("encoded");
    let sandbox = Sandbox::new();
    let found = round_trip(&sandbox, &[("wide.jpg", jpeg.into_inner())]).remove(0);
    // The measure of a page of A5 is 103.7 mm, which 300 dots an inch make 1,225 of.
    assert!((1200..1250).contains(&found.picture.width()), "{}", found.picture.width());
}

#[test]
fn a_picture_that_breaks_off_is_told_whatever_its_format() {
    let sandbox = Sandbox::new();
    let whole = DynamicImage::from(screenshot()).to_rgb8();
    let formats = [
        ("a.jpg", ImageFormat::Jpeg),
        ("b.png", ImageFormat::Png),
        ("c.gif", ImageFormat::Gif),
        ("d.webp", ImageFormat::WebP),
    ];
    let mut body = String::new();
    for (name, format) in formats {
        let bytes = encoded(&whole, format);
        sandbox.write(name, &bytes[..bytes.len() * 3 / 5]);
        body += &format!("![{name}]({name})\n\n");
    }
    sandbox.write("a.md", article("残图", &body));
    let run = sandbox.run(["build", "a.md", "-o", "b.pdf", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["image-decode"; 4]);
}

#[test]
fn a_jpeg_that_lacks_only_its_last_marker_is_shown_with_it() {
    let progressive = include_bytes!("../fixtures/pictures/hills.jpg").to_vec();
    let mut baseline = std::io::Cursor::new(Vec::new());
    DynamicImage::from(screenshot()).to_rgb8().write_to(&mut baseline, ImageFormat::Jpeg).expect("encoded");
    for (name, whole) in [("progressive.jpg", progressive), ("baseline.jpg", baseline.into_inner())] {
        assert!(whole.ends_with(b"\xFF\xD9"));
        let sandbox = Sandbox::new();
        let cut = whole[..whole.len() - 2].to_vec();
        let found = round_trip(&sandbox, &[(name, cut.clone())]).remove(0);
        assert_eq!(found.encoding, "jpeg");
        // Poppler makes pixels of it in a way of its own.
        let loss = distance(&found.rgba(), &decoded(&whole));
        assert!(loss < 2.0, "{name}: {loss}");
        sandbox.run(["build", "in", "-o", "b.epub"]).exits(0);
        let book = Epub::open(&sandbox.path("b.epub"));
        let shown = &book.files[book.pictures()[0]];
        assert!(shown.ends_with(b"\xFF\xD9"));
        assert!(decoded(shown) == decoded(&whole), "{name}");
        // A few bytes more are rows less.
        sandbox.write(&format!("in/{name}"), &cut[..cut.len() - 20]);
        let run = sandbox.run(["build", "in", "-o", "c.pdf", "--json"]).exits(3);
        assert_eq!(run.codes("error"), ["image-decode"], "{name}");
    }
}

#[test]
fn any_number_of_jobs_gives_the_same_pictures() {
    let sandbox = Sandbox::new();
    for number in 0..12_u32 {
        let kind = [ColorType::Rgba, ColorType::Indexed, ColorType::Rgb][number as usize % 3];
        sandbox.write(
            &format!("in/{number}.png"),
            [png(kind, BitDepth::Eight, false), number.to_be_bytes().to_vec()].concat(),
        );
        sandbox.write(&format!("in/{number}.md"), article(&format!("第 {number} 篇"), &format!("![图]({number}.png)")));
    }
    for (jobs, out) in [("1", "one.pdf"), ("5", "five.pdf")] {
        sandbox.run(["build", "in", "-o", out, "--jobs", jobs]).exits(0);
    }
    let read = |name: &str| std::fs::read(sandbox.path(name)).expect("a book");
    assert!(read("one.pdf") == read("five.pdf"), "the books differ");
}

#[test]
fn no_text_of_a_drawing_vanishes_wherever_it_stands() {
    let places = [
        "<mask id='m'><text y='90' font-size='100' fill='white'>井</text></mask><rect width='100' height='100' mask='url(#m)'/>",
        "<clipPath id='c'><text y='90' font-size='100'>井</text></clipPath><rect width='100' height='100' clip-path='url(#c)'/>",
        "<pattern id='p' width='100' height='100' patternUnits='userSpaceOnUse'><text y='90' font-size='100'>井</text></pattern><rect width='100' height='100' fill='url(#p)'/>",
        "<symbol id='s'><text y='90' font-size='100'>井</text></symbol><use href='#s'/>",
        "<text y='90' font-size='100'>井</text>",
    ];
    for place in places {
        let sandbox = Sandbox::new();
        let drawing = format!("<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>{place}</svg>");
        sandbox.write("d.svg", drawing);
        sandbox.write("a.md", article("画", "![](d.svg)"));
        sandbox.run(["build", "a.md", "-o", "b.pdf"]).exits(0);
        let (pdf, out) = (sandbox.path("b.pdf"), sandbox.path("page"));
        let arguments = ["-r", "48", "-gray", "-png", pdf.to_str().expect("UTF-8"), out.to_str().expect("UTF-8")];
        assert!(tool("pdftoppm", &arguments).0);
        let pages = sandbox.list(".").into_iter().filter(|name| name.starts_with("page"));
        let is_dark = |pixel: &&image::Luma<u8>| pixel[0] < 100;
        let page = |name: String| image::open(sandbox.path(&name)).expect("a page").to_luma8();
        // The article is the page after cover, title page and contents; its title and byline have less ink than the drawing.
        let ink: Vec<usize> = pages.map(|name| page(name).pixels().filter(is_dark).count()).collect();
        assert!(ink[3] > 350, "{place}: {ink:?}");
    }
}

/// A picture of about one colour. With a grain: pdfimages shows pictures of two colours in black and white.
fn grained([red, green, blue]: [u8; 3]) -> image::RgbImage {
    image::RgbImage::from_fn(48, 32, |x, y| image::Rgb([red, green + (x % 7) as u8, blue + (y % 5) as u8]))
}

/// The only picture of the EPUB that is built of a book with this one, and the same of its PDF.
#[track_caller]
fn in_both_books(name: &str, bytes: Vec<u8>) -> (RgbaImage, RgbaImage) {
    let sandbox = Sandbox::new();
    let found = round_trip(&sandbox, &[(name, bytes)]).remove(0);
    sandbox.run(["build", "in", "-o", "b.epub"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let [picture] = epub.pictures()[..] else { panic!("{:?}", epub.order) };
    (decoded(&epub.files[picture]), found.rgba())
}

#[test]
fn a_photograph_that_lies_on_its_side_stands_upright_in_both_books() {
    // The left half red, the right half blue; turned as its EXIF data says (orientation 6), red is on top.
    let lying = image::RgbImage::from_fn(64, 32, |x, y| {
        let grain = (x * 7 + y * 13) as u8 % 30;
        image::Rgb(if x < 32 { [200, 20 + grain, 20] } else { [20, 20 + grain, 200] })
    });
    let mut jpeg = std::io::Cursor::new(Vec::new());
    lying.write_to(&mut jpeg, ImageFormat::Jpeg).expect("encoded");
    let jpeg = jpeg.into_inner();
    let exif = b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".as_slice();
    let (epub, pdf) = in_both_books("side.jpg", [&jpeg[..2], exif, &jpeg[2..]].concat());
    for (book, picture) in [("EPUB", epub), ("PDF", pdf)] {
        assert_eq!(picture.dimensions(), (32, 64), "{book}");
        let (top, bottom) = (picture.get_pixel(16, 8), picture.get_pixel(16, 56));
        assert!(top[0] > 150 && top[2] < 80 && bottom[0] < 80 && bottom[2] > 150, "{book}: {top:?} {bottom:?}");
    }
}

#[test]
fn colors_of_a_wide_profile_become_those_that_every_screen_shows() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().expect("a profile");
    let mut out = Vec::new();
    let mut info = png::Info::with_size(48, 32);
    (info.color_type, info.bit_depth) = (ColorType::Rgb, BitDepth::Eight);
    info.icc_profile = Some(profile.into());
    let encoder = png::Encoder::with_info(&mut out, info).expect("an encoder");
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(grained([200, 54, 56]).as_raw()).expect("encoded");
    writer.finish().expect("encoded");
    let (epub, pdf) = in_both_books("wide.png", out);
    for (book, picture) in [("EPUB", epub), ("PDF", pdf)] {
        let pixel = picture.get_pixel(20, 20);
        assert!(pixel[0] > 205 && pixel[1] < 64, "{book}: {pixel:?}");
    }
}

/// A WebP of two frames without loss, put together from two pictures.
fn animated_webp(first: &[u8], second: &[u8]) -> Vec<u8> {
    let chunk = |name: &[u8; 4], data: &[u8]| [name, &(data.len() as u32).to_le_bytes()[..], data].concat();
    // What stands after `RIFF` with its length and `WEBP` is the chunk of the picture.
    let frame = |picture: &[u8]| {
        let head = [&[0; 6][..], &[47, 0, 0, 31, 0, 0], &[100, 0, 0, 0]].concat();
        chunk(b"ANMF", &[&head, &picture[12..]].concat())
    };
    let extended = chunk(b"VP8X", &[2, 0, 0, 0, 47, 0, 0, 31, 0, 0]);
    let body = [b"WEBP".to_vec(), extended, chunk(b"ANIM", &[0; 6]), frame(first), frame(second)].concat();
    chunk(b"RIFF", &body)
}

#[test]
fn of_an_animation_the_first_frame_is_printed() {
    let (red, blue) = ([220, 30, 30], [30, 30, 220]);
    let mut gif = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut gif);
    for color in [red, blue] {
        let frame = image::Frame::new(DynamicImage::from(grained(color)).into_rgba8());
        encoder.encode_frame(frame).expect("encoded");
    }
    drop(encoder);
    let [first, second] = [red, blue].map(|color| encoded(&grained(color), ImageFormat::WebP));
    let webp = animated_webp(&first, &second);
    let sandbox = Sandbox::new();
    for (found, name) in round_trip(&sandbox, &[("a.gif", gif), ("b.webp", webp)]).iter().zip(["GIF", "WebP"]) {
        let pixel = *found.rgba().get_pixel(20, 20);
        assert!(pixel[0] > 200 && pixel[2] < 60, "{name}: {pixel:?}");
    }
}

#[test]
fn a_kind_that_nothing_here_decodes_is_named_with_what_to_do() {
    let kinds = [
        ("a.avif", &b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"[..], "AVIF"),
        ("b.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "HEIC"),
        ("c.jxl", b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl ", "JPEG XL"),
        ("d.ico", b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x16\0\0\0\0", "ICO"),
    ];
    let sandbox = Sandbox::new();
    let body: String = kinds.iter().map(|(name, ..)| format!("![{name}]({name})\n\n")).collect();
    for (name, bytes, _) in kinds {
        sandbox.write(name, bytes);
    }
    sandbox.write("a.md", article("生僻", &body));
    let run = sandbox.run(["build", "a.md", "-o", "b.epub", "-o", "b.pdf", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["image-unsupported"; 4]);
    let problems = run.json()["problems"].clone();
    for (index, (name, _, kind)) in kinds.iter().enumerate() {
        let said = problems[index]["message"].as_str().expect("a message");
        assert!(said.contains(name) && said.contains(kind), "{said}");
        assert!(problems[index]["help"].as_str().expect("a help").contains("convert"), "{problems}");
    }
}

#[test]
fn a_long_picture_comes_in_parts_that_add_up_in_both_books() {
    let long = image::RgbImage::from_fn(300, 4000, |x, y| {
        image::Rgb([((x + y) % 251) as u8, (y / 40 % 241) as u8, (x % 200) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    long.write_to(&mut bytes, ImageFormat::Png).expect("encoded");
    let sandbox = Sandbox::new();
    sandbox.write("long.png", bytes.into_inner());
    sandbox.write("a.md", article("长图", "![长图](long.png)"));
    sandbox.run(["build", "a.md", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let in_epub: Vec<u32> = epub.pictures().iter().map(|name| decoded(&epub.files[*name]).height()).collect();
    let in_pdf: Vec<u32> = pictures(&sandbox.path("b.pdf")).iter().map(|found| found.picture.height()).collect();
    for (book, heights) in [("EPUB", in_epub), ("PDF", in_pdf)] {
        assert_eq!(heights.iter().sum::<u32>(), 4000, "{book}: {heights:?}");
        // A page is about two times as high as it is wide.
        assert!(heights.len() > 4 && heights.iter().all(|height| *height < 700), "{book}: {heights:?}");
    }
}
