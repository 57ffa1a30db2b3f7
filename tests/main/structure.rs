//! The structure tree of the PDF: what those read who do not see the pages.

use std::fmt::Write as _;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::golden::{below, compare};
use crate::support::{Sandbox, article, conforms, qpdf, squeezed, tool, utf8};

/// A book with every construct, built as `b.pdf`. One of its pictures is missing.
fn every_construct(sandbox: &Sandbox) -> Document {
    let fixture = below("fixtures/every");
    sandbox.run(["build", utf8(&fixture), "--title", "万物", "--offline", "-o", "b.pdf"]).exits(3);
    Document::load(sandbox.path("b.pdf")).expect("a PDF")
}

fn dictionary<'a>(document: &'a Document, object: &'a Object) -> &'a Dictionary {
    document.dereference(object).expect("it exists").1.as_dict().expect("a dictionary")
}

fn root(document: &Document) -> &Dictionary {
    dictionary(document, document.catalog().expect("a catalog").get(b"StructTreeRoot").expect("a structure tree"))
}

fn kids(element: &Dictionary) -> Vec<&Object> {
    match element.get(b"K") {
        Ok(Object::Array(kids)) => kids.iter().collect(),
        Ok(kid) => vec![kid],
        Err(_) => Vec::new(),
    }
}

fn text(object: &Object) -> String {
    let bytes = object.as_str().expect("a string");
    match bytes.strip_prefix(&[0xFE, 0xFF]) {
        Some(utf16) => {
            let units: Vec<u16> = utf16.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).expect("UTF-16")
        }
        None => String::from_utf8(bytes.to_vec()).expect("ASCII"),
    }
}

/// The tree as text: an element a line, with what it says and how much is shown of it.
fn outline(document: &Document, element: &Dictionary, depth: usize, out: &mut String) {
    let name = String::from_utf8_lossy(element.get(b"S").and_then(Object::as_name).expect("a type"));
    write!(out, "{:1$}{name}", "", depth * 2).expect("a string takes all");
    for key in ["Alt", "Lang", "ID"] {
        if let Ok(value) = element.get(key.as_bytes()) {
            write!(out, " {key}={}", text(value)).expect("a string takes all");
        }
    }
    if let Ok(attributes) = element.get(b"A") {
        for (key, value) in dictionary(document, attributes).iter().filter(|(key, _)| *key != b"O") {
            let key = String::from_utf8_lossy(key);
            match value {
                Object::Name(name) => write!(out, " {key}={}", String::from_utf8_lossy(name)),
                Object::Integer(number) => write!(out, " {key}={number}"),
                _ => write!(out, " {key}"),
            }
            .expect("a string takes all");
        }
    }
    let (mut content, mut areas, mut elements) = (0, 0, Vec::new());
    for kid in kids(element) {
        match kid {
            Object::Integer(_) => content += 1,
            other => match dictionary(document, other) {
                kid if kid.has(b"S") => elements.push(kid),
                kid if kid.has(b"MCID") => content += 1,
                kid if kid.has(b"Obj") => areas += 1,
                kid => panic!("not a kid: {kid:?}"),
            },
        }
    }
    if content > 0 {
        out.push_str(" text");
    }
    if areas > 0 {
        write!(out, " areas={areas}").expect("a string takes all");
    }
    out.push('\n');
    elements.into_iter().for_each(|kid| outline(document, kid, depth + 1, out));
}

#[test]
fn a_book_with_every_construct_has_the_structure_it_had() {
    let sandbox = Sandbox::new();
    let document = every_construct(&sandbox);
    let mut out = String::new();
    for kid in kids(root(&document)) {
        outline(&document, dictionary(&document, kid), 0, &mut out);
    }
    compare("every/structure.txt", &out);
}

#[test]
fn a_book_with_every_construct_is_archival_and_accessible() {
    let sandbox = Sandbox::new();
    every_construct(&sandbox);
    qpdf(&sandbox.path("b.pdf"));
    conforms(&sandbox.path("b.pdf"));
    let fixture = below("fixtures/every");
    let print = ["build", utf8(&fixture), "--title", "万物", "--offline", "--profile", "print", "-o", "p.pdf"];
    sandbox.run(print).exits(3);
    conforms(&sandbox.path("p.pdf"));
}

