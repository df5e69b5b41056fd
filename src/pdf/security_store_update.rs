//! An update that adds to the document security store (ISO 32000-2 12.8.4.3, ETSI EN 319 142-1 5.4.2.2): what is there
//! stays, and nothing is written twice.

use std::collections::HashMap;

use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::revision_bytes::AppendedRevision;
use crate::pdf::security_store::{SecurityStore, StoredValue};
use crate::pdf::signature_widget::dictionary;
use crate::pdf::update::Update;
use crate::pdf::update_error::{Part, UpdateError};

/// What is to be in the store, for each signature: certificates, lists and answers in DER.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreAddition {
    /// The signature's key by [`crate::pdf::related_key`].
    pub key: String,
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses.
    pub responses: Vec<Vec<u8>>,
}

/// Adds to the store in one revision; `None` where everything is there already.
///
/// # Errors
/// [`UpdateError`]; nothing has been written then.
pub fn extend_security_store(
    document: &Document,
    additions: &[StoreAddition],
) -> Result<Option<AppendedRevision>, UpdateError> {
    let update = Update::new(document)?;
    let root = update.view().root_id()?;
    let catalog = dictionary(update.value(root)?, Part::Catalog)?;
    let old = update.view().security_store()?.unwrap_or_default();
    let dss = match update.entry(&catalog, "DSS")? {
        Object::Dictionary(dss) => dss,
        _ => Dictionary::new().with("Type", Object::name("DSS")),
    };
    let mut writing = Writing { update, grown: Grown::default() };
    let lists = Lists {
        certificates: writing.list(&old.certificates, additions.iter().flat_map(|one| &one.certificates))?,
        crls: writing.list(&old.crls, additions.iter().flat_map(|one| &one.crls))?,
        responses: writing.list(&old.responses, additions.iter().flat_map(|one| &one.responses))?,
    };
    let mut new = dss.clone();
    for (key, list, before) in [
        ("Certs", &lists.certificates, old.certificates.len()),
        ("CRLs", &lists.crls, old.crls.len()),
        ("OCSPs", &lists.responses, old.responses.len()),
    ] {
        writing.entry(&mut new, key, list.added(before))?;
    }
    writing.related(&mut new, &old, additions, &lists)?;
    if writing.grown == Grown::No {
        return Ok(None);
    }
    let mut update = writing.update;
    match catalog.get("DSS") {
        // A store that is an object of its own stays the same object.
        Some(Object::Reference(id)) if matches!(update.value(*id)?, Object::Dictionary(_)) => {
            update.put(*id, Object::Dictionary(new));
        }
        _ => {
            let id = update.add(Object::Dictionary(new))?;
            let mut catalog = catalog;
            catalog.set("DSS", Object::Reference(id));
            update.put(root, Object::Dictionary(catalog));
        }
    }
    update.finish().map(Some)
}

/// Whether anything was added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Grown {
    #[default]
    No,
    Yes,
}

/// The objects of one list, those that were there first.
struct List {
    ids: Vec<ObjectId>,
    by_data: HashMap<Vec<u8>, ObjectId>,
}

struct Lists {
    certificates: List,
    crls: List,
    responses: List,
}

impl List {
    fn added(&self, before: usize) -> &[ObjectId] {
        self.ids.get(before..).unwrap_or_default()
    }

    fn references<'a>(&'a self, values: &'a [Vec<u8>]) -> impl Iterator<Item = ObjectId> + 'a {
        values.iter().filter_map(|value| self.by_data.get(value).copied())
    }
}

struct Writing<'a> {
    update: Update<'a>,
    grown: Grown,
}

