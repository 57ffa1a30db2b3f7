//! What the file says of itself: the information dictionary (ISO 32000-1 14.3.3) and the same as XMP
//! (ISO 16684-1).

use lopdf::{Dictionary, Object, Stream, StringFormat, dictionary};

use crate::book::Metadata;

/// The program that made the pages, and the file.
const CREATOR: &str = concat!("wenji ", env!("CARGO_PKG_VERSION"));

/// PDF/A knows no property of PDF/UA: it is declared (ISO 19005-2 6.6.2.3.3).
const UA_SCHEMA: &str = r#"  <rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
   <pdfaExtension:schemas>
    <rdf:Bag>
     <rdf:li rdf:parseType="Resource">
      <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
      <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
      <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
      <pdfaSchema:property>
       <rdf:Seq>
        <rdf:li rdf:parseType="Resource">
         <pdfaProperty:name>part</pdfaProperty:name>
         <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
         <pdfaProperty:category>internal</pdfaProperty:category>
         <pdfaProperty:description>The part of ISO 14289 that the file conforms to</pdfaProperty:description>
        </rdf:li>
       </rdf:Seq>
      </pdfaSchema:property>
     </rdf:li>
    </rdf:Bag>
   </pdfaExtension:schemas>
  </rdf:Description>"#;

/// Text in UTF-16 with a byte order mark (7.9.2.2).
pub(super) fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    bytes
}

/// A text string.
pub(super) fn text_string(text: &str) -> Object {
    Object::String(utf16(text), StringFormat::Hexadecimal)
}

/// The information dictionary. Its dates are the book's, not the clock's.
pub(super) fn information(book: &Metadata) -> Dictionary {
    let date = Object::string_literal(book.stamp().format("D:%Y%m%d%H%M%SZ").to_string());
    let mut information = dictionary! {
        "Title" => text_string(&book.title),
        "Creator" => text_string(CREATOR),
        "Producer" => text_string(CREATOR),
        "CreationDate" => date.clone(),
        "ModDate" => date,
    };
    if let Some(authors) = book.author() {
        information.set("Author", text_string(&authors));
    }
    if let Some(description) = &book.description {
        information.set("Subject", text_string(description));
    }
    information
}

/// The metadata stream, not compressed, so that programs which know no PDF can read it.
pub(super) fn xmp(book: &Metadata) -> Stream {
    let date = book.stamp().format("%Y-%m-%dT%H:%M:%SZ");
    let alternative =
        |text: &str| format!(r#"<rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt>"#, escape(text));
    let mut properties = String::new();
    let mut add = |name: &str, value: String| {
        properties.push_str(&format!("   <{name}>{value}</{name}>\n"));
    };
    add("dc:format", "application/pdf".to_owned());
    add("dc:identifier", format!("urn:uuid:{}", book.identifier));
    add("dc:title", alternative(&book.title));
    if !book.authors.is_empty() {
        let authors: String =
            book.authors.iter().map(|author| format!("<rdf:li>{}</rdf:li>", escape(author))).collect();
        add("dc:creator", format!("<rdf:Seq>{authors}</rdf:Seq>"));
    }
    if let Some(description) = &book.description {
        add("dc:description", alternative(description));
    }
    if let Some(publisher) = &book.publisher {
        add("dc:publisher", format!("<rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag>", escape(publisher)));
    }
    add("dc:language", format!("<rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag>", escape(book.language.tag())));
    add("xmp:CreatorTool", CREATOR.to_owned());
    add("xmp:CreateDate", date.to_string());
    add("xmp:ModifyDate", date.to_string());
    add("pdf:Producer", CREATOR.to_owned());
    add("pdfaid:part", "2".to_owned());
    add("pdfaid:conformance", "A".to_owned());
    add("pdfuaid:part", "1".to_owned());
    let packet = format!(
        r#"<?xpacket begin="{mark}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
{properties}  </rdf:Description>
{UA_SCHEMA}
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"#,
        mark = '\u{FEFF}'
    );
    Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, packet.into_bytes())
}

/// Text as XML holds it; characters that XML 1.0 has not are left out.
fn escape(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let kept: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(allowed).collect();
    quick_xml::escape::escape(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_well_formed_whatever_the_title() {
        let book = Metadata { title: "A < B & \"C\" \u{1}\n文".to_owned(), ..super::super::samples::metadata() };
        let stream = xmp(&book);
        let text = String::from_utf8(stream.content).expect("UTF-8");
        assert!(text.contains("A &lt; B &amp; &quot;C&quot;  文"), "{text}");
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().expect("well-formed") != quick_xml::events::Event::Eof {}
    }

    #[test]
    fn several_authors_are_several_creators_and_one_line_of_information() {
        let book = super::super::samples::metadata();
        let text = String::from_utf8(xmp(&book).content).expect("UTF-8");
        assert!(text.contains("<rdf:Seq><rdf:li>林间客</rdf:li><rdf:li>岸上人</rdf:li></rdf:Seq>"), "{text}");
        assert_eq!(information(&book).get(b"Author").expect("an author"), &text_string("林间客、岸上人"));
    }

    #[test]
    fn dates_are_those_of_the_book() {
        let information = information(&super::super::samples::metadata());
        let date = information.get(b"CreationDate").and_then(Object::as_str).expect("a date");
        assert_eq!(date, b"D:20260105080000Z");
    }
}
