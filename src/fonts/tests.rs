//! The room as a whole, with faces of the kinds that users have.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::subset::{Description, Outlines, subset};
use super::*;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/fonts")).join(name)
}

/// The embedded faces and some files of the fixtures, with families named for roles.
fn library(files: &[&str], named: &[(Family, &[&str])]) -> (Library, Naming) {
    let mut library = Library::embedded().expect("embedded");
    for file in files {
        let path = fixture(file);
        assert!(library.add(std::fs::read(&path).expect("a fixture"), &path).is_empty(), "{file}");
    }
    let named: Vec<(Family, Vec<String>)> =
        named.iter().map(|(family, names)| (*family, names.iter().map(ToString::to_string).collect())).collect();
    let naming = library.set_roles(&named);
    (library, naming)
}

fn want(bold: bool, italic: bool, wide: bool) -> Want {
    Want { family: Family::Serif, bold, italic, wide, region: None }
}

fn chosen<'a>(library: &'a Library, grapheme: &str, want: &Want) -> &'a str {
    library.choose(grapheme, want).map_or("none", |id| library.face(id).name())
}

fn face<'a>(library: &'a Library, name: &str) -> &'a Face {
    library.face(library.named(name).expect("it has been added"))
}

#[test]
fn a_family_of_a_collection_takes_the_role_by_its_chinese_name() {
    let (library, naming) = library(&["WenjiSong.ttc"], &[(Family::Serif, &["文集宋体"])]);
    assert_eq!(naming, Naming::default());
    assert_eq!(chosen(&library, "文", &want(false, false, true)), "WenjiSong-Regular");
    assert_eq!(chosen(&library, "文", &want(true, false, true)), "WenjiSong-Bold");
    // A Han family leaves the Latin of text alone, and what it lacks comes from the embedded face.
    assert_eq!(chosen(&library, "a", &want(false, false, false)), "SourceSerif4-Regular");
    assert_eq!(chosen(&library, "龘", &want(true, false, true)), "NotoSerifSC-Bold");
}

#[test]
fn a_list_names_latin_and_han_and_a_post_script_name_will_do() {
    let names: &[&str] = &["Wenji Sans", "WenjiSong-Regular"];
    let (library, _) = library(&["WenjiSong.ttc", "WenjiSans-Variable.ttf"], &[(Family::Serif, names)]);
    assert_eq!(chosen(&library, "a", &want(false, false, false)), "WenjiSans-Regular_400wght");
    assert_eq!(chosen(&library, "a", &want(true, false, false)), "WenjiSans-Regular_700wght");
    assert_eq!(chosen(&library, "a", &want(false, true, false)), "WenjiSans-Regular_400wght_-10slnt");
    assert_eq!(chosen(&library, "文", &want(false, false, true)), "WenjiSong-Regular");
}

#[test]
fn what_a_family_lacks_is_told_and_the_embedded_bold_stands_in() {
    let (library, naming) = library(&["WenjiMing-Regular.ttf"], &[(Family::Serif, &["Wenji Ming", "Nobody"])]);
    assert_eq!(naming.lacking, [(Family::Serif, "Wenji Ming".to_owned(), Lack::Bold)]);
    assert_eq!(naming.unknown, [(Family::Serif, "Nobody".to_owned())]);
    assert_eq!(chosen(&library, "文", &want(false, false, true)), "WenjiMing-Regular");
    assert_eq!(chosen(&library, "文", &want(true, false, true)), "NotoSerifSC-Bold");
}

/// The advances of a text as the shaper gives them, in units.
fn shaped(face: &Face, text: &str) -> Vec<i32> {
    let font = face.font();
    let shaper = face.shaper_data().shaper(&font).instance(face.shaper_instance()).build();
    let mut buffer = harfrust::UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let kern = [harfrust::Feature::new(harfrust::Tag::new(b"kern"), 0, ..)];
    let output = shaper.shape(buffer, harfrust::ShapeOptions::new().features(&kern));
    output.glyph_positions().iter().map(|position| position.x_advance).collect()
}

#[test]
fn an_instance_is_the_same_in_measures_shaping_and_subset() {
    use skrifa::MetadataProvider as _;
    let (library, _) = library(&["WenjiSans-Variable.ttf", "WenjiCode-Variable.otf"], &[]);
    let (mut all, mut boxes) = (BTreeSet::new(), BTreeSet::new());
    for name in [
        "WenjiSans-Regular_400wght",
        "WenjiSans-Regular_700wght",
        "WenjiCode-Regular_400wght",
        "WenjiCode-Regular_700wght",
    ] {
        let face = face(&library, name);
        let glyphs: Vec<GlyphId> = "let a".chars().filter_map(|c| face.glyph(c)).collect();
        let units = |glyph: &GlyphId| (face.advance(*glyph).0 * f32::from(face.measures().units_per_em)).round() as i32;
        assert_eq!(glyphs.iter().map(units).collect::<Vec<_>>(), shaped(face, "let a"), "{name}");
        let used: BTreeSet<GlyphId> = glyphs.iter().copied().collect();
        let subset = subset(face, &used).expect("a subset");
        assert_eq!(subset.outlines, Outlines::TrueType);
        let font = skrifa::FontRef::new(&subset.bytes).expect("a font");
        let metrics = font.glyph_metrics(skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default());
        for glyph in &glyphs {
            let own = subset.glyph(*glyph).expect("in the subset");
            let advance = metrics.advance_width(skrifa::GlyphId::from(own.0)).expect("a width");
            assert_eq!(advance as i32, units(glyph), "{name}");
        }
        boxes.insert(Description::of(face, &used).bounds);
        all.insert(subset.bytes);
    }
    assert_eq!((all.len(), boxes.len()), (4, 4), "each instance has outlines and a box of its own");
}

