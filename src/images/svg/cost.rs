//! What a drawing asks for, judged before it is done: a few lines of SVG can ask for hours.
//!
//! What refers to what can make a source grow without end while it is parsed, so elements are counted first, with all
//! that they refer to ([`check_growth`]); what is left may still be painted over and over ([`check_work`]).

use std::collections::BTreeMap;

use usvg::filter::Kind;
use usvg::roxmltree::{Document, Node as Element};
use usvg::{Group, Node, Paint, Path, Tree};

/// The most elements, each counted as often as it is shown. usvg has the same limit for `use` alone.
const MAX_ELEMENTS: u64 = 1_000_000;

/// The longest chain of elements inside each other and references to each other; the parser recurses along it.
const MAX_CHAIN: usize = 1000;

/// What a character of text counts for: it is shaped, and becomes an outline.
const CHARACTER: u64 = 10;

/// The most samples that may be painted: some tens of seconds. Maps and diagrams take a hundredth of it.
const MAX_WORK: f64 = 1e10;

/// Dots for each CSS pixel, squared: drawings are painted at about twice their size.
const DOTS: f64 = 4.0;

/// Elements that are shown where something refers to them, not where they stand.
const DEFINITIONS: [&str; 7] = ["defs", "symbol", "mask", "clipPath", "pattern", "marker", "filter"];

/// Elements whose text is not shown.
const SILENT: [&str; 6] = ["script", "style", "metadata", "title", "desc", "foreignObject"];

/// Refuses a source that grows beyond measure when its references are followed.
pub(super) fn check_growth(source: &Document<'_>) -> Result<(), String> {
    let mut elements = Elements { by_id: BTreeMap::new(), known: BTreeMap::new(), rules: rules(source) };
    let nodes = source.descendants().filter(Element::is_element);
    elements.by_id = nodes.filter_map(|node| Some((node.attribute("id")?, node))).collect();
    let count = elements.count(source.root_element(), 0)?;
    if count > MAX_ELEMENTS { Err(format!("it shows {count} elements, more than {MAX_ELEMENTS}")) } else { Ok(()) }
}

/// A property that refers to an element.
#[derive(Debug, Clone, PartialEq)]
struct Reference<'a> {
    property: &'a str,
    id: &'a str,
}

impl Reference<'_> {
    /// How often what is referred to is shown, by an element with so many others inside and path data so long.
    fn times(&self, inside: u64, data: u64) -> u64 {
        match self.property {
            // At every vertex, or handed down to paths of some.
            "marker" | "marker-mid" => (data / 2).max(inside.saturating_mul(10)).max(1),
            // These are handed down to all that is inside.
            "fill" | "stroke" | "marker-start" | "marker-end" => inside.max(1),
            _ => 1,
        }
    }
}

/// A rule of a style sheet that refers to something; without a class, it may hold for anything.
struct Rule<'a> {
    class: Option<&'a str>,
    references: Vec<Reference<'a>>,
}

/// The counting of elements.
struct Elements<'a, 'input> {
    by_id: BTreeMap<&'a str, Element<'a, 'input>>,
    /// What has been counted, by the number of its node; what is being counted is 0, because what refers to itself is not shown.
    known: BTreeMap<usize, u64>,
    rules: Vec<Rule<'a>>,
}

impl<'a, 'input> Elements<'a, 'input> {
    /// How many elements are shown by one, itself included.
    fn count(&mut self, node: Element<'a, 'input>, depth: usize) -> Result<u64, String> {
        if let Some(&count) = self.known.get(&node.id().get_usize()) {
            return Ok(count);
        }
        if depth > MAX_CHAIN {
            return Err(format!("its references lead more than {MAX_CHAIN} elements deep"));
        }
        self.known.insert(node.id().get_usize(), 0);
        let mut inside = 0_u64;
        for child in node.children() {
            let name = child.tag_name().name();
            if child.is_text() && !node.tag_name().name().is_empty() {
                let length = child.text().map_or(0, |text| text.trim().chars().count()) as u64;
                inside = inside.saturating_add(length.saturating_mul(CHARACTER));
            } else if child.is_element() && !DEFINITIONS.contains(&name) && !SILENT.contains(&name) {
                inside = inside.saturating_add(self.count(child, depth + 1)?);
            }
        }
        let data = node.attribute("d").or(node.attribute("points")).map_or(0, str::len) as u64;
        let mut count = inside.saturating_add(1 + data / 20);
        for reference in self.references(node) {
            let Some(&target) = self.by_id.get(reference.id) else { continue };
            // A gradient is the same whatever is filled with it.
            let shown = if target.tag_name().name().ends_with("Gradient") { 1 } else { self.count(target, depth + 1)? };
            count = count.saturating_add(shown.saturating_mul(reference.times(inside, data)));
        }
        self.known.insert(node.id().get_usize(), count);
        Ok(count)
    }

