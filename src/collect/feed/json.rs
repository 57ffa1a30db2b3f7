//! JSON feeds as programs write them become what the format wants (JSON Feed 1.1): feed-rs refuses the whole for one value
//! of a wrong type, and for a fault at the end.

use serde_json::{Map, Value};

/// The version that the mended feed says it has.
const VERSION: &str = "https://jsonfeed.org/version/1.1";

/// Fields of an item that are text.
const TEXTS: [&str; 11] = [
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "date_modified",
    "image",
    "banner_image",
];

/// Fields of the feed that are text.
const FEED_TEXTS: [&str; 8] =
    ["title", "home_page_url", "feed_url", "next_url", "language", "description", "icon", "favicon"];

/// A feed that can be read, and what was wrong with it.
#[derive(Debug, PartialEq)]
pub(super) struct Mended {
    pub(super) text: String,
    /// The address of its next page, which feed-rs does not read.
    pub(super) next: Option<String>,
    /// Why not all of it is there.
    pub(super) fault: Option<String>,
}

/// Brings a feed into form. What stands before a fault of the syntax is kept; a value of a wrong type is left out, or
/// taken for what it says.
///
/// # Errors
/// With what is wrong, when no item stands before the fault.
pub(super) fn mend(text: &str) -> Result<Mended, String> {
    let (value, mut fault) = match serde_json::from_str::<Value>(text) {
        Ok(value) => (value, None),
        Err(error) => {
            let before = salvage(text, offset(text, &error)).and_then(|text| serde_json::from_str(&text).ok());
            (before.ok_or_else(|| error.to_string())?, Some(error.to_string()))
        }
    };
    let Value::Object(mut feed) = value else { return Err("it is no object".to_owned()) };
    feed.insert("version".to_owned(), VERSION.into());
    for key in FEED_TEXTS {
        settle_text(&mut feed, key);
    }
    feed.entry("title").or_insert_with(|| "".into());
    settle_authors(&mut feed);
    let items = match feed.remove("items") {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let all = items.len();
    let items: Vec<Value> = items.into_iter().filter_map(item).collect();
    if items.len() < all && fault.is_none() {
        fault = Some(format!("{} of its {all} items are no objects", all - items.len()));
    }
    feed.insert("items".to_owned(), items.into());
    let next = feed.remove("next_url").and_then(text_of);
    Ok(Mended { text: Value::Object(feed).to_string(), next, fault })
}

/// How many bytes stand before an error.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    if error.is_eof() {
        return text.len();
    }
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    (before + error.column().saturating_sub(1)).min(text.len())
}

/// What stands before `end`, closed behind the last whole item.
fn salvage(text: &str, end: usize) -> Option<String> {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    let (mut last, mut start, mut key) = (None, 0, "");
    for (at, byte) in text.bytes().enumerate().take(end) {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    in_string = false;
                    if open == [b'{'] {
                        key = text.get(start..at).unwrap_or_default();
                    }
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => (in_string, start) = (true, at + 1),
            b'{' | b'[' => open.push(byte),
            b'}' | b']' => {
                open.pop();
                // An item of the feed: the list of another key is none.
                if open == [b'{', b'['] && key == "items" && byte == b'}' {
                    last = Some(at + 1);
                }
            }
            _ => {}
        }
    }
    Some(format!("{}]}}", text.get(..last?)?))
}

/// An item, without what is not of the type that it should be.
fn item(value: Value) -> Option<Value> {
    let Value::Object(mut item) = value else { return None };
    for key in TEXTS {
        settle_text(&mut item, key);
    }
    settle_authors(&mut item);
    let tags = match item.remove("tags") {
        Some(Value::Array(tags)) => tags.into_iter().filter_map(text_of).collect(),
        Some(Value::String(tags)) => tags.split([',', '，', '、']).map(|tag| tag.trim().to_owned()).collect(),
        _ => Vec::new(),
    };
    item.insert("tags".to_owned(), tags.into_iter().filter(|tag| !tag.is_empty()).collect());
    if let Some(attachments) = item.remove("attachments") {
        let attachments = if let Value::Array(attachments) = attachments { attachments } else { Vec::new() };
        item.insert("attachments".to_owned(), attachments.into_iter().filter_map(attachment).collect());
    }
    Some(Value::Object(item))
}

