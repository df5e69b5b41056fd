//! Signatures.xml and Signature.xml (GB/T 33190-2016 clause 18), read as they are: what is odd is an [`Anomaly`] for the
//! verifier to judge, because a Signature.xml with two readings must never be resolved silently.

use roxmltree::Node;

use crate::container::{ContainerError, EntryPath};
use crate::geometry::{Millimetres, Rect};
use crate::limits::Limit;
use crate::ofd::document::{Reader, locate, refuse_hostile};
use crate::ofd::error::{EntryFault, NoteKind, OfdError};
use crate::ofd::xml;

/// The list of signatures of one document (GB/T 33190-2016 18.1).
#[derive(Clone, Debug)]
pub struct SignatureList {
    pub(crate) path: EntryPath,
    pub(crate) xml: Option<Vec<u8>>,
    pub(crate) max_sign_id: Option<String>,
    pub(crate) entries: Vec<SignatureEntry>,
}

impl SignatureList {
    /// The path of Signatures.xml.
    #[must_use]
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// Whether the file is in the package at all: OFD.xml may name one that was deleted.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.xml.is_some()
    }

    /// MaxSignId as written; the last one where there are several.
    #[must_use]
    pub fn max_sign_id(&self) -> Option<&str> {
        self.max_sign_id.as_deref()
    }

    /// Whether an identifier in use is above MaxSignId.
    #[must_use]
    pub fn max_sign_id_is_low(&self) -> bool {
        let Some(max) = self.max_sign_id.as_deref().and_then(id_number) else { return false };
        self.ids().filter_map(id_number).any(|id| id > max)
    }

    /// The signatures in the order of the list.
    #[must_use]
    pub fn entries(&self) -> &[SignatureEntry] {
        &self.entries
    }

    /// All identifiers in use, of signatures and of stamp annotations.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let stamps = self.entries.iter().filter_map(|entry| entry.content.as_ref().ok());
        let stamps = stamps.flat_map(|content| content.stamps.iter().map(|stamp| stamp.id.as_str()));
        self.entries.iter().map(|entry| entry.id.as_str()).chain(stamps)
    }
}

/// The number at the end of an identifier: 7 of `s007`.
pub(crate) fn id_number(id: &str) -> Option<u64> {
    let digits = id.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

/// What a signature is (GB/T 33190-2016 table 89, Type).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// A seal: SignedValue.dat is an SES_Signature. The default.
    Seal,
    /// A plain signature.
    Sign,
    /// Another text.
    Unknown,
}

/// A signature as the list names it.
#[derive(Clone, Debug)]
pub struct SignatureEntry {
    /// Its identifier.
    pub id: String,
    /// Seal or plain signature.
    pub kind: SignatureKind,
    /// The identifier of the signature that this one builds on (GM/T 0099, Relative).
    pub relative: Option<String>,
    /// BaseLoc as written.
    pub base_loc: String,
    /// The path of Signature.xml, where BaseLoc is one.
    pub path: Option<EntryPath>,
    /// What Signature.xml says, or why it says nothing.
    pub content: Result<SignatureContent, EntryFault>,
}

/// Signature.xml (GB/T 33190-2016 18.2).
#[derive(Clone, Debug)]
pub struct SignatureContent {
    /// The file, byte for byte: what the signature value is over.
    pub xml: Vec<u8>,
    /// Who made the signature.
    pub provider: Provider,
    /// SignatureMethod as written, an object identifier.
    pub method: Option<String>,
    /// SignatureDateTime as written.
    pub date_time: Option<String>,
    /// CheckMethod as written; the schema's default is MD5.
    pub check_method: Option<String>,
    /// The files covered.
    pub references: Vec<Reference>,
    /// Where the seal is shown.
    pub stamps: Vec<StampAnnot>,
    /// Seal/BaseLoc, resolved.
    pub seal_path: Option<EntryPath>,
    /// SignedValue, resolved.
    pub signed_value_path: Option<EntryPath>,
    /// What is odd.
    pub anomalies: Vec<Anomaly>,
}

