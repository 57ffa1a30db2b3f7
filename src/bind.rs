//! The pipeline, in order: collect articles, convert them, collect their pictures, lay out the PDF,
//! write the books.
//!
//! | step | file |
//! |---|---|
//! | what is to be done | [`plan`] |
//! | which articles stand in which part | `parts` |
//! | what came twice | `distinct` |
//! | which articles, in which order | [`select`] |
//! | what stands for articles that could not be had | `losses` |
//! | drafts become articles, in parallel | `articles` |
//! | what is read aloud in place of a picture | `descriptions` |
//! | the facts of the book that nobody gave | [`facts`] |
//! | `{date}` and its like, in titles and file names | `placeholders` |
//! | the faces, by role | [`faces`] |
//! | an EPUB that is too large | `volumes` |
//! | where they go, all or none | [`outputs`] |
//! | no book: articles saved for later, or what cleaning does to them | `archive` |
//! | no book: the pictures of articles that wait for theirs | `pictures` |
//!
//! The PDF is laid out first: where its pages start becomes the page list of the EPUB.

use std::path::{Path, PathBuf};

use chrono::{Offset as _, TimeZone as _};
use chrono_tz::Tz;
use miette::Diagnostic;

use crate::assets::Assets;
use crate::book::{Anthology, Language, NodeRef};
use crate::clock::Stopwatch;
use crate::collect::fetch::{FetchError, Fetcher};
use crate::collect::images::collect_images_or;
use crate::collect::{Choice, Collected, Draft, collect, newest};
use crate::config::values::{Format, Links, PdfProfile};
use crate::cover;
use crate::epub;
use crate::fonts::{FontError, Library};
use crate::output::slug;
use crate::pdf::pages::{PageLabel, Pages};
use crate::pdf::{layout, write};
use crate::problem::{Code, Place, Problem, Severity};
use crate::progress::Progress;
use crate::text::Setter;

mod archive;
mod articles;
mod dates;
mod descriptions;
mod difference;
mod distinct;
mod losses;
mod parts;
mod pictures;
mod placeholders;
mod volumes;

pub mod faces;
pub mod facts;
pub mod outputs;
pub mod plan;
pub mod select;

pub use archive::archive;
use articles::convert_all;
pub use difference::differences;
use distinct::{Distinct, distinct};
pub use faces::FontPlan;
pub use facts::BookFacts;
use outputs::{Names, Sink, SinkError, is_kepub};
pub use outputs::{Output, Target};
pub use pictures::{Keep, pictures};
use placeholders::Placeholders;
pub use plan::{EpubPlan, PdfPlan, Plan, SourcePlan};
pub use select::Selection;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The books.
    pub outputs: Vec<Output>,
    /// How many articles are in them.
    pub articles: usize,
    /// How many pictures are in them.
    pub images_used: usize,
    /// How many pictures cannot be had.
    pub images_missing: usize,
    /// What is missing, and what the user should know; sorted.
    pub problems: Vec<Problem>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

