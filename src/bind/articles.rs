//! Drafts become articles, in parallel. What a library does to one article does not reach another.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use crate::book::{Article, Body};
use crate::collect::{Draft, Reach};
use crate::convert::{self, Converted, Source};
use crate::document::{Block, BlockKind, Code as CodeBlock, CodeClass, CodeSpan, Document, Image, ImageState, NodeId};
use crate::problem::{Code, Problem};
use crate::progress::{Progress, Stage};

/// Converts every draft. The articles come in the order of the drafts, each with what it
/// may name.
pub(super) fn convert_all(
    drafts: Vec<Draft>,
    options: &convert::Options,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
) -> (Vec<Article>, Vec<Reach>) {
    progress.begin(Stage::Convert, drafts.len() as u64);
    let converted: Vec<_> = drafts
        .into_par_iter()
        .map(|draft| {
            let result = convert_one(draft, options);
            progress.advance(Stage::Convert, 1);
            result
        })
        .collect();
    progress.end(Stage::Convert);
    let mut articles = Vec::with_capacity(converted.len());
    let mut reaches = Vec::with_capacity(converted.len());
    for (article, reach, found) in converted {
        problems.extend(found.into_iter().map(|problem| problem.in_article(&article.title)));
        articles.push(article);
        reaches.push(reach);
    }
    (articles, reaches)
}

fn convert_one(draft: Draft, options: &convert::Options) -> (Article, Reach, Vec<Problem>) {
    let language = draft.spoken();
    let source = Source { body: &draft.body, origin: &draft.origin, title: &draft.title };
    let options = convert::Options { language: language.clone(), ..options.clone() };
    let options = if draft.cleaned { options.of_cleaned() } else { options };
    // The closure owns nothing that could be left half-changed: it only reads.
    let converted = catch_unwind(AssertUnwindSafe(|| convert::convert(&source, &options)));
    let (document, problems) = match converted {
        Ok(Converted { document, problems }) => (document, problems),
        Err(panic) => {
            let message = format!("the text could not be converted and is shown as it was typed: {}", said(&*panic));
            (as_typed(&draft), vec![Problem::error(Code::InternalPanic, draft.origin.place(), message)])
        }
    };
    let cover = draft.cover.map(|source| Image { source, alt: String::new(), title: None, state: ImageState::Wanted });
    let article = Article {
        origin: draft.origin,
        title: draft.title,
        authors: draft.authors,
        site: draft.site,
        published: draft.published,
        place: draft.place,
        source: draft.source,
        description: draft.description,
        tags: draft.tags,
        section: draft.section,
        cover,
        language,
        document,
    };
    (article, draft.reach, problems)
}

/// The text as it stands in the file, so that nothing of it is lost.
fn as_typed(draft: &Draft) -> Document {
    let line = match draft.body {
        Body::Markdown { first_line, .. } => first_line,
        Body::Html(_) => 0,
    };
    let span = CodeSpan { class: CodeClass::Plain, text: draft.body.source().trim_end().to_owned() };
    let kind = BlockKind::Code(CodeBlock { language: None, spans: vec![span] });
    Document { blocks: vec![Block { id: NodeId(1), line, language: None, kind }], footnotes: Vec::new() }
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason was given")
}
