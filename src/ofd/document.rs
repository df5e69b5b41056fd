//! OFD.xml and Document.xml: which documents a package has, and their pages.

use std::sync::Arc;

use roxmltree::Node;

use crate::container::{ContainerError, Entry, EntryPath, Finding, Package};
use crate::geometry::{Millimetres, Rect, Size};
use crate::limits::Budget;
use crate::ofd::error::{Note, NoteKind, OfdError, XmlFault, add_note};
use crate::ofd::integrity::{self, IntegrityList};
use crate::ofd::signature::{self, SignatureList};
use crate::ofd::xml;
use crate::source::SharedSource;

/// Name of the root file (GB/T 33190-2016 7.1).
const ROOT: &str = "OFD.xml";

/// An OFD package: one or more documents.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) package: Arc<Package>,
    pub(crate) root: EntryPath,
    pub(crate) root_xml: Vec<u8>,
    pub(crate) bodies: Vec<DocBody>,
    pub(crate) integrity: Option<IntegrityList>,
    pub(crate) notes: Vec<Note>,
}

/// One document of the package, a DocBody element of OFD.xml (GB/T 33190-2016 7.4).
#[derive(Clone, Debug)]
pub struct DocBody {
    pub(crate) root: EntryPath,
    pub(crate) pages: Vec<Page>,
    pub(crate) area: Option<Rect>,
    pub(crate) signatures: Option<SignatureList>,
}

/// A page as Document.xml lists it (GB/T 33190-2016 7.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its identifier, to which StampAnnot's PageRef refers.
    pub id: String,
    /// Its content file.
    pub path: EntryPath,
}

impl DocBody {
    /// The path of Document.xml (DocRoot).
    #[must_use]
    pub fn root(&self) -> &EntryPath {
        &self.root
    }

    /// The pages in their order.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// The list of signatures, where OFD.xml names one.
    #[must_use]
    pub fn signatures(&self) -> Option<&SignatureList> {
        self.signatures.as_ref()
    }
}

impl Document {
    /// Opens a package and reads OFD.xml, each Document.xml, each list of signatures and each Signature.xml.
    ///
    /// # Errors
    /// [`OfdError`] for what is no OFD document, is encrypted or hostile. A signature that cannot be read is no error
    /// but a [`crate::ofd::EntryFault`] of its entry.
    pub fn open(source: SharedSource, budget: &Budget) -> Result<Self, OfdError> {
        let package = Package::open(source, budget)?;
        Self::from_package(package, budget)
    }

    /// As [`Document::open`], from a package that is open already.
    ///
    /// # Errors
    /// As [`Document::open`].
    pub fn from_package(package: Package, budget: &Budget) -> Result<Self, OfdError> {
        let mut notes = Vec::new();
        let wanted = EntryPath::parse(ROOT).map_err(|_| OfdError::NotOfd)?;
        let entry = package.get_folded(&wanted).ok_or(OfdError::NotOfd)?;
        let root = entry.path().clone();
        if root != wanted {
            notes.push(Note { kind: NoteKind::CaseDiffers, file: wanted, text: root.to_string() });
        }
        let root_xml = package.read_at_most(entry, xml::XML_BYTES, budget)?;
        let mut bodies = Vec::new();
        let fault = |fault| OfdError::Xml { path: root.clone(), fault };
        let text = xml::text(&root_xml).map_err(fault)?;
        let tree = xml::parse(&text).map_err(fault)?;
        let top = tree.root_element();
        xml::note_namespace(top, &root, &mut notes);
        if top.tag_name().name() != "OFD" {
            return Err(OfdError::NotOfd);
        }
        // GM/T 0099 7: an encrypted package lists its encryptions in OFD.xml.
        if tree.descendants().any(|node| node.is_element() && node.tag_name().name() == "Encryptions") {
            return Err(OfdError::Encrypted);
        }
        let mut reader = Reader { package: &package, budget, notes: &mut notes };
        for node in xml::children(top, "DocBody") {
            bodies.push(reader.body(node, &root)?);
        }
        if bodies.is_empty() {
            return Err(OfdError::ElementMissing { path: root, element: "DocBody" });
        }
        let integrity = integrity::read(&mut reader, &root)?;
        Ok(Document { package: Arc::new(package), root, root_xml: root_xml.clone(), bodies, integrity, notes })
    }

