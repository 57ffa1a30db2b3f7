use super::*;
use crate::book::{Article, Language, Metadata, Origin};
use crate::document::{Document, Image, ImageState};
use crate::images::{decode, samples};

fn article(title: &str) -> Article {
    Article {
        origin: Origin::Url("https://example.com/a".to_owned()),
        title: title.to_owned(),
        authors: Vec::new(),
        published: None,
        place: None,
        source: None,
        description: None,
        tags: Vec::new(),
        section: None,
        cover: None,
        language: Language::chinese(),
        document: Document::default(),
    }
}

fn book(title: &str, articles: &[&str]) -> Anthology {
    Anthology {
        metadata: Metadata {
            title: title.to_owned(),
            author: Some("林小溪 编".to_owned()),
            language: Language::of_text(title),
            description: None,
            publisher: None,
            series: None,
            identifier: uuid::Uuid::nil(),
            date: chrono::DateTime::from_timestamp(1_700_000_000, 0).expect("a date"),
        },
        cover: None,
        articles: articles.iter().map(|title| article(title)).collect(),
    }
}

fn cover(book: &Anthology, assets: &Assets) -> Raster {
    let library = Library::embedded().expect("embedded faces");
    decode(&jpeg(book, assets, &library, false).expect("a cover")).expect("a picture")
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
        let page = page(book, &assets, &library, Pt(400.0), Pt(640.0));
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
