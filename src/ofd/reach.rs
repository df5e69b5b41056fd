//! Which files the document consists of: everything that OFD.xml reaches (GB/T 33190-2016 7.1 to 7.9 and clauses 15 to
//! 18, 20). A file that nothing reaches is a stowaway; a reached file that no signature covers is open to change.

use std::collections::BTreeMap;

use roxmltree::Node;

use crate::container::{ContainerError, EntryPath};
use crate::limits::Budget;
use crate::ofd::document::{Document, Reader, refuse_hostile};
use crate::ofd::error::{Note, NoteKind, OfdError, add_note};
use crate::ofd::xml;

/// What a file is to the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// OFD.xml (GB/T 33190-2016 7.4).
    Root,
    /// Document.xml (GB/T 33190-2016 7.5).
    Document,
    /// Content of a page (GB/T 33190-2016 7.7).
    Page,
    /// Content of a template page.
    Template,
    /// A list of resources (GB/T 33190-2016 7.9).
    Resource,
    /// A font.
    Font,
    /// A picture, sound or film, a colour profile, or a thumbnail.
    Media,
    /// A list or a file of annotations (GB/T 33190-2016 15).
    Annotation,
    /// A list of attachments, or one of them (GB/T 33190-2016 20).
    Attachment,
    /// A list or a file of custom tags (GB/T 33190-2016 16).
    CustomTag,
    /// A list of extensions or their data (GB/T 33190-2016 17).
    Extension,
    /// Versions of the document (GB/T 33190-2016 19).
    Version,
    /// Signatures.xml (GB/T 33190-2016 18.1).
    SignatureList,
    /// Signature.xml (GB/T 33190-2016 18.2).
    Signature,
    /// SignedValue.dat.
    SignedValue,
    /// Seal.esl.
    Seal,
    /// OFDEntries.xml (GM/T 0099-2020 annex D).
    Integrity,
    /// The signature value over OFDEntries.xml.
    IntegrityValue,
}

/// The files that OFD.xml reaches.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Each file that is in the package, with its role and the index of its DocBody. The first role counts.
    pub files: BTreeMap<EntryPath, (Role, usize)>,
    /// The file that first named each file; OFD.xml has none.
    pub named_by: BTreeMap<EntryPath, EntryPath>,
    /// Locations that lead nowhere, and other oddities on the way.
    pub notes: Vec<Note>,
}

impl Document {
    /// Follows every location from OFD.xml. Reads the XML of the whole document, one file at a time.
    ///
    /// # Errors
    /// [`OfdError`] for hostile XML; a file that is missing or damaged is a note.
    pub fn reachable(&self, budget: &Budget) -> Result<Reach, OfdError> {
        let mut reach = Reach::default();
        reach.files.insert(self.root.clone(), (Role::Root, 0));
        for (index, body) in self.bodies.iter().enumerate() {
            let mut walk = Walk { document: self, budget, body: index, reach: &mut reach, waiting: Vec::new() };
            if index == 0 {
                walk.read(&self.root, Role::Root)?;
            }
            walk.found(&self.root, body.root.clone(), Role::Document);
            if let Some(list) = &body.signatures {
                walk.mark(&self.root, &list.path, Role::SignatureList);
                for entry in &list.entries {
                    let Some(own) = &entry.path else { continue };
                    walk.mark(&list.path, own, Role::Signature);
                    let Ok(content) = &entry.content else { continue };
                    content.signed_value_path.iter().for_each(|path| walk.mark(own, path, Role::SignedValue));
                    content.seal_path.iter().for_each(|path| walk.mark(own, path, Role::Seal));
                }
            }
            walk.run()?;
        }
        // Last, so that a file of a document stays one whatever the list calls it.
        if let Some(list) = &self.integrity {
            let mut walk = Walk { document: self, budget, body: 0, reach: &mut reach, waiting: Vec::new() };
            walk.mark(&self.root, &list.path, Role::Integrity);
            if let Some(value) = list.content.as_ref().ok().and_then(|content| content.signed_value_path.as_ref()) {
                walk.mark(&list.path, value, Role::IntegrityValue);
            }
        }
        Ok(reach)
    }
}

impl Reach {
    /// Files that look like a signature's and that no list names: Signature.xml, SignedValue.dat, Signatures.xml, and a
    /// Seal.esl without a listed signature beside it (attack: the list was deleted or shortened to hide a seal).
    pub fn unlisted<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = &'a EntryPath> {
        let listed = |folder: &str| {
            self.files.iter().any(|(path, (role, _))| *role == Role::Signature && path.folder() == folder)
        };
        let named = move |path: &EntryPath| match path.file_name().to_lowercase().as_str() {
            "signature.xml" | "signedvalue.dat" | "signatures.xml" => true,
            // A maker may put the seal beside a signature that does not name it.
            "seal.esl" => !listed(path.folder()),
            _ => false,
        };
        let files = document.package.files().map(crate::container::Entry::path);
        files.filter(move |path| !self.files.contains_key(*path) && named(path))
    }

    /// Files that nothing reaches (夹带文件, GM/T 0099 annex D), those of [`Reach::unlisted`] among them.
    pub fn stowaways<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = &'a EntryPath> {
        let files = document.package.files().map(crate::container::Entry::path);
        files.filter(|path| !self.files.contains_key(*path))
    }
}

