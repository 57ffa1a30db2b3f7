//! Scripts, styles, frames, forms, event handlers and dangerous addresses go from the HTML of an article.

use std::sync::OnceLock;

use ammonia::{Builder, UrlRelative};

/// The schemes that a link may have; the last two are for pictures alone, and whether they may be read is told there.
const SCHEMES: [&str; 7] = ["http", "https", "mailto", "tel", "ftp", "data", "file"];

/// Cleans HTML; what remains is built of elements that the parser of this room knows.
pub(super) fn sanitize(html: &str) -> String {
    static BUILDER: OnceLock<Builder<'static>> = OnceLock::new();
    BUILDER.get_or_init(builder).clean(html).to_string()
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .add_tags(["section", "main", "picture", "source", "video", "audio", "font", "big", "u", "address", "mark"])
        .add_generic_attributes(["id", "name", "align", "class", "src", "srcset", "width", "height"])
        // Read by this room alone; nothing of them is written as it came.
        .add_generic_attributes(["poster", "data", "type"])
        .add_generic_attribute_prefixes(["data-"])
        .add_tag_attributes("ol", ["start"])
        .add_tag_attributes("th", ["scope"])
        .url_schemes(SCHEMES.into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None);
    builder
}

/// Whether a link may lead there: an address without a scheme, or with a harmless one.
pub(super) fn is_harmless(target: &str) -> bool {
    // Browsers skip white space and controls when they look for the scheme.
    let compact: String = target.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(32).collect();
    let Some((scheme, _)) = compact.split_once(':') else { return true };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    !is_scheme || SCHEMES[..5].iter().any(|harmless| scheme.eq_ignore_ascii_case(harmless))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_scripts_and_their_addresses_go() {
        let clean = sanitize(
            "<p onclick='x()'>a<script>b</script><a href='javascript:x()'>c</a><iframe src='/'>d</iframe></p>",
        );
        assert!(!clean.contains("onclick") && !clean.contains("script") && !clean.contains("iframe"), "{clean}");
        assert!(!is_harmless("java\nscript:x") && !is_harmless("DATA:text/html,x") && !is_harmless("vbscript:x"));
        assert!(
            is_harmless("#标题")
                && is_harmless("a/b.md")
                && is_harmless("https://example.org")
                && is_harmless("注：释")
        );
    }
}
