//! OFDEntries.xml (GM/T 0099-2020 7.4, annex D): the list of the files that the maker of a package put into it, signed, so
//! that a file smuggled in later (夹带文件) can be told. It holds no digests: it says which files there are, not what is
//! in them; that is for the signatures of the documents to say.

use std::collections::HashSet;

use roxmltree::Node;

use crate::container::{ContainerError, EntryPath};
use crate::ofd::document::{Reader, locate, refuse_hostile};
use crate::ofd::error::{EntryFault, NoteKind, OfdError};
use crate::ofd::signature::{ANOMALIES, Anomaly, is_active};
use crate::ofd::xml;

/// Name of the list, beside OFD.xml (GM/T 0099-2020 annex D).
pub(crate) const NAME: &str = "OFDEntries.xml";

/// The list of a package's files, where it has one.
#[derive(Clone, Debug)]
pub struct IntegrityList {
    /// Where it lies.
    pub path: EntryPath,
    /// What it says, or why it says nothing.
    pub content: Result<IntegrityContent, EntryFault>,
}

/// DocEntries (GM/T 0099-2020 table D.1).
#[derive(Clone, Debug)]
pub struct IntegrityContent {
    /// The file, byte for byte: what its signature is over.
    pub xml: Vec<u8>,
    /// CreatorName: the program that made it. The maker's own text: print it escaped.
    pub creator: Option<String>,
    /// CreationDate as written.
    pub created: Option<String>,
    /// SignedValueLoc, resolved.
    pub signed_value_path: Option<EntryPath>,
    /// FileList.
    pub files: Vec<ListedFile>,
    /// What is odd.
    pub anomalies: Vec<Anomaly>,
}

/// One file of the list (GM/T 0099-2020 table D.1, File).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// FileLoc as written.
    pub file_loc: String,
    /// The path that it means, nothing where it leads outside the package.
    pub path: Option<EntryPath>,
    /// Whether the package has that file.
    pub is_present: bool,
}

/// Reads the list, where the package has one beside OFD.xml.
pub(crate) fn read(reader: &mut Reader<'_>, root: &EntryPath) -> Result<Option<IntegrityList>, OfdError> {
    let Ok(wanted) = root.resolve(NAME) else { return Ok(None) };
    let Some(entry) = reader.package.get_folded(&wanted) else { return Ok(None) };
    let path = entry.path().clone();
    if path != wanted {
        reader.note(NoteKind::CaseDiffers, &path, NAME);
    }
    let bytes = match reader.package.read_at_most(entry, xml::XML_BYTES, reader.budget) {
        Ok(bytes) => bytes,
        Err(ContainerError::DataDamaged { .. }) => {
            return Ok(Some(IntegrityList { path, content: Err(EntryFault::Damaged) }));
        }
        Err(error) => return Err(error.into()),
    };
    let parsed = xml::text(&bytes).and_then(|text| {
        let tree = xml::parse(&text)?;
        xml::note_namespace(tree.root_element(), &path, reader.notes);
        Ok(content(reader, &path, tree.root_element()))
    });
    let content = match parsed {
        Ok(Ok(parsed)) => Ok(IntegrityContent { xml: bytes, ..parsed }),
        Ok(Err(fault)) => Err(fault),
        Err(fault) => Err(EntryFault::Xml(refuse_hostile(&path, fault)?)),
    };
    Ok(Some(IntegrityList { path, content }))
}

fn content(reader: &mut Reader<'_>, path: &EntryPath, top: Node<'_, '_>) -> Result<IntegrityContent, EntryFault> {
    if !matches!(top.tag_name().name(), "DocEntries" | "OFDEntries") {
        return Err(EntryFault::ElementMissing("DocEntries"));
    }
    let mut anomalies = Vec::new();
    if top.document().descendants().any(is_active) {
        anomalies.push(Anomaly::ActiveContent);
    }
    for single in ["SignedValueLoc", "FileList"] {
        // Looked for at any depth: one in a wrapper is a second one too.
        if top.descendants().filter(|node| node.is_element() && node.tag_name().name() == single).count() > 1 {
            anomalies.push(Anomaly::Repeated(single));
        }
        if xml::child(top, single).is_none() {
            anomalies.push(Anomaly::Missing(single));
        }
    }
    if xml::child(top, "SignedValueLoc").is_some_and(xml::is_not_plain) {
        anomalies.push(Anomaly::NotPlain("SignedValueLoc"));
    }
    let value = xml::child_text(top, "SignedValueLoc");
    let signed_value_path = value.and_then(|text| place(reader, path, &text, &mut anomalies));
    let attribute = |name| top.attribute(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (creator, created) = (attribute("CreatorName"), attribute("CreationDate"));
    let files = xml::child(top, "FileList").map(|list| files(reader, path, list, &mut anomalies)).unwrap_or_default();
    Ok(IntegrityContent { xml: Vec::new(), creator, created, signed_value_path, files, anomalies })
}

/// FileList: FileLoc is an attribute of File; an element is taken too, as elsewhere in the format (GB/T 33190-2016 20).
fn files(
    reader: &mut Reader<'_>,
    path: &EntryPath,
    list: Node<'_, '_>,
    anomalies: &mut Vec<Anomaly>,
) -> Vec<ListedFile> {
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for node in xml::children(list, "File") {
        let attribute = node.attribute("FileLoc").map(|text| text.trim().to_owned());
        let file_loc = attribute.or(xml::child_text(node, "FileLoc")).unwrap_or_default();
        let (found, kinds) = locate(reader.package, path, &file_loc);
        for kind in kinds.into_iter().filter(|kind| !matches!(kind, NoteKind::FileMissing | NoteKind::Outside)) {
            reader.note(kind, path, &file_loc);
        }
        // A name written twice says nothing new.
        if found.as_ref().is_some_and(|found| !seen.insert(found.clone())) {
            continue;
        }
        if file_loc.is_empty() && anomalies.len() < ANOMALIES {
            anomalies.push(Anomaly::Missing("FileLoc"));
            continue;
        }
        let is_present = found.as_ref().is_some_and(|found| reader.package.get(found).is_some());
        files.push(ListedFile { file_loc, path: found, is_present });
    }
    files
}

fn place(reader: &mut Reader<'_>, path: &EntryPath, text: &str, anomalies: &mut Vec<Anomaly>) -> Option<EntryPath> {
    let (found, kinds) = locate(reader.package, path, text);
    for kind in kinds {
        match kind {
            NoteKind::Outside => anomalies.push(Anomaly::Location(kind, text.to_owned())),
            // Told where the value is looked for.
            NoteKind::FileMissing => {}
            kind => reader.note(kind, path, text),
        }
    }
    found
}
