//! What is inside a document, without a verdict; and taking a seal or its picture out.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::crypto::SecretBytes;
use crate::files::{Access, InputFile, OutputFile, Overwrite};
use crate::limits::{Budget, VALUE_BYTES};
use crate::operations::OperationError;
use crate::pdf::object::Object;
use crate::pdf::{ByteRangeValue, ContentsValue};
use crate::pki::Certificate;
use crate::pki::ber::{Encoding, Reader};
use crate::report::Format;
use crate::seal::{CertList, Seal};
use crate::signature::ses::SesSignature;
use crate::signature::{Container, Profile, Unverified, detect as detect_container};
use crate::source::{SharedSource, for_each_chunk};
use crate::verify::detect;

/// A document to look into.
#[derive(Clone, Copy, Debug)]
pub struct Inspected<'a> {
    /// The file.
    pub path: &'a Path,
    /// Passwords to try where it is encrypted.
    pub passwords: &'a [SecretBytes],
}

/// The structure of a document; of one that is encrypted and stays closed, only what needs no password.
///
/// # Errors
/// [`OperationError`] when it is no document or cannot be read; [`OperationError::PasswordWrong`].
pub fn inspect(document: Inspected<'_>) -> Result<Value, OperationError> {
    let place = document.path.display().to_string();
    let source = InputFile::open(document.path)?.shared();
    let mut value = match format(&source, &place)? {
        Format::Pdf => pdf(&source, &place, document.passwords)?,
        _ => ofd(&source, &place)?,
    };
    if let Value::Object(map) = &mut value {
        map.insert("file".to_owned(), json!(place));
        map.insert("bytes".to_owned(), json!(source.len()));
    }
    Ok(value)
}

/// What is taken out of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The seal's structure, DER.
    Seal,
    /// The picture inside it.
    Picture,
}

/// Takes the seal, or its picture, of one signature out; of the only sealed one unless named.
///
/// # Errors
/// [`OperationError::NoSuchSignature`] where there is none, or several and none was named;
/// [`OperationError::DocumentEncrypted`], [`OperationError::PasswordWrong`].
pub fn extract(
    document: Inspected<'_>,
    signature: Option<&str>,
    part: Part,
    target: &Path,
    overwrite: Overwrite,
) -> Result<u64, OperationError> {
    let place = document.path.display().to_string();
    let seals = seals(document)?;
    let mut fitting = seals.into_iter().filter(|(id, _)| signature.is_none_or(|wanted| wanted == id));
    let none = || OperationError::NoSuchSignature { path: place.clone() };
    let (_, seal) = fitting.next().ok_or_else(none)?;
    if fitting.next().is_some() {
        return Err(none());
    }
    let bytes = match part {
        Part::Seal => seal.as_der().to_vec(),
        Part::Picture => seal.picture().data.clone(),
    };
    let mut output = OutputFile::create(target, overwrite, Access::Shared, &[])?;
    std::io::Write::write_all(&mut output, &bytes).map_err(|error| crate::files::OutputError::new(target, error))?;
    output.sync_and_reopen()?;
    drop(output.commit()?);
    Ok(bytes.len() as u64)
}

/// Writes a PDF as it stood at a revision, counted from 1: what a signature of that revision signed.
///
/// # Errors
/// [`OperationError::RevisionUnknown`] where there is no such revision, or it has no end of its own.
pub fn extract_revision(path: &Path, number: u64, target: &Path, overwrite: Overwrite) -> Result<u64, OperationError> {
    let place = path.display().to_string();
    let input = InputFile::open(path)?;
    let identity = input.identity();
    let source = input.shared();
    if format(&source, &place)? != Format::Pdf {
        return Err(OperationError::RevisionUnknown { path: place, number, count: 1 });
    }
    let document = open_pdf(&source, &place)?;
    let revisions = document.revisions();
    let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
    let end = index.and_then(|index| revisions.get(index)).and_then(|revision| revision.end);
    let count = revisions.len() as u64;
    let end = end.ok_or(OperationError::RevisionUnknown { path: place.clone(), number, count })?;
    let mut output = OutputFile::create(target, overwrite, Access::Shared, &[identity])?;
    let mut failed = None;
    for_each_chunk(source.as_ref(), 0, end, |piece| {
        if failed.is_none() {
            failed = std::io::Write::write_all(&mut output, piece).err();
        }
    })
    .map_err(|error| OperationError::FileFault { path: place, fault: error.to_string() })?;
    if let Some(error) = failed {
        return Err(crate::files::OutputError::new(target, error).into());
    }
    output.sync_and_reopen()?;
    drop(output.commit()?);
    Ok(end)
}

