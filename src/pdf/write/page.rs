//! A page becomes printpdf's operations.
//!
//! What belongs together (a node's text, the page's furniture) is a section; sections are where marked
//! content begins and ends. Furniture is an artifact (ISO 32000-1 14.8.2.2).

use std::collections::BTreeMap;

use printpdf::{
    Color as PdfColor, DictItem, Greyscale, LinePoint, Op, PaintMode, PdfFontHandle, PdfPage, Polygon, PolygonRing,
    Rgb, TextRenderingMode, WindingOrder, XObjectId, XObjectTransform,
};

use super::fonts::{Embedded, Fonts};
use super::images::{Drawn, Pictures};
use super::tags::Mark;
use super::text::{Piece, Strings, Text, actual_text, pieces, round, show};
use crate::book::NodeRef;
use crate::document::NodeId;
use crate::fonts::FaceId;
use crate::pdf::pages::{Color, GlyphRun, Item, Page, Picture, Point, Rect, Role, Segment};
use crate::pdf::structure::{ADDED, Structure};
use crate::units::{Em, Pt};

/// What a section of a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    /// Not part of the text.
    Artifact,
    /// Text and pictures of a place in the structure.
    Content(NodeRef),
    /// Glyphs of such a place that show another text than a reader would find.
    Replaced(NodeRef, String),
}

impl Section {
    fn of(item: &Item, structure: &Structure) -> Self {
        let content = |node| Self::Content(structure.place(node));
        match item {
            Item::Glyphs(run) => match run.role {
                Role::Artifact => Self::Artifact,
                Role::Front => content(NodeRef { article: ADDED, node: NodeId::COVER }),
                Role::Node(node) => content(node),
            },
            Item::Picture(picture) => picture.node.map_or(Self::Artifact, content),
            Item::Fill(..) | Item::Stroke(..) | Item::Path(..) => Self::Artifact,
        }
    }
}

/// A page as printpdf's operations, with what completes them.
pub(super) struct DrawnPage {
    /// The operations, and the size of the page.
    pub(super) sheet: PdfPage,
    /// What those of its operations show that show text.
    pub(super) strings: Strings,
    /// Its marked content, by identifier.
    pub(super) marks: Vec<Mark>,
}

/// Draws a page.
pub(super) fn draw(page: &Page, fonts: &Fonts, pictures: &Pictures, structure: &Structure) -> DrawnPage {
    let mut drawing = Drawing {
        height: page.height,
        weight: page.weight,
        stroke: None,
        fonts,
        pictures,
        text: Text { ops: Vec::with_capacity(page.items.len() * 3), ..Text::default() },
        section: None,
        marks: Vec::new(),
        in_text: false,
        font: None,
        fill: Color::BLACK,
    };
    for item in &page.items {
        let section = Section::of(item, structure);
        drawing.enter(section.clone());
        drawing.item(item, &section);
    }
    drawing.leave();
    let paper = || printpdf::Rect {
        x: printpdf::Pt(0.0),
        y: printpdf::Pt(0.0),
        width: printpdf::Pt(round(page.width.0)),
        height: printpdf::Pt(round(page.height.0)),
        mode: None,
        winding_order: None,
    };
    let Text { ops, strings } = drawing.text;
    let sheet = PdfPage { media_box: paper(), trim_box: paper(), crop_box: paper(), ops };
    DrawnPage { sheet, strings, marks: drawing.marks }
}

/// A page that is being drawn, with the graphics state as the operations so far have left it.
struct Drawing<'a> {
    height: Pt,
    /// How much heavier than its face text is drawn.
    weight: Em,
    /// The stroke around glyphs that is set; `None` where they are only filled.
    stroke: Option<(Pt, Color)>,
    fonts: &'a Fonts,
    pictures: &'a Pictures,
    text: Text,
    section: Option<Section>,
    marks: Vec<Mark>,
    in_text: bool,
    font: Option<(FaceId, Pt)>,
    fill: Color,
}

