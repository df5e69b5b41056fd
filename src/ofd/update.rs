//! A signature is added: request, prepared package, signed package. Everything but the new files, Signatures.xml and
//! (once) OFD.xml stays byte for byte as it was.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use crate::container::{Assembled, ContainerError, DosTime, EntryPath, NewEntry, Package, Rewrite};
use crate::crypto::{Digest, DigestAlgorithm, Hasher};
use crate::geometry::{Millimetres, Rect, Size};
use crate::limits::Budget;
use crate::ofd::document::{DocBody, Document};
use crate::ofd::edit;
use crate::ofd::error::{OfdError, XmlFault};
use crate::ofd::signature::{Provider, SignatureKind, id_number};
use crate::ofd::write::{self, SignatureXml, StampXml};
use crate::source::SharedSource;
use crate::time::Time;

/// Whether further signatures may follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lock {
    /// They may: Signatures.xml is left out of the digests (ContinueSign, GM/T 0099).
    #[default]
    Open,
    /// They may not: Signatures.xml is digested too (WholeProtected, GM/T 0099).
    Locked,
}

/// A place where the seal is to be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamp {
    /// Page, counted from 0.
    pub page: usize,
    /// The whole seal, from the upper left corner of the page.
    pub rect: Rect,
    /// The slice that is visible, relative to `rect`; only with a clip may `rect` stick out of the page.
    pub clip: Option<Rect>,
}

/// What is to be added.
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// Which document of the package, counted from 0.
    pub body: usize,
    /// Seal or plain signature.
    pub kind: SignatureKind,
    /// Where it shows; nothing for an invisible signature.
    pub stamps: Vec<Stamp>,
    /// The program that signs.
    pub provider: Provider,
    /// The digest of the files.
    pub check: DigestAlgorithm,
    /// SignatureMethod, a dotted object identifier.
    pub signature_method: String,
    /// The claimed time, written as `YYYYMMDDHHMMSSZ`, in UTC.
    pub date_time: Time,
    /// The seal, written as Seal.esl and digested.
    pub seal: Option<Vec<u8>>,
    /// Whether further signatures may follow.
    pub lock: Lock,
    /// The time that the new entries of the package show.
    pub modified: DosTime,
}

