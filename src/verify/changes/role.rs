//! What an object of the signed revision is used as.
//!
//! Whether new content under an old number matters depends on every use that the signed revision makes of that number.
//! A use is told by the way that leads to it from the trailer: [`Role::entry`] and [`Role::item`] are the grammar of
//! those ways. What the grammar does not know is [`Role::Opaque`] and may not change at all.

/// One use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// The document catalog (ISO 32000-1 7.7.2).
    Catalog,
    /// A node or a leaf of the page tree (7.7.3).
    PageNode,
    /// /Annots of a page.
    Annotations,
    /// An item of it that is no field's widget.
    Annotation,
    /// What an annotation refers to.
    AnnotationPart,
    /// The interactive form (12.7.2).
    Form,
    /// An array of fields or of a field's kids.
    Fields,
    /// A field or a widget (12.7.3).
    Field,
    /// Value or appearance of a field that may be filled in.
    OpenPart,
    /// Resources of such an appearance, or of the form (7.8.3).
    OpenResources,
    /// A category of such resources, such as /Font.
    OpenCategory,
    /// Value or appearance of a field that is signed or locked.
    ClosedPart,
    /// The document security store (ETSI EN 319 142-1 5.4.2).
    Dss,
    /// An array of validation data.
    DssList,
    /// The same in an entry for one signature.
    VriList,
    /// The VRI dictionary.
    DssVri,
    /// An entry of it.
    DssEntry,
    /// A certificate, list, response or token.
    DssStream,
    /// The catalog's metadata (14.3.2).
    Metadata,
    /// The developer extensions (7.12).
    Extensions,
    /// The mark information dictionary (14.7.1).
    MarkInfo,
    /// The structure tree root (14.7.2).
    StructRoot,
    /// A structure element or its kids.
    StructElement,
    /// A node of the parent tree (14.7.4.4).
    ParentTree,
    /// /Nums of such a node.
    ParentNumbers,
    /// A value in it: an element, or the elements of a page's marked content.
    ParentItem,
    /// A signature dictionary and what belongs to it.
    Signature,
    /// What a page shows.
    Content,
    /// An object stream that holds objects in use.
    Container,
    /// The form's XML twin and its packets (12.7.8).
    Xfa,
    /// Anything else.
    Opaque,
    /// What may change freely: the document information dictionary.
    Free,
}

/// Roles of objects that much of a document points at without containing them, such as a page from an outline.
const HUBS: [Role; 10] = [
    Role::Catalog,
    Role::PageNode,
    Role::Annotation,
    Role::Form,
    Role::Fields,
    Role::Field,
    Role::StructRoot,
    Role::StructElement,
    Role::ParentTree,
    Role::Annotations,
];

impl Role {
    /// Its place in a set of bits.
    pub(crate) fn bit(self) -> u32 {
        1 << (self as u32)
    }

    /// The set of hubs.
    pub(crate) fn hubs() -> u32 {
        HUBS.iter().fold(0, |set, role| set | role.bit())
    }

    /// Whether this use is found in the first pass: the skeleton of the document.
    pub(crate) fn is_skeleton(self) -> bool {
        HUBS.contains(&self)
            || matches!(
                self,
                Role::Dss
                    | Role::DssList
                    | Role::VriList
                    | Role::DssVri
                    | Role::DssEntry
                    | Role::ParentNumbers
                    | Role::Extensions
            )
    }

    /// Whether a reference to a hub is a mere link here. In page content it is none: there a hub would be drawn.
    pub(crate) fn links(self) -> bool {
        !self.is_skeleton() && !matches!(self, Role::Content | Role::Container)
    }