impl Drawing<'_> {
    fn enter(&mut self, section: Section) {
        if self.section.as_ref() == Some(&section) && !matches!(section, Section::Replaced(..)) {
            return;
        }
        self.leave();
        match &section {
            Section::Artifact => self.text.ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() }),
            Section::Content(place) => self.begin("P", *place, None),
            Section::Replaced(place, text) => self.begin("Span", *place, Some(text)),
        }
        self.section = Some(section);
    }

    /// Begins marked content of a place. What shows another text is a sequence of its own, not one inside
    /// another: not all readers know which of two nested ones ends.
    fn begin(&mut self, tag: &str, place: NodeRef, text: Option<&str>) {
        // A page has fewer items than the type counts.
        let index = i64::try_from(self.marks.len()).unwrap_or(i64::MAX);
        let mut map = BTreeMap::from([("MCID".to_owned(), DictItem::Int(index))]);
        map.extend(text.map(actual_text));
        self.text
            .ops
            .push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties: DictItem::Dict { map } });
        self.marks.push(Mark { place, bounds: None });
    }

    /// Ends the section, and text with it: marked content and text objects must not overlap (14.6.1).
    fn leave(&mut self) {
        self.end_text();
        if self.section.take().is_some() {
            self.text.ops.push(Op::EndMarkedContent);
        }
    }

    fn item(&mut self, item: &Item, section: &Section) {
        match item {
            Item::Glyphs(run) => self.glyphs(run, section),
            Item::Fill(rect, color) => {
                self.set_fill(*color);
                let rectangle = self.rectangle(rect, PaintMode::Fill);
                self.graphics(Op::DrawRectangle { rectangle });
            }
            Item::Stroke(rect, thickness, color) => {
                // The colour and width of strokes are those of glyphs too.
                self.set_stroke(None);
                self.graphics(Op::SetOutlineColor { col: pdf_color(*color) });
                self.text.ops.push(Op::SetOutlineThickness { pt: printpdf::Pt(round(thickness.0)) });
                let rectangle = self.rectangle(rect, PaintMode::Stroke);
                self.text.ops.push(Op::DrawRectangle { rectangle });
            }
            Item::Path(segments, color) => {
                self.set_fill(*color);
                let rings = self.rings(segments);
                let polygon = Polygon { rings, mode: PaintMode::Fill, winding_order: WindingOrder::NonZero };
                self.graphics(Op::DrawPolygon { polygon });
            }
            Item::Picture(picture) => self.picture(picture),
        }
    }

    fn glyphs(&mut self, run: &GlyphRun, section: &Section) {
        let Some(font) = self.fonts.get(run.face) else { return };
        if run.size <= Pt::ZERO {
            return;
        }
        self.set_fill(run.color);
        for piece in pieces(run, font) {
            let artifact = piece.replaced.as_ref().filter(|_| *section == Section::Artifact);
            match (&piece.replaced, section) {
                (Some(text), Section::Content(place)) => self.enter(Section::Replaced(*place, text.clone())),
                _ => self.enter(section.clone()),
            }
            self.begin_text();
            if let Some(text) = artifact {
                let properties = DictItem::Dict { map: BTreeMap::from([actual_text(text)]) };
                self.text.ops.push(Op::BeginMarkedContentWithProperties { tag: "Span".to_owned(), properties });
            }
            self.piece(run, &piece, font);
            if artifact.is_some() {
                self.text.ops.push(Op::EndMarkedContent);
            }
        }
    }

    fn piece(&mut self, run: &GlyphRun, piece: &Piece, font: &Embedded) {
        if self.font != Some((run.face, run.size)) {
            let handle = PdfFontHandle::External(printpdf::FontId(font.name.clone()));
            self.text.ops.push(Op::SetFont { font: handle, size: printpdf::Pt(run.size.0) });
            self.font = Some((run.face, run.size));
        }
        let heavier = self.weight > Em::ZERO && !font.bold;
        self.set_stroke(heavier.then(|| (self.weight.at(run.size), run.color)));
        show(run, piece, font, run.origin.x, self.height - run.origin.y, &mut self.text);
    }

    /// Draws a stroke around the glyphs that follow, or none (ISO 32000-1 9.3.6).
    fn set_stroke(&mut self, stroke: Option<(Pt, Color)>) {
        if self.stroke == stroke {
            return;
        }
        let mode = if stroke.is_some() { TextRenderingMode::FillStroke } else { TextRenderingMode::Fill };
        self.text.ops.push(Op::SetTextRenderingMode { mode });
        if let Some((thickness, color)) = stroke {
            self.text.ops.push(Op::SetOutlineColor { col: pdf_color(color) });
            self.text.ops.push(Op::SetOutlineThickness { pt: printpdf::Pt(round(thickness.0)) });
        }
        self.stroke = stroke;
    }

    /// An operator that must not stand inside a text object.
    fn graphics(&mut self, op: Op) {
        self.end_text();
        self.text.ops.push(op);
    }

    fn begin_text(&mut self) {
        if !std::mem::replace(&mut self.in_text, true) {
            self.text.ops.push(Op::StartTextSection);
        }
    }

    fn end_text(&mut self) {
        if std::mem::take(&mut self.in_text) {
            self.text.ops.push(Op::EndTextSection);
        }
    }

    fn set_fill(&mut self, color: Color) {
        if self.fill != color {
            self.text.ops.push(Op::SetFillColor { col: pdf_color(color) });
            self.fill = color;
        }
    }

    fn point(&self, point: Point) -> printpdf::Point {
        printpdf::Point { x: printpdf::Pt(round(point.x.0)), y: printpdf::Pt(round((self.height - point.y).0)) }
    }

    fn rectangle(&self, rect: &Rect, mode: PaintMode) -> printpdf::Rect {
        let corner = self.point(Point { x: rect.x, y: rect.y + rect.height });
        printpdf::Rect {
            x: corner.x,
            y: corner.y,
            width: printpdf::Pt(round(rect.width.0)),
            height: printpdf::Pt(round(rect.height.0)),
            mode: Some(mode),
            winding_order: Some(WindingOrder::NonZero),
        }
    }

    /// The contours of a path. Filling closes each of them.
    fn rings(&self, segments: &[Segment]) -> Vec<PolygonRing> {
        let mut rings: Vec<PolygonRing> = Vec::new();
        for segment in segments {
            let mut add = |point: Point, bezier: bool| {
                let point = LinePoint { p: self.point(point), bezier };
                match rings.last_mut() {
                    Some(ring) => ring.points.push(point),
                    None => rings.push(PolygonRing { points: vec![point] }),
                }
            };
            match *segment {
                Segment::Move(point) => {
                    rings.push(PolygonRing { points: vec![LinePoint { p: self.point(point), bezier: false }] });
                }
                Segment::Line(point) => add(point, false),
                Segment::Curve(first, second, end) => {
                    add(first, true);
                    add(second, true);
                    add(end, false);
                }
                Segment::Close => {}
            }
        }
        rings
    }

    fn picture(&mut self, picture: &Picture) {
        let Some(drawn) = self.pictures.get(picture) else { return };
        if let (Some(_), Some(mark)) = (picture.node, self.marks.last_mut()) {
            mark.bounds = Some(picture.rect);
        }
        self.end_text();
        let (rect, id) = match drawn {
            Drawn::Fitting(object) => (picture.rect, object),
            Drawn::Clipped(object) => {
                self.text.ops.push(Op::SaveGraphicsState);
                let rectangle = self.rectangle(&picture.rect, PaintMode::Clip);
                self.text.ops.push(Op::DrawRectangle { rectangle });
                (whole_of(picture), object)
            }
        };
        let corner = self.point(Point { x: rect.x, y: rect.y + rect.height });
        let transform = XObjectTransform {
            translate_x: Some(corner.x),
            translate_y: Some(corner.y),
            scale_x: Some(round(rect.width.0)),
            scale_y: Some(round(rect.height.0)),
            no_auto_scale: true,
            ..XObjectTransform::default()
        };
        self.text.ops.push(Op::UseXobject { id: XObjectId(id.name.clone()), transform });
        if matches!(drawn, Drawn::Clipped(_)) {
            self.text.ops.push(Op::RestoreGraphicsState);
        }
    }
}

/// Where the whole picture would stand of which a slice is shown.
fn whole_of(picture: &Picture) -> Rect {
    let (from, to) = picture.slice;
    let height = picture.rect.height / (to - from).max(f32::EPSILON);
    Rect { y: picture.rect.y - height * from, height, ..picture.rect }
}

/// Equal parts are a grey, so that black text stays black on every printer.
fn pdf_color(Color(red, green, blue): Color) -> PdfColor {
    let part = |byte: u8| (f32::from(byte) / 255.0 * 10_000.0).round() / 10_000.0;
    if red == green && green == blue {
        PdfColor::Greyscale(Greyscale::new(part(red), None))
    } else {
        PdfColor::Rgb(Rgb::new(part(red), part(green), part(blue), None))
    }
}