    /// What an element refers to, by its attributes and by the rules that hold for it.
    fn references(&self, node: Element<'a, 'input>) -> Vec<Reference<'a>> {
        let mut found = Vec::new();
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            // A link leads somewhere, and shows nothing of it.
            if name == "href" && node.tag_name().name() != "a" {
                found.extend(value.trim().strip_prefix('#').map(|id| Reference { property: "href", id }));
            } else if name == "style" {
                found.extend(declarations(value));
            } else {
                found.extend(addresses(value).map(|id| Reference { property: name, id }));
            }
        }
        let classes = node.attribute("class").unwrap_or_default();
        let holds = |rule: &&Rule<'_>| rule.class.is_none_or(|name| classes.split_whitespace().any(|own| own == name));
        for rule in self.rules.iter().filter(holds) {
            // A rule that may hold for everything is counted where it does, so nothing is handed down.
            let own = |reference: &Reference<'a>| match rule.class {
                None if !reference.property.starts_with("marker") => Reference { property: "any", ..reference.clone() },
                _ => reference.clone(),
            };
            found.extend(rule.references.iter().map(own));
        }
        found
    }
}

/// The rules of a drawing's style sheets that refer to something.
fn rules<'a>(source: &'a Document<'_>) -> Vec<Rule<'a>> {
    let sheets = source.descendants().filter(|node| node.tag_name().name() == "style");
    let mut rules = Vec::new();
    for (selectors, body) in sheets.filter_map(|sheet| sheet.text()).flat_map(blocks) {
        let references: Vec<Reference<'_>> = declarations(body).collect();
        if references.is_empty() {
            continue;
        }
        for selector in selectors.split(',').map(str::trim) {
            let name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
            let class = selector.strip_prefix('.').filter(|class| class.chars().all(name));
            rules.push(Rule { class, references: references.clone() });
        }
    }
    rules
}

/// The selectors and the body of each block of a style sheet.
fn blocks(sheet: &str) -> impl Iterator<Item = (&str, &str)> {
    sheet.split('}').filter_map(|block| block.rsplit_once('{'))
}

/// The references of declarations such as `fill: url(#a); mask: url(#b)`.
fn declarations(text: &str) -> impl Iterator<Item = Reference<'_>> {
    let pairs = text.split(';').filter_map(|declaration| declaration.split_once(':'));
    pairs.flat_map(|(property, value)| addresses(value).map(move |id| Reference { property: property.trim(), id }))
}

/// The ids in the `url(#id)` of a value.
fn addresses(value: &str) -> impl Iterator<Item = &str> {
    value.split("url(").skip(1).filter_map(|rest| {
        let inside = rest.split(')').next()?;
        inside.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'').strip_prefix('#')
    })
}

/// Refuses a drawing that takes too long to be painted.
pub(super) fn check_work(tree: &Tree) -> Result<(), String> {
    let size = tree.size();
    let mut work = Work { whole: f64::from(size.width()) * f64::from(size.height()) * DOTS, layers: BTreeMap::new() };
    let samples = work.of_group(tree.root());
    if samples > MAX_WORK { Err(format!("painting it takes more than {MAX_WORK:.0} samples")) } else { Ok(()) }
}

/// The counting of samples.
struct Work {
    /// The samples of the whole drawing.
    whole: f64,
    /// How many times the area is painted by what masks, clips and patterns hold, by where they are in memory.
    layers: BTreeMap<*const Group, f64>,
}

impl Work {
    /// The samples of an area in CSS pixels, as far as it lies in the drawing.
    fn area(&self, width: f32, height: f32) -> f64 {
        (f64::from(width) * f64::from(height) * DOTS).min(self.whole)
    }

    /// The samples of a group and all that is in it.
    fn of_group(&mut self, group: &Group) -> f64 {
        let inside: f64 = group.children().iter().map(|node| self.of_node(node)).sum();
        let layer = group.abs_layer_bounding_box();
        let area = self.area(layer.width(), layer.height());
        inside + area * self.layers_of(group) + self.of_filters(group, area)
    }

    fn of_node(&mut self, node: &Node) -> f64 {
        match node {
            Node::Group(group) => self.of_group(group),
            Node::Path(path) => {
                let bounds = path.abs_stroke_bounding_box();
                self.area(bounds.width(), bounds.height()) * (1.0 + self.layers_of_path(path))
            }
            // All of it is decoded, however small it is shown.
            Node::Image(image) => f64::from(image.size().width()) * f64::from(image.size().height()) * DOTS,
            Node::Text(text) => self.of_group(text.flattened()),
        }
    }

