//! `wenji collect --diff`: what collecting and cleaning change in each article is shown.

use similar::TextDiff;

use super::articles::convert_all;
use super::{BindError, Failure, Outcome, Plan, collect_sources, losses, with_jobs};
use crate::collect::Draft;
use crate::collect::fetch::Fetcher;
use crate::convert::{self, markdown};
use crate::progress::Progress;

/// What cleaning changes in the articles of a plan, as unified diffs: the text as it came, and as it is in the book. The
/// text of a page is shown as markdown in both.
///
/// # Errors
/// When there is no article.
pub fn differences(plan: &Plan, progress: &dyn Progress) -> Result<(String, Outcome), Failure> {
    let mut outcome = Outcome { problems: plan.problems.clone(), ..Outcome::default() };
    let result = with_jobs(plan.jobs, || compare(plan, progress, &mut outcome)).and_then(|result| result);
    match result {
        Ok(text) => Ok((text, outcome)),
        Err(error) => Err(Failure { error, outcome: Box::new(outcome) }),
    }
}

fn compare(plan: &Plan, progress: &dyn Progress, outcome: &mut Outcome) -> Result<String, BindError> {
    let fetcher = Fetcher::new(plan.fetch.clone())?;
    let drafts = plan.selection.apply(collect_sources(plan, false, &fetcher, progress, outcome));
    let drafts = losses::without_placeholders(drafts, plan.book.language.as_ref());
    if drafts.is_empty() {
        return Err(BindError::NoArticles);
    }
    let untouched = convert::Options {
        join_wrapped_lines: true,
        trim_inner_spaces: false,
        punctuation: false,
        bold_headings: false,
        boilerplate: false,
        strip: Vec::new(),
        ..plan.convert.clone()
    };
    let sources: Vec<Option<String>> = drafts
        .iter()
        .map(|draft| matches!(draft.body, crate::book::Body::Markdown { .. }).then(|| draft.body.source().to_owned()))
        .collect();
    let pages: Vec<String> = drafts.iter().map(page).collect();
    let (before, _) = convert_all(drafts.clone(), &untouched, progress, &mut Vec::new());
    let (after, _) = convert_all(drafts, &plan.convert, progress, &mut outcome.problems);
    outcome.articles = after.len();
    let mut out = String::new();
    for (((page, source), before), after) in pages.iter().zip(sources).zip(&before).zip(&after) {
        out += page;
        let old = source.unwrap_or_else(|| markdown::write(&before.document, &before.language).text);
        let new = markdown::write(&after.document, &after.language).text;
        let key = after.origin.key();
        let (from, to) = (format!("{key} (as it came)"), format!("{key} (cleaned)"));
        out += &TextDiff::from_lines(&old, &new).unified_diff().context_radius(2).header(&from, &to).to_string();
    }
    Ok(out)
}

/// What was left out of a page, beside what stayed.
fn page(draft: &Draft) -> String {
    let lines = |all: bool| -> String {
        draft.page.iter().filter(|line| all || line.kept).flat_map(|line| [line.text.as_str(), "\n"]).collect()
    };
    let key = draft.origin.key();
    let (from, to) = (format!("{key} (the page)"), format!("{key} (the article in it)"));
    TextDiff::from_lines(&lines(true), &lines(false)).unified_diff().context_radius(1).header(&from, &to).to_string()
}
