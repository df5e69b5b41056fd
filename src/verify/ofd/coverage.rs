//! What of the document each signature covers, and which files of the package nobody covers or reaches.
//!
//! Allowed to be open: the signature's own Signature.xml and SignedValue.dat, Signatures.xml (further signatures may
//! follow), and the files of later signatures that hold (GM/T 0099-2020 7.2).

use std::collections::{BTreeMap, BTreeSet};

use crate::container::EntryPath;
use crate::ofd::{Document, Reach, Role, SignatureContent};
use crate::report::{Code, Coverage, Finding};
use crate::verify::ofd::Work;

const STEP: &str = "coverage";
const CLAUSE: &str = "Electronic Signature Law article 13 (4)";

/// Settles the coverage of every signature, and puts them into the order of signing. `apart` are files of the package
/// that need no signature of a document.
pub(crate) fn check(document: &Document, reach: &Reach, apart: &BTreeSet<EntryPath>, works: &mut Vec<Work<'_>>) {
    let covered: Vec<BTreeSet<EntryPath>> = works.iter().map(|work| covered_by(document, content(work))).collect();
    let order = Order::of(works, &covered);
    for at in 0..works.len() {
        let mut allowed = works.get(at).map(own_files).unwrap_or_default();
        allowed.extend(apart.iter().cloned());
        let later: Vec<usize> = (0..works.len()).filter(|other| order.credits(*other, at)).collect();
        allowed.extend(later.iter().filter_map(|later| works.get(*later)).flat_map(own_files));
        let root_credited = later.iter().any(|later| covered.get(*later).is_some_and(|c| c.contains(document.root())));
        let Some(work) = works.get_mut(at) else { continue };
        let mine = covered.get(at).cloned().unwrap_or_default();
        settle(document, reach, work, &Sets { mine, allowed, root_credited });
    }
    order.arrange(works);
}

/// Whether a signature's digests and value hold, whatever is thought of its certificate: then it says truly what it covers.
fn stands(work: &Work<'_>) -> bool {
    let draft = &work.draft;
    // A value with its content inside has no attribute that holds the digest (GB/T 35275, form A).
    let digest = draft.passed("content-digest") || draft.passed("encapsulated-content");
    digest && ["references", "references-strength", "signature-value"].iter().all(|step| draft.passed(step))
}

/// Which signature came after which: one that covers the value of another was made after it, whatever the list says, for
/// nobody knows a value before it is made; of two that do not know each other the list decides.
struct Order {
    /// For each signature the others that it covers.
    covers: Vec<BTreeSet<usize>>,
    stands: Vec<bool>,
}