    /// How often the area of a group is painted for its own sake.
    fn layers_of(&mut self, group: &Group) -> f64 {
        let mut layers = if group.should_isolate() { 1.0 } else { 0.0 };
        let mut clip = group.clip_path();
        while let Some(path) = clip {
            layers += 1.0 + self.layers_in(path.root());
            clip = path.clip_path();
        }
        let mut mask = group.mask();
        while let Some(outer) = mask {
            layers += 1.0 + self.layers_in(outer.root());
            mask = outer.mask();
        }
        layers
    }

    /// How often an area is painted by all that is in the root of a mask, a clip or a pattern.
    fn layers_in(&mut self, root: &Group) -> f64 {
        if let Some(layers) = self.layers.get(&std::ptr::from_ref(root)) {
            return *layers;
        }
        let mut layers = self.layers_of(root);
        for node in root.children() {
            layers += match node {
                Node::Group(group) => self.layers_in(group) + self.of_filters(group, 1.0),
                Node::Path(path) => 1.0 + self.layers_of_path(path),
                Node::Image(_) => (self.of_node(node) / self.whole).max(1.0),
                Node::Text(text) => self.layers_in(text.flattened()),
            };
        }
        self.layers.insert(std::ptr::from_ref(root), layers);
        layers
    }

    /// How often the area of a path is painted by the patterns that it is filled and drawn with.
    fn layers_of_path(&mut self, path: &Path) -> f64 {
        let fill = path.fill().map(usvg::Fill::paint);
        let stroke = path.stroke().map(usvg::Stroke::paint);
        let mut layers = 0.0;
        for paint in [fill, stroke].into_iter().flatten() {
            if let Paint::Pattern(pattern) = paint {
                layers += 1.0 + self.layers_in(pattern.root());
            }
        }
        layers
    }