    /// The package.
    #[must_use]
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// Oddities of the package (ZIP).
    #[must_use]
    pub fn package_findings(&self) -> &[Finding] {
        self.package.findings()
    }

    /// Oddities of the XML.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The path of OFD.xml.
    #[must_use]
    pub fn root(&self) -> &EntryPath {
        &self.root
    }

    /// The documents of the package.
    #[must_use]
    pub fn bodies(&self) -> &[DocBody] {
        &self.bodies
    }

    /// The signed list of the package's files, where it has one (GM/T 0099-2020 annex D).
    #[must_use]
    pub fn integrity(&self) -> Option<&IntegrityList> {
        self.integrity.as_ref()
    }

    /// One document, counted from 0.
    ///
    /// # Errors
    /// [`OfdError::BodyOutOfRange`].
    pub fn body(&self, index: usize) -> Result<&DocBody, OfdError> {
        self.bodies.get(index).ok_or(OfdError::BodyOutOfRange { index, count: self.bodies.len() })
    }

    /// The physical area of a page (counted from 0): its own, else the document's (GB/T 33190-2016 7.5, 7.7). Positions
    /// on the page are counted from its upper left corner; the rectangle's x and y are where that corner lies in the
    /// coordinates of the file, 0 and 0 nearly always.
    ///
    /// # Errors
    /// [`OfdError`]; [`OfdError::ElementMissing`] where neither has a PhysicalBox.
    pub fn page_area(&self, body: usize, page: usize, budget: &Budget) -> Result<Rect, OfdError> {
        let document = self.body(body)?;
        let count = document.pages.len();
        let out_of_range = OfdError::PageOutOfRange { page: page.saturating_add(1), count };
        let path = &document.pages.get(page).ok_or(out_of_range)?.path;
        let own = self.own_area(path, budget)?;
        own.or(document.area).ok_or_else(|| OfdError::ElementMissing { path: path.clone(), element: "PhysicalBox" })
    }

    /// The area that a page itself names. A page that is not there or is no XML names none; readers show it empty.
    fn own_area(&self, path: &EntryPath, budget: &Budget) -> Result<Option<Rect>, OfdError> {
        let Some(entry) = self.package.get(path) else { return Ok(None) };
        let bytes = self.package.read_at_most(entry, xml::XML_BYTES, budget)?;
        let text = xml::text(&bytes);
        match text.as_deref().map_err(|fault| *fault).and_then(xml::parse) {
            Ok(tree) => Ok(xml::child(tree.root_element(), "Area").and_then(physical_box)),
            Err(fault) => refuse_hostile(path, fault).map(|_| None),
        }
    }

    /// The size of a page, counted from 0.
    ///
    /// # Errors
    /// As [`Document::page_area`].
    pub fn page_size(&self, body: usize, page: usize, budget: &Budget) -> Result<Size, OfdError> {
        let area = self.page_area(body, page, budget)?;
        Ok(Size { width: area.width, height: area.height })
    }

    /// The data of a file of the package.
    ///
    /// # Errors
    /// [`ContainerError`].
    pub fn read(&self, entry: &Entry, budget: &Budget) -> Result<Vec<u8>, ContainerError> {
        self.package.read(entry, budget)
    }
}

/// What reading needs on its way.
pub(crate) struct Reader<'a> {
    pub(crate) package: &'a Package,
    pub(crate) budget: &'a Budget,
    pub(crate) notes: &'a mut Vec<Note>,
}

