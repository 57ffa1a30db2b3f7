//! What a run is to do, with every choice made: wenji.toml and the command line are turned into one of
//! these, and a Rust program makes its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::faces::FontPlan;
use super::facts::BookFacts;
use super::outputs::Target;
use super::select::Selection;
use crate::book::{Language, Section};
use crate::collect::Input;
use crate::collect::fetch::FetchOptions;
use crate::collect::saved::List;
use crate::config::values::{self, EpubProfile, Format, Links, PdfProfile, WritingMode};
use crate::config::{self, Config, Loaded};
use crate::convert;
use crate::epub::Profile;
use crate::fonts::Family;
use crate::pdf::style::Paper;
use crate::problem::Problem;
use crate::style::BookStyle;

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where articles come from, in the order of the book.
    pub sources: Vec<SourcePlan>,
    /// What is known of the book already.
    pub book: BookFacts,
    /// Which articles are taken, and their order.
    pub selection: Selection,
    /// Where the books go.
    pub targets: Vec<Target>,
    /// How text is mended and read.
    pub convert: convert::Options,
    /// How remote things are fetched.
    pub fetch: FetchOptions,
    /// How the books look.
    pub style: BookStyle,
    /// How the PDF is made.
    pub pdf: PdfPlan,
    /// How the EPUB is made.
    pub epub: EpubPlan,
    /// Which faces there are.
    pub fonts: FontPlan,
    /// Whether nothing is written when something is missing.
    pub strict: bool,
    /// How many articles and pictures are worked on at a time; 0 for as many as there are cores.
    pub jobs: usize,
    /// What is known to be wrong already.
    pub problems: Vec<Problem>,
    /// The zone of dates that name none; UTC without it.
    pub zone: Option<Tz>,
    /// The folder for temporary files; the system's without it.
    pub temporary: Option<PathBuf>,
    /// Files that stand in for pictures that cannot be had any more: by [`Origin::key`](crate::book::Origin::key) of the
    /// article, and the address as the article gives it.
    pub spares: BTreeMap<(String, String), PathBuf>,
}

/// How the PDF is made.
#[derive(Debug, Clone, PartialEq)]
pub struct PdfPlan {
    /// The size of its pages; `None` for that of the style.
    pub paper: Option<Paper>,
    /// Whether left and right pages mirror each other.
    pub two_sided: bool,
    /// Whether it is read on a screen or printed.
    pub profile: PdfProfile,
    /// What becomes of links; by default what suits the profile.
    pub links: Option<Links>,
    /// Whether articles begin on right pages, in a two-sided book.
    pub recto: bool,
    /// Whether pages run over the edges of the paper and have crop marks.
    pub bleed: bool,
}

impl Default for PdfPlan {
    fn default() -> Self {
        Self { paper: None, two_sided: false, profile: PdfProfile::Screen, links: None, recto: false, bleed: false }
    }
}

/// How the EPUB is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EpubPlan {
    /// The readers it is made for.
    pub profile: Profile,
    /// Whether pictures lose their colours.
    pub grayscale: bool,
    /// Whether the faces of the style are put into it.
    pub embed_fonts: bool,
    /// The most bytes; a larger book becomes volumes. Without it: what the profile says.
    pub max_size: Option<u64>,
    /// Whether text runs from top to bottom.
    pub vertical: bool,
    /// Whether EPUBs in a folder are called `.kepub.epub`, by which a Kobo takes its own engine.
    pub kepub: bool,
    /// Who vouches that it is accessible.
    pub certified_by: Option<String>,
}

/// A place where articles come from, and which of them are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePlan {
    /// The place.
    pub input: Input,
    /// Globs: only what matches one is taken; empty takes all.
    pub include: Vec<glob::Pattern>,
    /// Globs: what matches one is left out.
    pub exclude: Vec<glob::Pattern>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
    /// The section that all of them stand in.
    pub section: Option<Section>,
}

impl From<Input> for SourcePlan {
    fn from(input: Input) -> Self {
        Self { input, include: Vec::new(), exclude: Vec::new(), limit: None, section: None }
    }
}

impl Plan {
    /// A plan that binds all articles of these inputs, as they are, to no place yet.
    #[must_use]
    pub fn new(inputs: impl IntoIterator<Item = Input>) -> Self {
        let sources: Vec<SourcePlan> = inputs.into_iter().map(SourcePlan::from).collect();
        let book =
            BookFacts { folder: sources.iter().find_map(|source| folder_name(&source.input)), ..BookFacts::default() };
        Self {
            sources,
            book,
            selection: Selection::default(),
            targets: Vec::new(),
            convert: convert::Options::default(),
            fetch: FetchOptions::default(),
            style: BookStyle::default(),
            pdf: PdfPlan::default(),
            epub: EpubPlan::default(),
            fonts: FontPlan::default(),
            strict: false,
            jobs: 0,
            problems: Vec::new(),
            zone: None,
            temporary: None,
            spares: BTreeMap::new(),
        }
    }