pub(in crate::operations) fn format(source: &SharedSource, place: &str) -> Result<Format, OperationError> {
    if source.is_empty() {
        return Err(OperationError::DocumentEmpty { path: place.to_owned() });
    }
    detect(source.as_ref()).ok_or_else(|| OperationError::NotADocument { path: place.to_owned() })
}

pub(in crate::operations) fn open_pdf(
    source: &SharedSource,
    place: &str,
) -> Result<crate::pdf::Document, OperationError> {
    crate::pdf::Document::open(Arc::clone(source), Rc::new(Budget::default())).map_err(|error| malformed(&error, place))
}

pub(in crate::operations) fn malformed(error: &dyn std::fmt::Display, place: &str) -> OperationError {
    OperationError::DocumentMalformed { path: place.to_owned(), fault: error.to_string() }
}

/// An encrypted document as these passwords open it.
pub(in crate::operations) fn unlocked(
    document: crate::pdf::Document,
    passwords: &[SecretBytes],
    place: &str,
) -> Result<crate::pdf::Document, OperationError> {
    document.opened_with(passwords).map_err(|error| match error {
        crate::pdf::PdfError::Encrypted => OperationError::DocumentEncrypted { path: place.to_owned() },
        crate::pdf::PdfError::WrongPassword => OperationError::PasswordWrong { path: place.to_owned() },
        other => malformed(&other, place),
    })
}

fn pdf(source: &SharedSource, place: &str, passwords: &[SecretBytes]) -> Result<Value, OperationError> {
    let document = open_pdf(source, place)?;
    let fault = |error: crate::pdf::PdfError| malformed(&error, place);
    let revisions: Vec<Value> = document
        .revisions()
        .iter()
        .map(|revision| {
            json!({
                "number": revision.index + 1,
                "xref_offset": revision.xref_offset,
                "end": revision.end,
                "kind": format!("{:?}", revision.kind).to_lowercase(),
            })
        })
        .collect();
    let encrypted = document.encryption().is_some();
    if passwords.is_empty() && encrypted && document.readable().is_err() {
        return Ok(json!({ "format": "pdf", "encrypted": true, "revisions": revisions }));
    }
    let document = unlocked(document, passwords, place)?;
    let view = document.current().map_err(fault)?;
    let mut signatures = Vec::new();
    for field in view.signatures().map_err(fault)? {
        let name = |key: &str| {
            field.dictionary.get(key).and_then(Object::as_name).map(|n| String::from_utf8_lossy(n).into_owned())
        };
        let located = field.home().and_then(|home| view.signature_dictionary(home).ok());
        let range = located.as_ref().and_then(|located| match located.byte_range {
            ByteRangeValue::Direct(range) => Some(range),
            _ => None,
        });
        let contents = located.map(|located| match located.contents {
            ContentsValue::Hex { bytes, .. } => bytes,
            _ => Vec::new(),
        });
        let seal = carried(view, field.dictionary.get("ESEAL_Seal"));
        signatures.push(json!({
            "id": field.field.name,
            "seal": seal.as_ref().map(describe_seal),
            "filter": name("Filter"),
            "sub_filter": name("SubFilter"),
            "byte_range": range,
            "value": contents.as_deref().map(|bytes| signature_value(bytes, Profile::PdfDetached)),
            "widgets": field.field.widgets.len(),
        }));
    }
    let notes: Vec<Value> = document
        .notes()
        .iter()
        .map(|note| json!({ "offset": note.offset, "kind": format!("{:?}", note.kind) }))
        .collect();
    Ok(json!({
        "format": "pdf",
        "encrypted": encrypted,
        "pages": view.page_count().map_err(fault)?,
        "revisions": revisions,
        "signatures": signatures,
        "empty_signature_fields": empty_fields(view).map_err(fault)?,
        "notes": notes,
    }))
}

/// Full names of signature fields that wait for a signature: what `--field` takes.
fn empty_fields(view: crate::pdf::View<'_>) -> Result<Vec<String>, crate::pdf::PdfError> {
    let mut names = Vec::new();
    for field in view.fields()? {
        let value = field.value.as_ref().map(|value| view.resolve(value)).transpose()?;
        let empty = value.is_none_or(|value| value == Object::Null);
        if field.field_type.as_deref() == Some(b"Sig") && field.kind == crate::pdf::FieldKind::Terminal && empty {
            names.push(field.name);
        }
    }
    Ok(names)
}

