//! What a document's own profile lets an appearance do: PDF/A stays PDF/A.

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::view::View;

/// Metadata that is looked at.
const METADATA_BYTES: u64 = 4 << 20;

/// Rules for what is drawn on the pages of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::pdf) struct Paper {
    pub(in crate::pdf) transparency: Transparency,
    pub(in crate::pdf) colour: ColourRule,
}

/// Whether blend modes and soft masks may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::pdf) enum Transparency {
    #[default]
    Allowed,
    /// PDF/A-1 knows none (ISO 19005-1 6.4); in later parts, a page of a document without an output intent would need a
    /// group with a colour space (ISO 19005-2 6.2.10), and a page may not be changed by a signature.
    Forbidden,
}

/// Which colour spaces may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::pdf) enum ColourRule {
    #[default]
    Device,
    /// Device colours need an output intent of their kind (ISO 19005-1 6.2.3.3, ISO 19005-2 6.2.4.3); calibrated ones
    /// never do.
    Calibrated,
}

impl Paper {
    /// The rules of a document. Metadata that cannot be read claim nothing.
    pub(in crate::pdf) fn of(view: &View<'_>) -> Self {
        match part(view) {
            None => Paper::default(),
            Some(part) => {
                let free = part != b'1' && has_output_intent(view);
                Paper {
                    transparency: if free { Transparency::Allowed } else { Transparency::Forbidden },
                    colour: ColourRule::Calibrated,
                }
            }
        }
    }
}

/// The part of ISO 19005 that the document claims to follow: the property `pdfaid:part` of its XMP metadata, as an element
/// or an attribute (ISO 19005-1 6.7.11).
fn part(view: &View<'_>) -> Option<u8> {
    let catalog = view.catalog().ok()?;
    let Object::Stream(stream) = view.lookup(&catalog, "Metadata").ok()? else { return None };
    let mut data = view.stream_data(&stream, METADATA_BYTES).ok()?;
    // UTF-16 becomes readable that way, UTF-8 has no zeros.
    data.retain(|byte| *byte != 0);
    let name = memchr::memmem::find(&data, b"pdfaid:part")?;
    let rest = data.get(name + b"pdfaid:part".len()..)?;
    rest.iter().take(8).copied().find(u8::is_ascii_digit)
}

/// Whether the catalog has an output intent of PDF/A (ISO 19005-1 6.2.2).
fn has_output_intent(view: &View<'_>) -> bool {
    let intents = view.catalog().and_then(|catalog| view.lookup(&catalog, "OutputIntents"));
    let Ok(Object::Array(intents)) = intents else { return false };
    intents.iter().take(64).any(|intent| {
        let intent = view.resolve(intent).ok();
        let kind = intent.as_ref().and_then(Object::as_dictionary).and_then(|intent| intent.get("S"));
        kind.is_some_and(|kind| kind.is_name("GTS_PDFA1"))
    })
}

/// sRGB's primaries and white as a calibrated space (ISO 32000-1 8.6.5.3), with the power law nearest to its curve.
pub(in crate::pdf) fn calibrated_rgb() -> Object {
    let numbers = |values: &[f64]| Object::Array(values.iter().map(|v| Object::Real(*v)).collect());
    let space = Dictionary::new()
        .with("WhitePoint", numbers(&WHITE))
        .with("Gamma", numbers(&[2.2, 2.2, 2.2]))
        .with("Matrix", numbers(&[0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505]));
    Object::Array(vec![Object::name("CalRGB"), Object::Dictionary(space)])
}

/// Its grey axis (ISO 32000-1 8.6.5.2).
pub(in crate::pdf) fn calibrated_gray() -> Object {
    let numbers = |values: &[f64]| Object::Array(values.iter().map(|v| Object::Real(*v)).collect());
    let space = Dictionary::new().with("WhitePoint", numbers(&WHITE)).with("Gamma", Object::Real(2.2));
    Object::Array(vec![Object::name("CalGray"), Object::Dictionary(space)])
}

/// D65.
const WHITE: [f64; 3] = [0.9505, 1.0, 1.089];
