//! Articles that a feed has announced and whose pages could not be had: they are asked for at each reading, also when the feed
//! does not name them any more, until the page is had or what the feed said of it must stand in for it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use url::Url;

use super::PublishError;
use super::state::{State, at};
use crate::bind::{Plan, SourcePlan, gather, stand_in};
use crate::book::{Body, Origin};
use crate::canonical::canonical;
use crate::collect::{Collected, Draft, Input, Reach, archive};
use crate::problem::Code;
use crate::progress::Progress;

/// How often a page is asked for, at least, before it is given up.
const ATTEMPTS: i64 = 3;

/// How long it is asked for, at least.
const PATIENCE: TimeDelta = TimeDelta::days(3);

/// An article that is missing, with what the feed said of it.
struct Missing {
    first: DateTime<Utc>,
    failures: i64,
    draft: Draft,
}

/// What is missing of an anthology, by key.
type All = BTreeMap<String, Missing>;

/// Asks again for what is missing and is no longer named by the sources; what is had, or given up with what the feed said of
/// it, joins `collected`. `lost` stands for what the sources name and could not give. Gives the keys of what is missing no more.
pub(super) fn ask(
    state: &mut State,
    anthology: &str,
    plan: &Plan,
    now: DateTime<Utc>,
    collected: &mut Collected,
    lost: Vec<Draft>,
    progress: &dyn Progress,
) -> Result<Vec<String>, PublishError> {
    let mut all = read(&state.database, anthology)?;
    let named: BTreeSet<String> = collected.drafts.iter().chain(&lost).map(key_of).collect();
    let mut ended: Vec<String> = collected.drafts.iter().map(key_of).filter(|key| all.contains_key(key)).collect();
    let mut failed = lost;
    // Where nothing could be read at all, the network is down.
    if !named.is_empty() {
        let gone = all.iter().filter(|(key, _)| !named.contains(*key)).filter_map(|(_, known)| source_of(&known.draft));
        let gone: Vec<SourcePlan> = gone.collect();
        ask_again(gone, plan, &all, collected, &mut ended, &mut failed, progress);
    }
    let change = state.change()?;
    for draft in failed {
        let Some(loss) = draft.loss else { continue };
        if is_known(&change, anthology, &draft)? {
            continue;
        }
        let key = key_of(&draft);
        let known = all.remove(&key);
        let first = known.as_ref().map_or(now, |known| known.first);
        let failures = known.map_or(0, |known| known.failures) + i64::from(loss.code != Code::ArticleOffline);
        let is_given_up = !loss.may_pass() || failures >= ATTEMPTS && now - first >= PATIENCE;
        if is_given_up && draft.has_text() {
            join(&mut collected.drafts, stand_in(draft, plan.book.language.as_ref()));
            ended.push(key);
        } else if is_given_up && !named.contains(&key) {
            ended.push(key);
        } else if loss.may_pass() {
            write(&change, anthology, &Missing { first, failures, draft })?;
        }
    }
    change.commit()?;
    Ok(ended)
}

/// Asks for pages that no source names any more.
fn ask_again(
    sources: Vec<SourcePlan>,
    plan: &Plan,
    all: &All,
    collected: &mut Collected,
    ended: &mut Vec<String>,
    failed: &mut Vec<Draft>,
    progress: &dyn Progress,
) {
    if sources.is_empty() {
        return;
    }
    // The client could be set up a moment ago; if not, nothing is known anew.
    let Ok((again, lost)) = gather(&Plan { sources, ..plan.clone() }, progress) else { return };
    collected.problems.extend(again.problems);
    for mut draft in again.drafts {
        let key = key_of(&draft);
        let Some(known) = all.get(&key) else { continue };
        complete(&mut draft, &known.draft);
        join(&mut collected.drafts, draft);
        ended.push(key);
    }
    for draft in lost {
        let known = all.get(&key_of(&draft));
        failed.extend(known.map(|known| Draft { loss: draft.loss, ..known.draft.clone() }));
    }
}

/// What tells a missing article: the address that the feed names, whatever its page calls itself.
fn key_of(draft: &Draft) -> String {
    canonical(draft.origin.key())
}

/// The source that is its page alone, with the trust that the feed had.
fn source_of(draft: &Draft) -> Option<SourcePlan> {
    let Origin::Url(address) = &draft.origin else { return None };
    let server = match &draft.reach {
        Reach::Server(server) => Some(server.clone()),
        Reach::Public | Reach::Folder(_) => None,
    };
    Some(Input::Remembered { address: Url::parse(address).ok()?, server }.into())
}

/// Completes the draft of a page with what the feed said: it knows title and date best.
fn complete(draft: &mut Draft, said: &Draft) {
    draft.title.clone_from(&said.title);
    draft.published = said.published.or(draft.published);
    if draft.authors.is_empty() {
        draft.authors.clone_from(&said.authors);
    }
    if draft.tags.is_empty() {
        draft.tags.clone_from(&said.tags);
    }
    draft.site = draft.site.take().or_else(|| said.site.clone());
    draft.description = draft.description.take().or_else(|| said.description.clone());
    draft.section = draft.section.take().or_else(|| said.section.clone());
}

/// Puts an article behind the last one of its section.
fn join(drafts: &mut Vec<Draft>, draft: Draft) {
    let place = drafts.iter().rposition(|other| other.section == draft.section);
    drafts.insert(place.map_or(drafts.len(), |place| place + 1), draft);
}

/// Whether the article was had before, under whatever name.
fn is_known(change: &Connection, anthology: &str, draft: &Draft) -> Result<bool, PublishError> {
    let ask = "SELECT 1 FROM article WHERE anthology = ?1 AND (origin = ?2 OR key = ?3) LIMIT 1";
    let found = change.query_row(ask, params![anthology, draft.origin.key(), key_of(draft)], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

fn read(change: &Connection, anthology: &str) -> Result<All, PublishError> {
    let ask = "SELECT key, first, failures, origin, text, site, server FROM missing WHERE anthology = ?1";
    let mut statement = change.prepare(ask)?;
    let rows = statement.query_map([anthology], |row| {
        let server: Option<String> = row.get(6)?;
        let reach = server.and_then(|server| Url::parse(&server).ok()).map_or(Reach::Public, Reach::Server);
        let draft = archive::read(&row.get::<_, String>(4)?, Origin::Url(row.get(3)?), reach);
        let body = Body::Html(draft.body.source().to_owned());
        let draft = Draft { body, site: row.get(5)?, ..draft };
        Ok((row.get(0)?, Missing { first: at(row, 1)?, failures: row.get(2)?, draft }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn write(change: &Connection, anthology: &str, missing: &Missing) -> Result<(), PublishError> {
    let Missing { first, failures, draft } = missing;
    let server = match &draft.reach {
        Reach::Server(server) => Some(server.as_str()),
        Reach::Public | Reach::Folder(_) => None,
    };
    let tell = "INSERT OR REPLACE INTO missing (anthology, key, first, failures, origin, text, site, server)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (key, text) = (key_of(draft), archive::write(draft));
    change.execute(
        tell,
        params![anthology, key, first.timestamp(), failures, draft.origin.key(), text, draft.site, server],
    )?;
    Ok(())
}

/// Forgets what is missing no more, when it is remembered as an article.
pub(super) fn forget(state: &mut State, anthology: &str, ended: &[String]) -> Result<(), PublishError> {
    let change = state.change()?;
    for key in ended {
        change.execute("DELETE FROM missing WHERE anthology = ?1 AND key = ?2", [anthology, key])?;
    }
    change.commit()?;
    Ok(())
}