fn ofd(source: &SharedSource, place: &str) -> Result<Value, OperationError> {
    let budget = Budget::default();
    let document = crate::ofd::Document::open(Arc::clone(source), &budget).map_err(|error| malformed(&error, place))?;
    let mut bodies = Vec::new();
    for (index, body) in document.bodies().iter().enumerate() {
        let mut signatures = Vec::new();
        for entry in body.signatures().map(crate::ofd::SignatureList::entries).unwrap_or_default() {
            let mut signature = ofd_signature(&document, &budget, entry);
            if let Value::Object(map) = &mut signature {
                map.insert("id".to_owned(), json!(id_in(&document, index, entry)));
            }
            signatures.push(signature);
        }
        bodies.push(json!({
            "root": body.root().absolute(),
            "pages": body.pages().len(),
            "signatures": signatures,
        }));
    }
    let files: Vec<Value> = document
        .package()
        .files()
        .map(|entry| json!({ "path": entry.path().absolute(), "bytes": entry.size() }))
        .collect();
    Ok(json!({ "format": "ofd", "documents": bodies, "files": files, "integrity": integrity(&document, &budget) }))
}

/// The identifier of a signature as reports give it: with the document's index where there are several.
pub(in crate::operations) fn id_in(
    document: &crate::ofd::Document,
    index: usize,
    entry: &crate::ofd::SignatureEntry,
) -> String {
    if document.bodies().len() > 1 { format!("{index}:{}", entry.id) } else { entry.id.clone() }
}

/// The signed list of the package's files (GM/T 0099-2020 annex D), null where there is none.
fn integrity(document: &crate::ofd::Document, budget: &Budget) -> Value {
    let Some(list) = document.integrity() else { return Value::Null };
    let Ok(content) = &list.content else { return json!({ "path": list.path.absolute(), "readable": false }) };
    let package = document.package();
    let file = content.signed_value_path.as_ref().and_then(|path| package.get_folded(path));
    let value = file.and_then(|file| package.read_at_most(file, VALUE_BYTES, budget).ok());
    json!({
        "path": list.path.absolute(),
        "creator": content.creator,
        "created": content.created,
        "files": content.files.iter().map(|file| &file.file_loc).collect::<Vec<_>>(),
        "value": value.map(|bytes| signature_value(&bytes, Profile::Ofd)),
    })
}

fn ofd_signature(document: &crate::ofd::Document, budget: &Budget, entry: &crate::ofd::SignatureEntry) -> Value {
    let Ok(content) = &entry.content else {
        return json!({ "id": entry.id, "type": format!("{:?}", entry.kind).to_lowercase(), "readable": false });
    };
    let value = value_of(document, budget, content);
    let stamps: Vec<Value> = content
        .stamps
        .iter()
        .map(|stamp| {
            let rect = |r: crate::geometry::Rect| json!([r.x.0, r.y.0, r.width.0, r.height.0]);
            json!({ "page": stamp.page_ref, "boundary": stamp.boundary.map(rect), "clip": stamp.clip.map(rect) })
        })
        .collect();
    json!({
        "id": entry.id,
        "type": format!("{:?}", entry.kind).to_lowercase(),
        "provider": content.provider.name,
        "method": content.method,
        "date_time": content.date_time,
        "check_method": content.check_method,
        "references": content.references.iter().map(|reference| &reference.file_ref).collect::<Vec<_>>(),
        "stamps": stamps,
        "value": value.map(|bytes| signature_value(&bytes, Profile::Ofd)),
    })
}

pub(in crate::operations) fn value_of(
    document: &crate::ofd::Document,
    budget: &Budget,
    content: &crate::ofd::SignatureContent,
) -> Option<Vec<u8>> {
    let file = document.package().get_folded(content.signed_value_path.as_ref()?)?;
    document.package().read_at_most(file, VALUE_BYTES, budget).ok()
}

/// The value without its padding.
pub(in crate::operations) fn trimmed(bytes: &[u8]) -> &[u8] {
    Reader::new(bytes, Encoding::Ber).next().map_or(bytes, |value| value.bytes)
}

fn signature_value(bytes: &[u8], profile: Profile) -> Value {
    let container = detect_container(bytes);
    match container {
        Container::SesV1 | Container::SesV4 | Container::SesV5 => match SesSignature::from_der(trimmed(bytes)) {
            Ok(signature) => json!({
                "container": container.name(),
                "algorithm": signature.algorithm(),
                "time": signature.time_info().time.map(|time| time.to_string()),
                "property_info": signature.property_info(),
                "signer": Certificate::from_der(signature.certificate()).ok().map(|c| certificate(&c)),
                "seal": describe_seal(signature.seal()),
                "timestamp": signature.timestamp().is_some(),
            }),
            Err(error) => json!({ "container": container.name(), "fault": error.to_string() }),
        },
        _ => {
            let read = Unverified::read(bytes, profile, &[]);
            json!({
                "container": container.name(),
                "algorithm": read.algorithm().map(crate::crypto::SignatureAlgorithm::name),
                "signer": read.certificate().map(certificate),
                "certificates": read.signed_data().map(|data| data.certificates.len()),
            })
        }
    }
}

