//! The marks of a Kobo's own engine (`.kepub.epub`): spans with ids around sentences and pictures, by which it keeps the
//! place of the reader, bookmarks and notes, inside two boxes that it makes columns of. A page without them can be read
//! there, but nothing can be marked in it.

use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

use super::EpubError;
use super::complete::Out;

/// The boxes around all of a page, from the outside.
const BOXES: [&str; 2] = ["book-columns", "book-inner"];

/// What begins a paragraph in the numbers of spans.
const PARAGRAPHS: [&str; 11] = ["p", "ol", "ul", "table", "dl", "h1", "h2", "h3", "h4", "h5", "h6"];

/// What keeps its text as it is.
const WHOLE: [&str; 3] = ["head", "pre", "math"];

/// A page, a whole XHTML file, with its spans.
pub(super) fn with_spans(page: &str) -> Result<Vec<u8>, EpubError> {
    let mut reader = Reader::from_str(page);
    let mut marked =
        Marked { out: Writer::new(Vec::new()), text: String::new(), whole: 0, number: (1, 0), next: false };
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(marked.out.into_inner()),
            Ok(event) => marked.event(event)?,
            Err(error) => return Err(EpubError::Draft { file: "a page", reason: error.to_string() }),
        }
    }
}

/// A page in the making.
struct Marked {
    out: Out,
    /// Text since the last tag, escaped; a reference such as `&amp;` comes as an event of its own.
    text: String,
    /// How many of the open elements keep their text as it is.
    whole: usize,
    /// The numbers of the last span: its paragraph, and its place there.
    number: (u32, u32),
    /// Whether the next span begins a paragraph.
    next: bool,
}

impl Marked {
    fn event(&mut self, event: Event<'_>) -> std::io::Result<()> {
        match event {
            Event::Text(text) if self.whole == 0 => {
                self.text.push_str(&text);
                Ok(())
            }
            Event::GeneralRef(name) if self.whole == 0 => {
                self.text.push_str(&format!("&{};", &*name));
                Ok(())
            }
            Event::Start(start) => {
                self.sentences()?;
                let name = start.name().0.to_owned();
                self.whole += usize::from(self.whole > 0 || WHOLE.contains(&name.as_str()));
                self.next |= PARAGRAPHS.contains(&name.as_str());
                self.out.write_event(Event::Start(start))?;
                if name == "body" {
                    BOXES.into_iter().try_for_each(|id| self.open("div", &[("id", id)]))
                } else {
                    Ok(())
                }
            }
            Event::End(end) => {
                self.sentences()?;
                self.whole = self.whole.saturating_sub(1);
                if end.name().0 == "body" {
                    BOXES.into_iter().try_for_each(|_| self.close("div"))?;
                }
                self.out.write_event(Event::End(end))
            }
            Event::Empty(start) if start.name().0 == "img" && self.whole == 0 => {
                self.sentences()?;
                self.next = true;
                self.span()?;
                self.out.write_event(Event::Empty(start))?;
                self.close("span")
            }
            other => {
                self.sentences()?;
                self.out.write_event(other)
            }
        }
    }

    /// Writes the text so far, each sentence in a span; white space between elements stays bare.
    fn sentences(&mut self) -> std::io::Result<()> {
        let text = std::mem::take(&mut self.text);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (sentence, after) = rest.split_at(end_of_sentence(rest));
            rest = after;
            let spoken = !sentence.trim().is_empty();
            if spoken {
                self.span()?;
            }
            self.out.write_event(Event::Text(BytesText::from_escaped(sentence)))?;
            if spoken {
                self.close("span")?;
            }
        }
        Ok(())
    }

    fn span(&mut self) -> std::io::Result<()> {
        let (paragraph, place) = self.number;
        let next = std::mem::take(&mut self.next) && place > 0;
        self.number = if next { (paragraph + 1, 1) } else { (paragraph, place + 1) };
        let id = format!("kobo.{}.{}", self.number.0, self.number.1);
        self.open("span", &[("class", "koboSpan"), ("id", &id)])
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> std::io::Result<()> {
        let mut start = BytesStart::new(name);
        attributes.iter().for_each(|&pair| start.push_attribute(pair));
        self.out.write_event(Event::Start(start))
    }

    fn close(&mut self, name: &str) -> std::io::Result<()> {
        self.out.write_event(Event::End(BytesEnd::new(name)))
    }
}

/// Where the first sentence of a text ends, with the marks and blanks that follow it.
fn end_of_sentence(text: &str) -> usize {
    let ends = |c: char| matches!(c, '。' | '！' | '？' | '!' | '?' | '…' | '；');
    let follows = |c: char| ends(c) || c.is_whitespace() || matches!(c, '”' | '’' | '」' | '』' | '）' | ')' | '》');
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let stop = c == '.' && characters.peek().is_some_and(|(_, next)| next.is_whitespace());
        if ends(c) || stop {
            let behind = at + c.len_utf8();
            return text[behind..].find(|c| !follows(c)).map_or(text.len(), |more| behind + more);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(body: &str) -> String {
        let page = format!("<html><head><title>x. y</title></head><body class=\"a\">{body}</body></html>");
        let marked = String::from_utf8(with_spans(&page).expect("well-formed")).expect("UTF-8");
        let inside = marked.split_once("<div id=\"book-columns\"><div id=\"book-inner\">").expect("boxes").1;
        inside.strip_suffix("</div></div></body></html>").expect("closed").to_owned()
    }

    #[test]
    fn every_sentence_and_picture_has_a_span_of_its_own_number() {
        assert_eq!(
            marked("<p>水慢。“走吧！”他 &amp; 我</p>\n<p>v. 1.5 <em>快</em><img src=\"a\"/></p>"),
            "<p><span class=\"koboSpan\" id=\"kobo.1.1\">水慢。</span><span class=\"koboSpan\" id=\"kobo.1.2\">“走吧！”</span>\
             <span class=\"koboSpan\" id=\"kobo.1.3\">他 &amp; 我</span></p>\n\
             <p><span class=\"koboSpan\" id=\"kobo.2.1\">v. </span><span class=\"koboSpan\" id=\"kobo.2.2\">1.5 </span>\
             <em><span class=\"koboSpan\" id=\"kobo.2.3\">快</span></em>\
             <span class=\"koboSpan\" id=\"kobo.3.1\"><img src=\"a\"/></span></p>"
        );
    }

    #[test]
    fn code_and_formulas_stay_as_they_are() {
        for whole in ["<pre><code>a. <b>b</b>\n</code></pre>", "<math><mi>a</mi></math>"] {
            assert_eq!(marked(whole), whole);
        }
        assert_eq!(marked("<pre>a</pre>b"), "<pre>a</pre><span class=\"koboSpan\" id=\"kobo.1.1\">b</span>");
    }
}
