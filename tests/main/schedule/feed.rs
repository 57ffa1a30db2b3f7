//! A year of weekly issues from a feed that shows only its newest items, fewer than appear in a week.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use image::ImageFormat;

use super::{Numbers, actions, at, marks, status};
use crate::support::{Answer, Epub, Run, Sandbox, Server, finish, picture};

/// How many items the feed shows.
const SHOWN: usize = 3;

/// An item of the feed.
struct Item {
    dated: Option<DateTime<Utc>>,
    has_picture: bool,
    /// Whether the feed only announces it: the text stands on its page.
    is_announced: bool,
    edits: usize,
}

/// A site whose feed, pages and pictures change.
#[derive(Default)]
struct Site {
    /// In the order in which they appear.
    items: Vec<Item>,
    /// The pictures that are gone.
    gone: BTreeSet<usize>,
}

impl Site {
    /// The text of an item: long enough to be whole.
    fn text(&self, number: usize) -> String {
        let item = &self.items[number];
        let picture =
            if item.has_picture { format!("<p><img src=\"/{number}.png\" alt=\"河\"/></p>") } else { String::new() };
        let filler = "水面上有一条船，船上的人看着岸，岸上的人看着船。".repeat(20);
        format!("<p>风从河上来，文号{number:04}。{filler}</p>{picture}<p>{}</p>", "后来补记一笔。".repeat(item.edits))
    }

    fn item(&self, number: usize) -> String {
        let item = &self.items[number];
        let date = item.dated.map(|date| format!("<pubDate>{}</pubDate>", date.to_rfc2822())).unwrap_or_default();
        let content = match item.is_announced {
            true => String::new(),
            false => format!("<content:encoded><![CDATA[{}]]></content:encoded>", self.text(number)),
        };
        format!("<item><title>第{number}篇</title><link>/{number}</link>{date}{content}</item>")
    }

    fn shown(&self) -> std::ops::Range<usize> {
        self.items.len().saturating_sub(SHOWN)..self.items.len()
    }

    fn answer(&self, path: &str) -> Option<Answer> {
        let answer = match path {
            "/feed" => {
                let items: String = self.shown().rev().map(|number| self.item(number)).collect();
                let channel = format!("<channel><title>河边</title>{items}</channel>");
                let head = "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">";
                Answer::ok("text/xml; charset=utf-8", format!("{head}{channel}</rss>"))
            }
            path => {
                let (name, is_picture) = match path.strip_suffix(".png") {
                    Some(name) => (name, true),
                    None => (path, false),
                };
                let number: usize = name.strip_prefix('/')?.parse().ok().filter(|number| *number < self.items.len())?;
                match is_picture {
                    true if self.gone.contains(&number) => return None,
                    true => {
                        let (width, seed) = (8 + number as u32 / 256, (number % 256) as u8);
                        Answer::ok("image/png", picture(ImageFormat::Png, width, 8, seed))
                    }
                    false => {
                        let text = self.text(number);
                        let page = format!("<html><body><article><h1>第{number}篇</h1>{text}</article></body></html>");
                        Answer::ok("text/html; charset=utf-8", page)
                    }
                }
            }
        };
        Some(answer.with_header("Cache-Control", "no-cache"))
    }
}

/// What happens to the site, and what an issue must therefore hold.
struct Year {
    site: Arc<Mutex<Site>>,
    numbers: Numbers,
    /// How many edits were to be seen of articles that were in an issue already.
    edits_seen: usize,
}

impl Year {
    /// New items appear before this moment.
    fn appear(&mut self, count: usize, before: DateTime<Utc>) {
        let mut site = self.site.lock().expect("no thread panicked");
        for _ in 0..count {
            // Some are undated, some come with a date that is long past.
            let dated = match self.numbers.below(4) {
                0 => None,
                1 => Some(before - TimeDelta::days(30 + self.numbers.below(400) as i64)),
                _ => Some(before - TimeDelta::hours(self.numbers.below(40) as i64)),
            };
            let has_picture = self.numbers.below(2) == 0;
            let is_announced = self.numbers.below(5) == 0;
            site.items.push(Item { dated, has_picture, is_announced, edits: 0 });
        }
    }

    /// The newest item is edited, which was in the last issue.
    fn edit(&mut self, appear_next: usize) {
        let mut site = self.site.lock().expect("no thread panicked");
        if let Some(item) = site.items.last_mut() {
            item.edits += 1;
            self.edits_seen += usize::from(appear_next < SHOWN);
        }
    }

