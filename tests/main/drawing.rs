//! Pages as they look: drawn by hayro, compared with pictures of what they were, and with what poppler and MuPDF
//! draw of the same file.
//!
//! `WENJI_GOLDEN=write cargo test --release drawing` writes the pictures anew; look at them before you keep them.

use std::path::{Path, PathBuf};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::{GrayImage, imageops};

use crate::support::{Sandbox, tool};

/// Dots an inch of the pictures that are kept: enough to tell a character that is missing or displaced.
const KEPT: u32 = 72;

/// Dots an inch that all three programs draw at, before what they draw is made coarser.
const FINE: u32 = 144;

/// How many fine dots make a coarse one, in both directions: programs smooth edges each in its own way, which is
/// gone at this size, while a word in another place still shows.
const COARSE: u32 = 8;

fn below(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// Builds the book that is drawn.
fn book(sandbox: &Sandbox) -> PathBuf {
    sandbox.run(["build", below("fixtures/drawn").to_str().expect("UTF-8"), "-o", "b.pdf"]).exits(0);
    sandbox.path("b.pdf")
}

/// The pages as hayro draws them.
fn by_hayro(pdf: &Path, dots: u32) -> Vec<GrayImage> {
    let pdf = Pdf::new(std::fs::read(pdf).expect("a book")).expect("a PDF");
    let cache = RenderCache::new();
    let scale = dots as f32 / 72.0;
    let target = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let draw = |page| {
        let pixmap = render(page, &cache, &InterpreterSettings::default(), &RenderSettings::default(), &target);
        let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
        let colors = image::RgbaImage::from_raw(width, height, pixmap.data_as_u8_slice().to_vec()).expect("a page");
        image::DynamicImage::from(colors).to_luma8()
    };
    pdf.pages().iter().map(draw).collect()
}

/// The pages as another program draws them: its name, and its arguments but for the last two, the file and where to.
fn by_program(sandbox: &Sandbox, pdf: &Path, program: &str) -> Vec<GrayImage> {
    let folder = sandbox.path(program);
    std::fs::create_dir_all(&folder).expect("a folder");
    let pdf = pdf.to_str().expect("UTF-8");
    let (dots, out) = (FINE.to_string(), folder.join(if program == "mutool" { "%03d.png" } else { "p" }));
    let out = out.to_str().expect("UTF-8");
    let (good, said) = match program {
        "mutool" => tool(program, &["draw", "-q", "-r", &dots, "-o", out, pdf]),
        _ => tool(program, &["-r", &dots, "-png", pdf, out]),
    };
    assert!(good, "{program}: {said}");
    let names = sandbox.list(program);
    names.iter().map(|name| image::open(folder.join(name)).expect("a page").to_luma8()).collect()
}

/// How much two pictures differ.
#[derive(Debug)]
struct Difference {
    /// The mean difference of their greys.
    mean: f64,
    /// The share of dots that are clearly not alike.
    clear: f64,
}

impl Difference {
    /// `clearly` is how much two greys differ that are not alike. Sizes may differ by a dot, from rounding.
    #[track_caller]
    fn of(a: &GrayImage, b: &GrayImage, clearly: u8) -> Self {
        let near = |a: u32, b: u32| a.abs_diff(b) <= 1;
        assert!(
            near(a.width(), b.width()) && near(a.height(), b.height()),
            "{:?} {:?}",
            a.dimensions(),
            b.dimensions()
        );
        let (width, height) = (a.width().min(b.width()), a.height().min(b.height()));
        let at = |n: u32| a.get_pixel(n % width, n / width)[0].abs_diff(b.get_pixel(n % width, n / width)[0]);
        let differences: Vec<u8> = (0..width * height).map(at).collect();
        let sum: u64 = differences.iter().map(|&difference| u64::from(difference)).sum();
        let clear = differences.iter().filter(|&&difference| difference > clearly).count();
        let count = differences.len() as f64;
        Self { mean: sum as f64 / count, clear: clear as f64 / count }
    }
}

/// A picture in coarse dots, each the mean of as many fine ones; what is left over at the right and below is cut.
fn coarse(fine: &GrayImage) -> GrayImage {
    let (width, height) = (fine.width() / COARSE, fine.height() / COARSE);
    let whole = imageops::crop_imm(fine, 0, 0, width * COARSE, height * COARSE).to_image();
    imageops::thumbnail(&whole, width, height)
}

#[test]
fn pages_look_as_they_did() {
    let sandbox = Sandbox::new();
    let pages = by_hayro(&book(&sandbox), KEPT);
    let golden = below("golden/pages");
    if std::env::var_os("WENJI_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&golden);
        std::fs::create_dir_all(&golden).expect("a folder");
        for (number, page) in (1..).zip(&pages) {
            page.save(golden.join(format!("{number:02}.png"))).expect("written");
        }
        return;
    }
    let kept = std::fs::read_dir(&golden).expect("tests/golden/pages; WENJI_GOLDEN=write makes it").count();
    assert_eq!(pages.len(), kept, "the number of pages");
    for (number, page) in (1..).zip(&pages) {
        let path = golden.join(format!("{number:02}.png"));
        let was = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_luma8();
        let difference = Difference::of(page, &was, 48);
        println!("page {number}: {difference:?}");
        if difference.mean > 0.3 || difference.clear > 0.001 {
            let is = std::env::temp_dir().join(format!("wenji-page-{number:02}.png"));
            page.save(&is).expect("written");
            panic!("page {number} looks otherwise: {difference:?}; compare {} with {}", is.display(), path.display());
        }
    }
}

#[test]
fn three_programs_draw_the_same_pages() {
    let sandbox = Sandbox::new();
    let pdf = book(&sandbox);
    let drawn = by_hayro(&pdf, FINE);
    for program in ["pdftoppm", "mutool"] {
        let others = by_program(&sandbox, &pdf, program);
        assert_eq!(others.len(), drawn.len(), "{program}");
        for (number, (page, other)) in (1..).zip(drawn.iter().zip(&others)) {
            let difference = Difference::of(&coarse(page), &coarse(other), 40);
            println!("{program}, page {number}: {difference:?}");
            assert!(difference.mean < 1.5 && difference.clear < 0.0005, "{program}, page {number}: {difference:?}");
        }
    }
}

#[test]
fn the_comparison_sees_a_line_that_is_missing() {
    let sandbox = Sandbox::new();
    let pages = by_hayro(&book(&sandbox), FINE);
    let inked = |page: &GrayImage| page.pixels().filter(|pixel| pixel[0] < 128).count();
    let page = pages.iter().max_by_key(|page| inked(page)).expect("pages");
    let mut without = page.clone();
    // A line of the text takes 17.5 points: the first 35 rows with ink below the running head.
    let top = (200..page.height()).find(|&y| (0..page.width()).any(|x| page.get_pixel(x, y)[0] < 128)).expect("ink");
    for y in top..top + 35 {
        (0..page.width()).for_each(|x| without.put_pixel(x, y, image::Luma([255])));
    }
    let difference = Difference::of(&coarse(page), &coarse(&without), 40);
    assert!(difference.mean > 1.5 || difference.clear > 0.0005, "{difference:?}");
}
