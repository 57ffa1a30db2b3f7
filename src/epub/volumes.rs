//! A book that is too large, as volumes: each as many articles as it holds, in order, and each a whole book with its own
//! cover, contents and identifier.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use uuid::Uuid;

use super::chapter;
use super::images::{Pictures, first_uses};
use super::words;
use crate::addresses::addresses;
use crate::assets::AssetId;
use crate::book::{Anthology, Series};

/// What the parts of a written book weigh, in bytes of its archive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Weights {
    /// All of it.
    pub whole: u64,
    /// What every volume has: cover, style sheet, faces, contents.
    shared: u64,
    /// The text of each article.
    articles: Vec<u64>,
    /// Each picture.
    pictures: BTreeMap<AssetId, u64>,
}

impl Weights {
    /// Weighs a book by the files of its archive.
    pub(super) fn of(articles: usize, placed: &Pictures, files: Vec<(String, u64)>) -> Self {
        let whole = files.iter().map(|(_, size)| size).sum();
        let sizes: BTreeMap<String, u64> = files.into_iter().collect();
        let size = |name: &str| sizes.get(&format!("OEBPS/{name}")).copied().unwrap_or_default();
        let articles: Vec<u64> = (0..articles).map(|index| size(&chapter::file_name(index))).collect();
        let picture = |placed: &super::images::Placed| placed.files.iter().map(|file| size(&file.name)).sum();
        let pictures: BTreeMap<AssetId, u64> = placed.iter().map(|(id, placed)| (*id, picture(placed))).collect();
        let parts: u64 = articles.iter().chain(pictures.values()).sum();
        Self { whole, shared: whole - parts, articles, pictures }
    }
}

/// What is in other volumes of a book, by the addresses that articles may use for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Elsewhere(BTreeMap<String, Article>);

/// An article of another volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Article {
    /// The number of the volume, from 1.
    pub(super) volume: usize,
    /// The address of the original.
    pub(super) source: Option<String>,
}

impl Elsewhere {
    /// What of a book is not in this one of its volumes, each a range of articles.
    #[must_use]
    pub fn of(book: &Anthology, volumes: &[Range<usize>], this: &Range<usize>) -> Self {
        let mut found = addresses(book);
        found.retain(|_, index| !this.contains(index));
        let article = |index: usize| Article {
            volume: 1 + volumes.iter().take_while(|range| range.end <= index).count(),
            source: book.articles[index].source.clone(),
        };
        Self(found.into_iter().map(|(key, index)| (key, article(index))).collect())
    }

    pub(super) fn get(&self, key: &str) -> Option<&Article> {
        self.0.get(key)
    }
}

/// Divides a book into volumes of at most `max` bytes, each a range of articles. An article that is larger alone is
/// a volume of its own.
#[must_use]
pub fn split(book: &Anthology, weights: &Weights, max: u64) -> Vec<Range<usize>> {
    let mut volumes = Vec::new();
    let (mut begin, mut size) = (0, weights.shared);
    let mut there: BTreeSet<AssetId> = BTreeSet::new();
    for index in 0..book.articles.len() {
        let used = pictures_of(book, index);
        let text = weights.articles.get(index).copied().unwrap_or_default();
        let weigh =
            |ids: &mut dyn Iterator<Item = &AssetId>| ids.filter_map(|id| weights.pictures.get(id)).sum::<u64>();
        let more = text + weigh(&mut used.difference(&there));
        if size + more > max && index > begin {
            volumes.push(begin..index);
            begin = index;
            size = weights.shared + text + weigh(&mut used.iter());
            there = used;
        } else {
            size += more;
            there.extend(used);
        }
    }
    volumes.push(begin..book.articles.len());
    volumes
}

fn pictures_of(book: &Anthology, index: usize) -> BTreeSet<AssetId> {
    first_uses(&book.articles[index..=index]).into_keys().collect()
}

/// A volume of a book: `number` of `count`, with these articles.
#[must_use]
pub fn volume(book: &Anthology, articles: Range<usize>, number: u32, count: usize) -> Anthology {
    let mut metadata = book.metadata.clone();
    let series =
        metadata.series.take().unwrap_or_else(|| Series { title: metadata.title.clone(), issue: None, volume: None });
    metadata.series = Some(Series { volume: Some(number), ..series });
    let [before, after] = words::of(&metadata.language).volume;
    metadata.title = format!("{}{before}{number}/{count}{after}", metadata.title);
    metadata.identifier = Uuid::new_v5(&book.metadata.identifier, format!("volume {number}").as_bytes());
    Anthology { metadata, cover: book.cover, articles: book.articles[articles].to_vec() }
}
