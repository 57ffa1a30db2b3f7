//! Number trees and name trees: sorted tables in leaves of some entries each, so that readers need not read
//! the whole (ISO 32000-1 7.9.6, 7.9.7).

use std::io;

use lopdf::{Object, ObjectId, dictionary};

use super::file::File;

/// How many entries a leaf has.
const ENTRIES_PER_LEAF: usize = 64;

/// Writes a number tree; the keys ascend.
pub(super) fn numbers(entries: Vec<(i64, Object)>, file: &mut File<'_>) -> io::Result<ObjectId> {
    tree("Nums", entries.into_iter().map(|(key, value)| (Object::Integer(key), value)).collect(), file)
}

/// Writes a name tree; the keys ascend by their bytes.
pub(super) fn names(entries: Vec<(String, Object)>, file: &mut File<'_>) -> io::Result<ObjectId> {
    tree("Names", entries.into_iter().map(|(key, value)| (Object::string_literal(key), value)).collect(), file)
}

fn tree(kind: &str, entries: Vec<(Object, Object)>, file: &mut File<'_>) -> io::Result<ObjectId> {
    let mut leaves = Vec::with_capacity(entries.len().div_ceil(ENTRIES_PER_LEAF));
    let mut rest = entries.into_iter();
    loop {
        let leaf: Vec<(Object, Object)> = rest.by_ref().take(ENTRIES_PER_LEAF).collect();
        let (Some((first, _)), Some((last, _))) = (leaf.first(), leaf.last()) else { break };
        let limits = vec![first.clone(), last.clone()];
        let flat: Vec<Object> = leaf.into_iter().flat_map(|(key, value)| [key, value]).collect();
        leaves.push(Object::Reference(file.add(dictionary! { "Limits" => limits, kind => flat })?));
    }
    file.add(dictionary! { "Kids" => leaves })
}