impl Reader<'_> {
    fn body(&mut self, node: Node<'_, '_>, root: &EntryPath) -> Result<DocBody, OfdError> {
        for name in ["DocRoot", "Signatures"] {
            if xml::children(node, name).count() > 1 {
                self.note(NoteKind::ElementRepeated, root, name);
            }
        }
        let missing = OfdError::ElementMissing { path: root.clone(), element: "DocRoot" };
        let target = xml::child_text(node, "DocRoot").ok_or(missing)?;
        let document = match self.locate(root, &target) {
            Some(path) if self.package.get(&path).is_some() => path,
            _ => return Err(OfdError::FileMissing { from: root.clone(), target }),
        };
        let list = xml::child_text(node, "Signatures").and_then(|target| self.locate(root, &target));
        let (pages, area) = self.pages(&document)?;
        let signatures = list.map(|path| signature::read_list(self, path)).transpose()?;
        Ok(DocBody { root: document, pages, area, signatures })
    }

    /// Pages and common page area of Document.xml (GB/T 33190-2016 7.5).
    fn pages(&mut self, path: &EntryPath) -> Result<(Vec<Page>, Option<Rect>), OfdError> {
        let bytes = self.bytes(path)?;
        let fault = |fault| OfdError::Xml { path: path.clone(), fault };
        let text = xml::text(&bytes).map_err(fault)?;
        let tree = xml::parse(&text).map_err(fault)?;
        let top = tree.root_element();
        xml::note_namespace(top, path, self.notes);
        let area = xml::child(top, "CommonData").and_then(|node| xml::child(node, "PageArea")).and_then(physical_box);
        if xml::children(top, "Pages").count() > 1 {
            self.note(NoteKind::ElementRepeated, path, "Pages");
        }
        let mut pages = Vec::new();
        for node in xml::children(top, "Pages").flat_map(|pages| xml::children(pages, "Page")) {
            let target = node.attribute("BaseLoc").unwrap_or("");
            // A page that leads nowhere stays in the count: page numbers must not shift.
            let found = self.locate(path, target).or_else(|| EntryPath::parse("?").ok());
            if let Some(found) = found {
                pages.push(Page { id: node.attribute("ID").unwrap_or("").trim().to_owned(), path: found });
            }
        }
        Ok((pages, area))
    }

    /// The bytes of a file that must be there.
    pub(crate) fn bytes(&self, path: &EntryPath) -> Result<Vec<u8>, OfdError> {
        let missing = || OfdError::FileMissing { from: path.clone(), target: path.to_string() };
        let entry = self.package.get(path).ok_or_else(missing)?;
        Ok(self.package.read_at_most(entry, xml::XML_BYTES, self.budget)?)
    }

    /// The file that a location found in `from` means; where it leads nowhere in the package, the path that it says.
    /// What is odd about it is noted.
    pub(crate) fn locate(&mut self, from: &EntryPath, target: &str) -> Option<EntryPath> {
        let (path, kinds) = locate(self.package, from, target);
        for kind in kinds {
            self.note(kind, from, target);
        }
        path
    }

    pub(crate) fn note(&mut self, kind: NoteKind, file: &EntryPath, text: &str) {
        add_note(self.notes, kind, file, text);
    }
}

/// As [`Reader::locate`], with the oddities given back.
pub(crate) fn locate(package: &Package, from: &EntryPath, target: &str) -> (Option<EntryPath>, Vec<NoteKind>) {
    let mut kinds = Vec::new();
    if target.contains('\\') {
        kinds.push(NoteKind::Backslash);
    }
    let said = from.resolve(target).ok();
    if said.is_none() {
        kinds.push(NoteKind::Outside);
    }
    let exact = |path: &EntryPath| package.get_folded(path).map(|entry| entry.path().clone());
    if let Some(found) = said.as_ref().and_then(exact) {
        if said.as_ref() != Some(&found) {
            kinds.push(NoteKind::CaseDiffers);
        }
        return (Some(found), kinds);
    }
    // Some makers forget the leading slash. Only where the place that the standard means is empty.
    if let Some(found) = EntryPath::parse(target).ok().as_ref().and_then(exact) {
        kinds.push(NoteKind::RootRelative);
        return (Some(found), kinds);
    }
    if said.is_some() {
        kinds.push(NoteKind::FileMissing);
    }
    (said, kinds)
}

/// PhysicalBox of a page area, where it has a size.
fn physical_box(area: Node<'_, '_>) -> Option<Rect> {
    let text = xml::child_text(area, "PhysicalBox")?;
    let [x, y, width, height] = xml::numbers::<4>(&text)?;
    let mm = Millimetres;
    (width > 0.0 && height > 0.0).then(|| Rect { x: mm(x), y: mm(y), width: mm(width), height: mm(height) })
}

/// A hostile file refuses the whole package; one that is merely damaged does not.
pub(crate) fn refuse_hostile(path: &EntryPath, fault: XmlFault) -> Result<XmlFault, OfdError> {
    if fault.is_hostile() { Err(OfdError::Xml { path: path.clone(), fault }) } else { Ok(fault) }
}
