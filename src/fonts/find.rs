//! All faces of a run: those compiled in, those of the user's folders, and those of the system.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::FontError;
use super::choose::Regional;
use super::face::{Face, FaceData, FaceId, Origin};
use super::family::{Family, Lack, Role};
use super::system::System;

/// All faces of a run; a [`FaceId`] names one of them.
#[derive(Debug, Default)]
pub struct Library {
    faces: Vec<Face>,
    pub(super) roles: [Role; 4],
    pub(super) system: System,
    pub(super) emoji: Option<FaceId>,
    /// By region, family and boldness: found when first wanted.
    pub(super) regional: [[[OnceLock<Regional>; 2]; 4]; 5],
}

#[cfg(feature = "embedded-fonts")]
macro_rules! embedded {
    ($($file:literal),* $(,)?) => {
        &[ $( ($file, include_bytes!(concat!("../../fonts/", $file)).as_slice()), )* ]
    };
}

#[cfg(feature = "embedded-fonts")]
static EMBEDDED: &[(&str, &[u8])] = embedded![
    "NotoSerifSC-Regular.ttf",
    "NotoSerifSC-Bold.ttf",
    "NotoSansSC-Regular.ttf",
    "NotoSansSC-Bold.ttf",
    "LXGWWenKai-Regular.ttf",
    "SourceSerif4-Regular.ttf",
    "SourceSerif4-Italic.ttf",
    "SourceSerif4-Bold.ttf",
    "SourceSerif4-BoldItalic.ttf",
    "SourceSans3-Regular.ttf",
    "SourceSans3-Italic.ttf",
    "SourceSans3-Bold.ttf",
    "SourceSans3-BoldItalic.ttf",
    "SourceCodePro-Regular.ttf",
    "SourceCodePro-Bold.ttf",
    "NotoNaskhArabic-Regular.ttf",
    "NotoNaskhArabic-Bold.ttf",
    "NotoSerifHebrew-Regular.ttf",
    "NotoSerifHebrew-Bold.ttf",
    "NotoEmoji-Regular.ttf",
];
#[cfg(not(feature = "embedded-fonts"))]
static EMBEDDED: &[(&str, &[u8])] = &[];

/// The faces that the user names for a role, in the order of preference.
pub type Named = (Family, Vec<String>);

/// What came of naming families.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Naming {
    /// Names that no face has, with their role.
    pub unknown: Vec<(Family, String)>,
    /// Families without a bold or an italic, with their role.
    pub lacking: Vec<(Family, String, Lack)>,
}

impl Library {
    /// The faces that are compiled in.
    ///
    /// # Errors
    /// When there are none.
    pub fn embedded() -> Result<Self, FontError> {
        let mut library = Self::default();
        for (_, bytes) in EMBEDDED {
            for face in Face::read(&FaceData::Static(bytes), 0, &Origin::Embedded)? {
                library.push(face)?;
            }
        }
        if library.faces.is_empty() {
            return Err(FontError::Empty);
        }
        library.set_roles(&[]);
        Ok(library)
    }

    /// Adds the faces of a font file: one, or all of a collection. Those that cannot be used are left out,
    /// each with its reason.
    pub fn add(&mut self, bytes: Vec<u8>, path: &Path) -> Vec<FontError> {
        let data = FaceData::Shared(Arc::new(bytes));
        let mut unusable = Vec::new();
        for index in 0..count(data.as_ref()) {
            let added = Face::read(&data, index, &Origin::User(path.to_owned())).and_then(|faces| {
                faces.into_iter().try_for_each(|face| {
                    super::subset::probe(&face)?;
                    self.push(face).map(|_| ())
                })
            });
            unusable.extend(added.err());
        }
        unusable
    }

    /// Lets the faces in folders of the system stand in for what no other face has.
    pub fn set_system(&mut self, system: System) {
        self.system = system;
    }

    /// Gives each role its faces: the families named for it, then the embedded ones. To be called when
    /// all faces have been added.
    pub fn set_roles(&mut self, named: &[Named]) -> Naming {
        let mut naming = Naming::default();
        let mut roles = Family::ALL.map(|family| Role::embedded(self, family));
        for (family, names) in named {
            for (name, lack) in roles[*family as usize].prefer(self, *family, names) {
                naming.lacking.push((*family, name, lack));
            }
            let unknown = names.iter().filter(|name| !self.knows(name));
            naming.unknown.extend(unknown.map(|name| (*family, name.clone())));
        }
        self.roles = roles;
        self.emoji = self.named("NotoEmoji-Regular");
        self.regional = Default::default();
        naming
    }

    fn knows(&self, name: &str) -> bool {
        !self.called(|face| face.names().is_called(name) || face.names().is_exactly(name)).is_empty()
    }

    /// The faces that answer to a name; those of the system only when no other does.
    pub(super) fn called(&self, answers: impl Fn(&Face) -> bool) -> Vec<(FaceId, &Face)> {
        let own: Vec<_> = self.iter().filter(|(_, face)| super::family::is_for_text(face) && answers(face)).collect();
        if own.is_empty() { self.system.faces().filter(|(_, face)| answers(face)).collect() } else { own }
    }

    /// Adds one face.
    pub(super) fn push(&mut self, face: Face) -> Result<FaceId, FontError> {
        let id = u16::try_from(self.faces.len()).ok().filter(|id| *id < MOST).ok_or_else(|| FontError::Unusable {
            name: face.name().to_owned(),
            reason: format!("more than {MOST} faces"),
        })?;
        self.faces.push(face);
        Ok(FaceId(id))
    }

    /// A face.
    #[must_use]
    pub fn face(&self, id: FaceId) -> &Face {
        self.system.face(id).unwrap_or_else(|| &self.faces[usize::from(id.0)])
    }

    /// The face of a PostScript name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<FaceId> {
        self.iter().find(|(_, face)| face.name() == name).map(|(id, _)| id)
    }

    /// All faces but those of the system.
    pub fn iter(&self) -> impl Iterator<Item = (FaceId, &Face)> {
        (0_u16..).map(FaceId).zip(&self.faces)
    }
}

/// Identities from here on are those of system faces.
const MOST: u16 = 0x8000;

/// More faces no collection has.
const MOST_IN_FILE: u32 = 256;

/// How many faces a font file holds.
pub(super) fn count(bytes: &[u8]) -> u32 {
    match skrifa::raw::FileRef::new(bytes) {
        // A damaged header may claim any number.
        Ok(skrifa::raw::FileRef::Collection(collection)) => collection.len().min(MOST_IN_FILE),
        _ => 1,
    }
}

/// Whether a file is named as fonts are.
#[must_use]
pub fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["ttf", "otf", "ttc", "otc"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