impl Order {
    fn of(works: &[Work<'_>], covered: &[BTreeSet<EntryPath>]) -> Self {
        let stands: Vec<bool> = works.iter().map(stands).collect();
        let mut owners: BTreeMap<EntryPath, Vec<usize>> = BTreeMap::new();
        for (at, work) in works.iter().enumerate() {
            for file in own_files(work) {
                owners.entry(file).or_default().push(at);
            }
        }
        let count = works.iter().map(|work| own_files(work).len()).collect::<Vec<_>>();
        let mut covers = Vec::new();
        for (at, files) in covered.iter().enumerate() {
            let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
            for owner in files.iter().filter_map(|file| owners.get(file)).flatten().filter(|owner| **owner != at) {
                let files = seen.entry(*owner).or_default();
                *files = files.saturating_add(1);
            }
            let whole = |(owner, files): (usize, usize)| (count.get(owner) == Some(&files)).then_some(owner);
            let holds = stands.get(at) == Some(&true);
            covers.push(seen.into_iter().filter(|_| holds).filter_map(whole).collect());
        }
        Order { covers, stands }
    }

    fn covers(&self, one: usize, other: usize) -> bool {
        self.covers.get(one).is_some_and(|covered| covered.contains(&other))
    }

    /// Whether `one` holds and came after `other`.
    fn credits(&self, one: usize, other: usize) -> bool {
        let after = self.covers(one, other) || (one > other && !self.covers(other, one));
        one != other && after && self.stands.get(one) == Some(&true)
    }

    /// Puts the signatures into the order of signing and tells each what it covers and what covers it.
    fn arrange(&self, works: &mut Vec<Work<'_>>) {
        let ids: Vec<String> = works.iter().map(|work| work.draft.report.id.clone()).collect();
        let named = |of: &dyn Fn(usize) -> bool| -> Vec<String> {
            ids.iter().enumerate().filter(|(at, _)| of(*at)).map(|(_, id)| id.clone()).collect()
        };
        let listed: Vec<(usize, String)> = works.iter().map(|work| (work.body, work.entry.id.clone())).collect();
        for (at, work) in works.iter_mut().enumerate() {
            // Relative (GM/T 0099-2020 7.2): the list is open, the value is what proves it.
            if let Some(base) = work.entry.relative.as_deref().filter(|base| !base.is_empty()) {
                let is_base = |(_, (body, id)): &(usize, &(usize, String))| *body == work.body && id == base;
                let covered = listed.iter().enumerate().filter(is_base).any(|(other, _)| self.covers(at, other));
                if !covered {
                    work.draft.find(Finding::new(Code::RelativeNotCovered).with("named", base));
                }
            }
            work.draft.report.covers = named(&|other| self.covers(at, other));
            work.draft.report.covered_by = named(&|other| self.covers(other, at));
        }
        let mut waiting: Vec<(usize, Work<'_>)> = std::mem::take(works).into_iter().enumerate().collect();
        while !waiting.is_empty() {
            let free = |at: usize| waiting.iter().all(|(other, _)| !self.covers(at, *other));
            let next = waiting.iter().position(|(at, _)| free(*at)).unwrap_or(0);
            works.push(waiting.remove(next).1);
        }
    }
}

/// What one signature may count on.
struct Sets {
    /// Covered by its own references.
    mine: BTreeSet<EntryPath>,
    /// Allowed to be open.
    allowed: BTreeSet<EntryPath>,
    /// Whether a later signature that holds covers OFD.xml.
    root_credited: bool,
}

fn settle(document: &Document, reach: &Reach, work: &mut Work<'_>, sets: &Sets) {
    if content(work).is_none() {
        return work.draft.not_run(STEP, CLAUSE);
    }
    let mut findings = Vec::new();
    let mut uncovered = Vec::new();
    let later = Later::of(reach, work, &sets.mine);
    if covers_another_document(document, work.body, &sets.mine) {
        let root = document.bodies().get(work.body).map(|body| body.root().absolute()).unwrap_or_default();
        findings.push(Finding::new(Code::ReferenceOutside).at(root));
    }
    // Where OFD.xml may change, it must not lead to anything that this signature does not cover.
    let mut documents = reach.files.iter().filter(|(_, (role, _))| *role == Role::Document);
    let documents_covered = documents.all(|(path, _)| sets.mine.contains(path));
    for entry in document.package().files() {
        let path = entry.path();
        let role = reach.files.get(path).map(|(role, _)| *role);
        let open = matches!(role, Some(Role::SignatureList)) || sets.allowed.contains(path);
        if open || sets.mine.contains(path) {
            continue;
        }
        uncovered.push(path.absolute());
        let code = match role {
            None => Code::OfdUnsignedEntry,
            // A later signature that holds closes what this one left open, but cannot say what it was before.
            Some(Role::Root) if documents_covered || sets.root_credited => Code::OfdRootOpen,
            Some(Role::Root) => Code::OfdRootNotCovered,
            Some(Role::Document) => Code::OfdDocumentNotCovered,
            Some(Role::Signature | Role::SignedValue | Role::Seal) => Code::OfdUnsignedEntry,
            Some(Role::Integrity | Role::IntegrityValue) => Code::OfdUnsignedEntry,
            Some(Role::Annotation | Role::Attachment) if later.came(path) => Code::OfdAddedAfterSeal,
            Some(_) => Code::OfdResourceNotCovered,
        };
        findings.push(Finding::new(code).at(path.absolute()));
    }
    let report = &mut work.draft.report;
    report.coverage = match (uncovered.is_empty(), sets.mine.is_empty()) {
        (_, true) => Coverage::None,
        (true, false) => Coverage::WholeDocument,
        (false, false) => Coverage::Partial,
    };
    report.uncovered = uncovered;
    let list = document.bodies().get(work.body).and_then(|body| body.signatures()).map(|list| list.path().clone());
    if list.is_some_and(|list| !sets.mine.contains(&list)) {
        work.draft.find(Finding::new(Code::OfdOpenSignaturesList));
    }
    work.draft.settle(STEP, CLAUSE, findings);
}

/// Whether a signature covers a document of the package, and not the one whose list it stands in: a seal put on another
/// document than it was made for.
fn covers_another_document(document: &Document, body: usize, mine: &BTreeSet<EntryPath>) -> bool {
    let covered = |body: &crate::ofd::DocBody| mine.contains(body.root());
    document.bodies().iter().any(covered) && !document.bodies().get(body).is_some_and(covered)
}

/// What tells files that came after a signature from files that its maker left out.
struct Later<'r> {
    reach: &'r Reach,
    /// Covered, and as they were.
    kept: BTreeSet<EntryPath>,
    /// The maker covers every file that there is, so that nothing is ever left out.
    thorough: bool,
}

impl<'r> Later<'r> {
    fn of(reach: &'r Reach, work: &Work<'_>, mine: &BTreeSet<EntryPath>) -> Self {
        let changed: BTreeSet<&str> = work.draft.report.findings.iter().filter_map(changed_file).collect();
        let references = content(work).map(|content| content.references.as_slice()).unwrap_or_default();
        let differs = references.iter().filter(|reference| changed.contains(reference.file_ref.as_str()));
        let differs: BTreeSet<&EntryPath> = differs.filter_map(|reference| reference.path.as_ref()).collect();
        let kept = mine.iter().filter(|path| !differs.contains(path)).cloned().collect();
        let thorough = content(work).is_some_and(|content| content.provider.name == env!("CARGO_PKG_NAME"));
        Later { reach, kept, thorough }
    }