    /// A plan that does what a wenji.toml says. Moments before now are taken from `now`.
    #[must_use]
    pub fn from_config(loaded: &Loaded, now: DateTime<Utc>) -> Self {
        Self::of_anthology(loaded, &loaded.config, now)
    }

    /// A plan for one of the anthologies of a wenji.toml.
    #[must_use]
    pub fn of_anthology(loaded: &Loaded, config: &Config, now: DateTime<Utc>) -> Self {
        let base = loaded.path.parent().unwrap_or(Path::new(""));
        let mut plan = Self::new([]);
        // `config::read` has refused what is no zone.
        let zone = config.schedule.as_ref().and_then(|schedule| schedule.timezone.as_deref());
        plan.zone = zone.and_then(|zone| values::timezone(zone).ok());
        plan.sources = sources(config, base);
        plan.problems.clone_from(&loaded.problems);
        plan.book = book(&config.book, base);
        plan.selection = selection(&config.select, now);
        plan.targets = targets(&config.output, base);
        plan.fonts = fonts(&config.fonts, base);
        plan.apply_clean(&config.clean);
        plan.apply_fetch(&config.fetch, base);
        plan.apply_formats(config, base);
        plan
    }

    /// Adds a place for the book.
    #[must_use]
    pub fn to(mut self, format: Format, path: impl Into<PathBuf>) -> Self {
        self.targets.push(Target::File(format, path.into()));
        self
    }

    fn apply_clean(&mut self, clean: &config::Clean) {
        let options = &mut self.convert;
        // `config::read` has refused what is no pattern.
        options.strip = clean.strip.iter().filter_map(|pattern| regex::Regex::new(pattern).ok()).collect();
        set(&mut options.join_wrapped_lines, clean.join_wrapped_lines);
        set(&mut options.trim_inner_spaces, clean.trim_inner_spaces);
        set(&mut options.punctuation, clean.punctuation);
        set(&mut options.bold_headings, clean.bold_headings);
        set(&mut options.boilerplate, clean.boilerplate);
    }

    fn apply_fetch(&mut self, fetch: &config::Fetch, base: &Path) {
        let options = &mut self.fetch;
        set(&mut options.timeout, fetch.timeout.map(|span| span.0));
        set(&mut options.total_timeout, fetch.total_timeout.map(|span| span.0));
        set(&mut options.retries, fetch.retries);
        set(&mut options.concurrency, fetch.concurrency);
        set(&mut options.per_host, fetch.per_host);
        set(&mut options.min_interval, fetch.min_interval.map(|span| span.0));
        set(&mut options.max_page, fetch.max_page.map(|size| size.0));
        set(&mut options.max_image, fetch.max_image.map(|size| size.0));
        set(&mut options.user_agent, fetch.user_agent.clone());
        set(&mut options.connect_timeout, fetch.connect_timeout.map(|span| span.0));
        options.proxy.clone_from(&fetch.proxy);
        options.headers.clone_from(&fetch.headers);
        options.cookies = fetch.cookies.as_ref().map(|cookies| base.join(cookies));
        options.ca = fetch.ca.as_ref().map(|ca| base.join(ca));
        options.cache = fetch.cache.as_ref().map(|cache| base.join(cache));
        set(&mut options.cache_size, fetch.cache_size.map(|size| size.0));
        // `config::read` has refused what is no rule.
        let rules =
            fetch.referer.iter().filter_map(|(host, rule)| Some((host.to_ascii_lowercase(), rule.parse().ok()?)));
        options.referer.extend(rules);
    }

    fn apply_formats(&mut self, config: &Config, base: &Path) {
        self.pdf.paper = config.pdf.paper;
        set(&mut self.pdf.two_sided, config.pdf.two_sided);
        set(&mut self.pdf.profile, config.pdf.profile);
        set(&mut self.pdf.recto, config.pdf.recto);
        set(&mut self.pdf.bleed, config.pdf.bleed);
        self.pdf.links = config.pdf.links.or(self.pdf.links);
        set(&mut self.epub.profile, config.epub.profile.map(EpubProfile::into));
        set(&mut self.epub.grayscale, config.epub.grayscale);
        set(&mut self.epub.embed_fonts, config.epub.embed_fonts);
        set(&mut self.epub.kepub, config.epub.kepub);
        self.epub.max_size = config.epub.max_size.map(|size| size.0).or(self.epub.max_size);
        set(&mut self.epub.vertical, config.epub.writing_mode.map(|mode| mode == WritingMode::VerticalRl));
        self.epub.certified_by.clone_from(&config.epub.certified_by);
        // `config::read` has refused a style that cannot be used.
        set(&mut self.style, config.output.style.as_deref().and_then(|style| values::style(style, base).ok()));
    }
}

