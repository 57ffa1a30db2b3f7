//! What is read aloud in place of a picture: its description, and where the article gives none, a default that tells
//! the picture's title, or at least which picture of which article it is.

use crate::book::Article;
use crate::document::{Image, ImageState};
use crate::problem::{Code, Problem};

/// Gives a description to every picture that has none, and tells it once an article.
pub(super) fn complete(articles: &mut [Article]) -> Vec<Problem> {
    articles.iter_mut().filter_map(complete_one).collect()
}

fn complete_one(article: &mut Article) -> Option<Problem> {
    let mut pictures =
        Pictures { chinese: article.language.is_chinese(), title: &article.title, seen: 0, lacking: Vec::new() };
    if let Some(cover) = &mut article.cover {
        pictures.visit(cover, 1);
    }
    article.document.for_each_image(&mut |image, line| pictures.visit(image, line));
    let lacking = pictures.lacking;
    let first = *lacking.first()?;
    let (what, they) = if lacking.len() == 1 { ("picture has", "it is") } else { ("pictures have", "they are") };
    let message = format!("{} {what} no description, and {they} called by number", lacking.len());
    Some(Problem::warning(Code::ImageNoAlt, article.origin.at(first), message).in_article(&article.title))
}

/// The pictures of an article as they come.
struct Pictures<'a> {
    chinese: bool,
    title: &'a str,
    /// How many are in the book so far.
    seen: usize,
    /// The lines of those that nobody described.
    lacking: Vec<u32>,
}

impl Pictures<'_> {
    fn visit(&mut self, image: &mut Image, line: u32) {
        if !matches!(image.state, ImageState::Found(_)) {
            return;
        }
        self.seen += 1;
        if let Some(said) = image.described() {
            image.alt = said.to_owned();
            return;
        }
        self.lacking.push(line);
        let (title, number) = (self.title, self.seen);
        image.alt = if self.chinese {
            format!("《{title}》插图 {number}")
        } else {
            format!("Picture {number} of “{title}”")
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::AssetId;
    use crate::book::{Language, Origin};
    use crate::document::{Block, BlockKind, Document, NodeId};

    fn figure(line: u32, alt: &str, title: Option<&str>) -> Block {
        let state = ImageState::Found(AssetId::of(b"x"));
        let image = Image { source: "x.png".to_owned(), alt: alt.to_owned(), title: title.map(str::to_owned), state };
        Block { id: NodeId(line), line, language: None, kind: BlockKind::Figure { image, caption: Vec::new() } }
    }

    #[test]
    fn a_picture_without_a_description_is_called_by_its_title_or_number_and_told_once_an_article() {
        let blocks =
            vec![figure(3, "柳", None), figure(5, "", Some("河岸")), figure(7, "图片", None), figure(9, " ", None)];
        let origin = Origin::File { path: "a.md".into(), key: "a.md".to_owned() };
        let document = Document { blocks, footnotes: Vec::new() };
        let mut articles = [Article::new(origin, "河边", Language::chinese(), document)];
        let problems = complete(&mut articles);
        let mut alts = Vec::new();
        articles[0].document.for_each_image(&mut |image, _| alts.push(image.alt.clone()));
        assert_eq!(alts, ["柳", "河岸", "《河边》插图 3", "《河边》插图 4"]);
        assert_eq!(problems.len(), 1);
        assert_eq!(
            problems[0].to_string(),
            "a.md:7: 2 pictures have no description, and they are called by number [image-no-alt]"
        );
    }
}