/// The elements of marked content and annotations by the keys of the parent tree.
fn parents(document: &Document) -> Vec<(i64, Object)> {
    let tree = dictionary(document, root(document).get(b"ParentTree").expect("a parent tree"));
    let leaves = tree.get(b"Kids").and_then(Object::as_array).expect("leaves");
    let entries = leaves.iter().flat_map(|leaf| {
        let flat = dictionary(document, leaf).get(b"Nums").and_then(Object::as_array).expect("entries");
        flat.chunks(2).map(|pair| (pair[0].as_i64().expect("a key"), pair[1].clone())).collect::<Vec<_>>()
    });
    entries.collect()
}

/// Whether an element says that it holds an MCID of a page.
fn holds(document: &Document, element: ObjectId, page: ObjectId, wanted: i64) -> bool {
    let element = document.get_dictionary(element).expect("an element");
    let own = element.get(b"Pg").and_then(Object::as_reference).ok();
    kids(element).into_iter().any(|kid| match kid {
        Object::Integer(mcid) => *mcid == wanted && own == Some(page),
        Object::Dictionary(kid) => {
            let on = kid.get(b"Pg").and_then(Object::as_reference).ok().or(own);
            kid.get(b"MCID").and_then(Object::as_i64).ok() == Some(wanted) && on == Some(page)
        }
        _ => false,
    })
}

#[test]
fn each_piece_of_marked_content_and_each_annotation_leads_to_its_element_and_back() {
    let sandbox = Sandbox::new();
    let document = every_construct(&sandbox);
    let parents: std::collections::BTreeMap<i64, Object> = parents(&document).into_iter().collect();
    let (mut pieces, mut annotations) = (0, 0);
    for page in document.page_iter() {
        let dictionary = document.get_dictionary(page).expect("a page");
        let key = dictionary.get(b"StructParents").and_then(Object::as_i64).expect("a key");
        let content = lopdf::content::Content::decode(&document.get_page_content(page));
        let mcids: Vec<i64> = content
            .expect("operations")
            .operations
            .iter()
            .filter(|operation| operation.operator == "BDC")
            .filter_map(|operation| operation.operands[1].as_dict().ok()?.get(b"MCID").and_then(Object::as_i64).ok())
            .collect();
        let elements = parents[&key].as_array().expect("an element for each piece");
        assert_eq!(mcids, (0..elements.len() as i64).collect::<Vec<_>>());
        for mcid in mcids {
            let element = elements[mcid as usize].as_reference().expect("an element");
            assert!(holds(&document, element, page, mcid), "{element:?} does not hold {mcid} of {page:?}");
            pieces += 1;
        }
        for annotation in dictionary.get(b"Annots").and_then(Object::as_array).into_iter().flatten() {
            let own = annotation.as_reference().expect("an annotation");
            let key = document.get_dictionary(own).and_then(|a| a.get(b"StructParent")?.as_i64()).expect("a key");
            let element = parents[&key].as_reference().expect("an element");
            let element = document.get_dictionary(element).expect("an element");
            assert_eq!(element.get(b"S").and_then(Object::as_name).expect("a type"), b"Link");
            let leads =
                |kid: &&Object| kid.as_dict().is_ok_and(|kid| kid.get(b"Obj").ok() == Some(&Object::Reference(own)));
            assert!(kids(element).iter().any(leads), "{element:?} does not hold {own:?}");
            annotations += 1;
        }
    }
    assert!(pieces > 100 && annotations > 20, "{pieces} pieces, {annotations} annotations");
}

/// The text of the tree in its order, as poppler reads it.
fn read_aloud(sandbox: &Sandbox) -> String {
    let path = sandbox.path("b.pdf");
    let (good, said) = tool("pdfinfo", &["-enc", "UTF-8", "-struct-text", utf8(&path)]);
    assert!(good, "{said}");
    let quoted = said.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'));
    squeezed(&quoted.collect::<String>())
}