/// The program that signed (GB/T 33190-2016 table 91). All texts are the maker's own: print them escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// ProviderName.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Company.
    pub company: Option<String>,
}

/// One covered file (GB/T 33190-2016 table 93).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// FileRef as written.
    pub file_ref: String,
    /// The path that it means, nothing where it leads outside the package.
    pub path: Option<EntryPath>,
    /// Whether the package has that file.
    pub is_present: bool,
    /// CheckValue decoded, nothing where it is no base64.
    pub check_value: Option<Vec<u8>>,
}

/// A place where the seal is shown (GB/T 33190-2016 table 94). Millimetres in the coordinates of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct StampAnnot {
    /// Its identifier.
    pub id: String,
    /// The identifier of its page.
    pub page_ref: String,
    /// The whole seal, parts off the page included; nothing where it is no rectangle.
    pub boundary: Option<Rect>,
    /// The visible part, relative to the boundary: a slice of a riding seal.
    pub clip: Option<Rect>,
}

/// What is odd about a Signature.xml.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Anomaly {
    /// An element twice where the schema has one: two readers could follow different ones.
    Repeated(&'static str),
    /// An element that the schema demands is not there.
    Missing(&'static str),
    /// No Reference at all: nothing is covered.
    NoReferences,
    /// The same file twice.
    ReferenceRepeated(EntryPath),
    /// A comment, CDATA section, processing instruction or element inside a text that counts.
    NotPlain(&'static str),
    /// A processing instruction or an XInclude element.
    ActiveContent,
    /// An element of ours in a namespace that is not OFD's.
    Namespace(String),
    /// A location that had to be interpreted, or leads nowhere.
    Location(NoteKind, String),
}

impl Anomaly {
    /// The reason code of the report.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Anomaly::Repeated(_) => "SIGNATURE_XML_AMBIGUOUS",
            Anomaly::Missing(_) => "FORMAT_FAILURE",
            Anomaly::NoReferences => "NO_REFERENCES",
            Anomaly::ReferenceRepeated(_) => "REFERENCE_REPEATED",
            Anomaly::NotPlain(_) | Anomaly::ActiveContent => "SIGNATURE_XML_SUSPICIOUS",
            Anomaly::Namespace(_) => "NAMESPACE_UNKNOWN",
            Anomaly::Location(NoteKind::FileMissing, _) => "REFERENCE_MISSING",
            Anomaly::Location(NoteKind::Outside, _) => "REFERENCE_OUTSIDE",
            Anomaly::Location(kind, _) => kind.code(),
        }
    }
}

/// Reads a list (GB/T 33190-2016 18.1) and every Signature.xml that it names. A list that was deleted is an empty one.
pub(crate) fn read_list(reader: &mut Reader<'_>, path: EntryPath) -> Result<SignatureList, OfdError> {
    if reader.package.get(&path).is_none() {
        return Ok(SignatureList { path, xml: None, max_sign_id: None, entries: Vec::new() });
    }
    let bytes = reader.bytes(&path)?;
    let fault = |fault| OfdError::Xml { path: path.clone(), fault };
    let text = xml::text(&bytes).map_err(fault)?;
    let tree = xml::parse(&text).map_err(fault)?;
    let top = tree.root_element();
    if top.tag_name().name() != "Signatures" {
        return Err(OfdError::ElementMissing { path, element: "Signatures" });
    }
    xml::note_namespace(top, &path, reader.notes);
    if tree.descendants().any(is_active) {
        reader.note(NoteKind::ActiveContent, &path, "");
    }
    let max_sign_id = xml::children(top, "MaxSignId").last().map(xml::content);
    let mut entries = Vec::new();
    for node in xml::children(top, "Signature") {
        reader.budget.spend(Limit::Signatures, 1)?;
        let base_loc = node.attribute("BaseLoc").unwrap_or("").trim().to_owned();
        let found = reader.locate(&path, &base_loc);
        let content = match &found {
            Some(file) => read_content(reader, file)?,
            None => Err(EntryFault::Missing),
        };
        let kind = match node.attribute("Type").map(str::trim) {
            None | Some("Seal") => SignatureKind::Seal,
            Some("Sign") => SignatureKind::Sign,
            Some(_) => SignatureKind::Unknown,
        };
        entries.push(SignatureEntry {
            id: node.attribute("ID").unwrap_or("").trim().to_owned(),
            kind,
            relative: node.attribute("Relative").map(|text| text.trim().to_owned()),
            base_loc,
            path: found,
            content,
        });
    }
    drop(tree);
    drop(text);
    Ok(SignatureList { path, xml: Some(bytes), max_sign_id, entries })
}

