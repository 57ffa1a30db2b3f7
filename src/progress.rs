//! How far a run has come. The library reports, the command line draws.

/// A stage of the pipeline, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Finding and reading articles.
    Collect,
    /// Markdown becomes documents.
    Convert,
    /// Pictures are read or downloaded.
    Images,
    /// Documents become pages.
    Layout,
    /// Pages become a PDF.
    WritePdf,
    /// Chapters become an EPUB.
    WriteEpub,
}

/// Receives progress; called from several threads.
pub trait Progress: Sync {
    /// A stage begins that has `total` steps.
    fn begin(&self, stage: Stage, total: u64);
    /// `steps` more steps of the stage are done.
    fn advance(&self, stage: Stage, steps: u64);
    /// A stage is done.
    fn end(&self, stage: Stage);
}

/// Progress that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Stage, _: u64) {}
    fn advance(&self, _: Stage, _: u64) {}
    fn end(&self, _: Stage) {}
}
