//! Articles are remembered when they are first seen, and each belongs to the first issue after that.
//!
//! An article is told by its canonical address, or by its path from the folder of wenji.toml. Another text under the
//! same name is an edited article; the same text under another name, when the old name is gone, is a moved one. Neither is new.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use url::Url;

use super::PublishError;
use super::state::{Seen, State, known, text_of};
use crate::assets::AssetId;
use crate::book::{Body, Origin};
use crate::canonical::canonical;
use crate::collect::{self, Draft, Reach, archive};

/// What tells an article from others: its canonical address, or its path from `base`.
#[must_use]
pub fn key(draft: &Draft, base: &Path) -> String {
    match &draft.origin {
        Origin::Url(url) => collect::key(draft).unwrap_or_else(|| url.clone()),
        Origin::File { path, .. } => {
            let below = path.strip_prefix(base).unwrap_or(path);
            let parts = below.components().filter(|part| *part != std::path::Component::CurDir);
            parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
        }
    }
}

/// The hash of all that a reader sees of an article. The part that it stands in is the editor's.
fn hash(draft: &Draft) -> String {
    let draft = Draft { section: None, ..draft.clone() };
    AssetId::of(archive::write(&draft).as_bytes()).to_string()
}

/// The key of each draft. Where several that are not alike have one, the first of them has it, and the others the address
/// they came from.
fn keys(drafts: &[Draft], base: &Path) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let only = |draft: &Draft| {
        let key = key(draft, base);
        let Origin::Url(url) = &draft.origin else { return key };
        if taken.insert(key.clone()) {
            return key;
        }
        let own = canonical(url);
        if taken.insert(own.clone()) { own } else { format!("{key} {}", hash(draft)) }
    };
    drafts.iter().map(only).collect()
}

/// Remembers these articles. With `again`, edited ones that were in an issue come again. Gives the key of each.
pub(super) fn remember(
    state: &mut State,
    anthology: &str,
    drafts: &[Draft],
    base: &Path,
    now: DateTime<Utc>,
    again: bool,
) -> Result<Vec<String>, PublishError> {
    let keys = keys(drafts, base);
    let live: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let change = state.change()?;
    for (draft, key) in drafts.iter().zip(&keys) {
        let hash = hash(draft);
        let id = match known(&change, anthology, key)? {
            Some(known) if known.hash == hash => continue,
            Some(known) => {
                let tell = "UPDATE article SET edited = ?2 WHERE id = ?1";
                change.execute(tell, params![known.id, now.timestamp()])?;
                if known.issue.is_some() && !again {
                    change.execute("UPDATE article SET hash = ?2 WHERE id = ?1", params![known.id, hash])?;
                    continue;
                }
                change.execute("UPDATE article SET issue = NULL, pictures = 0 WHERE id = ?1", [known.id])?;
                known.id
            }
            None => match moved(&change, anthology, &hash, &live)? {
                Some((id, issued)) => {
                    change.execute("UPDATE article SET key = ?2 WHERE id = ?1", params![id, key])?;
                    if issued {
                        continue;
                    }
                    id
                }
                None => {
                    let add = "INSERT INTO article (anthology, key, hash, title, seen, url, html, origin, origin_key)
                               VALUES (?1, ?2, '', '', ?3, 0, 0, '', '')";
                    change.execute(add, params![anthology, key, now.timestamp()])?;
                    change.last_insert_rowid()
                }
            },
        };
        write(&change, id, draft, &hash)?;
    }
    change.execute("UPDATE anthology SET last_poll = ?2 WHERE name = ?1", params![anthology, now.timestamp()])?;
    change.commit()?;
    Ok(keys)
}