    /// What filters take of an area.
    fn of_filters(&mut self, group: &Group, area: f64) -> f64 {
        let mut samples = 0.0;
        for primitive in group.filters().iter().flat_map(|filter| filter.primitives()) {
            samples += area
                * match primitive.kind() {
                    Kind::Turbulence(noise) => 20.0 * f64::from(noise.num_octaves()),
                    Kind::ConvolveMatrix(kernel) => f64::from(kernel.matrix().columns() * kernel.matrix().rows()),
                    Kind::Morphology(shape) => {
                        // In dots; wider than the picture is not looked at.
                        let reach = |radius: f32| (f64::from(radius) * DOTS.sqrt() * 2.0 + 1.0).min(self.whole.sqrt());
                        reach(shape.radius_x().get()) * reach(shape.radius_y().get())
                    }
                    Kind::Image(image) => 1.0 + self.layers_in(image.root()),
                    _ => 8.0,
                };
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use usvg::fontdb::Database;

    use super::super::parse;
    use crate::images::ImageError;

    fn judged(inside: &str) -> Result<(), ImageError> {
        let source = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' \
             width='600' height='600'>{inside}</svg>"
        );
        parse(source.as_bytes(), &Arc::new(Database::new())).map(drop)
    }

    /// Definitions of which each shows the one before ten times: `first`, then `each` with its own and the other's number.
    fn tower(first: &str, each: impl Fn(usize, usize) -> String, last: &str) -> String {
        let levels: String = (1..10).map(|level| each(level, level - 1)).collect();
        format!("<defs>{first}{levels}</defs>{last}")
    }

    #[test]
    fn what_grows_without_end_is_refused_before_it_does() {
        let rect = "<rect width='500' height='500'/>";
        let ten = |what: String| what.repeat(10);
        for (what, drawing) in [
            (
                "use",
                tower(
                    "<g id='x0'><rect width='1' height='1'/></g>",
                    |n, o| format!("<g id='x{n}'>{}</g>", ten(format!("<use xlink:href='#x{o}'/>"))),
                    "<use href='#x9'/>",
                ),
            ),
            (
                "pattern",
                tower(
                    &format!("<pattern id='x0' width='9' height='9'>{rect}</pattern>"),
                    |n, o| {
                        let inner = ten(format!("<rect width='5' height='5' fill='url(#x{o})'/>"));
                        format!("<pattern id='x{n}' width='9' height='9'>{inner}</pattern>")
                    },
                    "<rect width='9' height='9' fill='url(#x9)'/>",
                ),
            ),
            (
                "mask in a style",
                tower(
                    &format!("<mask id='x0'>{rect}</mask>"),
                    |n, o| {
                        let inner =
                            ten(format!("<rect width='5' height='5' style='opacity: 1; mask: url( \"#x{o}\" )'/>"));
                        format!("<mask id='x{n}'>{inner}</mask>")
                    },
                    "<rect width='9' height='9' mask='url(#x9)'/>",
                ),
            ),
            (
                "clip in a style sheet",
                tower(
                    &format!("<clipPath id='x0'>{rect}</clipPath>"),
                    |n, o| {
                        let inner = ten(format!("<rect class='a c{n}' width='5' height='5'/>"));
                        format!(
                            "<style>.c{n} {{ clip-path: url(#x{o}) }}</style><clipPath id='x{n}'>{inner}</clipPath>"
                        )
                    },
                    "<rect width='9' height='9' clip-path='url(#x9)'/>",
                ),
            ),
            (
                "marker",
                tower(
                    "<marker id='x0'><rect width='1' height='1'/></marker>",
                    |n, o| {
                        let line = format!("<path d='M0 0L1 1L2 2L3 3L4 4L5 5L6 6L7 7L8 8' marker-mid='url(#x{o})'/>");
                        format!("<marker id='x{n}'>{line}</marker>")
                    },
                    "<path d='M0 0L1 1L2 2L3 3' stroke='red' marker-mid='url(#x9)'/>",
                ),
            ),
            ("text", format!("<text>{}</text>", "文".repeat(200_000))),
            ("a long chain", {
                let chain: String =
                    (1..5000).map(|n| format!("<g id='x{n}'><use xlink:href='#x{}'/></g>", n - 1)).collect();
                format!("<defs><g id='x0'/>{chain}</defs><use xlink:href='#x4999'/>")
            }),
        ] {
            assert!(matches!(judged(&drawing), Err(ImageError::TooComplex { .. })), "{what}");
        }
    }

    #[test]
    fn what_would_be_painted_for_minutes_is_refused() {
        let filtered = |primitive: &str, times: usize| {
            let shape = "<rect width='600' height='600' filter='url(#f)'/>".repeat(times);
            format!("<filter id='f' x='0' y='0' width='1' height='1'>{primitive}</filter>{shape}")
        };
        let kernel = "1 ".repeat(160_000);
        for drawing in [
            filtered("<feTurbulence numOctaves='1000000000' baseFrequency='0.05'/>", 1),
            filtered("<feMorphology operator='dilate' radius='300'/>", 1),
            filtered(&format!("<feConvolveMatrix order='400' kernelMatrix='{kernel}'/>"), 1),
            filtered(&"<feTurbulence numOctaves='9' baseFrequency='0.05'/>".repeat(2000), 1),
            filtered("<feGaussianBlur stdDeviation='9'/>", 3000),
            format!(
                "<mask id='m'>{0}</mask>{1}",
                "<rect width='600' height='600' fill='white'/>".repeat(9),
                "<rect width='600' height='600' mask='url(#m)'/>".repeat(5000)
            ),
        ] {
            assert!(matches!(judged(&drawing), Err(ImageError::TooComplex { .. })), "{}", &drawing[..100]);
        }
    }

    #[test]
    fn drawings_as_people_make_them_are_not_refused() {
        let shadow = "<filter id='s'><feGaussianBlur stdDeviation='3'/><feOffset dx='2' dy='2'/><feMerge><feMergeNode/>\
            <feMergeNode in='SourceGraphic'/></feMerge></filter>";
        let nested = format!("{}<rect width='9' height='9'/>{}", "<g>".repeat(100), "</g>".repeat(100));
        let ruled = format!(
            "<style>rect {{ fill: url(#p) }}</style><pattern id='p' width='9' height='9'><path d='M0 0h9'/></pattern>{nested}"
        );
        let boxes: String = (0..400)
            .map(|n| format!("<rect x='{}' y='{}' width='26' height='20' filter='url(#s)'/>", n % 20 * 30, n / 20 * 30))
            .collect();
        let map: String = (0..20_000).map(|n| format!("<path class='st0' d='M{} 0l9 9l-3 5z'/>", n % 590)).collect();
        let style = "<style>.st0{fill:url(#g);stroke:#123} .st1{clip-path:url(#c)}</style>\
            <linearGradient id='g'><stop offset='0'/><stop offset='1'/></linearGradient>\
            <clipPath id='c'><rect width='50' height='50'/></clipPath>";
        let clips = "<g class='st1'><circle r='30'/></g>".repeat(2000);
        let itself = "<g id='i'><use href='#i'/><rect width='5' height='5' mask='url(#m)'/></g><mask id='m'><use href='#i'/></mask>";
        for drawing in
            [format!("{shadow}{boxes}"), format!("{style}{map}"), format!("{style}{clips}"), itself.to_owned(), ruled]
        {
            assert_eq!(judged(&drawing), Ok(()), "{}", &drawing[..60]);
        }
    }
}