fn certificate(certificate: &Certificate) -> Value {
    json!({
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": certificate.serial_hex(),
        "not_before": certificate.validity().not_before.to_string(),
        "not_after": certificate.validity().not_after.to_string(),
    })
}

/// The fields of a seal, as `seal show` and `inspect` print them.
#[must_use]
pub fn describe_seal(seal: &Seal) -> Value {
    let picture = seal.picture();
    let list = match seal.list() {
        CertList::Certificates(list) => {
            let subject = |der: &Vec<u8>| Certificate::from_der(der).map(|c| c.subject().to_string()).ok();
            json!({ "certificates": list.iter().map(subject).collect::<Vec<_>>() })
        }
        CertList::Digests(list) => json!({ "digests": list.len() }),
        CertList::Unreadable => json!("unreadable"),
    };
    json!({
        "standard": seal.version().standard(),
        "header_version": seal.header_version(),
        "vendor": seal.vendor(),
        "id": seal.number(),
        "type": seal.kind().0,
        "name": seal.name(),
        "created": seal.created().to_string(),
        "valid_from": seal.validity().not_before.to_string(),
        "valid_to": seal.validity().not_after.to_string(),
        "holders": list,
        "picture": {
            "type": picture.kind,
            "bytes": picture.data.len(),
            "size_mm": [picture.width_mm, picture.height_mm],
        },
        "extensions": seal.extensions().iter().map(|e| json!({ "oid": e.oid, "critical": e.critical })).collect::<Vec<_>>(),
        "maker": Certificate::from_der(seal.maker_certificate()).ok().map(|c| certificate(&c)),
        "algorithm": seal.algorithm(),
    })
}

/// Every seal of a document with the field name or ID of its signature, as reports name it.
pub(in crate::operations) fn seals(document: Inspected<'_>) -> Result<Vec<(String, Seal)>, OperationError> {
    let place = document.path.display().to_string();
    let source = InputFile::open(document.path)?.shared();
    match format(&source, &place)? {
        Format::Pdf => pdf_seals(&source, &place, document.passwords),
        _ => ofd_seals(&source, &place),
    }
}

/// Every seal of a PDF with the name of its field.
fn pdf_seals(
    source: &SharedSource,
    place: &str,
    passwords: &[SecretBytes],
) -> Result<Vec<(String, Seal)>, OperationError> {
    let document = unlocked(open_pdf(source, place)?, passwords, place)?;
    let fault = |error: crate::pdf::PdfError| malformed(&error, place);
    let view = document.current().map_err(fault)?;
    let mut seals = Vec::new();
    for field in view.signatures().map_err(fault)? {
        let located = field.home().and_then(|home| view.signature_dictionary(home).ok());
        if let Some(ContentsValue::Hex { bytes, .. }) = located.map(|located| located.contents)
            && let Ok(signature) = SesSignature::from_der(trimmed(&bytes))
        {
            seals.push((field.field.name, signature.seal().clone()));
            continue;
        }
        if let Some(seal) = carried(view, field.dictionary.get("ESEAL_Seal")) {
            seals.push((field.field.name, seal));
        }
    }
    Ok(seals)
}

/// The seal beside a CMS signature, inside its signed bytes.
fn carried(view: crate::pdf::View<'_>, entry: Option<&Object>) -> Option<Seal> {
    let bytes = match view.resolve(entry?).ok()? {
        Object::String(bytes) => bytes,
        Object::Stream(stream) => view.stream_data(&stream, VALUE_BYTES).ok()?,
        _ => return None,
    };
    Seal::from_der(&bytes).ok()
}

/// Every seal of an OFD with the ID of its signature.
fn ofd_seals(source: &SharedSource, place: &str) -> Result<Vec<(String, Seal)>, OperationError> {
    let budget = Budget::default();
    let document = crate::ofd::Document::open(Arc::clone(source), &budget).map_err(|error| malformed(&error, place))?;
    let mut seals = Vec::new();
    for (index, body) in document.bodies().iter().enumerate() {
        for entry in body.signatures().map(crate::ofd::SignatureList::entries).unwrap_or_default() {
            let Ok(content) = &entry.content else { continue };
            let Some(bytes) = value_of(&document, &budget, content) else { continue };
            if let Ok(signature) = SesSignature::from_der(&bytes) {
                seals.push((id_in(&document, index, entry), signature.seal().clone()));
            }
        }
    }
    Ok(seals)
}