#[test]
fn cff_outlines_are_subset_as_a_bare_table() {
    let (library, _) = library(&["WenjiSerifTC-Regular.otf"], &[]);
    let face = face(&library, "WenjiSerifTC-Regular");
    let used = "骨直".chars().filter_map(|c| face.glyph(c)).collect();
    let subset = subset(face, &used).expect("a subset");
    assert_eq!((subset.outlines, subset.bytes.first()), (Outlines::Cff, Some(&1)));
}

#[test]
fn a_face_whose_licence_forbids_embedding_is_left_out() {
    let mut library = Library::embedded().expect("embedded");
    let path = fixture("WenjiClosed-Regular.ttf");
    let errors = library.add(std::fs::read(&path).expect("a fixture"), &path);
    assert!(matches!(errors.as_slice(), [FontError::NotEmbeddable { .. }]), "{errors:?}");
    assert!(library.named("WenjiClosed-Regular").is_none());
}

#[test]
fn damaged_files_are_told_and_never_a_panic() {
    let bytes = std::fs::read(fixture("WenjiSong.ttc")).expect("a fixture");
    for length in (0..bytes.len()).step_by(97) {
        let mut library = Library::default();
        library.add(bytes[..length].to_vec(), &PathBuf::from("cut.ttc"));
        let mut damaged = bytes.clone();
        damaged[length] ^= 0xFF;
        library.add(damaged, &PathBuf::from("bent.ttc"));
        for (_, face) in library.iter() {
            let _ = (face.coverage().len(), face.regions().len());
        }
    }
}

#[test]
fn text_of_a_region_goes_to_a_face_with_its_forms() {
    let (library, _) = library(&["WenjiSerifJP-Regular.otf", "WenjiSerifTC-Regular.otf"], &[]);
    let of = |region| Want { region: Some(region), ..want(false, false, true) };
    assert_eq!(chosen(&library, "骨", &of(Region::Mainland)), "NotoSerifSC-Regular");
    assert_eq!(chosen(&library, "骨", &of(Region::Taiwan)), "WenjiSerifTC-Regular");
    assert_eq!(chosen(&library, "骨", &of(Region::HongKong)), "WenjiSerifTC-Regular");
    assert_eq!(chosen(&library, "骨", &of(Region::Japan)), "WenjiSerifJP-Regular");
    // What that face lacks still has another.
    assert_eq!(chosen(&library, "龘", &of(Region::Japan)), "NotoSerifSC-Regular");
    assert!(library.regional(Region::Korea, Family::Serif, false).is_empty());
}

#[test]
fn a_letter_with_a_mark_goes_to_the_one_face_that_has_both() {
    let (library, _) = library(&["WenjiMing-Regular.ttf"], &[]);
    assert_eq!(chosen(&library, "文", &want(false, false, true)), "NotoSerifSC-Regular");
    assert_eq!(chosen(&library, "文\u{1AB0}", &want(false, false, true)), "WenjiMing-Regular");
    assert_eq!(chosen(&library, "人\u{1AB0}", &want(false, false, true)), "none");
}

#[test]
fn codes_for_private_use_are_those_of_the_family_that_the_user_named() {
    let files = &["WenjiMing-Regular.ttf"];
    assert_eq!(chosen(&library(files, &[]).0, "\u{E000}", &want(false, false, false)), "none");
    let (named, _) = library(files, &[(Family::Serif, &["Wenji Ming"])]);
    assert_eq!(chosen(&named, "\u{E000}", &want(false, false, false)), "WenjiMing-Regular");
}

#[test]
fn the_system_is_asked_last_and_what_is_taken_is_known() {
    let mut library = Library::embedded().expect("embedded");
    library.set_system(System::new(vec![fixture("")]));
    library.set_roles(&[]);
    assert_eq!(chosen(&library, "文a", &want(false, false, true)), "NotoSerifSC-Regular");
    assert_eq!(library.taken_from_system().count(), 0);
    assert_eq!(chosen(&library, "文\u{1AB0}", &want(false, false, true)), "WenjiMing-Regular");
    let japan = Want { region: Some(Region::Japan), ..want(false, false, true) };
    assert_eq!(chosen(&library, "骨", &japan), "WenjiSerifJP-Regular");
    // Neither private codes nor codes without a meaning are looked for on the machine.
    assert_eq!(chosen(&library, "\u{E000}", &want(false, false, false)), "none");
    let taken: Vec<&str> = library.taken_from_system().map(Face::name).collect();
    assert_eq!(taken, ["WenjiMing-Regular", "WenjiSerifJP-Regular"]);
    // The bytes are read again when they are needed.
    let id = library.choose("骨", &japan).expect("a face");
    assert!(subset(library.face(id), &library.face(id).glyph('骨').into_iter().collect()).is_ok());
}