impl From<EpubProfile> for Profile {
    fn from(profile: EpubProfile) -> Self {
        match profile {
            EpubProfile::Generic => Self::Generic,
            EpubProfile::Kindle => Self::Kindle,
            EpubProfile::Kobo => Self::Kobo,
            EpubProfile::Apple => Self::Apple,
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn sources(config: &Config, base: &Path) -> Vec<SourcePlan> {
    if config.source.is_empty() {
        return vec![Input::Folder(if base == Path::new("") { ".".into() } else { base.to_owned() }).into()];
    }
    // `config::read` has refused what is no pattern.
    let patterns = |globs: &[String]| globs.iter().filter_map(|glob| glob::Pattern::new(glob).ok()).collect();
    let plan = |source: &config::Source| {
        let given = [&source.path, &source.url, &source.feed, &source.opml].into_iter().flatten().next()?;
        let input = match Input::parse_in(base, given) {
            Input::Url(address) if source.url.is_none() && source.path.is_none() => Input::Feed(address),
            input => input,
        };
        Some(SourcePlan {
            input,
            include: patterns(&source.include),
            exclude: patterns(&source.exclude),
            limit: source.limit,
            section: source.section.clone(),
        })
    };
    config.source.iter().filter_map(plan).collect()
}

fn book(book: &config::Book, base: &Path) -> BookFacts {
    let cover = book.cover.as_ref().map(|cover| match cover.to_str() {
        Some(address) if address.starts_with("http://") || address.starts_with("https://") => address.to_owned(),
        _ => base.join(cover).to_string_lossy().into_owned(),
    });
    BookFacts {
        title: book.title.clone(),
        folder: name_of(base),
        author: book.author.clone(),
        // `config::read` has refused what is no tag.
        language: book.lang.as_deref().and_then(|tag| Language::new(tag).ok()),
        description: book.description.clone(),
        publisher: book.publisher.clone(),
        cover,
        identifier: book.identifier.clone(),
        series: book.series.clone(),
        issue: book.issue,
        date: None,
    }
}

fn selection(select: &config::Select, now: DateTime<Utc>) -> Selection {
    let plain = Selection::default();
    Selection {
        since: select.since.and_then(|moment| moment.begins(now)),
        until: select.until.and_then(|moment| moment.ends(now)),
        sort: select.sort.unwrap_or(plain.sort),
        reverse: false,
        max_articles: select.max_articles,
    }
}

fn fonts(fonts: &config::Fonts, base: &Path) -> FontPlan {
    let named = [
        (Family::Serif, &fonts.serif),
        (Family::Sans, &fonts.sans),
        (Family::Kai, &fonts.kai),
        (Family::Mono, &fonts.mono),
    ];
    FontPlan {
        dirs: fonts.dirs.iter().map(|dir| base.join(dir)).collect(),
        named: named.into_iter().map(|(family, names)| (family, names.clone())).collect(),
        no_system: fonts.system == Some(false),
        system: Vec::new(),
    }
}

/// The folder that wenji.toml names; without one, the current folder.
fn targets(output: &config::Output, base: &Path) -> Vec<Target> {
    vec![Target::Folder {
        dir: output.dir.as_ref().map_or_else(|| PathBuf::from("."), |dir| base.join(dir)),
        name: output.name.clone().unwrap_or_else(|| "{slug}".to_owned()),
        formats: output.formats.clone().unwrap_or_else(|| vec![Format::Epub, Format::Pdf]),
    }]
}

/// The title that the archive in a folder remembers of the book that its sources would have been.
fn title_of(folder: &Path) -> Option<String> {
    List::read(folder).title.filter(|title| !title.trim().is_empty())
}

/// The name of the folder that an input is.
fn folder_name(input: &Input) -> Option<String> {
    if let Input::Folder(path) = input { title_of(path).or_else(|| name_of(path)) } else { None }
}

/// The last name of a folder's path, also of `.` and `..`.
fn name_of(folder: &Path) -> Option<String> {
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    let whole = folder.canonicalize().ok()?;
    Some(whole.file_name()?.to_str()?.to_owned())
}
