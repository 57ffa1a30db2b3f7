//! The pictures of articles that wait for their book: while they can be had, they are handed out to be kept; later they
//! stand in for those that cannot.

use std::path::PathBuf;

use super::articles::convert_all;
use super::{BindError, Plan, with_jobs};
use crate::assets::Assets;
use crate::book::Article;
use crate::collect::Draft;
use crate::collect::fetch::Fetcher;
use crate::collect::images::collect_images;
use crate::progress::Progress;

/// Keeps a picture: the index of its article, its address as the article gives it, its bytes.
pub type Keep<'a> = dyn FnMut(usize, &str, &[u8]) -> std::io::Result<()> + 'a;

/// Reads or fetches the pictures of these articles and hands each to `keep`. Gives, for each article, whether all of its pictures were there.
///
/// # Errors
/// When the options for fetching make no sense, there is no folder for temporary files, or `keep` cannot keep one.
pub fn pictures(
    plan: &Plan,
    drafts: Vec<Draft>,
    progress: &dyn Progress,
    keep: &mut Keep<'_>,
) -> Result<Vec<bool>, BindError> {
    let mut all_there = vec![true; drafts.len()];
    let assets = plan.temporary.as_deref().map_or_else(Assets::new, Assets::new_in).map_err(BindError::Temporary)?;
    let fetcher = Fetcher::new(plan.fetch.clone())?;
    let report = with_jobs(plan.jobs, || {
        let (mut articles, reaches) = convert_all(drafts, &plan.convert, progress, &mut Vec::new());
        collect_images(&mut articles, &reaches, None, &assets, &fetcher, progress)
    })?;
    for (article, source, id) in report.named {
        match id.map(|id| assets.read(id)) {
            Some(Ok(bytes)) => keep(article, &source, &bytes).map_err(BindError::Temporary)?,
            // A file that changes while it is read is read the next time.
            Some(Err(_)) | None => all_there.iter_mut().skip(article).take(1).for_each(|all| *all = false),
        }
    }
    Ok(all_there)
}

/// The file that stands in for a picture of one of these articles.
pub(super) fn spare<'a>(plan: &'a Plan, articles: &[Article]) -> impl Fn(usize, &str) -> Option<PathBuf> + use<'a> {
    let keys: Vec<String> = articles.iter().map(|article| article.origin.key().to_owned()).collect();
    move |article, source| plan.spares.get(&(keys.get(article)?.clone(), source.to_owned())).cloned()
}