/// Why no signature can be added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The document itself.
    #[error(transparent)]
    Document(#[from] OfdError),
    /// The package itself; an ambiguous one is not rewritten.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// An earlier signature covers Signatures.xml: none may follow.
    #[error("the document is locked by its signature {id:?}")]
    Locked {
        /// The identifier of the locking signature.
        id: String,
    },
    /// A file must change that an earlier signature covers.
    #[error("the signature {id:?} covers {file}, which would have to change")]
    BreaksSignature {
        /// The identifier of the signature that would break.
        id: String,
        /// The file.
        file: EntryPath,
    },
    /// An earlier signature cannot be read, so nobody knows what it covers.
    #[error("the signature {id:?} of the document cannot be read")]
    SignatureUnreadable {
        /// Its identifier.
        id: String,
    },
    /// The seal would lie off the page.
    #[error("the seal sticks out of page {page} by {overhang} mm")]
    OffPage {
        /// Page, counted from 1.
        page: usize,
        /// By how much.
        overhang: Millimetres,
        /// The size of the page.
        size: Size,
    },
    /// A size that is not positive, or no number.
    #[error("the seal on page {page} has no size")]
    NoSize {
        /// Page, counted from 1.
        page: usize,
    },
    /// The new XML could not be made.
    #[error("the new XML cannot be made: {0}")]
    Write(#[from] io::Error),
}

/// Differences up to a hundredth of a millimetre are rounding.
const TOLERANCE: f64 = 0.01;

/// Everything is laid out but the signature value.
#[derive(Debug)]
pub struct PreparedPackage {
    package: Arc<Package>,
    signature_path: EntryPath,
    signed_value_path: EntryPath,
    signature_xml: Vec<u8>,
    id: String,
    modified: DosTime,
    added: Vec<NewEntry>,
    replaced: Vec<NewEntry>,
}

/// A package with its new signature.
#[derive(Clone, Debug)]
pub struct SignedPackage {
    pub(in crate::ofd) assembled: Assembled,
}

/// Lays out a new signature and digests every file that it covers, streaming.
///
/// # Errors
/// [`UpdateError`]; nothing has been written then.
pub fn prepare(document: &Document, request: UpdateRequest, budget: &Budget) -> Result<PreparedPackage, UpdateError> {
    let package = Arc::clone(&document.package);
    // Refuses ambiguous packages before any work is done.
    drop(Rewrite::new(&package)?);
    let body = document.body(request.body)?;
    let plan = Plan::new(document, body, &request)?;
    let stamps = stamps(document, body, &request, &plan, budget)?;
    let list = list_bytes(body, &request, &plan)?;
    let root = root_bytes(document, body, &plan)?;
    refuse_breaking(document, &plan.list, root.is_some())?;

    let new = |path: &EntryPath, bytes: Vec<u8>| NewEntry { path: path.clone(), bytes, modified: request.modified };
    let mut added = Vec::new();
    let mut replaced: Vec<NewEntry> = root.map(|bytes| new(&document.root, bytes)).into_iter().collect();
    let list = new(&plan.list, list);
    if package.get(&plan.list).is_some() {
        replaced.push(list)
    } else {
        added.push(list)
    }
    for other in &plan.other_lists {
        added.push(new(&other.path, write::empty_list_xml()?));
    }
    if let Some(seal) = &request.seal {
        added.push(new(&plan.seal, seal.clone()));
    }
    let open = open_lists(document, &plan, request.lock);
    let references = digests(&package, &replaced, &added, request.check, |path| open.contains(&path))?;
    let signature_xml = write::signature_xml(&SignatureXml {
        provider: &request.provider,
        method: &request.signature_method,
        date_time: &request.date_time.to_generalized(),
        check_method: request.check.oid(),
        references: &references,
        stamps: &stamps,
        seal: request.seal.as_ref().map(|_| &plan.seal),
        signed_value: &plan.signed_value,
    })?;
    Ok(PreparedPackage {
        package,
        signature_path: plan.signature,
        signed_value_path: plan.signed_value,
        signature_xml,
        id: plan.id,
        modified: request.modified,
        added,
        replaced,
    })
}

impl PreparedPackage {
    /// Signature.xml: the bytes that the signature value is over.
    #[must_use]
    pub fn signature_xml(&self) -> &[u8] {
        &self.signature_xml
    }

    /// The path of Signature.xml; [`EntryPath::absolute`] of it is the propertyInfo of an SES_Signature.
    #[must_use]
    pub fn signature_path(&self) -> &EntryPath {
        &self.signature_path
    }

    /// The identifier of the new signature.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Puts the signature value in.
    ///
    /// # Errors
    /// [`UpdateError::Container`].
    pub fn fill(self, signed_value: Vec<u8>) -> Result<SignedPackage, UpdateError> {
        let modified = self.modified;
        let mut rewrite = Rewrite::new(&self.package)?;
        for entry in self.replaced {
            rewrite.replace(entry)?;
        }
        for entry in self.added {
            rewrite.add(entry)?;
        }
        rewrite.add(NewEntry { path: self.signature_path, bytes: self.signature_xml, modified })?;
        rewrite.add(NewEntry { path: self.signed_value_path, bytes: signed_value, modified })?;
        Ok(SignedPackage { assembled: rewrite.finish()? })
    }
}

impl SignedPackage {
    /// Writes the package, streaming what is copied.
    ///
    /// # Errors
    /// What reading the old file or writing says.
    pub fn write_to(&self, output: &mut dyn Write) -> io::Result<()> {
        self.assembled.write_to(output)
    }

    /// The package as a source, to be verified before it is written.
    #[must_use]
    pub fn as_source(&self) -> SharedSource {
        self.assembled.as_source()
    }
}

/// Paths and identifiers of the new signature.
struct Plan {
    list: EntryPath,
    /// Index of the document.
    body: usize,
    /// Empty lists for the other documents of the package that have none: OFD.xml must name them before it is digested,
    /// or no other document could be signed later without breaking this signature.
    other_lists: Vec<NewList>,
    signature: EntryPath,
    signed_value: EntryPath,
    seal: EntryPath,
    id: String,
    stamp_ids: Vec<String>,
    max_id: String,
}

/// A list that a document gets.
struct NewList {
    body: usize,
    path: EntryPath,
}

impl Plan {
    fn new(document: &Document, body: &DocBody, request: &UpdateRequest) -> Result<Self, UpdateError> {
        let beside = signs_beside(document, body);
        let at = |name: &str| beside.resolve(&format!("Signs/{name}"));
        let broken = |_| OfdError::ElementMissing { path: body.root.clone(), element: "DocRoot" };
        let list = match &body.signatures {
            Some(list) => list.path.clone(),
            None => free_list(document, body, &[]).map_err(broken)?,
        };
        let closed = body.signatures.is_some() || request.lock == Lock::Locked;
        let other_lists = if closed { Vec::new() } else { other_lists(document, request.body, &list)? };
        // A name in use must not be used again, were it by a folder alone or a file that nothing reaches.
        let folder = at("Sign").map_err(broken)?.folder().to_lowercase();
        let taken: HashSet<String> = document
            .package
            .entries()
            .iter()
            .map(|entry| entry.path().as_str().to_lowercase())
            .filter_map(|name| name.strip_prefix(&folder)?.strip_prefix('/')?.split('/').next().map(str::to_owned))
            .collect();
        let number = (0..=taken.len()).find(|number| !taken.contains(&format!("sign_{number}"))).unwrap_or(taken.len());
        let file = |name: &str| at(&format!("Sign_{number}/{name}")).map_err(broken);
        let mut ids = NextId::after(body);
        let id = ids.next();
        let stamp_ids: Vec<String> = request.stamps.iter().map(|_| ids.next()).collect();
        Ok(Plan {
            list,
            body: request.body,
            other_lists,
            signature: file("Signature.xml")?,
            signed_value: file("SignedValue.dat")?,
            seal: file("Seal.esl")?,
            max_id: stamp_ids.last().unwrap_or(&id).clone(),
            id,
            stamp_ids,
        })
    }
}

/// The file beside which the folder Signs stands: Document.xml, so that it is Doc_N/Signs. An SES_Signature names the path
/// of its Signature.xml in an IA5String (GB/T 38540-2020 7.1, propertyInfo): where the document's folder is not in
/// ASCII, Signs stands beside OFD.xml.
fn signs_beside<'a>(document: &'a Document, body: &'a DocBody) -> &'a EntryPath {
    if body.root.as_str().is_ascii() { &body.root } else { &document.root }
}

/// Places for the lists of the other documents that have none, each its own.
fn other_lists(document: &Document, own: usize, list: &EntryPath) -> Result<Vec<NewList>, UpdateError> {
    let mut taken = vec![list.clone()];
    let mut lists = Vec::new();
    for (index, body) in document.bodies.iter().enumerate().filter(|(index, _)| *index != own) {
        if body.signatures.is_none() {
            let broken = |_| OfdError::ElementMissing { path: body.root.clone(), element: "DocRoot" };
            let path = free_list(document, body, &taken).map_err(broken)?;
            taken.push(path.clone());
            lists.push(NewList { body: index, path });
        }
    }
    Ok(lists)
}

/// The place of a new list; where a stray file or another list has it, the next free name, so that nothing is taken over
/// unseen.
fn free_list(
    document: &Document,
    body: &DocBody,
    taken: &[EntryPath],
) -> Result<EntryPath, crate::container::PathError> {
    let beside = signs_beside(document, body);
    let first = beside.resolve("Signs/Signatures.xml")?;
    let count = document.package.entries().len().saturating_add(taken.len());
    let is_taken = |path: &EntryPath| taken.iter().any(|other| other.folded() == path.folded());
    let free = |path: &EntryPath| document.package.get_folded(path).is_none() && !is_taken(path);
    if free(&first) {
        return Ok(first);
    }
    for number in 1..=count {
        let next = beside.resolve(&format!("Signs/Signatures_{number}.xml"))?;
        if free(&next) {
            return Ok(next);
        }
    }
    Ok(first)
}

/// Identifiers continue in the manner of the list: prefix and width of its last one; `s001` in a new list.
struct NextId {
    prefix: String,
    width: usize,
    last: u64,
}

impl NextId {
    fn after(body: &DocBody) -> Self {
        let Some(list) = body.signatures.as_ref() else { return NextId { prefix: "s".to_owned(), width: 3, last: 0 } };
        let all = || list.ids().chain(list.max_sign_id.as_deref());
        let last = all().filter_map(id_number).max().unwrap_or(0);
        let pattern = list.entries.last().map(|entry| entry.id.as_str()).or(list.max_sign_id.as_deref());
        let Some(pattern) = pattern.filter(|id| id_number(id).is_some()) else {
            return NextId { prefix: "s".to_owned(), width: 3, last };
        };
        let digits = pattern.trim_start_matches(|c: char| !c.is_ascii_digit()).len();
        let prefix = pattern.get(..pattern.len().saturating_sub(digits)).unwrap_or("").to_owned();
        NextId { prefix, width: digits, last }
    }

    fn next(&mut self) -> String {
        self.last = self.last.saturating_add(1);
        format!("{}{:0width$}", self.prefix, self.last, width = self.width)
    }
}

/// Checks the places and gives them in the coordinates of their pages.
fn stamps(
    document: &Document,
    body: &DocBody,
    request: &UpdateRequest,
    plan: &Plan,
    budget: &Budget,
) -> Result<Vec<StampXml>, UpdateError> {
    let mut areas: HashMap<usize, Rect> = HashMap::new();
    let mut out = Vec::new();
    for (stamp, id) in request.stamps.iter().zip(&plan.stamp_ids) {
        let page = stamp.page.saturating_add(1);
        let area = match areas.get(&stamp.page) {
            Some(area) => *area,
            None => document.page_area(request.body, stamp.page, budget)?,
        };
        areas.insert(stamp.page, area);
        let size = Size { width: area.width, height: area.height };
        let visible = stamp.clip.map_or(stamp.rect, |clip| Rect {
            x: stamp.rect.x + clip.x,
            y: stamp.rect.y + clip.y,
            width: clip.width,
            height: clip.height,
        });
        for rect in [&stamp.rect, &visible] {
            let numbers = [rect.x.0, rect.y.0, rect.width.0, rect.height.0];
            if numbers.iter().any(|n| !n.is_finite()) || rect.width.0 <= 0.0 || rect.height.0 <= 0.0 {
                return Err(UpdateError::NoSize { page });
            }
        }
        let overhang = visible.overhang(size);
        if overhang.0 > TOLERANCE {
            return Err(UpdateError::OffPage { page, overhang, size });
        }
        let page_ref = body.pages.get(stamp.page).map(|page| page.id.clone()).unwrap_or_default();
        let boundary = Rect { x: stamp.rect.x + area.x, y: stamp.rect.y + area.y, ..stamp.rect };
        out.push(StampXml { id: id.clone(), page_ref, boundary, clip: stamp.clip });
    }
    Ok(out)
}

/// Signatures.xml as it will be.
fn list_bytes(body: &DocBody, request: &UpdateRequest, plan: &Plan) -> Result<Vec<u8>, UpdateError> {
    let old = body.signatures.as_ref().and_then(|list| list.xml.as_deref());
    let Some(old) = old else {
        return Ok(write::list_xml(&plan.max_id, &plan.id, request.kind, &plan.signature)?);
    };
    let fault = |fault| OfdError::Xml { path: plan.list.clone(), fault };
    let edited = edit::add_signature(old, &plan.id, &plan.max_id, request.kind, &plan.signature).map_err(fault)?;
    Ok(edited.ok_or_else(|| fault(XmlFault::Malformed { line: 1 }))?)
}

/// OFD.xml as it will be, where it must change.
fn root_bytes(document: &Document, body: &DocBody, plan: &Plan) -> Result<Option<Vec<u8>>, UpdateError> {
    if body.signatures.is_some() {
        return Ok(None);
    }
    let fault = |fault| OfdError::Xml { path: document.root.clone(), fault };
    let own = (plan.body, &plan.list);
    let mut bytes = document.root_xml.clone();
    for (index, list) in plan.other_lists.iter().map(|other| (other.body, &other.path)).chain([own]) {
        let edited = edit::add_signatures_element(&bytes, index, list).map_err(fault)?;
        bytes = edited.ok_or_else(|| fault(XmlFault::Malformed { line: 1 }))?;
    }
    Ok(Some(bytes))
}

/// No earlier signature, of any document of the package, may cover what changes.
fn refuse_breaking(document: &Document, list: &EntryPath, root_changes: bool) -> Result<(), UpdateError> {
    let lists = document.bodies.iter().filter_map(|body| body.signatures.as_ref());
    for entry in lists.flat_map(|list| &list.entries) {
        let id = || entry.id.clone();
        let Ok(content) = &entry.content else { return Err(UpdateError::SignatureUnreadable { id: id() }) };
        for path in content.references.iter().filter_map(|reference| reference.path.as_ref()) {
            if path == list {
                return Err(UpdateError::Locked { id: id() });
            }
            if root_changes && *path == document.root {
                return Err(UpdateError::BreaksSignature { id: id(), file: path.clone() });
            }
        }
    }
    Ok(())
}

/// The files that the new signature leaves open: the lists of the package, those of other documents too, because a
/// signature there must not break this one; a lock leaves none, for it closes the package.
fn open_lists<'a>(document: &'a Document, plan: &'a Plan, lock: Lock) -> Vec<&'a EntryPath> {
    if lock == Lock::Locked {
        return Vec::new();
    }
    let lists = document.bodies.iter().filter_map(|body| body.signatures.as_ref()).map(|list| &list.path);
    lists.chain(plan.other_lists.iter().map(|other| &other.path)).chain([&plan.list]).collect()
}

/// The digest of every file of the package as it will be: raw, inflated bytes (GB/T 33190-2016 18.2.3).
fn digests<'a>(
    package: &'a Package,
    replaced: &'a [NewEntry],
    added: &'a [NewEntry],
    algorithm: DigestAlgorithm,
    is_open: impl Fn(&EntryPath) -> bool,
) -> Result<Vec<(EntryPath, Digest)>, UpdateError> {
    let mut out = Vec::new();
    for entry in package.files().filter(|entry| !is_open(entry.path())) {
        let mut hasher = Hasher::new(algorithm);
        match replaced.iter().find(|new| new.path == *entry.path()) {
            Some(new) => hasher.update(&new.bytes),
            None => package.stream(entry, &mut |piece| hasher.update(piece))?,
        }
        out.push((entry.path().clone(), hasher.finish()));
    }
    for new in added.iter().filter(|new| !is_open(&new.path)) {
        out.push((new.path.clone(), algorithm.digest(&new.bytes)));
    }
    Ok(out)
}
