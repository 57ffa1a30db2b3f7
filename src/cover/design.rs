//! Everything on a cover at its place.
//!
//! A broad margin, the title in heavy Song as large as it fits, a short rule, the date above it, the
//! first headlines below, and a seal at the foot. All measures are parts of the page's width, so that the
//! same design serves an e-reader's cover and a PDF's first page.

use super::palette;
use super::picture::{CoverPicture, Use};
use super::typeset::{Line, Voice, keeps_clauses};
use crate::book::Anthology;
use crate::fonts::{Family, Library};
use crate::pdf::pages::{Color, GlyphRun, Item, Page, PageLabel, Picture, Point, Rect, Role};
use crate::pdf::style::CoverColors;
use crate::units::{Em, Pt};

/// How many headlines a cover shows.
const HEADLINES: usize = 5;

/// The sizes that are tried for the title, in hundredths of the page's width, with the most lines of each.
const TITLE_SIZES: [(f32, usize); 7] = [(15.0, 2), (13.0, 3), (11.0, 4), (9.5, 4), (8.0, 5), (6.5, 6), (5.2, 9)];

/// Designs a cover. A tall picture fills it; another is set between title and headlines.
#[must_use]
pub fn design(
    book: &Anthology,
    picture: Option<&CoverPicture>,
    library: &Library,
    palettes: &[CoverColors],
    width: Pt,
    height: Pt,
) -> Page {
    let palette = palette::of_title(&book.metadata.title, palettes);
    let mut sheet = Sheet::new(book, library, palette, width, height);
    match picture {
        Some(whole) if whole.purpose == Use::Whole => sheet.full(whole, &book.metadata.title),
        other => sheet.typeset(book, other),
    }
    Page { width, height, label: PageLabel::None, weight: Em::ZERO, items: sheet.items, links: Vec::new(), start: None }
}

/// A page in the making.
struct Sheet<'a> {
    width: Pt,
    height: Pt,
    /// A hundredth of the width.
    unit: f32,
    margin: Pt,
    palette: CoverColors,
    title: Voice<'a>,
    text: Voice<'a>,
    items: Vec<Item>,
}

impl<'a> Sheet<'a> {
    fn new(book: &Anthology, library: &'a Library, palette: CoverColors, width: Pt, height: Pt) -> Self {
        let language = &book.metadata.language;
        let mut sheet = Self {
            width,
            height,
            unit: width.0 / 100.0,
            margin: width * 0.1,
            palette,
            title: Voice::new(library, Family::Serif, true, language),
            text: Voice::new(library, Family::Sans, false, language),
            items: Vec::new(),
        };
        sheet.fill(Rect { x: Pt::ZERO, y: Pt::ZERO, width, height }, palette.ground);
        sheet
    }

    fn units(&self, hundredths: f32) -> Pt {
        Pt(self.unit * hundredths)
    }

    fn measure(&self) -> Pt {
        self.width - self.margin * 2.0
    }

    fn fill(&mut self, rect: Rect, color: Color) {
        self.items.push(Item::Fill(rect, color));
    }

    /// A picture that is a cover itself: as large as the page allows, in its own proportions.
    fn full(&mut self, picture: &CoverPicture, title: &str) {
        let (w, h) = (picture.width as f32, picture.height as f32);
        let scale = (self.width.0 / w).min(self.height.0 / h);
        // A picture that is nearly of the page's proportions is stretched by what nobody sees.
        let close = (self.width.0 / w) / (self.height.0 / h);
        let (width, height) =
            if (0.96..=1.04).contains(&close) { (self.width, self.height) } else { (Pt(w * scale), Pt(h * scale)) };
        let rect = Rect { x: (self.width - width) / 2.0, y: (self.height - height) / 2.0, width, height };
        self.picture(picture, rect, title);
    }