/// Reads one Signature.xml: hostile XML refuses the package, damage is a fault of this signature alone.
fn read_content(reader: &Reader<'_>, path: &EntryPath) -> Result<Result<SignatureContent, EntryFault>, OfdError> {
    let Some(entry) = reader.package.get(path) else { return Ok(Err(EntryFault::Missing)) };
    // A list may name one file again and again.
    reader.budget.spend(Limit::InflatedBytes, entry.size())?;
    let bytes = match reader.package.read_at_most(entry, xml::XML_BYTES, reader.budget) {
        Ok(bytes) => bytes,
        Err(ContainerError::DataDamaged { .. }) => return Ok(Err(EntryFault::Damaged)),
        Err(error) => return Err(error.into()),
    };
    let parsed = xml::text(&bytes).and_then(|text| {
        let tree = xml::parse(&text)?;
        Ok(content(reader, path, tree.root_element()))
    });
    match parsed {
        Ok(Ok(parsed)) => Ok(Ok(SignatureContent { xml: bytes, ..parsed })),
        Ok(Err(fault)) => Ok(Err(fault)),
        Err(fault) => Ok(Err(EntryFault::Xml(refuse_hostile(path, fault)?))),
    }
}

/// The parts of Signature.xml (GB/T 33190-2016 18.2.1), in any order (makers do not keep the schema's).
fn content(reader: &Reader<'_>, path: &EntryPath, top: Node<'_, '_>) -> Result<SignatureContent, EntryFault> {
    if top.tag_name().name() != "Signature" {
        return Err(EntryFault::ElementMissing("Signature"));
    }
    let info = xml::child(top, "SignedInfo").ok_or(EntryFault::ElementMissing("SignedInfo"))?;
    let mut anomalies = Vec::new();
    look_around(top, &mut anomalies);
    let parts = Parts { reader, path };
    let list = xml::child(info, "References");
    if list.is_none() {
        anomalies.push(Anomaly::Missing("References"));
    }
    let references = list.map(|list| parts.references(list, &mut anomalies)).unwrap_or_default();
    if references.is_empty() {
        anomalies.push(Anomaly::NoReferences);
    }
    let seal = xml::child(info, "Seal").and_then(|seal| xml::child_text(seal, "BaseLoc"));
    let value = xml::child_text(top, "SignedValue");
    if value.is_none() {
        anomalies.push(Anomaly::Missing("SignedValue"));
    }
    let provider = xml::child(info, "Provider");
    let attribute = |name| provider.and_then(|node| node.attribute(name)).map(str::to_owned);
    Ok(SignatureContent {
        xml: Vec::new(),
        provider: Provider {
            name: attribute("ProviderName").unwrap_or_default(),
            version: attribute("Version"),
            company: attribute("Company"),
        },
        method: xml::child_text(info, "SignatureMethod"),
        date_time: xml::child_text(info, "SignatureDateTime"),
        // An attribute of References in every file seen; an element in the text of the standard.
        check_method: list.and_then(|list| {
            list.attribute("CheckMethod").map(|text| text.trim().to_owned()).or(xml::child_text(list, "CheckMethod"))
        }),
        references,
        stamps: xml::children(info, "StampAnnot").map(stamp).collect(),
        seal_path: seal.and_then(|text| parts.locate(&text, &mut anomalies)),
        signed_value_path: value.and_then(|text| parts.locate(&text, &mut anomalies)),
        anomalies,
    })
}

/// The elements whose text counts.
const PLAIN: [&str; 6] =
    ["CheckValue", "SignedValue", "SignatureMethod", "SignatureDateTime", "BaseLoc", "CheckMethod"];