fn attachment(value: Value) -> Option<Value> {
    let Value::Object(mut attachment) = value else { return None };
    ["url", "mime_type", "title"].iter().for_each(|key| settle_text(&mut attachment, key));
    let size = attachment.remove("size_in_bytes").and_then(|size| size.as_u64());
    if let Some(size) = size {
        attachment.insert("size_in_bytes".to_owned(), size.into());
    }
    (attachment.contains_key("url") && attachment.contains_key("mime_type")).then_some(Value::Object(attachment))
}

/// `author` and `authors` as one list of objects; a bare name is one.
fn settle_authors(object: &mut Map<String, Value>) {
    let given = [object.remove("authors"), object.remove("author")];
    let one_by_one = given.into_iter().flatten().flat_map(|value| match value {
        Value::Array(authors) => authors,
        other => vec![other],
    });
    let author = |value| match value {
        Value::Object(mut author) => {
            ["name", "url"].iter().for_each(|key| settle_text(&mut author, key));
            Some(Value::Object(author))
        }
        other => text_of(other).map(|name| Value::Object(Map::from_iter([("name".to_owned(), name.into())]))),
    };
    object.insert("authors".to_owned(), one_by_one.filter_map(author).collect());
}

/// A field that should be text is text, or goes.
fn settle_text(object: &mut Map<String, Value>, key: &str) {
    if let Some(text) = object.remove(key).and_then(text_of) {
        object.insert(key.to_owned(), text.into());
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> (Vec<Value>, bool) {
        let mended = mend(text).expect("read");
        let value: Value = serde_json::from_str(&mended.text).expect("sound");
        (value["items"].as_array().expect("a list").clone(), mended.fault.is_some())
    }

    #[test]
    fn fields_of_a_wrong_type_lose_no_item() {
        let (items, faulty) = items(
            r#"{"version":1,"title":null,"authors":["甲",{"name":3}],"items":[
            {"id":7,"url":"https://a.example/7","title":["x"],"content_html":"<p>一</p>","tags":"山，水","author":"乙"},
            {"id":null,"content_text":"二","tags":[1,null,"江"],"authors":{"name":"丙"},"date_published":1700559000,
             "attachments":[{"url":"https://a.example/a.mp3","mime_type":"audio/mpeg","size_in_bytes":"12"},{"url":3}]}]}"#,
        );
        assert!(!faulty && items.len() == 2, "{items:?}");
        assert_eq!((&items[0]["id"], items[0].get("title"), &items[0]["tags"][1]), (&"7".into(), None, &"水".into()));
        assert_eq!(items[0]["authors"][0]["name"], "乙");
        let next = mend(r#"{"next_url":"https://a.example/2","items":[]}"#).map(|mended| mended.next);
        assert_eq!(next, Ok(Some("https://a.example/2".to_owned())));
        assert_eq!((items[1].get("id"), &items[1]["date_published"]), (None, &"1700559000".into()));
        assert_eq!(
            (&items[1]["tags"], items[1]["attachments"].as_array().map(Vec::len)),
            (&serde_json::json!(["1", "江"]), Some(1))
        );
    }

    #[test]
    fn what_stands_before_a_fault_is_kept_wherever_it_is() {
        let whole = r#"{"version":"https://jsonfeed.org/version/1","hubs":[{"a":[{}]}],"items":[{"id":"1","x":{"y":[{}]}},{"id":"2","title":"a \"] b"},{"id":"3"}],"more":[{"z":1}]}"#;
        let ids = |text: &str| mend(text).map_or(0, |_| items(text).0.len());
        for end in whole.char_indices().map(|(at, _)| at) {
            let cut = &whole[..end];
            let wanted = [r#"{}]}}"#, r#"] b"}"#, r#""3"}"#].iter().filter(|tail| cut.contains(**tail)).count();
            assert_eq!(ids(cut), wanted, "{cut}");
        }
        let (kept, faulty) = items(&whole.replace(r#"{"id":"3"}"#, r#"{"id":"3",}"#));
        assert!(kept.len() == 2 && faulty);
        let (kept, faulty) = items(&whole.replace(r#"{"id":"2","#, r#"7,{"id":"2","#));
        assert!(kept.len() == 3 && faulty);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_mended_or_refused_without_a_panic(text in r#"[\[\]{}:,"\\a1 江]{0,60}"#) {
            let _ = mend(&format!("{{\"items\":[{text}"));
            let _ = mend(&text);
        }
    }
}