impl Writing<'_> {
    /// Writes the streams that are not there yet.
    fn list<'v>(
        &mut self,
        old: &[StoredValue],
        values: impl Iterator<Item = &'v Vec<u8>>,
    ) -> Result<List, UpdateError> {
        let by_data = old.iter().map(|value| (value.data.clone(), value.id)).collect();
        let mut list = List { ids: old.iter().map(|value| value.id).collect(), by_data };
        for value in values {
            if !list.by_data.contains_key(value) {
                let id = self.update.add_stream(Dictionary::new(), value.clone())?;
                list.by_data.insert(value.clone(), id);
                list.ids.push(id);
                self.grown = Grown::Yes;
            }
        }
        Ok(list)
    }

    /// Appends references to an array of a dictionary, in the array's own object where it has one.
    fn entry(&mut self, holder: &mut Dictionary, key: &str, added: &[ObjectId]) -> Result<(), UpdateError> {
        if added.is_empty() {
            return Ok(());
        }
        let mut items = self.update.entry(holder, key)?.as_array().unwrap_or_default().to_vec();
        items.extend(added.iter().map(|id| Object::Reference(*id)));
        match holder.get(key) {
            Some(Object::Reference(id)) => self.update.put(*id, Object::Array(items)),
            _ => holder.set(key, Object::Array(items)),
        }
        self.grown = Grown::Yes;
        Ok(())
    }

    /// The VRI dictionaries: what a signature had stays, what it lacks is added.
    fn related(
        &mut self,
        dss: &mut Dictionary,
        old: &SecurityStore,
        additions: &[StoreAddition],
        lists: &Lists,
    ) -> Result<(), UpdateError> {
        let (own, mut all) = match (dss.get("VRI"), self.update.entry(dss, "VRI")?) {
            (Some(Object::Reference(id)), Object::Dictionary(all)) => (Some(*id), all),
            (_, Object::Dictionary(all)) => (None, all),
            _ => (None, Dictionary::new()),
        };
        let before = all.clone();
        for addition in additions {
            let known = old.related.iter().find(|related| related.key == addition.key);
            let mut entry = match self.update.entry(&all, &addition.key)? {
                Object::Dictionary(entry) => entry,
                _ => Dictionary::new().with("Type", Object::name("VRI")),
            };
            let fresh = |list: &List, values: &[Vec<u8>], there: Option<&Vec<ObjectId>>| {
                let mut ids: Vec<ObjectId> = Vec::new();
                for id in list.references(values) {
                    if !ids.contains(&id) && !there.is_some_and(|there| there.contains(&id)) {
                        ids.push(id);
                    }
                }
                ids
            };
            let untouched = entry.clone();
            for (key, ids) in [
                ("Cert", fresh(&lists.certificates, &addition.certificates, known.map(|k| &k.certificates))),
                ("CRL", fresh(&lists.crls, &addition.crls, known.map(|k| &k.crls))),
                ("OCSP", fresh(&lists.responses, &addition.responses, known.map(|k| &k.responses))),
            ] {
                self.entry(&mut entry, key, &ids)?;
            }
            if entry != untouched {
                match all.get(&addition.key) {
                    Some(Object::Reference(id)) => self.update.put(*id, Object::Dictionary(entry)),
                    _ => all.set(addition.key.as_bytes(), Object::Dictionary(entry)),
                }
            }
        }
        if all != before {
            match own {
                Some(id) => self.update.put(id, Object::Dictionary(all)),
                None => dss.set("VRI", Object::Dictionary(all)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use crate::limits::Budget;
    use crate::pdf::{Document, SecurityStore, StoreAddition, extend_security_store};
    use crate::source::Bytes;

    fn plain() -> Vec<u8> {
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        for (number, body) in ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"].iter().enumerate() {
            offsets.push(file.len());
            file.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", number + 1).as_bytes());
        }
        let xref = file.len();
        let rows: String = offsets.iter().map(|offset| format!("{offset:010} 00000 n \n")).collect();
        let tail = format!(
            "xref\n0 3\n0000000000 65535 f \n{rows}trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n"
        );
        file.extend_from_slice(tail.as_bytes());
        file
    }

    fn extended(file: &[u8], additions: &[StoreAddition]) -> Option<Vec<u8>> {
        let document = Document::open(Bytes::shared(file.to_vec()), Rc::new(Budget::default())).unwrap();
        let revision = extend_security_store(&document, additions).unwrap()?;
        let mut out = Vec::new();
        revision.write_to(&mut out).unwrap();
        assert_eq!(&out[..file.len()], file, "what was there stays");
        Some(out)
    }

    fn store(file: &[u8]) -> SecurityStore {
        let document = Document::open(Bytes::shared(file.to_vec()), Rc::new(Budget::default())).unwrap();
        document.current().unwrap().security_store().unwrap().unwrap()
    }

    fn addition(key: &str, certificates: &[&str], crls: &[&str]) -> StoreAddition {
        let bytes = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
        StoreAddition {
            key: key.to_owned(),
            certificates: bytes(certificates),
            crls: bytes(crls),
            responses: Vec::new(),
        }
    }

    #[test]
    fn what_is_added_is_read_again_and_nothing_is_written_twice() {
        let first = addition("AA", &["root", "signer"], &["list"]);
        let once = extended(&plain(), std::slice::from_ref(&first)).unwrap();
        let read = store(&once);
        assert_eq!((read.certificates.len(), read.crls.len(), read.responses.len()), (2, 1, 0));
        assert_eq!(read.related[0].certificates, [read.certificates[0].id, read.certificates[1].id]);
        assert_eq!(extended(&once, std::slice::from_ref(&first)), None, "nothing new");
        let second = addition("BB", &["root", "other"], &["list", "later"]);
        let twice = extended(&once, &[first, second]).unwrap();
        let grown = store(&twice);
        assert_eq!((grown.certificates.len(), grown.crls.len(), grown.related.len()), (3, 2, 2));
        assert_eq!(grown.certificates[..2], read.certificates[..], "old objects keep their numbers");
        assert_eq!(grown.related[1].certificates, [grown.certificates[0].id, grown.certificates[2].id]);
        let more = addition("AA", &["root"], &["later"]);
        let thrice = store(&extended(&twice, &[more]).unwrap());
        assert_eq!(thrice.related[0].crls, [grown.crls[0].id, grown.crls[1].id]);
        assert_eq!((thrice.faults, thrice.crls.len()), (Vec::new(), 2));
    }
}
