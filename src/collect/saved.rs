//! The folder that `wenji collect --into` writes: a markdown file an article, and a list that keeps what their headers
//! cannot say exactly. A file that the user has changed is read like any other file.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use chrono::{FixedOffset, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::assets::AssetId;
use crate::book::{Body, Language, Origin, Published, Section};

use super::{Draft, Input};

/// The name of the list.
pub(crate) const LIST: &str = ".wenji-archive.json";

/// The list of an archive, in the order of the articles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct List {
    /// The title of the book that the sources would have been.
    pub(crate) title: Option<String>,
    /// The articles.
    pub(crate) articles: Vec<Entry>,
}

/// What is known of an article of an archive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    /// The name of its file.
    pub(crate) file: String,
    /// The SHA-256 of the file as it was written, in hexadecimal digits.
    pub(crate) sha256: String,
    /// The line of the file on which the body begins, from 1.
    pub(crate) body: u32,
    /// [`Origin::key`] of the article.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) authors: Vec<String>,
    pub(crate) site: Option<String>,
    pub(crate) published: Option<Moment>,
    pub(crate) place: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) cover: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) section: Option<String>,
    pub(crate) language: String,
}

/// [`Published`], as the list says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moment {
    local: NaiveDateTimeText,
    has_time: bool,
    /// Seconds east of UTC.
    offset: Option<i32>,
}

type NaiveDateTimeText = String;
const FORM: &str = "%Y-%m-%dT%H:%M:%S";

impl From<Published> for Moment {
    fn from(published: Published) -> Self {
        let offset = published.offset.map(|offset| offset.local_minus_utc());
        Self { local: published.local.format(FORM).to_string(), has_time: published.has_time, offset }
    }
}

impl Moment {
    fn published(&self) -> Option<Published> {
        let local = NaiveDateTime::parse_from_str(&self.local, FORM).ok()?;
        Some(Published { local, has_time: self.has_time, offset: self.offset.and_then(FixedOffset::east_opt) })
    }
}

impl List {
    /// The list of a folder; an empty one if there is none that can be read. Folders come from others too: a file that is
    /// not in this very folder is none of its articles, and is neither read nor written.
    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read(folder.join(LIST)).unwrap_or_default();
        let mut list: Self = serde_json::from_slice(&text).unwrap_or_default();
        list.articles.retain(|entry| {
            let mut parts = Path::new(&entry.file).components();
            matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
        });
        list
    }
}

impl Entry {
    /// Whether the file is as it was written; its bytes, if it is.
    pub(crate) fn untouched(&self, folder: &Path) -> Option<Vec<u8>> {
        let bytes = std::fs::read(folder.join(&self.file)).ok()?;
        (AssetId::of(&bytes).to_string() == self.sha256).then_some(bytes)
    }

    fn restore(&self, bytes: &[u8], draft: &mut Draft) {
        let text = String::from_utf8_lossy(bytes);
        let skipped = usize::try_from(self.body).unwrap_or(1).saturating_sub(1);
        let body: String = text.split_inclusive('\n').skip(skipped).collect();
        draft.body = Body::Markdown { text: body, first_line: self.body };
        draft.cleaned = true;
        draft.title.clone_from(&self.title);
        draft.authors.clone_from(&self.authors);
        draft.site.clone_from(&self.site);
        draft.published = self.published.as_ref().and_then(Moment::published);
        draft.place.clone_from(&self.place);
        draft.source.clone_from(&self.source);
        draft.cover.clone_from(&self.cover);
        draft.description.clone_from(&self.description);
        draft.tags.clone_from(&self.tags);
        draft.section = self.section.as_deref().and_then(|title| Section::new(title).ok());
        draft.language = Language::new(&self.language).ok();
    }
}

/// Brings the articles of folders that are archives into the order of their lists, with what these know of them.
pub(super) fn restore(inputs: &[Input], drafts: &mut [Draft]) {
    for (index, input) in inputs.iter().enumerate() {
        let Input::Folder(folder) = input else { continue };
        let list = List::read(folder);
        let places: BTreeMap<PathBuf, usize> =
            list.articles.iter().enumerate().map(|(at, entry)| (folder.join(&entry.file), at)).collect();
        if places.is_empty() {
            continue;
        }
        let place = |draft: &Draft| match &draft.origin {
            Origin::File { path, .. } => places.get(path).copied(),
            Origin::Url(_) => None,
        };
        for draft in drafts.iter_mut().filter(|draft| draft.input == index) {
            let Some(entry) = place(draft).and_then(|at| list.articles.get(at)) else { continue };
            if let Origin::File { key, .. } = &mut draft.origin {
                key.clone_from(&entry.key);
            }
            if let Some(bytes) = entry.untouched(folder) {
                entry.restore(&bytes, draft);
            }
        }
        drafts.sort_by_key(|draft| {
            (draft.input, if draft.input == index { place(draft).unwrap_or(usize::MAX) } else { 0 })
        });
    }
}
