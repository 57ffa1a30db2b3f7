//! `wenji collect --into`: articles are saved as markdown with their pictures, so that the folder gives the same book offline.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use url::Url;

use super::articles::convert_all;
use super::{BindError, Failure, Outcome, Plan, collect_sources, failed, losses, with_jobs};
use crate::assets::{AssetId, Assets};
use crate::book::{Article, Origin};
use crate::clock::Stopwatch;
use crate::collect::archive::{Head, with_head};
use crate::collect::fetch::Fetcher;
use crate::collect::images::collect_images;
use crate::collect::saved::{Entry, LIST, List};
use crate::convert::markdown;
use crate::document::{Block, BlockKind, Image, ImageState, Inline, InlineKind};
use crate::images;
use crate::output::{AtomicFile, slug};
use crate::problem::{Code, Place, Problem};
use crate::progress::Progress;

/// The folder of pictures in an archive.
const PICTURES: &str = "images";
/// Stands for a picture of which nothing is shown: a PNG of one pixel.
const SPACER: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

/// Saves the articles of a plan into a folder. What is there already and was not changed by the user is brought up to
/// date; what he changed stays, and is told.
///
/// # Errors
/// When there is no article, or the folder cannot be written to.
pub fn archive(plan: &Plan, folder: &Path, progress: &dyn Progress) -> Result<Outcome, Failure> {
    let watch = Stopwatch::start();
    let mut outcome = Outcome { problems: plan.problems.clone(), ..Outcome::default() };
    let result = with_jobs(plan.jobs, || save(plan, folder, progress, &mut outcome)).and_then(|result| result);
    outcome.problems.sort_by_key(|problem| problem.severity);
    outcome.elapsed_ms = watch.elapsed_ms();
    match result {
        Ok(()) => Ok(outcome),
        Err(error) => Err(Failure { error, outcome: Box::new(outcome) }),
    }
}

fn save(plan: &Plan, folder: &Path, progress: &dyn Progress, outcome: &mut Outcome) -> Result<(), BindError> {
    let assets = Assets::new().map_err(BindError::Temporary)?;
    let fetcher = Fetcher::new(plan.fetch.clone())?;
    let drafts = plan.selection.apply(collect_sources(plan, false, &fetcher, progress, outcome));
    let drafts = losses::without_placeholders(drafts, plan.book.language.as_ref());
    if drafts.is_empty() {
        return Err(BindError::NoArticles);
    }
    let (mut articles, reaches) = convert_all(drafts, &plan.convert, progress, &mut outcome.problems);
    outcome.articles = articles.len();
    let pictures = collect_images(&mut articles, &reaches, None, &assets, &fetcher, progress);
    outcome.images_used = pictures.used;
    outcome.images_missing = pictures.missing;
    outcome.problems.extend(pictures.problems);
    if plan.strict && outcome.is_incomplete() {
        return Err(BindError::Strict);
    }
    let old = List::read(folder);
    let known: BTreeMap<&str, &Entry> = old.articles.iter().map(|entry| (entry.key.as_str(), entry)).collect();
    let mut taken: BTreeSet<String> = old.articles.iter().map(|entry| entry.file.clone()).collect();
    let title = super::facts::metadata(&plan.book, &articles).title;
    let mut list = List { title: Some(title), ..List::default() };
    for mut article in articles {
        let keys = |entry: &Entry| entry.key == article.origin.key();
        if list.articles.iter().any(keys) {
            tracing::info!("left out as a duplicate: {} ({})", article.title, article.origin.key());
            continue;
        }
        let entry = known.get(article.origin.key()).copied();
        let file = entry.map_or_else(|| free_name(&article, folder, &mut taken), |entry| entry.file.clone());
        settle(&mut article, &assets, folder)?;
        let (new, text, exact) = written(&article, file);
        if !exact {
            tracing::info!("not wholly the same when it is read again: {}", article.title);
        }
        let path = folder.join(&new.file);
        match entry {
            Some(entry) if path.exists() && entry.untouched(folder).is_none() => {
                let message = "the file was changed since it was collected, and stays as it is";
                let place = Place::File(path, None);
                outcome.problems.push(Problem::warning(Code::ArchiveEdited, place, message).in_article(&new.title));
                list.articles.push(entry.clone());
            }
            _ => {
                if entry.is_none_or(|entry| entry.sha256 != new.sha256) || !path.exists() {
                    put(&path, text.as_bytes())?;
                }
                list.articles.push(new);
            }
        }
    }
    // What is no longer in its feed stays in the archive.
    let present: BTreeSet<String> = list.articles.iter().map(|entry| entry.key.clone()).collect();
    list.articles.extend(old.articles.into_iter().filter(|entry| !present.contains(&entry.key)));
    let text = serde_json::to_string_pretty(&list).unwrap_or_default() + "\n";
    put(&folder.join(LIST), text.as_bytes())
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), BindError> {
    let write = || -> std::io::Result<u64> {
        let mut file = AtomicFile::create(path)?;
        file.write_all(bytes)?;
        file.commit()
    };
    write().map(|_| ()).map_err(|error| failed(path, &error))
}