impl Outcome {
    /// Whether something that belongs in the book is not in it.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// Why nothing was written. What was there before is untouched.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum BindError {
    /// There is no article.
    #[error("there is no article to bind")]
    #[diagnostic(help(
        "name a markdown or HTML file, a folder that holds some, or the address of an article; with --since or --until, widen the window"
    ))]
    NoArticles,
    /// `--strict`, and something is missing.
    #[error("something is missing, and with --strict nothing is written then")]
    #[diagnostic(help("mend what is listed, or build without --strict"))]
    Strict,
    /// A book cannot be written.
    #[error("{}: cannot be written: {reason}", path.display())]
    #[diagnostic(help("check that the folder can be written to and that the disk has room"))]
    Output {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// No folder for temporary files.
    #[error("temporary files cannot be written: {0}")]
    #[diagnostic(help("check TMPDIR and that the disk has room"))]
    Temporary(std::io::Error),
    /// The machine gives no threads.
    #[error("no threads: {0}")]
    #[diagnostic(help("try --jobs 1"))]
    Threads(String),
    /// There are no faces.
    #[error(transparent)]
    #[diagnostic(help("name a folder of faces with --font-dir"))]
    Fonts(#[from] FontError),
    /// The options for fetching make no sense.
    #[error(transparent)]
    #[diagnostic(help("check [fetch] in wenji.toml, and the proxy"))]
    Fetch(#[from] FetchError),
}

impl BindError {
    /// The code under which reports name this.
    #[must_use]
    pub fn problem_code(&self) -> Code {
        match self {
            Self::NoArticles => Code::NothingToBind,
            Self::Strict => Code::StrictMissing,
            Self::Output { .. } | Self::Temporary(_) | Self::Threads(_) => Code::OutputFailed,
            Self::Fonts(_) => Code::FaceUnusable,
            Self::Fetch(_) => Code::ConfigInvalid,
        }
    }
}

/// A run that wrote nothing.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub error: BindError,
    /// How far it came; no outputs.
    pub outcome: Box<Outcome>,
}

/// Binds a book.
///
/// # Errors
/// When there is nothing to bind, an output cannot be written, or, with [`Plan::strict`], something is
/// missing. Nothing is written then.
pub fn bind(plan: &Plan, progress: &dyn Progress) -> Result<Outcome, Failure> {
    start(plan, progress, None)
}

/// Reads what the sources of a plan give, before any selection: the first half of [`bind`]. What may be had another day is
/// left out, so that whoever remembers what was seen asks for it again; its problem tells of it.
///
/// # Errors
/// When the options for fetching make no sense.
pub fn gather(plan: &Plan, progress: &dyn Progress) -> Result<(Collected, Vec<Draft>), BindError> {
    let mut outcome = Outcome::default();
    let fetcher = Fetcher::new(plan.fetch.clone())?;
    let drafts = with_jobs(plan.jobs, || collect_sources(plan, true, &fetcher, progress, &mut outcome))?;
    let (drafts, lost) = losses::apart(drafts, plan.book.language.as_ref());
    Ok((Collected { drafts, problems: outcome.problems }, lost))
}

/// The draft of an article that will not be had, with what is known of it: it says why and where it is.
#[must_use]
pub fn stand_in(draft: Draft, language: Option<&Language>) -> Draft {
    let mut drafts = [draft];
    losses::fill(&mut drafts, language);
    let [draft] = drafts;
    draft
}

/// Binds these articles in this order, whatever the plan's sources and selection say: the second half of [`bind`].
///
/// # Errors
/// As for [`bind`].
pub fn bind_drafts(plan: &Plan, collected: Collected, progress: &dyn Progress) -> Result<Outcome, Failure> {
    start(plan, progress, Some(collected))
}

fn start(plan: &Plan, progress: &dyn Progress, given: Option<Collected>) -> Result<Outcome, Failure> {
    let watch = Stopwatch::start();
    let mut outcome = Outcome { problems: plan.problems.clone(), ..Outcome::default() };
    let result = with_jobs(plan.jobs, || run(plan, progress, given, &mut outcome)).and_then(|result| result);
    outcome.problems.sort_by_key(|problem| problem.severity);
    outcome.elapsed_ms = watch.elapsed_ms();
    match result {
        Ok(()) => Ok(outcome),
        Err(error) => Err(Failure { error, outcome: Box::new(outcome) }),
    }
}

fn run(plan: &Plan, progress: &dyn Progress, given: Option<Collected>, outcome: &mut Outcome) -> Result<(), BindError> {
    let assets = plan.temporary.as_deref().map_or_else(Assets::new, Assets::new_in).map_err(BindError::Temporary)?;
    let fetcher = Fetcher::new(plan.fetch.clone())?;

    let mut drafts = match given {
        Some(mut given) => {
            outcome.problems.append(&mut given.problems);
            given.drafts
        }
        None => plan.selection.apply(collect_sources(plan, false, &fetcher, progress, outcome)),
    };
    if !drafts.iter().any(Draft::has_text) {
        return Err(BindError::NoArticles);
    }
    losses::fill(&mut drafts, plan.book.language.as_ref());
    let (mut articles, reaches) = convert_all(drafts, &plan.convert, progress, &mut outcome.problems);
    outcome.articles = articles.len();
    let spare = pictures::spare(plan, &articles);
    let cover = plan.book.cover.as_deref();
    let pictures = collect_images_or(&mut articles, &reaches, cover, &assets, &fetcher, progress, &spare);
    outcome.images_used = pictures.used;
    outcome.images_missing = pictures.missing;
    outcome.problems.extend(pictures.problems);
    outcome.problems.extend(descriptions::complete(&mut articles));

    let book = Anthology { metadata: facts::metadata(&plan.book, &articles), cover: pictures.book_cover, articles };
    let books = write_books(plan, &book, &assets, progress, outcome)?;
    if plan.strict && outcome.is_incomplete() {
        return Err(BindError::Strict);
    }
    let mut sinks = Vec::new();
    let mut made = Vec::new();
    for Book { format, sink, pages, chapters } in books {
        sinks.push(sink);
        made.push((format, pages, chapters));
    }
    for ((format, pages, chapters), files) in made.into_iter().zip(outputs::commit(sinks)?) {
        for (path, bytes) in files {
            outcome.outputs.push(Output { path, format, bytes, pages, chapters });
        }
    }
    Ok(())
}

/// Reads all sources in their order, each with its own choice of articles, leaves out what came twice, and puts parts
/// together. With `live`, what a feed gave before does not stand in for a feed that is down.
fn collect_sources(
    plan: &Plan,
    live: bool,
    fetcher: &Fetcher,
    progress: &dyn Progress,
    outcome: &mut Outcome,
) -> Vec<Draft> {
    let sources = &plan.sources;
    let is_plain =
        |source: &SourcePlan| source.include.is_empty() && source.exclude.is_empty() && source.limit.is_none();
    let mut drafts = Vec::new();
    let mut first = 0;
    // Neighbours without a choice of their own are read together, so that each file is taken once.
    for group in sources.chunk_by(|a, b| is_plain(a) && is_plain(b)) {
        let inputs: Vec<_> = group.iter().map(|source| source.input.clone()).collect();
        let choice = Choice { live, ..choice(group, &plan.selection) };
        let mut collected = collect(&inputs, &choice, fetcher, progress);
        outcome.problems.append(&mut collected.problems);
        collected.drafts.retain(|draft| choice.takes(&draft.title, draft.origin.key()));
        if let Some(limit) = choice.limit {
            collected.drafts = newest(collected.drafts, limit, |draft| draft.published);
        }
        drafts.extend(collected.drafts.into_iter().map(|draft| (first + draft.input, draft)));
        first += group.len();
    }
    if let Some(zone) = plan.zone {
        drafts.iter_mut().for_each(|(_, draft)| settle(draft, zone));
    }
    let Distinct { drafts, displaced } = distinct(drafts);
    for problem in &mut outcome.problems {
        if matches!(&problem.place, Place::Url(url) if displaced.contains(url)) {
            problem.severity = Severity::Warning;
        }
    }
    parts::gather(sources, drafts)
}

/// A date without a zone is one of the plan's zone; a time that clocks skip is read by the offset after it.
fn settle(draft: &mut Draft, zone: Tz) {
    if let Some(published) = draft.published.as_mut().filter(|published| published.offset.is_none()) {
        let local = published.local;
        let moment = zone.from_local_datetime(&local);
        let after = || zone.from_local_datetime(&(local + chrono::TimeDelta::hours(3))).earliest();
        published.offset = moment.earliest().or_else(after).map(|moment| moment.offset().fix());
    }
}

/// What is taken of a source that stands alone; of several, all in the window.
fn choice(group: &[SourcePlan], selection: &Selection) -> Choice {
    let window = Choice { since: selection.since, until: selection.until, ..Choice::default() };
    let [source] = group else { return window };
    Choice { include: source.include.clone(), exclude: source.exclude.clone(), limit: source.limit, ..window }
}

/// A book that is written but not yet in place.
struct Book {
    format: Format,
    sink: Sink,
    pages: Option<usize>,
    chapters: usize,
}

/// Makes every book that is wanted, under temporary names.
fn write_books(
    plan: &Plan,
    book: &Anthology,
    assets: &Assets,
    progress: &dyn Progress,
    outcome: &mut Outcome,
) -> Result<Vec<Book>, BindError> {
    let names = Names {
        placeholders: Placeholders::of(&book.articles, plan.book.issue, plan.book.date)
            .with("slug", slug(&book.metadata.title)),
        kepub: plan.epub.kepub,
    };
    let mut library = faces::library(&plan.fonts, &plan.style.sheet.faces(), &mut outcome.problems)?;
    let mut books = Vec::new();
    let mut page_starts = Vec::new();
    let pdfs = names.places(&plan.targets, Format::Pdf, None);
    if !pdfs.is_empty() {
        library.add_math_faces()?;
        let mut sink = Sink::create(pdfs)?;
        let laid = lay_out(plan, book, assets, &library, progress);
        page_starts = starts(&laid.pages);
        outcome.problems.extend(laid.problems);
        let options = write::Options { jobs: rayon::current_num_threads(), compress: true };
        let written = write::write(laid.pages, book, assets, &library, &options, &mut sink, progress)
            .map_err(|error| failed(&sink.path(), &error))?;
        outcome.problems.extend(written.problems);
        let chapters = book.articles.len();
        books.push(Book { format: Format::Pdf, sink, pages: Some(written.pages), chapters });
    }
    let mut options = epub_options(plan, book, page_starts);
    options.described = !outcome.problems.iter().any(|problem| problem.code == Code::ImageNoAlt);
    let mut problems = Vec::new();
    if options.certified_by.is_some() && !options.described {
        let message =
            "the EPUB does not say that it meets WCAG 2.2 AA, as [epub] certified_by wants: pictures lack descriptions";
        outcome.problems.push(Problem::warning(Code::ImageNoAlt, Place::Nowhere, message));
    }
    for kepub in [false, true] {
        let is_so = |place: &Option<PathBuf>| place.as_deref().is_some_and(is_kepub) == kepub;
        let places = |volume| names.places(&plan.targets, Format::Epub, volume).into_iter().filter(is_so).collect();
        if Vec::is_empty(&places(None)) {
            continue;
        }
        options.kobo_spans = kepub;
        let making = volumes::Making { assets, library: &library, options: &options, progress };
        let max_size = plan.epub.max_size.or(plan.epub.profile.max_size());
        // What is missing from one is missing from the other.
        problems.clear();
        books.append(&mut making.write(book, &places, max_size, &mut problems)?);
    }
    outcome.problems.extend(problems);
    outcome.problems.extend(faces::taken_from_system(&library));
    Ok(books)
}

fn lay_out(plan: &Plan, book: &Anthology, assets: &Assets, library: &Library, progress: &dyn Progress) -> layout::Laid {
    let setter = Setter::new(library);
    let PdfPlan { paper, two_sided, profile, links, recto, bleed } = plan.pdf;
    let paper = paper.or(plan.style.sheet.paper).unwrap_or_default();
    let screen = profile == PdfProfile::Screen;
    let links = match links {
        Some(Links::Live) => layout::Links::Live,
        Some(Links::Notes) => layout::Links::Notes,
        Some(Links::None) => layout::Links::None,
        None if screen => layout::Links::Live,
        None => layout::Links::Notes,
    };
    let cover = || {
        let cover = cover::page(book, assets, library, &plan.style.sheet.cover, paper.width, paper.height);
        // What the book itself adds is in one ink; pictures of articles are their authors' and keep their colours.
        Some(if screen { cover } else { cover::desaturated(cover, assets, library) })
    };
    let options = layout::Options { paper, two_sided, screen, links, recto, bleed };
    layout::lay_out(book, assets, &setter, &plan.style.sheet, &options, cover, progress)
}

/// Where the text of each page begins, and what the page is called.
fn starts(pages: &Pages) -> Vec<(NodeRef, u32, String)> {
    let numbered = pages.pages.iter().filter(|page| page.label != PageLabel::None);
    numbered.filter_map(|page| page.start.map(|(node, offset)| (node, offset, page.label.to_string()))).collect()
}

fn epub_options(plan: &Plan, book: &Anthology, page_starts: Vec<(NodeRef, u32, String)>) -> epub::Options {
    let mut options = epub::Options::new(plan.style.css.as_str(), book.metadata.stamp());
    options.profile = plan.epub.profile;
    options.grayscale = plan.epub.grayscale;
    options.cover_colors.clone_from(&plan.style.sheet.cover);
    options.embed_fonts = plan.epub.embed_fonts;
    options.vertical = plan.epub.vertical;
    options.certified_by.clone_from(&plan.epub.certified_by);
    // This runs inside the threads of `with_jobs`.
    options.jobs = rayon::current_num_threads();
    options.page_source = (!page_starts.is_empty()).then(|| book.metadata.title.clone());
    options.page_starts = page_starts;
    options
}

/// Runs with so many threads; 0 for as many as there are cores.
fn with_jobs<T: Send>(jobs: usize, run: impl FnOnce() -> T + Send) -> Result<T, BindError> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    Ok(threads.map_err(|error| BindError::Threads(error.to_string()))?.install(run))
}

fn failed(path: &Path, error: &dyn std::error::Error) -> BindError {
    BindError::Output { path: path.to_owned(), reason: error.to_string() }
}

impl From<SinkError> for BindError {
    fn from(error: SinkError) -> Self {
        Self::Output { path: error.path, reason: error.reason.to_string() }
    }
}
