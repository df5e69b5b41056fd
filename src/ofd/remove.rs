//! The newest signature is taken away again, together with what it brought along: its folder, its line in Signatures.xml
//! and, where it was the first, the list itself and its name in OFD.xml. Everything else stays byte for byte.
//!
//! This undoes what [`crate::ofd::prepare`] did. What a foreign writer did cannot be told from the package, so callers must
//! know that the package is as this room left it.

use std::io;

use crate::container::{DosTime, Entry, EntryPath, NewEntry, Rewrite};
use crate::ofd::document::{DocBody, Document};
use crate::ofd::edit;
use crate::ofd::error::{OfdError, XmlFault};
use crate::ofd::signature::{SignatureEntry, SignatureList, id_number};
use crate::ofd::update::{SignedPackage, UpdateError};

/// The signature that was added last: its value is the last file of the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Which document of the package, counted from 0.
    pub body: usize,
    /// Its place in the list of that document, counted from 0.
    pub index: usize,
}

/// Finds the signature whose value stands last in the package.
#[must_use]
pub fn newest(document: &Document) -> Option<Newest> {
    let last = document.package.files().max_by_key(|entry| entry.local)?.path();
    let is_last = |entry: &SignatureEntry| {
        entry.content.as_ref().is_ok_and(|content| content.signed_value_path.as_ref() == Some(last))
    };
    document.bodies.iter().enumerate().find_map(|(body, content)| {
        let index = content.signatures.as_ref()?.entries.iter().position(is_last)?;
        Some(Newest { body, index })
    })
}

/// The package without that signature.
///
/// # Errors
/// [`UpdateError::Locked`] and [`UpdateError::BreaksSignature`] where another signature covers what would change;
/// [`UpdateError::SignatureUnreadable`] where nobody knows what one covers.
pub fn remove_newest(document: &Document, which: Newest) -> Result<SignedPackage, UpdateError> {
    let body = document.body(which.body)?;
    let missing = || OfdError::ElementMissing { path: body.root.clone(), element: "Signature" };
    let list = body.signatures.as_ref().ok_or_else(missing)?;
    let entry = list.entries.get(which.index).ok_or_else(missing)?;
    let folder = entry.path.as_ref().ok_or_else(missing)?.folder().to_owned();
    let own = |path: &EntryPath| path.folder() == folder;
    let came = came_with(document, which, list, entry);

    let mut rewrite = Rewrite::new(&document.package)?;
    let new = |path: &EntryPath, bytes: Vec<u8>| NewEntry { path: path.clone(), bytes, modified: DosTime::FIRST };
    let mut gone: Vec<&EntryPath> = document.package.files().map(Entry::path).filter(|path| own(path)).collect();
    let mut changed = Vec::new();
    if came.is_empty() {
        changed.push(new(&list.path, shorter(list, entry, which.index)?));
    } else {
        let bodies: Vec<usize> = came.iter().map(|(body, _)| *body).collect();
        let fault = |fault| OfdError::Xml { path: document.root.clone(), fault };
        let bytes = edit::remove_signatures_elements(&document.root_xml, &bodies).map_err(fault)?;
        changed.push(new(&document.root, bytes.ok_or_else(|| fault(XmlFault::Malformed { line: 1 }))?));
        gone.extend(came.iter().map(|(_, path)| *path));
    }
    for path in gone.iter().copied().chain(changed.iter().map(|entry| &entry.path)) {
        refuse_covered(document, entry, path, &list.path)?;
    }
    for path in gone {
        rewrite.remove(path)?;
    }
    for entry in changed {
        rewrite.replace(entry)?;
    }
    Ok(SignedPackage { assembled: rewrite.finish()? })
}

/// The lists that came with the signature, each with its document: nothing where it was not the first. The writer puts
/// OFD.xml, which names them, right before them.
fn came_with<'a>(
    document: &'a Document,
    which: Newest,
    list: &'a SignatureList,
    entry: &SignatureEntry,
) -> Vec<(usize, &'a EntryPath)> {
    let mut others = signatures(document).filter(|other| !std::ptr::eq(*other, entry));
    let root_is_free = others.all(|other| !covers(other, &document.root));
    let mut order: Vec<&Entry> = document.package.files().collect();
    order.sort_by_key(|entry| entry.local);
    let mut after_root = order.into_iter().map(Entry::path).skip_while(|path| **path != document.root).skip(1);
    let first = after_root.next() == Some(&list.path);
    if list.entries.len() != 1 || !root_is_free || !first {
        return Vec::new();
    }
    let mut came = vec![(which.body, &list.path)];
    let empty = |(index, body): (usize, &'a DocBody)| {
        let other = body.signatures.as_ref().filter(|other| index != which.body && other.entries.is_empty());
        other.map(|other| (index, &other.path))
    };
    let empty: Vec<_> = document.bodies.iter().enumerate().filter_map(empty).collect();
    came.extend(after_root.map_while(|path| empty.iter().find(|(_, other)| *other == path).copied()));
    came
}

fn signatures(document: &Document) -> impl Iterator<Item = &SignatureEntry> {
    document.bodies.iter().filter_map(|body| body.signatures.as_ref()).flat_map(|list| &list.entries)
}

fn covers(entry: &SignatureEntry, path: &EntryPath) -> bool {
    let Ok(content) = &entry.content else { return true };
    content.references.iter().any(|reference| reference.path.as_ref() == Some(path))
}

/// No other signature, of any document of the package, may cover what changes.
fn refuse_covered(
    document: &Document,
    entry: &SignatureEntry,
    path: &EntryPath,
    list: &EntryPath,
) -> Result<(), UpdateError> {
    for other in signatures(document).filter(|other| !std::ptr::eq(*other, entry)) {
        let id = other.id.clone();
        if other.content.is_err() {
            return Err(UpdateError::SignatureUnreadable { id });
        }
        if covers(other, path) {
            let locked = path == list;
            return Err(if locked {
                UpdateError::Locked { id }
            } else {
                UpdateError::BreaksSignature { id, file: path.clone() }
            });
        }
    }
    Ok(())
}

/// The list without the signature. Identifiers count on (GB/T 33190-2016 18.1, MaxSignId), so the number before the
/// signature's own was the largest.
fn shorter(list: &SignatureList, entry: &SignatureEntry, index: usize) -> Result<Vec<u8>, UpdateError> {
    let xml = list.xml.as_deref().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let before = id_number(&entry.id).unwrap_or(0).saturating_sub(1);
    let in_use = list.ids().find(|id| id_number(id) == Some(before)).map(str::to_owned);
    let digits = entry.id.trim_start_matches(|c: char| !c.is_ascii_digit()).len();
    let prefix = entry.id.get(..entry.id.len().saturating_sub(digits)).unwrap_or("");
    let max_id = in_use.unwrap_or_else(|| format!("{prefix}{before:0digits$}"));
    let fault = |fault| OfdError::Xml { path: list.path.clone(), fault };
    let bytes = edit::remove_signature(xml, index, &max_id).map_err(fault)?;
    Ok(bytes.ok_or_else(|| fault(XmlFault::Malformed { line: 1 }))?)
}