#[test]
fn the_structure_is_read_in_the_order_of_the_articles_and_notes_follow_what_calls_them() {
    let sandbox = Sandbox::new();
    every_construct(&sandbox);
    let said = read_aloud(&sandbox);
    let order = [
        "开头的一段，有粗体、着重",
        "第一节①①标题的注。着重号zhuózhònghào一字一点。",
        "再提前一个②。②第一个注，有链接。③第二个注。注的第二段。",
        "引文的第二段，有注①。①引文的注。——某某《某书》",
        "1.甲2.乙◦里层▪更里一层第二段。◦又一个3.丙做完的没做的术语解释一。",
        "项目数量说明①①表头的注。甲1短乙2丙3链接",
        "uncharacteristicallyextraordinarysentence",
        "שלוםעולם,זהמשפטבעברית.",
    ];
    let mut from = 0;
    for part in order {
        let at = said[from..].find(part).unwrap_or_else(|| panic!("{part} is not behind what precedes it in:\n{said}"));
        from += at + part.len();
    }
}

#[test]
fn the_boxes_of_tasks_are_read_as_what_they_say() {
    let sandbox = Sandbox::new();
    every_construct(&sandbox);
    let text = squeezed(&crate::support::pdf_text(&sandbox.path("b.pdf")));
    assert!(text.contains("☑做完的☐没做的"), "{text}");
}

#[test]
fn a_table_in_parts_is_one_table_whose_first_column_is_read_once() {
    let sandbox = Sandbox::new();
    let row = |name: &dyn Fn(usize) -> String| format!("|{}|\n", (0..40).map(name).collect::<Vec<_>>().join("|"));
    let head = row(&|column| format!("第{column}栏的标题")) + &row(&|_| "--".to_owned());
    let body: String = (1..=3).map(|line| row(&|column| format!("格{line}之{column}"))).collect();
    sandbox.write("a.md", article("宽表", &(head + &body)));
    sandbox.run(["build", "a.md", "-o", "b.pdf"]).exits(0);
    conforms(&sandbox.path("b.pdf"));
    let said = read_aloud(&sandbox);
    let once = ["第0栏的标题", "第39栏的标题", "格1之0", "格3之39"].map(|cell| said.matches(cell).count());
    assert_eq!(once, [1; 4], "{said}");
    assert!(
        squeezed(&crate::support::pdf_text(&sandbox.path("b.pdf"))).matches("格1之0").count() > 1,
        "it is in parts"
    );
}

#[test]
fn what_goes_over_the_page_is_one_element_and_what_is_repeated_none() {
    let sandbox = Sandbox::new();
    let rows: String = (1..=120).map(|row| format!("| 第{row}行 | 值{row} |\n")).collect();
    let note = "这是一个很长的注，长到一页放不下，要分在两页上。".repeat(60);
    let code: String = (1..=90).map(|line| format!("line_{line} = {line}\n")).collect();
    let body = format!("正文[^1]。\n\n[^1]: {note}\n\n## 表\n\n| 名 | 值 |\n|--|--|\n{rows}\n```python\n{code}```\n");
    sandbox.write("a.md", article("长篇", &body));
    sandbox.run(["build", "a.md", "-o", "b.pdf"]).exits(0);
    conforms(&sandbox.path("b.pdf"));
    let document = Document::load(sandbox.path("b.pdf")).expect("a PDF");
    let mut out = String::new();
    kids(root(&document)).into_iter().for_each(|kid| outline(&document, dictionary(&document, kid), 0, &mut out));
    let count = |name: &str| out.lines().filter(|line| line.trim().split(' ').next() == Some(name)).count();
    assert_eq!([count("Note"), count("Table"), count("THead"), count("TR"), count("Code")], [1, 1, 1, 121, 1], "{out}");
    let said = read_aloud(&sandbox);
    assert_eq!(said.matches("名值").count(), 1, "the head of the table is read once");
    assert!(said.contains(&squeezed(&note)), "the note is read as a whole");
    assert!(said.contains("第1行值1第2行值2") && said.contains("第119行值119第120行值120"));
    assert!(said.contains("line_44=44line_45=45"), "{said}");
}
