//! What is missing from a book, or was changed on the way, and why.
//!
//! A [`Problem`] is data: rooms return problems, they never print them. `report.rs` prints them for
//! a person and as JSON. A code never changes its meaning once released.

use std::fmt;
use std::path::PathBuf;

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something that belongs in the book is not in it: the exit status becomes 3.
    Error,
    /// The book is complete, but the user should know.
    Warning,
}

impl Severity {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Where a problem was met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A file, with a 1-based line when one is known.
    File(PathBuf, Option<u32>),
    /// An absolute URL.
    Url(String),
    /// The run as a whole.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, Some(line)) => write!(f, "{}:{line}", path.display()),
            Self::File(path, None) => write!(f, "{}", path.display()),
            Self::Url(url) => f.write_str(url),
            Self::Nowhere => Ok(()),
        }
    }
}

macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $help:literal; )*) => {
        /// The stable code of a problem: a documented kebab-case word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $( $(#[$doc])* $name, )* }

        impl Code {
            /// Every code there is, in the order of their declaration.
            pub const ALL: &'static [Code] = &[ $( Code::$name, )* ];

            /// The stable word: `image-http-status`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// What the user can do about it, in general.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $( Self::$name => $help, )* }
            }
        }
    };
}

codes! {
    /// The server answered with a status other than success.
    ImageHttpStatus = "image-http-status", "open the address in a browser; if the picture is gone, remove it from the article";
    /// No connection could be made to the host of a picture.
    ImageConnect = "image-connect", "check the network and the host name, then build again";
    /// The server did not answer, or not to the end, within the limits.
    ImageTimeout = "image-timeout", "build again later, or raise [fetch] timeout";
    /// The answer broke off or could not be decoded as it was sent.
    ImageBody = "image-body", "build again later; what arrived was not complete";
    /// A picture is larger than `[fetch] max_image`.
    ImageTooLarge = "image-too-large", "raise [fetch] max_image, or put a smaller picture in the article";
    /// A file of an archive was changed by the user, and is not brought up to date.
    ArchiveEdited = "archive-edited", "to have the article anew, remove the file and collect again";
    /// A feed or a list of feeds is broken, or has no end; what comes before is read.
    FeedBroken = "feed-broken", "open the feed in a browser, and tell its publisher what is wrong; the articles before the fault are in the book";
    /// A picture has more pixels than can be decoded safely.
    ImageTooManyPixels = "image-too-many-pixels", "put a smaller picture in the article";
    /// A drawing asks for more elements or painting than a book should need, or a PNG for a huge profile.
    ImageTooComplex = "image-too-complex", "draw it simpler, or put it in the article as a PNG";
    /// The bytes are not a picture of a known kind.
    ImageNotAnImage = "image-not-an-image", "open the address in a browser: the server probably sent a page instead of the picture";
    /// The bytes claim to be a picture but cannot be decoded.
    ImageDecode = "image-decode", "the picture is damaged: replace it";
    /// The picture's kind is known, but there is no decoder for it.
    ImageUnsupported = "image-unsupported", "convert the picture to JPEG, PNG, WebP or SVG";
    /// A local picture does not exist or cannot be read.
    ImageNotFound = "image-not-found", "check the path; it is relative to the article";
    /// A picture outside the article's own folder.
    ImageOutsideFolder = "image-outside-folder", "copy the picture into the article's folder";
    /// Content pointed at a private or otherwise refused address.
    ImagePrivateAddress = "image-private-address", "pass --allow-private-hosts if you trust this address";
    /// The address of a picture cannot be understood.
    ImageBadAddress = "image-bad-address", "correct the picture's address in the article";
    /// With `--offline`, a picture is not in the cache.
    ImageOffline = "image-offline", "build once without --offline";
    /// A picture has no alternative text.
    ImageNoAlt = "image-no-alt", "write a description between the brackets of ![](…)";
    /// An article cannot be read.
    ArticleUnreadable = "article-unreadable", "check that the file exists and can be read";
    /// An article's bytes are in no known encoding at some place.
    ArticleEncoding = "article-encoding", "save the file as UTF-8";
    /// An article has no text.
    ArticleEmpty = "article-empty", "remove the file, or put text in it";
    /// An input is of a kind that wenji does not read.
    ArticleUnsupported = "article-unsupported", "give a markdown or HTML file, a folder, a glob, or the address of an article";
    /// A server answered with a status other than success when it was asked for an article.
    ArticleHttpStatus = "article-http-status", "open the address in a browser; if the article is gone, remove it from the list";
    /// No connection could be made to the host of an article.
    ArticleConnect = "article-connect", "check the network and the host name, then build again";
    /// The server did not give an article within the limits.
    ArticleTimeout = "article-timeout", "build again later, or raise [fetch] timeout";
    /// The answer with an article broke off or could not be decoded as it was sent.
    ArticleBody = "article-body", "build again later; what arrived was not complete";
    /// A page is larger than `[fetch] max_page`.
    ArticleTooLarge = "article-too-large", "raise [fetch] max_page";
    /// An address led to a private or otherwise refused one.
    ArticlePrivateAddress = "article-private-address", "pass --allow-private-hosts if you trust this address";
    /// The address of an article cannot be understood.
    ArticleBadAddress = "article-bad-address", "correct the address";
    /// With `--offline`, a page is not in the cache.
    ArticleOffline = "article-offline", "build once without --offline";
    /// A server could not be asked for a page or a feed that it gave in an earlier run.
    ArticleStale = "article-stale", "build again later: what the server gave before stands in for it";
    /// A site asks its visitors to prove that they are no program.
    ArticleChallenge = "article-challenge", "open the article in a browser, save it as a complete web page, and give the file";
    /// The publisher or the platform took an article away.
    ArticleDeleted = "article-deleted", "remove it from the list, or give a copy that was saved earlier";
    /// An article is shown only to those who pay.
    ArticlePaid = "article-paid", "open it where you have paid, save it as a complete web page, and give the file";
    /// An article is not public yet, or its temporary address has ended.
    ArticleUnpublished = "article-unpublished", "give the address of the published article";
    /// A line of an article's header cannot be understood.
    HeaderBadValue = "header-bad-value", "correct the line in the article's header";
    /// A library failed on this article or picture in a way that it should not.
    InternalPanic = "internal-panic", "please report this, with the article if you can";
    /// ASCII punctuation around Han text became Chinese punctuation, or that of Latin text a typographer's.
    TextPunctuation = "text-punctuation", "set [clean] punctuation = false to keep the text as it was typed";
    /// A line that is no part of its article, such as a call to follow an account, was removed.
    TextBoilerplate = "text-boilerplate", "set [clean] boilerplate = false to keep such lines";
    /// TeX that cannot be typeset; its source is shown.
    MathInvalid = "math-invalid", "correct the formula";
    /// A footnote is called that is nowhere defined.
    FootnoteUndefined = "footnote-undefined", "add the footnote, or remove the call";
    /// A character that no face has.
    CharacterMissing = "character-missing", "name a face that has it under [fonts], or a folder of faces with --font-dir";
    /// A language whose own letter forms no available face has.
    FaceRegional = "face-regional", "put a face for this language in a folder named by [fonts] dirs or --font-dir";
    /// A link inside the article that leads nowhere.
    LinkBroken = "link-broken", "correct the link";
    /// A key of wenji.toml or an option that this version reads but does not act on.
    ConfigUnsupported = "config-unsupported", "remove it, or wait for a version that has it";
    /// wenji.toml cannot be read, or says something that it may not.
    ConfigInvalid = "config-invalid", "correct the place that the message names";
    /// The command line says something that it may not.
    UsageInvalid = "usage-invalid", "see `wenji help`";
    /// There is no article to bind.
    NothingToBind = "nothing-to-bind", "name a markdown or HTML file, a folder that holds some, or the address of an article";
    /// A book could not be written; what was there before is untouched.
    OutputFailed = "output-failed", "check that the folder can be written to and that the disk has room";
    /// With `--strict`, something is missing, so nothing was written.
    StrictMissing = "strict-missing", "mend what is listed, or build without --strict";
    /// A file among the user's faces is no face that can be used, or there is no face at all.
    FaceUnusable = "face-unusable", "remove the file from the folder of faces, or name another folder with --font-dir";
    /// A family that is named under `[fonts]` and that no face has.
    FaceUnknown = "face-unknown", "correct the name; `wenji fonts` lists what there is";
    /// A family that is named under `[fonts]` lacks a bold or an italic.
    FaceStyle = "face-style", "put the missing face of the family in a folder named by [fonts] dirs, or name another family";
    /// A face of the system is used, which other machines may not have.
    FaceSystem = "face-system", "copy the file into a folder named by [fonts] dirs, or set [fonts] system = false";
    /// An EPUB is larger than it may be, and cannot be split further.
    EpubTooLarge = "epub-too-large", "raise [epub] max_size, put smaller pictures in the article, or write to a file instead of standard output";
    /// Another run works on the same state.
    ScheduleBusy = "schedule-busy", "wait for it to end; nothing was done";
    /// Moments that are remembered lie ahead of the clock.
    ScheduleClock = "schedule-clock", "check the clock of this machine; nothing is lost";
    /// An anthology is new, and another one is gone.
    ScheduleRenamed = "schedule-renamed", "if it was renamed, `wenji schedule rename OLD NEW` takes along what is remembered";
    /// An issue has another name, because a file that is of no issue has its own.
    ScheduleNameTaken = "schedule-name-taken", "put a lost state back, or move the file away: nothing of it was changed";
    /// What is remembered between issues cannot be read or written.
    StateUnusable = "state-unusable", "check [schedule] state, and that the folder can be written to";
    /// A build by the schedule failed.
    ScheduleFailed = "schedule-failed", "see why; it is tried again, and its articles are lost to no issue";
    /// Something could not be laid out as it should.
    LayoutOverfull = "layout-overfull", "shorten the text, or choose a larger paper";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing the user should know about a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Missing content, or a remark.
    pub severity: Severity,
    /// The stable code.
    pub code: Code,
    /// The title of the article concerned.
    pub article: Option<String>,
    /// The file and line, or the URL.
    pub place: Place,
    /// What happened, in one sentence without a final stop.
    pub message: String,
    /// What to do about it; [`Code::help`] unless something better is known.
    pub help: String,
}

impl Problem {
    /// Something that belongs in the book is missing.
    #[must_use]
    pub fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, place, message)
    }

    /// The book is complete, but the user should know.
    #[must_use]
    pub fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, place, message)
    }

    fn new(severity: Severity, code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { severity, code, article: None, place, message: message.into(), help: code.help().to_owned() }
    }

    /// Names the article concerned.
    #[must_use]
    pub fn in_article(mut self, title: &str) -> Self {
        self.article = Some(title.to_owned());
        self
    }

    /// Replaces the general help by a better one.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place != Place::Nowhere {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{} [{}]", self.message, self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_words() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let word = code.as_str();
            assert!(word.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{word}");
            assert!(seen.insert(word), "{word} stands twice");
            assert!(!code.help().is_empty());
        }
    }
}
