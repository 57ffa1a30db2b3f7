//! The faces compiled in, and those of the user.

use super::FontError;
use super::face::{Face, FaceData, FaceId};

/// All faces of a run; a [`FaceId`] is an index into it.
#[derive(Debug, Default)]
pub struct Library {
    faces: Vec<Face>,
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
    "SourceCodePro-Regular.ttf",
    "SourceCodePro-Bold.ttf",
    "NotoEmoji-Regular.ttf",
];
#[cfg(not(feature = "embedded-fonts"))]
static EMBEDDED: &[(&str, &[u8])] = &[];

impl Library {
    /// The faces that are compiled in.
    ///
    /// # Errors
    /// When there are none.
    pub fn embedded() -> Result<Self, FontError> {
        let mut faces = Vec::new();
        for (_, bytes) in EMBEDDED {
            faces.push(Face::new(FaceData::Static(bytes), 0)?);
        }
        if faces.is_empty() { Err(FontError::Empty) } else { Ok(Self { faces }) }
    }

    /// Adds the faces of a font file: one, or all of a collection.
    ///
    /// # Errors
    /// When the file is not a font that may be embedded.
    pub fn add(&mut self, bytes: Vec<u8>) -> Result<Vec<FaceId>, FontError> {
        let data = std::sync::Arc::new(bytes);
        let count = match skrifa::raw::FileRef::new(&data) {
            Ok(skrifa::raw::FileRef::Collection(collection)) => collection.len(),
            _ => 1,
        };
        let mut ids = Vec::new();
        for index in 0..count {
            let face = Face::new(FaceData::Shared(data.clone()), index)?;
            ids.push(self.push(face)?);
        }
        Ok(ids)
    }

    /// Adds one face.
    pub(super) fn push(&mut self, face: Face) -> Result<FaceId, FontError> {
        let id = u16::try_from(self.faces.len()).map_err(|_| FontError::Unusable {
            name: face.name().to_owned(),
            reason: "more than 65,536 faces".to_owned(),
        })?;
        self.faces.push(face);
        Ok(FaceId(id))
    }

    /// A face.
    #[must_use]
    pub fn face(&self, id: FaceId) -> &Face {
        &self.faces[usize::from(id.0)]
    }

    /// The face of a PostScript name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<FaceId> {
        self.iter().find(|(_, face)| face.name() == name).map(|(id, _)| id)
    }

    /// All faces.
    pub fn iter(&self) -> impl Iterator<Item = (FaceId, &Face)> {
        (0_u16..).map(FaceId).zip(&self.faces)
    }
}
