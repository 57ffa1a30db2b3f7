//! Players, and pages inside a page: no book can show them, so each becomes a link that says what is there.
//!
//! `<iframe>`, `<embed>` and `<object>` arrive as an empty `span` with the element's name in `data-media`
//! (see [`super::tags`]); `<video>` and `<audio>` as themselves.

use dom_query::NodeRef;

use crate::document::{Block, BlockKind, Image, ImageState, Inline, InlineKind};

use super::nodes::{block, inline, text_inline};
use super::parse::{Reader, attribute, name_of};
use super::veil::unveil;

/// Hosts whose frames are films.
const FILM_HOSTS: [&str; 8] = [
    "youtube.com",
    "youtube-nocookie.com",
    "youtu.be",
    "vimeo.com",
    "bilibili.com",
    "v.qq.com",
    "youku.com",
    "dailymotion.com",
];

/// Text inside a player that is longer than this is more than an excuse for old browsers.
const LONGEST_EXCUSE: usize = 200;

/// Whether a node is something that plays or frames.
pub(super) fn is_media(node: &NodeRef<'_>) -> bool {
    matches!(name_of(node).as_str(), "video" | "audio") || node.has_attr("data-media")
}

/// What is known of a player.
struct Player {
    /// Where it leads, when that is an address of the web.
    target: Option<String>,
    /// What it is called: its title, else its address.
    name: String,
    /// What it is, in Chinese and in English.
    kind: (&'static str, &'static str),
    poster: Option<String>,
}

impl Reader<'_, '_> {
    /// A player as a paragraph; as a figure with a caption when it has a poster.
    pub(super) fn player(&mut self, node: &NodeRef<'_>, out: &mut Vec<Block>) {
        let line = self.line;
        if let Some(player) = player_of(node) {
            let link = vec![self.shown(&player)];
            match player.poster {
                Some(source) => {
                    let image = Image { source, alt: player.name, title: None, state: ImageState::Wanted };
                    let caption = self.settle(link);
                    out.push(block(BlockKind::Figure { image, caption }, line));
                }
                None => self.paragraph(link, line, out),
            }
        }
        if !is_excuse(&node.text()) {
            out.append(&mut self.blocks(node));
        }
    }

    /// A player inside a line.
    pub(super) fn media(&mut self, node: &NodeRef<'_>, out: &mut Vec<Inline>) {
        if let Some(player) = player_of(node) {
            out.push(self.shown(&player));
        }
        if !is_excuse(&node.text()) {
            out.append(&mut self.content(node));
        }
    }

    fn shown(&self, player: &Player) -> Inline {
        let name = &player.name;
        let text = match (self.options.language.is_chinese(), player.kind) {
            (true, (kind, _)) => format!("［{kind}：{name}］"),
            (false, (_, kind)) => format!("[{kind}: {name}]"),
        };
        let content = text_inline(text, self.line);
        match &player.target {
            Some(target) => {
                let kind = InlineKind::Link { target: target.clone(), title: None, content: vec![content] };
                inline(kind, self.line)
            }
            None => content,
        }
    }
}

/// Nothing when there is neither a title nor an address that can be shown, and for what is not meant to be seen.
fn player_of(node: &NodeRef<'_>) -> Option<Player> {
    let tiny = |key: &str| attribute(node, key).is_some_and(|value| matches!(value.trim_end_matches("px"), "0" | "1"));
    if tiny("width") && tiny("height") {
        return None;
    }
    // Lazy loaders keep the address aside.
    let own = ["data-src", "src", "data"].iter().find_map(|key| attribute(node, key));
    let inner = || node.descendants_it().find_map(|inner| attribute(&inner, "src"));
    let address = own.or_else(inner).map(|address| unveil(&address)).unwrap_or_default();
    let target = on_the_web(&address);
    let title = attribute(node, "title").map(|title| unveil(&title).split_whitespace().collect::<Vec<_>>().join(" "));
    let named = || target.clone().or_else(|| is_relative(&address).then(|| address.clone()));
    let name = title.or_else(named).filter(|name| !name.is_empty())?;
    let poster = attribute(node, "poster").filter(|poster| on_the_web(poster).is_some() || is_relative(poster));
    Some(Player { kind: kind_of(node, &address), target, name, poster })
}

/// An address of the web; one without a scheme (`//host/…`) is taken for a secure one.
fn on_the_web(address: &str) -> Option<String> {
    let whole = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
    let (scheme, rest) = whole.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let clean = !whole.contains(|c: char| c.is_whitespace() || c.is_control());
    (is_web && clean && rest.starts_with(|c: char| c.is_alphanumeric() || c == '[')).then_some(whole)
}

/// A file beside the article: its name can be told, though a book cannot lead there.
fn is_relative(address: &str) -> bool {
    !address.is_empty() && !address.starts_with("//") && !address.contains(':')
}

fn kind_of(node: &NodeRef<'_>, address: &str) -> (&'static str, &'static str) {
    let element = attribute(node, "data-media").unwrap_or_else(|| name_of(node));
    let media_type = attribute(node, "type").unwrap_or_default();
    let host = address.split("//").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let film = FILM_HOSTS.iter().any(|known| host == *known || host.ends_with(&format!(".{known}")));
    if element == "video" || media_type.starts_with("video/") || film {
        ("视频", "Video")
    } else if element == "audio" || media_type.starts_with("audio/") {
        ("音频", "Audio")
    } else {
        ("嵌入内容", "Embedded content")
    }
}

/// Text inside a player is for browsers that cannot play; other text was swallowed by a tag that was never closed.
fn is_excuse(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    text.is_empty()
        || (text.chars().count() <= LONGEST_EXCUSE
            && ["browser", "html5", "浏览器", "瀏覽器", "ブラウザ", "download", "下载"]
                .iter()
                .any(|word| text.contains(word)))
}