/// A name that no file of the folder has: the date and the title.
fn free_name(article: &Article, folder: &Path, taken: &mut BTreeSet<String>) -> String {
    let date = article.published.map(|date| date.local.format("%Y-%m-%d-").to_string()).unwrap_or_default();
    let base = format!("{date}{}", slug(&article.title));
    let mut number = 1;
    loop {
        let name = if number == 1 { format!("{base}.md") } else { format!("{base}-{number}.md") };
        if !folder.join(&name).exists() && taken.insert(name.clone()) {
            return name;
        }
        number += 1;
    }
}

/// Pictures that were found are saved and named by their files, and the addresses of links are whole.
fn settle(article: &mut Article, assets: &Assets, folder: &Path) -> Result<(), BindError> {
    let base = if let Origin::Url(url) = &article.origin { Url::parse(url).ok() } else { None };
    let whole = |address: &str| base.as_ref().and_then(|base| base.join(address).ok()).map(|url| url.to_string());
    let mut failure = None;
    let mut picture = |image: &mut Image| match &image.state {
        ImageState::Found(id) => match keep(*id, assets, folder) {
            Ok(name) => image.source = name,
            Err(error) => failure = Some(error),
        },
        ImageState::Dropped => SPACER.clone_into(&mut image.source),
        ImageState::Wanted | ImageState::Missing(_) => {
            image.source = whole(&image.source).unwrap_or_else(|| image.source.clone());
        }
    };
    article.document.for_each_image(&mut |image, _| picture(image));
    article.cover.iter_mut().for_each(&mut picture);
    if let Some(error) = failure {
        return Err(error);
    }
    let mut link = |target: &mut String| {
        if let Some(address) = whole(target).filter(|_| !target.starts_with('#')) {
            *target = address;
        }
    };
    let notes = article.document.footnotes.iter_mut().flat_map(|note| &mut note.blocks);
    article.document.blocks.iter_mut().chain(notes).for_each(|block| links_of_block(block, &mut link));
    Ok(())
}

fn keep(id: AssetId, assets: &Assets, folder: &Path) -> Result<String, BindError> {
    let bytes = assets.read(id).map_err(BindError::Temporary)?;
    let extension = images::sniff(&bytes).map_or("bin", images::Format::extension);
    let name = format!("{PICTURES}/{}.{extension}", id.short());
    let path = folder.join(&name);
    if !path.exists() {
        put(&path, &bytes)?;
    }
    Ok(name)
}

fn links_of_block(block: &mut Block, visit: &mut dyn FnMut(&mut String)) {
    match &mut block.kind {
        BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => links(content, visit),
        BlockKind::Figure { caption, .. } => links(caption, visit),
        BlockKind::Quote(blocks) | BlockKind::Alert(_, blocks) => {
            blocks.iter_mut().for_each(|block| links_of_block(block, visit));
        }
        BlockKind::List(list) => {
            let blocks = list.items.iter_mut().flat_map(|item| &mut item.blocks);
            blocks.for_each(|block| links_of_block(block, visit));
        }
        BlockKind::DefinitionList(definitions) => {
            for definition in definitions {
                links(&mut definition.term, visit);
                definition.definitions.iter_mut().flatten().for_each(|block| links_of_block(block, visit));
            }
        }
        BlockKind::Table(table) => {
            links(&mut table.caption, visit);
            let cells = table.head.iter_mut().chain(&mut table.body).flat_map(|row| &mut row.cells);
            cells.flat_map(|cell| &mut cell.blocks).for_each(|block| links_of_block(block, visit));
        }
        BlockKind::Code(_) | BlockKind::Math(_) | BlockKind::Rule => {}
    }
}

fn links(inlines: &mut [Inline], visit: &mut dyn FnMut(&mut String)) {
    for inline in inlines {
        if let InlineKind::Link { target, .. } = &mut inline.kind {
            visit(target);
        }
        if let Some(children) = inline.kind.children_mut() {
            links(children, visit);
        }
    }
}

/// The entry and text of an article, and whether the text gives it again.
fn written(article: &Article, file: String) -> (Entry, String, bool) {
    let body = markdown::write(&article.document, &article.language);
    let head = Head {
        title: &article.title,
        authors: &article.authors,
        published: article.published,
        place: article.place.as_deref(),
        language: Some(&article.language),
        tags: &article.tags,
        description: article.description.as_deref(),
        source: article.source.as_deref(),
        cover: article.cover.as_ref().map(|cover| cover.source.as_str()),
        section: article.section.as_ref(),
    };
    let (text, line) = with_head(&head, &body.text);
    let entry = Entry {
        file,
        sha256: AssetId::of(text.as_bytes()).to_string(),
        body: line,
        key: article.origin.key().to_owned(),
        title: article.title.clone(),
        authors: article.authors.clone(),
        site: article.site.clone(),
        published: article.published.map(Into::into),
        place: article.place.clone(),
        source: article.source.clone(),
        cover: article.cover.as_ref().map(|cover| cover.source.clone()),
        description: article.description.clone(),
        tags: article.tags.clone(),
        section: article.section.as_ref().map(|section| section.title().to_owned()),
        language: article.language.to_string(),
    };
    (entry, text, body.exact)
}
