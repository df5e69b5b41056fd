//! What a caller asks of a signature: field, dictionary, place and restrictions.

use crate::geometry::Rect;
use crate::pdf::appearance::Appearance;
use crate::pdf::object::{Dictionary, Object};
use crate::time::Time;

/// One signature to put on a document.
#[derive(Clone, Debug)]
pub struct SignatureRequest {
    /// The field that carries it.
    pub field: FieldChoice,
    /// What kind of signature dictionary it is.
    pub kind: SignatureKind,
    /// `/Filter`, the preferred handler, such as `Adobe.PPKLite`.
    pub filter: &'static str,
    /// `/SubFilter`, the encoding of the value, such as `ETSI.CAdES.detached`.
    pub sub_filter: &'static str,
    /// Bytes to reserve for the value.
    pub contents_capacity: usize,
    /// What the signer states in clear.
    pub statement: Statement,
    /// Certify the document: only the first signature may (ISO 32000-1 12.8.2.2).
    pub doc_mdp: Option<DocMdp>,
    /// Lock fields, or the document, from now on (ISO 32000-1 12.7.4.5, ISO 32000-2 table 235).
    pub lock: Option<FieldLock>,
    /// The seal's structure in DER; it travels inside the signed bytes as the string `/ESEAL_Seal`.
    pub seal: Option<Vec<u8>>,
    /// More entries of the signature dictionary; those that this room writes itself win.
    pub extra: Vec<(&'static str, Object)>,
    /// Where it is seen.
    pub visibility: Visibility,
}

/// The field to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldChoice {
    /// A new field. Without a name it becomes `Signature1`, or the first number that is free.
    New {
        /// Its name: not empty, no dot (ISO 32000-1 12.7.3.2).
        name: Option<String>,
    },
    /// An empty signature field of the document.
    Existing {
        /// Its full name.
        name: String,
    },
}

/// The type of the signature dictionary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureKind {
    /// `/Sig` (ISO 32000-1 table 252).
    #[default]
    Signature,
    /// `/DocTimeStamp` (ETSI EN 319 142-1 5.4.3).
    DocTimeStamp,
}

/// Entries of the signature dictionary that say who, when and why (ISO 32000-1 table 252). They prove nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// `/M`.
    pub time: Option<Time>,
    /// `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
}

/// Changes that remain allowed (ISO 32000-1 table 254, P).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocMdp {
    /// 1: none.
    NoChanges,
    /// 2: filling in forms and signing.
    FormFilling,
    /// 3: annotations too.
    Annotations,
}

impl DocMdp {
    /// The number P.
    #[must_use]
    pub fn permission(self) -> i64 {
        match self {
            DocMdp::NoChanges => 1,
            DocMdp::FormFilling => 2,
            DocMdp::Annotations => 3,
        }
    }

    /// From the number P.
    #[must_use]
    pub fn from_permission(p: i64) -> Option<Self> {
        match p {
            1 => Some(DocMdp::NoChanges),
            2 => Some(DocMdp::FormFilling),
            3 => Some(DocMdp::Annotations),
            _ => None,
        }
    }
}

/// The lock of a signature field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLock {
    /// The fields that must not change after this signature.
    pub fields: LockedFields,
    /// What else may still be done to the document; `NoChanges` closes it.
    pub permission: Option<DocMdp>,
}

/// Which fields a lock means (ISO 32000-1 table 233).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockedFields {
    /// Every field.
    All,
    /// These, by full name.
    Include(Vec<String>),
    /// All but these.
    Exclude(Vec<String>),
}

/// Where a signature is seen.
#[derive(Clone, Debug)]
pub enum Visibility {
    /// Nowhere: a new field gets an empty rectangle on the first page; an existing one keeps what it shows.
    Invisible,
    /// At these places, for a new field. Several make one field with several widgets.
    Widgets(Vec<SignatureWidget>),
    /// In the rectangles that an existing field already has.
    OwnRectangle(Appearance),
}

/// One place where a signature is seen.
#[derive(Clone, Debug)]
pub struct SignatureWidget {
    /// Index of the page, from 0.
    pub page: usize,
    /// The place, from the top left of the page as viewed.
    pub rect: Rect,
    /// What stands there.
    pub appearance: Appearance,
}

impl FieldLock {
    /// The dictionary entries that a lock and the transform parameters of `FieldMDP` share (ISO 32000-1 tables 233 and
    /// 256).
    pub(in crate::pdf) fn entries(&self) -> Dictionary {
        let names = |names: &[String]| Object::Array(names.iter().map(|name| Object::text(name)).collect());
        match &self.fields {
            LockedFields::All => Dictionary::new().with("Action", Object::name("All")),
            LockedFields::Include(fields) => {
                Dictionary::new().with("Action", Object::name("Include")).with("Fields", names(fields))
            }
            LockedFields::Exclude(fields) => {
                Dictionary::new().with("Action", Object::name("Exclude")).with("Fields", names(fields))
            }
        }
    }

    /// The `/Lock` dictionary.
    pub(in crate::pdf) fn dictionary(&self) -> Dictionary {
        let mut lock = self.entries();
        lock.set("Type", Object::name("SigFieldLock"));
        if let Some(permission) = self.permission {
            lock.set("P", Object::Integer(permission.permission()));
        }
        lock
    }
}