    /// The role of the value of a key. `closed` tells for a field whether it is signed or locked.
    pub(crate) fn entry(self, key: &[u8], closed: Closed) -> Role {
        match self {
            Role::Catalog => catalog(key),
            Role::PageNode => page_node(key),
            Role::Annotations | Role::Annotation => annotation(key),
            Role::Form => form(key),
            Role::Fields | Role::Field => field(key, closed),
            Role::OpenPart if key == b"Resources" => Role::OpenResources,
            // Keys of a form XObject that lead out of it (ISO 32000-1 table 95).
            Role::OpenPart if matches!(key, b"OC" | b"Ref" | b"OPI" | b"PieceInfo" | b"Metadata") => Role::Opaque,
            Role::OpenResources => Role::OpenCategory,
            Role::OpenCategory => Role::Content,
            Role::Dss if key == b"VRI" => Role::DssVri,
            Role::Dss => Role::DssList,
            Role::DssVri => Role::DssEntry,
            Role::DssEntry if matches!(key, b"Cert" | b"CRL" | b"OCSP") => Role::VriList,
            Role::DssEntry | Role::DssList | Role::VriList => Role::DssStream,
            Role::Metadata => Role::Free,
            Role::StructRoot => match key {
                b"K" => Role::StructElement,
                b"ParentTree" => Role::ParentTree,
                // Names of elements, which nothing shows (14.7.2).
                b"IDTree" => Role::Free,
                _ => Role::Opaque,
            },
            Role::StructElement if key == b"K" => Role::StructElement,
            Role::StructElement | Role::ParentNumbers | Role::ParentItem => Role::Opaque,
            Role::ParentTree => match key {
                b"Kids" => Role::ParentTree,
                b"Nums" => Role::ParentNumbers,
                _ => Role::Opaque,
            },
            // A producer's private data and a reference to metadata are not drawn (14.5, 14.3).
            Role::Content if matches!(key, b"PieceInfo" | b"Metadata") => Role::Opaque,
            Role::Container => Role::Opaque,
            other => other,
        }
    }

    /// The role of an item of an array.
    pub(crate) fn item(self) -> Role {
        match self {
            Role::Annotations => Role::Annotation,
            Role::Fields => Role::Field,
            Role::DssList | Role::VriList => Role::DssStream,
            Role::ParentNumbers => Role::ParentItem,
            other => other,
        }
    }
}

/// Whether a field may still be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It may.
    Open,
    /// It is signed.
    Signed,
    /// A signature locks it.
    Locked,
}

/// ISO 32000-1 table 28.
fn catalog(key: &[u8]) -> Role {
    match key {
        b"Pages" => Role::PageNode,
        b"AcroForm" => Role::Form,
        b"DSS" => Role::Dss,
        b"Metadata" => Role::Metadata,
        b"Extensions" => Role::Extensions,
        b"MarkInfo" => Role::MarkInfo,
        b"StructTreeRoot" => Role::StructRoot,
        b"Perms" => Role::Signature,
        _ => Role::Opaque,
    }
}

/// ISO 32000-1 tables 29 and 30.
fn page_node(key: &[u8]) -> Role {
    match key {
        b"Kids" => Role::PageNode,
        b"Annots" => Role::Annotations,
        b"Contents" | b"Resources" | b"Thumb" | b"Group" => Role::Content,
        _ => Role::Opaque,
    }
}

/// ISO 32000-1 tables 164 and 170.
fn annotation(key: &[u8]) -> Role {
    match key {
        b"P" | b"Parent" => Role::Opaque,
        b"Popup" | b"IRT" => Role::Annotation,
        _ => Role::AnnotationPart,
    }
}

/// ISO 32000-1 table 218.
fn form(key: &[u8]) -> Role {
    match key {
        b"Fields" => Role::Fields,
        b"DR" => Role::OpenResources,
        b"XFA" => Role::Xfa,
        _ => Role::Opaque,
    }
}

/// ISO 32000-1 tables 220 and 188.
fn field(key: &[u8], closed: Closed) -> Role {
    match (key, closed) {
        (b"Kids", _) => Role::Fields,
        (b"V", Closed::Signed) => Role::Signature,
        (b"V" | b"RV" | b"AP" | b"I", Closed::Open) => Role::OpenPart,
        (b"V" | b"RV" | b"AP" | b"I", _) => Role::ClosedPart,
        _ => Role::Opaque,
    }
}

#[cfg(test)]
mod tests {
    use crate::verify::changes::role::{Closed, Role};

    #[test]
    fn every_role_has_a_bit_of_its_own() {
        assert!((Role::Free as u32) < u32::BITS);
        assert_eq!(Role::Catalog.bit(), 1);
        assert_eq!(Role::hubs() & Role::Content.bit(), 0);
    }

    #[test]
    fn what_an_open_appearance_draws_with_is_content() {
        let way: [&[u8]; 5] = [b"AP", b"N", b"Resources", b"Font", b"F1"];
        let role = way.iter().fold(Role::Field, |role, key| role.entry(key, Closed::Open));
        assert_eq!(role, Role::Content);
        assert_eq!(Role::Field.entry(b"AP", Closed::Locked), Role::ClosedPart);
        assert_eq!(Role::Field.entry(b"V", Closed::Signed), Role::Signature);
    }
}
