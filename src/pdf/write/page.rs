//! A page becomes printpdf's operations.
//!
//! What belongs together (a node's text, the page's furniture) is a section; sections are where marked
//! content begins and ends. Furniture is an artifact (ISO 32000-1 14.8.2.2).

use printpdf::{
    Color as PdfColor, Greyscale, LinePoint, Op, PaintMode, PdfFontHandle, PdfPage, Polygon, PolygonRing, Rgb,
    WindingOrder, XObjectId, XObjectTransform,
};

use super::fonts::Fonts;
use super::images::{Drawn, Pictures};
use super::text::{round, show};
use crate::fonts::FaceId;
use crate::pdf::pages::{Color, GlyphRun, Item, Page, Picture, Point, Rect, Role, Segment};
use crate::units::Pt;

/// What a section of a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// Not part of the text.
    Artifact,
    /// Text and pictures.
    Content(Role),
}

impl Section {
    fn of(item: &Item) -> Self {
        match item {
            Item::Glyphs(run) if run.role == Role::Artifact => Self::Artifact,
            Item::Glyphs(run) => Self::Content(run.role),
            Item::Picture(picture) => picture.node.map_or(Self::Artifact, |node| Self::Content(Role::Node(node))),
            Item::Fill(..) | Item::Stroke(..) | Item::Path(..) => Self::Artifact,
        }
    }
}

/// Draws a page. Letters are emboldened by a line around them, in parts of their size.
pub(super) fn draw(page: &Page, fonts: &Fonts, pictures: &Pictures, embolden: f32) -> PdfPage {
    let mut drawing = Drawing {
        height: page.height,
        fonts,
        pictures,
        ops: Vec::with_capacity(page.items.len() * 3),
        section: None,
        in_text: false,
        font: None,
        fill: Color::BLACK,
        embolden,
    };
    for item in &page.items {
        drawing.enter(Section::of(item));
        drawing.item(item);
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
    PdfPage { media_box: paper(), trim_box: paper(), crop_box: paper(), ops: drawing.ops }
}

/// A page that is being drawn, with the graphics state as the operations so far have left it.
struct Drawing<'a> {
    height: Pt,
    fonts: &'a Fonts,
    pictures: &'a Pictures,
    ops: Vec<Op>,
    section: Option<Section>,
    in_text: bool,
    font: Option<(FaceId, Pt)>,
    fill: Color,
    embolden: f32,
}

impl Drawing<'_> {
    fn enter(&mut self, section: Section) {
        if self.section == Some(section) {
            return;
        }
        self.leave();
        if section == Section::Artifact {
            self.ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() });
        }
        self.section = Some(section);
    }

    /// Ends the section, and text with it: marked content and text objects must not overlap (14.6.1).
    fn leave(&mut self) {
        self.end_text();
        if self.section.take() == Some(Section::Artifact) {
            self.ops.push(Op::EndMarkedContent);
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Glyphs(run) => self.glyphs(run),
            Item::Fill(rect, color) => {
                self.set_fill(*color);
                let rectangle = self.rectangle(rect, PaintMode::Fill);
                self.graphics(Op::DrawRectangle { rectangle });
            }
            Item::Stroke(rect, thickness, color) => {
                self.graphics(Op::SetOutlineColor { col: pdf_color(*color) });
                self.ops.push(Op::SetOutlineThickness { pt: printpdf::Pt(round(thickness.0)) });
                let rectangle = self.rectangle(rect, PaintMode::Stroke);
                self.ops.push(Op::DrawRectangle { rectangle });
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

    fn glyphs(&mut self, run: &GlyphRun) {
        let Some(font) = self.fonts.get(run.face) else { return };
        if run.size <= Pt::ZERO {
            return;
        }
        self.set_fill(run.color);
        if !self.in_text {
            self.ops.push(Op::StartTextSection);
            self.in_text = true;
        }
        if self.font != Some((run.face, run.size)) {
            let handle = PdfFontHandle::External(printpdf::FontId(font.name.clone()));
            self.ops.push(Op::SetFont { font: handle, size: printpdf::Pt(run.size.0) });
            self.font = Some((run.face, run.size));
        }
        if self.embolden > 0.0 {
            self.ops.push(Op::SetOutlineColor { col: pdf_color(run.color) });
            self.ops.push(Op::SetOutlineThickness { pt: printpdf::Pt(round(run.size.0 * self.embolden)) });
            self.ops.push(Op::SetTextRenderingMode { mode: printpdf::TextRenderingMode::FillStroke });
        }
        show(run, font, run.origin.x, self.height - run.origin.y, &mut self.ops);
    }

    /// An operator that must not stand inside a text object.
    fn graphics(&mut self, op: Op) {
        self.end_text();
        self.ops.push(op);
    }

    fn end_text(&mut self) {
        if std::mem::take(&mut self.in_text) {
            self.ops.push(Op::EndTextSection);
        }
    }

    fn set_fill(&mut self, color: Color) {
        if self.fill != color {
            self.ops.push(Op::SetFillColor { col: pdf_color(color) });
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
        self.end_text();
        let (rect, id) = match drawn {
            Drawn::Fitting(object) => (picture.rect, object),
            Drawn::Clipped(object) => {
                self.ops.push(Op::SaveGraphicsState);
                let rectangle = self.rectangle(&picture.rect, PaintMode::Clip);
                self.ops.push(Op::DrawRectangle { rectangle });
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
        self.ops.push(Op::UseXobject { id: XObjectId(id.name.clone()), transform });
        if matches!(drawn, Drawn::Clipped(_)) {
            self.ops.push(Op::RestoreGraphicsState);
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