/// The article with the same text under a name that is gone, and whether it was in an issue.
fn moved(
    change: &Connection,
    anthology: &str,
    hash: &str,
    live: &BTreeSet<&str>,
) -> Result<Option<(i64, bool)>, PublishError> {
    let ask = "SELECT id, issue IS NOT NULL, key FROM article WHERE anthology = ?1 AND hash = ?2 ORDER BY id";
    let mut statement = change.prepare(ask)?;
    let rows =
        statement.query_map([anthology, hash], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
    for row in rows {
        let (id, issued, key) = row?;
        if !live.contains(key.as_str()) {
            return Ok(Some((id, issued)));
        }
    }
    Ok(None)
}

/// Writes all that is needed to bind the article when its source no longer has it.
fn write(change: &Connection, id: i64, draft: &Draft, hash: &str) -> Result<(), PublishError> {
    let (is_url, origin) = match &draft.origin {
        Origin::Url(url) => (true, url.as_str()),
        Origin::File { path, .. } => (false, text_of(path)?),
    };
    let (folder, server) = match &draft.reach {
        Reach::Public => (None, None),
        Reach::Folder(folder) => (Some(folder.as_path()), None),
        Reach::Server(url) => (None, Some(url.as_str())),
    };
    change.execute(
        "UPDATE article SET hash = ?2, title = ?3, published = ?4, text = ?5, url = ?6, origin = ?7, origin_key = ?8,
         folder = ?9, html = ?10, site = ?11, server = ?12 WHERE id = ?1",
        params![
            id,
            hash,
            draft.title,
            draft.published.map(|published| published.utc().timestamp()),
            archive::write(draft),
            is_url,
            origin,
            draft.origin.key(),
            folder.map(text_of).transpose()?,
            matches!(draft.body, Body::Html(_)),
            draft.site,
            server,
        ],
    )?;
    Ok(())
}

/// The article that was remembered, for when its source no longer has it.
#[must_use]
pub fn restored(seen: &Seen) -> Draft {
    let origin = match seen.is_url {
        true => Origin::Url(seen.origin.clone()),
        false => Origin::File { path: seen.origin.clone().into(), key: seen.origin_key.clone() },
    };
    let server = seen.server.as_deref().and_then(|server| Url::parse(server).ok());
    let reach = match (&seen.folder, server) {
        (Some(folder), _) => Reach::Folder(folder.clone()),
        (None, Some(server)) => Reach::Server(server),
        (None, None) => Reach::Public,
    };
    let draft = archive::read(&seen.text, origin, reach);
    let body = if seen.is_html { Body::Html(draft.body.source().to_owned()) } else { draft.body };
    Draft { site: seen.site.clone(), body, ..draft }
}

/// Puts an article behind the last one of its section, so that parts stay whole.
pub(super) fn insert(drafts: &mut Vec<(String, Draft)>, key: String, draft: Draft) {
    let place = drafts.iter().rposition(|(_, other)| other.section == draft.section);
    drafts.insert(place.map_or(drafts.len(), |place| place + 1), (key, draft));
}

/// The end of the last issue that is in place: what `last-issue` means to a build that is none.
///
/// # Errors
/// When the state cannot be read.
pub fn last_issue(state: &State, anthology: &str) -> Result<Option<DateTime<Utc>>, PublishError> {
    Ok(state.issues(anthology)?.last().map(|issue| issue.due))
}

/// Notes which issue articles are in; an article that was in one before stays there.
pub(super) fn assign(change: &Connection, ids: &[i64], number: u32) -> Result<(), PublishError> {
    for id in ids {
        let tell = "UPDATE article SET issue = ?2 WHERE id = ?1 AND issue IS NULL";
        change.execute(tell, params![id, number])?;
    }
    Ok(())
}

/// Forgets the texts and pictures of articles that are older than the window and so will be in no issue. They stay known.
pub(super) fn pass_by(state: &mut State, anthology: &str, since: DateTime<Utc>) -> Result<(), PublishError> {
    // An article that has a day and no hour is in a window that begins on this day.
    let since = since - TimeDelta::days(1);
    let change = state.change()?;
    let tell = "UPDATE article SET text = NULL WHERE anthology = ?1 AND issue IS NULL AND published < ?2";
    change.execute(tell, params![anthology, since.timestamp()])?;
    forget_pictures(&change, anthology)?;
    change.commit()?;
    Ok(())
}

/// Forgets the pictures of articles that do not wait any more.
pub(super) fn forget_pictures(change: &Connection, anthology: &str) -> Result<(), PublishError> {
    let tell = "DELETE FROM picture WHERE article IN (SELECT id FROM article WHERE anthology = ?1 AND text IS NULL)";
    change.execute(tell, [anthology])?;
    Ok(())
}

/// The row of an article.
pub(super) fn row(change: &Connection, anthology: &str, key: &str) -> Result<Option<i64>, PublishError> {
    let ask = "SELECT id FROM article WHERE anthology = ?1 AND key = ?2";
    Ok(change.query_row(ask, [anthology, key], |row| row.get(0)).optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(path: &str, body: &str) -> Draft {
        let origin = Origin::File { path: path.into(), key: path.to_owned() };
        archive::read(&format!("# 题\n\n{body}\n"), origin, Reach::Folder("/base".into()))
    }

    #[test]
    fn new_edited_and_moved_articles_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = State::open(folder.path()).expect("made");
        let now = DateTime::from_timestamp(1_000, 0).expect("a moment");
        state.begin("", now).expect("noted");
        let see = |state: &mut State, drafts: &[Draft], again| {
            remember(state, "", drafts, Path::new("/base"), now, again).expect("remembered");
            state.pending("").expect("read").into_iter().map(|seen| (seen.key, seen.text)).collect::<Vec<_>>()
        };
        let text = |body: &str| format!("# 题\n\n\n{body}\n");
        let first = see(&mut state, &[draft("/base/a.md", "一")], false);
        assert_eq!(first, [("a.md".to_owned(), text("一"))]);
        // Edited before its issue: the newest text. Two files with the same text are two articles.
        let edited = see(&mut state, &[draft("/base/a.md", "二"), draft("/base/b.md", "二")], false);
        assert_eq!(edited, [("a.md".to_owned(), text("二")), ("b.md".to_owned(), text("二"))]);
        let change = state.change().expect("begun");
        let ids = ["a.md", "b.md"].map(|key| row(&change, "", key).expect("read").expect("there"));
        assign(&change, &ids, 1).expect("assigned");
        change.commit().expect("written");
        // Edited and moved after its issue: not new.
        assert!(see(&mut state, &[draft("/base/a.md", "三"), draft("/base/c/b.md", "二")], false).is_empty());
        assert!(see(&mut state, &[draft("/base/a.md", "三"), draft("/base/c/b.md", "二")], true).is_empty());
        let again = see(&mut state, &[draft("/base/a.md", "四")], true);
        assert_eq!(again, [("a.md".to_owned(), text("四"))]);
    }
}