    /// The pictures of these items vanish from the server.
    fn vanish(&mut self, numbers: std::ops::Range<usize>) {
        self.site.lock().expect("no thread panicked").gone.extend(numbers);
    }

    fn count(&self) -> usize {
        self.site.lock().expect("no thread panicked").items.len()
    }

    fn pictures(&self, numbers: std::ops::Range<usize>) -> usize {
        let site = self.site.lock().expect("no thread panicked");
        numbers.filter(|number| site.items[*number].has_picture).count()
    }
}

fn tick(sandbox: &Sandbox, now: DateTime<Utc>) -> Run {
    let mut command = sandbox.command();
    command.env("TMPDIR", sandbox.path("tmp"));
    finish(command.args(["schedule", "tick", "--json", "--now", &now.to_rfc3339()]), b"")
}

fn year(zone: &str, dues: &[DateTime<Utc>], seed: u64) {
    let site = Arc::new(Mutex::new(Site::default()));
    let served = Arc::clone(&site);
    let server = Server::serve(move |path, _| served.lock().expect("no thread panicked").answer(path));
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("tmp")).expect("made");
    let config = format!(
        "[book]\ntitle = \"河边周刊 第{{issue}}期\"\nlang = \"zh-CN\"\n[[source]]\nfeed = \"{}\"\n[select]\nsince = \"last-issue\"\n\
         [output]\ndir = \"out\"\nformats = [\"epub\"]\n[schedule]\ncron = \"0 7 * * MON\"\npoll = \"0 12 * * WED,SAT\"\n\
         timezone = \"{zone}\"\n",
        server.url("/feed")
    );
    sandbox.write("wenji.toml", config);
    let mut year = Year { site, numbers: Numbers(seed), edits_seen: 0 };
    tick(&sandbox, dues[0] - TimeDelta::days(6)).exits(0);
    let (mut first, mut vanished) = (0, 0);
    for (week, due) in dues.iter().enumerate() {
        // On Thursday and on Sunday sources are read; what came after that is read with the issue.
        for days in [4, 1] {
            let count = if days == 4 { 2 } else { 1 } + year.numbers.below(2) as usize;
            if days == 4 {
                year.edit(count);
            }
            let before = year.count();
            year.appear(count, *due - TimeDelta::days(days));
            let read = tick(&sandbox, *due - TimeDelta::days(days)).exits(0);
            assert_eq!(actions(&read), ["polled"], "{due}");
            if year.numbers.below(2) == 0 {
                year.vanish(before..year.count());
                vanished += year.pictures(before..year.count());
            }
        }
        let count = 1 + year.numbers.below(3) as usize;
        year.appear(count, *due);
        let early = tick(&sandbox, *due - TimeDelta::seconds(1)).exits(0);
        assert_eq!(actions(&early), ["not-due"], "{due}");
        let told = tick(&sandbox, *due + TimeDelta::seconds(year.numbers.below(300) as i64)).exits(0).json();
        let told = &told["anthologies"][0];
        assert_eq!((told["action"].as_str(), told["issue"].as_u64()), (Some("built"), Some(week as u64 + 1)));
        assert_eq!(at(told["due"].as_str().expect("a moment")), *due);
        let book = format!("out/河边周刊-第{}期.epub", week + 1);
        let expected: Vec<String> = (first..year.count()).map(|number| format!("{number:04}")).collect();
        assert!(expected.len() > SHOWN, "the feed does not show all of a week");
        assert_eq!(marks(&sandbox, &book), expected, "issue {}", week + 1);
        let pictures = Epub::open(&sandbox.path(&book)).pictures().len();
        assert_eq!(pictures, year.pictures(first..year.count()), "issue {}", week + 1);
        first = year.count();
    }
    assert_eq!(sandbox.list("out").len(), dues.len());
    assert!(vanished > 40 && year.edits_seen > 10, "{vanished} pictures, {} edits", year.edits_seen);
    // Nothing of what is bound is left but that it was seen.
    assert_eq!((sandbox.list(".wenji"), sandbox.list("tmp")), (super::remembered(), Vec::new()));
    assert_eq!(status(&sandbox)["anthologies"][0]["waiting"], 0);
}

#[test]
fn a_year_of_a_feed_that_shows_few_items_in_shanghai_has_every_article_and_picture_once() {
    year("Asia/Shanghai", &super::shanghai(), 5);
}

#[test]
fn a_year_of_a_feed_that_shows_few_items_in_berlin_has_every_article_and_picture_once() {
    year("Europe/Berlin", &super::berlin(), 6);
}