/// Files still to be read. No recursion: an annotation may name a page that names it.
struct Walk<'a> {
    document: &'a Document,
    budget: &'a Budget,
    body: usize,
    reach: &'a mut Reach,
    waiting: Vec<(EntryPath, Role)>,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), OfdError> {
        while let Some((path, role)) = self.waiting.pop() {
            self.read(&path, role)?;
        }
        Ok(())
    }

    /// A file that is reached and read no further.
    fn mark(&mut self, from: &EntryPath, path: &EntryPath, role: Role) {
        if self.document.package.get(path).is_some() && !self.reach.files.contains_key(path) {
            self.reach.files.insert(path.clone(), (role, self.body));
            self.reach.named_by.insert(path.clone(), from.clone());
        }
    }

    /// A file that is reached and may reach others.
    fn found(&mut self, from: &EntryPath, path: EntryPath, role: Role) {
        if !self.reach.files.contains_key(&path) {
            self.mark(from, &path, role);
            self.waiting.push((path, role));
        }
    }

    fn read(&mut self, path: &EntryPath, role: Role) -> Result<(), OfdError> {
        // Data files, and XML of others (an invoice as an attachment): nothing of OFD's in them.
        if matches!(role, Role::Font | Role::Media) {
            return Ok(());
        }
        let Some(entry) = self.document.package.get(path) else { return Ok(()) };
        let bytes = match self.document.package.read_at_most(entry, xml::XML_BYTES, self.budget) {
            Ok(bytes) => bytes,
            Err(ContainerError::DataDamaged { .. } | ContainerError::EntryTooLarge { .. }) => {
                self.note(NoteKind::Unreadable, path, "");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let text = xml::text(&bytes);
        let tree = match text.as_deref().map_err(|fault| *fault).and_then(xml::parse) {
            Ok(tree) => tree,
            Err(fault) => {
                refuse_hostile(path, fault)?;
                self.note(NoteKind::Unreadable, path, "");
                return Ok(());
            }
        };
        let top = tree.root_element();
        xml::note_namespace(top, path, &mut self.reach.notes);
        self.locations(path, role, top);
        Ok(())
    }

    /// Every location of a file, by the elements and attributes that GB/T 33190-2016 gives the type ST_Loc.
    fn locations(&mut self, path: &EntryPath, role: Role, top: Node<'_, '_>) {
        // BaseLoc of Res is the folder of its data files (7.9).
        let folder = if role == Role::Resource { top.attribute("BaseLoc").unwrap_or("") } else { "" };
        for node in top.descendants().filter(Node::is_element) {
            let text = || Some(xml::content(node)).filter(|text| !text.is_empty());
            let base = || node.attribute("BaseLoc").map(str::to_owned);
            let parent = node.parent_element().map_or("", |parent| parent.tag_name().name());
            let (target, next) = match (node.tag_name().name(), parent) {
                ("TemplatePage", _) => (base(), Role::Template),
                ("Page", "Pages") => (base(), Role::Page),
                ("PublicRes" | "DocumentRes" | "PageRes", _) => (text(), Role::Resource),
                ("Annotations", "Document") => (text(), Role::Annotation),
                ("Attachments", "Document") => (text(), Role::Attachment),
                ("CustomTags", "Document") => (text(), Role::CustomTag),
                ("Extensions", "Document") => (text(), Role::Extension),
                ("FileLoc", "Attachment") => (text(), Role::Media),
                ("FileLoc", "CustomTag") | ("SchemaLoc", _) => (text(), Role::Media),
                ("FileLoc", "Page") => (text(), Role::Annotation),
                ("FontFile", _) => (text(), Role::Font),
                ("MediaFile", _) => (text(), Role::Media),
                ("ColorSpace", _) => (node.attribute("Profile").map(str::to_owned), Role::Media),
                ("ExtendData", _) => (text(), Role::Media),
                ("Version", "Versions") => (base(), Role::Version),
                ("File", "FileList") => (text(), Role::Version),
                ("DocRoot", "DocVersion") => (text(), Role::Document),
                ("Cover", "DocInfo") => (text(), Role::Media),
                _ => continue,
            };
            if let Some(target) = target {
                self.follow(path, folder, &target, next, role);
            }
        }
    }

    /// `listed_in` gives attachments, tags and extension data the role of their list.
    fn follow(&mut self, from: &EntryPath, folder: &str, target: &str, next: Role, listed_in: Role) {
        let next_role = match (listed_in, next) {
            (Role::Attachment | Role::CustomTag | Role::Extension, Role::Media) => listed_in,
            _ => next,
        };
        let in_folder = from.resolve_in(folder, target).ok();
        let present = in_folder.as_ref().and_then(|path| self.document.package.get_folded(path));
        let located = match present {
            Some(entry) => {
                let found = entry.path().clone();
                if in_folder.as_ref() != Some(&found) {
                    self.note(NoteKind::CaseDiffers, from, target);
                }
                Some(found)
            }
            // Some makers count from the file although it has a folder.
            None => {
                let package = &self.document.package;
                let mut reader = Reader { package, budget: self.budget, notes: &mut self.reach.notes };
                reader.locate(from, target)
            }
        };
        let Some(path) = located else { return };
        match (next, next_role) {
            (Role::Media | Role::Font, _) => self.mark(from, &path, next_role),
            _ => self.found(from, path, next_role),
        }
    }

    fn note(&mut self, kind: NoteKind, file: &EntryPath, text: &str) {
        add_note(&mut self.reach.notes, kind, file, text);
    }
}