    fn typeset(&mut self, book: &Anthology, picture: Option<&CoverPicture>) {
        let mut y = self.head(book);
        y = self.book_title(&book.metadata.title, y);
        if let Some(author) = book.metadata.author() {
            let size = self.units(3.6);
            y += size * 1.9;
            let line = self.text.short_line(&author, size, self.measure());
            self.put(line, size, self.margin, y, self.palette.soft);
        }
        // The seal stands 12 units high.
        let foot = self.height - self.margin - self.units(11.5);
        if let Some(picture) = picture {
            y = self.inset(picture, y + self.units(6.0), foot, &book.metadata.title);
        }
        self.headlines(book, y, foot);
        self.foot(book);
    }

    /// The issue and the date or the span of dates, with a bar before them; nothing for a book without. Gives the y below.
    fn head(&mut self, book: &Anthology) -> Pt {
        let size = self.units(3.4);
        let baseline = self.margin + self.units(3.0);
        let facts: Vec<String> = issue(book).into_iter().chain(dates(book)).collect();
        if !facts.is_empty() {
            let y = baseline - self.units(2.75);
            self.fill(Rect { x: self.margin, y, width: self.units(1.1), height: self.units(3.0) }, self.palette.accent);
            let line = self.text.short_line(&facts.join(" · "), size, self.measure() - self.units(3.4));
            self.put(line, size, self.margin + self.units(3.0), baseline, self.palette.soft);
        }
        baseline + self.height * 0.075
    }

    /// The title, as large as it fits, and the rule under it. Gives the y of the rule.
    fn book_title(&mut self, title: &str, top: Pt) -> Pt {
        let (size, lines) = self.title_lines(title);
        let mut y = top;
        for line in lines {
            y += size * 1.32;
            self.put(line, size, self.margin, y, self.palette.ink);
        }
        y += self.units(6.0);
        let rule = Rect { x: self.margin, y, width: self.units(12.0), height: self.units(0.7) };
        self.fill(rule, self.palette.accent);
        y + rule.height
    }

    /// The title's lines at the largest size that fits; a smaller one, if only that keeps its parts together.
    fn title_lines(&self, title: &str) -> (Pt, Vec<Line>) {
        let mut fitting = TITLE_SIZES.iter().filter_map(|&(hundredths, most)| {
            let size = self.units(hundredths);
            self.title.lines(title, size, self.measure(), most).map(|lines| (size, lines))
        });
        let Some(largest) = fitting.next() else {
            let size = self.units(TITLE_SIZES[TITLE_SIZES.len() - 1].0);
            return (size, vec![self.title.short_line(title, size, self.measure())]);
        };
        if keeps_clauses(&largest.1) {
            return largest;
        }
        let least = largest.0.0 * 0.62;
        let better = fitting.take_while(|(size, _)| size.0 >= least).find(|(_, lines)| keeps_clauses(lines));
        better.unwrap_or(largest)
    }

    /// A picture between title and headlines, enlarged at most twice. Gives the y below it.
    fn inset(&mut self, picture: &CoverPicture, top: Pt, foot: Pt, title: &str) -> Pt {
        let room = (foot - top).max(Pt::ZERO) * 0.62;
        let (w, h) = (picture.width as f32, picture.height as f32);
        // In units of the EPUB's cover, a pixel of the picture is two pixels at most.
        let twice = 2.0 * self.width.0 / super::WIDTH as f32;
        let scale = (self.measure().0 / w).min(room.0 / h).min(twice);
        let (width, height) = (Pt(w * scale), Pt(h * scale));
        if height.0 < self.unit * 8.0 {
            return top;
        }
        self.picture(picture, Rect { x: self.margin, y: top, width, height }, title);
        top + height
    }

    fn picture(&mut self, picture: &CoverPicture, rect: Rect, title: &str) {
        let alt = title.to_owned();
        self.items.push(Item::Picture(Picture { asset: picture.asset, rect, slice: (0.0, 1.0), alt, node: None }));
    }