    /// An uncovered annotation or attachment is new where the file that leads to it was changed or is open itself. Where
    /// that file is as it was, the maker may have left it out.
    fn came(&self, path: &EntryPath) -> bool {
        let mut from = self.reach.named_by.get(path);
        // Lists of annotations lead to annotations: no deeper than that.
        for _ in 0..4 {
            let Some(named) = from else { return true };
            let role = self.reach.files.get(named).map(|(role, _)| *role);
            if self.kept.contains(named) {
                return self.thorough;
            }
            if !matches!(role, Some(Role::Annotation | Role::Attachment)) {
                return true;
            }
            from = self.reach.named_by.get(named);
        }
        true
    }
}

/// The FileRef of a file whose digest differs.
fn changed_file(finding: &Finding) -> Option<&str> {
    (finding.code == Code::HashFailure).then_some(finding.place.as_deref()).flatten()
}

fn content<'w>(work: &'w Work<'_>) -> Option<&'w SignatureContent> {
    work.entry.content.as_ref().ok()
}

/// Files named by references, as the package writes their names.
fn covered_by(document: &Document, content: Option<&SignatureContent>) -> BTreeSet<EntryPath> {
    let references = content.map(|content| content.references.as_slice()).unwrap_or_default();
    let entries = references.iter().filter_map(|reference| document.package().get_folded(reference.path.as_ref()?));
    entries.map(|entry| entry.path().clone()).collect()
}

/// Signature.xml, SignedValue.dat and Seal.esl of one signature.
fn own_files(work: &Work<'_>) -> BTreeSet<EntryPath> {
    let mut files: BTreeSet<EntryPath> = work.entry.path.iter().cloned().collect();
    if let Some(content) = content(work) {
        files.extend(content.signed_value_path.iter().cloned());
        files.extend(content.seal_path.iter().cloned());
    }
    files
}