/// The elements that may stand only once in their parent.
const SINGLE: [&str; 9] = [
    "SignedInfo",
    "SignedValue",
    "References",
    "Provider",
    "SignatureMethod",
    "SignatureDateTime",
    "Seal",
    "CheckValue",
    "BaseLoc",
];
/// Enough anomalies of one file to judge it; more of them would only cost time.
pub(crate) const ANOMALIES: usize = 64;
/// Namespace of XInclude.
const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";

/// A processing instruction, or an element that has a reader put in another file.
pub(crate) fn is_active(node: Node<'_, '_>) -> bool {
    node.is_pi() || (node.is_element() && node.tag_name().namespace() == Some(XINCLUDE))
}

/// Repeated elements, hidden text, active content and foreign namespaces, wherever they stand in the file.
fn look_around(top: Node<'_, '_>, anomalies: &mut Vec<Anomaly>) {
    let mut add = |anomaly: Anomaly| {
        if anomalies.len() < ANOMALIES && !anomalies.contains(&anomaly) {
            anomalies.push(anomaly);
        }
    };
    for node in top.document().descendants() {
        if is_active(node) {
            add(Anomaly::ActiveContent);
        }
        if !node.is_element() {
            continue;
        }
        let name = node.tag_name();
        let namespace = name.namespace().unwrap_or("");
        if let Some(plain) = PLAIN.iter().find(|plain| **plain == name.name())
            && xml::is_not_plain(node)
        {
            add(Anomaly::NotPlain(plain));
        }
        // SignedInfo and References are looked for at any depth: one in a wrapper is a second one too.
        for single in ["SignedInfo", "References"] {
            if node == top && node.descendants().filter(|n| n.is_element() && n.tag_name().name() == single).count() > 1
            {
                add(Anomaly::Repeated(single));
            }
        }
        for single in SINGLE {
            if xml::children(node, single).nth(1).is_some() {
                add(Anomaly::Repeated(single));
            }
        }
        let ours = SINGLE.contains(&name.name()) || matches!(name.name(), "Signature" | "Reference" | "StampAnnot");
        if ours && !matches!(namespace, xml::NAMESPACE | "http://www.ofdspec.org") {
            add(Anomaly::Namespace(namespace.to_owned()));
        }
    }
}

/// What the parts of a Signature.xml need.
struct Parts<'a> {
    reader: &'a Reader<'a>,
    path: &'a EntryPath,
}

impl Parts<'_> {
    fn locate(&self, text: &str, anomalies: &mut Vec<Anomaly>) -> Option<EntryPath> {
        let (path, kinds) = locate(self.reader.package, self.path, text);
        for kind in kinds {
            anomalies.push(Anomaly::Location(kind, text.to_owned()));
        }
        path
    }

    fn references(&self, list: Node<'_, '_>, anomalies: &mut Vec<Anomaly>) -> Vec<Reference> {
        let mut references: Vec<Reference> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for node in xml::children(list, "Reference") {
            let file_ref = node.attribute("FileRef").unwrap_or("").trim().to_owned();
            let path = self.locate(&file_ref, anomalies);
            if let Some(path) = path.as_ref().filter(|path| !seen.insert((*path).clone())) {
                anomalies.push(Anomaly::ReferenceRepeated(path.clone()));
            }
            let is_present = path.as_ref().is_some_and(|path| self.reader.package.get(path).is_some());
            let check_value = xml::child_text(node, "CheckValue").and_then(|text| decode_base64(&text));
            references.push(Reference { file_ref, path, is_present, check_value });
        }
        references
    }
}

/// Base64 with white space in it, as makers wrap it.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let dense: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(dense).ok()
}

fn stamp(node: Node<'_, '_>) -> StampAnnot {
    let text = |name| node.attribute(name).unwrap_or("").trim().to_owned();
    let rect = |name| {
        let [x, y, width, height] = xml::numbers::<4>(node.attribute(name)?)?.map(Millimetres);
        Some(Rect { x, y, width, height })
    };
    StampAnnot { id: text("ID"), page_ref: text("PageRef"), boundary: rect("Boundary"), clip: rect("Clip") }
}