    /// The first headlines, above the foot.
    fn headlines(&mut self, book: &Anthology, top: Pt, foot: Pt) {
        let size = self.units(3.7);
        let step = size * 1.85;
        let room = ((foot - top - self.units(6.0)).0 / step.0).max(0.0) as usize;
        // An address stands for the title of an article that could not be had.
        let titles = book.articles.iter().map(|article| article.title.as_str());
        let titles: Vec<&str> =
            titles.filter(|title| !title.starts_with("http://") && !title.starts_with("https://")).collect();
        // A book of one article is named after it.
        let shown = if titles.len() < 2 { 0 } else { titles.len().min(HEADLINES).min(room) };
        let mut y = foot - self.units(4.0) - step * (shown.saturating_sub(1)) as f32;
        for title in &titles[..shown] {
            let dot = Rect { x: self.margin, y: y - size * 0.5, width: self.units(1.0), height: self.units(1.0) };
            self.fill(dot, self.palette.accent);
            let line = self.text.short_line(title, size, self.measure() - self.units(3.4));
            self.put(line, size, self.margin + self.units(3.4), y, self.palette.ink);
            y += step;
        }
    }

    /// How many articles there are, and the seal.
    fn foot(&mut self, book: &Anthology) {
        let baseline = self.height - self.margin;
        let size = self.units(3.0);
        let chinese = book.metadata.language.is_chinese();
        let count = book.articles.len();
        let text = match (count, chinese) {
            (0 | 1, _) => book.metadata.publisher.clone().unwrap_or_default(),
            (_, true) => format!("共 {count} 篇"),
            (_, false) => format!("{count} articles"),
        };
        let line = self.text.short_line(&text, size, self.measure() * 0.7);
        self.put(line, size, self.margin, baseline, self.palette.soft);
        self.seal(chinese, baseline);
    }

    /// A seal with the two characters of 文集, one above the other; elsewhere a plain mark.
    fn seal(&mut self, chinese: bool, baseline: Pt) {
        let size = self.units(4.4);
        let (width, height) = if chinese { (size * 1.5, size * 2.7) } else { (size * 1.2, size * 1.2) };
        let x = self.width - self.margin - width;
        let y = baseline - height;
        self.fill(Rect { x, y, width, height }, self.palette.accent);
        if !chinese {
            return;
        }
        for (row, character) in (0_u8..).zip(["文", "集"]) {
            let line = self.title.line(character, size);
            let left = x + (width - line.width) / 2.0;
            let bottom = y + size * (1.15 + 1.12 * f32::from(row));
            self.put(line, size, left, bottom, self.palette.on_accent);
        }
    }

    fn put(&mut self, line: Line, size: Pt, x: Pt, baseline: Pt, color: Color) {
        for run in line.runs {
            self.items.push(Item::Glyphs(GlyphRun {
                turned: false,
                face: run.face,
                size,
                color,
                origin: Point { x: x + run.x, y: baseline },
                glyphs: run.glyphs,
                text: run.text,
                role: Role::Front,
                language: None,
            }));
        }
    }
}

/// Which book of its series it is, unless the title says it.
fn issue(book: &Anthology) -> Option<String> {
    let number = book.metadata.series.as_ref()?.issue?.to_string();
    let mut numbers = book.metadata.title.split(|c: char| !c.is_ascii_digit());
    let chinese = book.metadata.language.is_chinese();
    let said = if chinese { format!("第 {number} 期") } else { format!("No. {number}") };
    (!numbers.any(|there| there == number)).then_some(said)
}

/// The date of the book's articles, or the first and the last.
fn dates(book: &Anthology) -> Option<String> {
    let known = || book.articles.iter().filter_map(|article| article.published);
    let day = |at: &chrono::NaiveDateTime| at.format("%Y.%m.%d").to_string();
    let first = known().map(|published| published.local).min();
    let last = known().map(|published| published.local).max();
    match (first, last) {
        (Some(first), Some(last)) if first.date() == last.date() => Some(day(&last)),
        (Some(first), Some(last)) => Some(format!("{} – {}", day(&first), day(&last))),
        _ => book.metadata.date.map(|date| day(&date.naive_utc())),
    }
}
