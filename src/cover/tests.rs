use super::*;
use crate::book::{Article, Language, Metadata, Origin};
use crate::document::{Document, Image, ImageState};
use crate::images::{Raster, decode, samples};

fn article(title: &str) -> Article {
    Article::new(Origin::Url("https://example.com/a".to_owned()), title, Language::chinese(), Document::default())
}

fn book(title: &str, articles: &[&str]) -> Anthology {
    Anthology {
        metadata: Metadata {
            title: title.to_owned(),
            authors: vec!["林小溪 编".to_owned()],
            language: Language::of_text(title),
            description: None,
            publisher: None,
            series: None,
            identifier: uuid::Uuid::nil(),
            date: chrono::DateTime::from_timestamp(1_700_000_000, 0),
        },
        cover: None,
        articles: articles.iter().map(|title| article(title)).collect(),
    }
}

fn cover(book: &Anthology, assets: &Assets) -> Raster {
    let library = Library::embedded().expect("embedded faces");
    decode(&jpeg(book, assets, &library, &[], false).expect("a cover")).expect("a picture")
}

fn ink(raster: &Raster) -> usize {
    let ground = raster.pixels[..3].to_vec();
    let differs = |pixel: &[u8]| pixel.iter().zip(&ground).any(|(a, b)| a.abs_diff(*b) > 60);
    raster.pixels.chunks_exact(4).filter(|pixel| differs(&pixel[..3])).count()
}

#[test]
fn every_title_gives_a_cover_of_full_size_with_a_legible_title() {
    let assets = Assets::new().expect("a store");
    let long = "关于在城市边缘重新发现河流、湿地与候鸟迁徙路线的一次漫长而缓慢的田野观察：第一年的笔记与附录";
    for title in ["晨读", "城市里的候鸟：一份观察笔记", "The Long Way Home & Other \"Essays\" <1>", "🦜 鸟", long]
    {
        let heads = ["河流改道之后", "湿地里的一年，以及它教会我们的事情与没有教会我们的事情", "Notes on Rust", "光"];
        let raster = cover(&book(title, &heads), &assets);
        assert_eq!((raster.width, raster.height), (WIDTH, HEIGHT));
        assert!(ink(&raster) > 20_000, "{title}: {}", ink(&raster));
    }
}

#[test]
fn a_thumbnail_is_enlarged_at_most_twice_and_a_tall_picture_fills_the_cover() {
    let assets = Assets::new().expect("a store");
    let library = Library::embedded().expect("embedded faces");
    let mut one = book("河流改道之后", &["河流改道之后"]);
    let picture_of = |book: &Anthology| {
        let page = page(book, &assets, &library, &[], Pt(400.0), Pt(640.0));
        page.items.into_iter().find_map(|item| match item {
            crate::pdf::pages::Item::Picture(picture) => Some(picture.rect),
            _ => None,
        })
    };
    let thumbnail = assets.put(&samples::jpeg(200, 200)).expect("kept");
    one.articles[0].cover =
        Some(Image { source: String::new(), alt: String::new(), title: None, state: ImageState::Found(thumbnail) });
    cover(&one, &assets);
    assert_eq!(picture_of(&one).expect("an inset").width, Pt(100.0));
    let tall = assets.put(&samples::jpeg(1000, 1600)).expect("kept");
    one.cover = Some(tall);
    assert_eq!(picture_of(&one).expect("a cover").width, Pt(400.0));
    one.cover = Some(assets.put(&samples::png(20, 20)).expect("kept"));
    assert_eq!(picture_of(&one).expect("the article's").width, Pt(100.0));
}

#[test]
fn a_book_without_dates_has_no_mark_of_a_date() {
    use crate::pdf::pages::{Item, Rect};
    let (assets, library) = (Assets::new().expect("a store"), Library::embedded().expect("embedded faces"));
    let high = |book: &Anthology| {
        let page = page(book, &assets, &library, &[], Pt(400.0), Pt(640.0));
        let inside = |rect: &Rect| rect.width.0 < 400.0 && rect.y.0 < 60.0;
        page.items.iter().filter(|item| matches!(item, Item::Fill(rect, _) if inside(rect))).count()
    };
    let mut one = book("河流改道之后", &["河流改道之后"]);
    assert_eq!(high(&one), 1);
    one.metadata.date = None;
    assert_eq!(high(&one), 0);
}

#[test]
fn the_issue_of_a_series_is_told_once() {
    use crate::pdf::pages::Item;
    let (assets, library) = (Assets::new().expect("a store"), Library::embedded().expect("embedded faces"));
    let said = |title: &str| {
        let mut one = book(title, &["河流改道之后"]);
        one.metadata.series = Some(crate::book::Series { title: "晨读".to_owned(), issue: Some(12), volume: None });
        let page = page(&one, &assets, &library, &[], Pt(400.0), Pt(640.0));
        let texts = page.items.into_iter().filter_map(|item| match item {
            Item::Glyphs(run) => Some(run.text),
            _ => None,
        });
        texts.collect::<String>().matches("12").count()
    };
    assert_eq!((said("晨读"), said("晨读 第12期"), said("晨读 2112")), (1, 1, 2));
}

#[test]
fn a_cover_for_print_has_no_colours_in_its_picture_either() {
    use crate::pdf::pages::{Color, Item};
    let (assets, library) = (Assets::new().expect("a store"), Library::embedded().expect("embedded faces"));
    let mut one = book("河流改道之后", &["河流改道之后"]);
    let svg = br##"<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="200" fill="#c03030"/></svg>"##;
    for bytes in [samples::jpeg(400, 400), samples::png(400, 400), svg.to_vec()] {
        one.cover = Some(assets.put(&bytes).expect("kept"));
        let page = page(&one, &assets, &library, &[], Pt(400.0), Pt(640.0));
        let mut pictures = 0;
        for item in desaturated(page, &assets, &library).items {
            let Color(red, green, blue) = match item {
                Item::Glyphs(run) => run.color,
                Item::Fill(_, color) | Item::Stroke(_, _, color) | Item::Path(_, color) => color,
                Item::Picture(picture) => {
                    let raster = decode(&assets.read(picture.asset).expect("there")).expect("a picture");
                    assert!(raster.is_gray());
                    pictures += 1;
                    continue;
                }
            };
            assert!(red == green && green == blue);
        }
        assert_eq!(pictures, 1);
    }
}
