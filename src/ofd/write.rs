//! Signature.xml and a new Signatures.xml, in the order of the schema (GB/T 33190-2016 18.1 and 18.2, annex A).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;

use crate::container::EntryPath;
use crate::crypto::Digest;
use crate::geometry::Rect;
use crate::ofd::signature::{Provider, SignatureKind};
use crate::ofd::xml::NAMESPACE;

/// What a Signature.xml says.
pub(crate) struct SignatureXml<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) method: &'a str,
    pub(crate) date_time: &'a str,
    pub(crate) check_method: &'a str,
    pub(crate) references: &'a [(EntryPath, Digest)],
    pub(crate) stamps: &'a [StampXml],
    pub(crate) seal: Option<&'a EntryPath>,
    pub(crate) signed_value: &'a EntryPath,
}

/// A StampAnnot with its identifiers settled.
pub(crate) struct StampXml {
    pub(crate) id: String,
    pub(crate) page_ref: String,
    pub(crate) boundary: Rect,
    pub(crate) clip: Option<Rect>,
}

/// The text of Type (GB/T 33190-2016 table 89).
pub(crate) fn kind_name(kind: SignatureKind) -> &'static str {
    match kind {
        SignatureKind::Seal | SignatureKind::Unknown => "Seal",
        SignatureKind::Sign => "Sign",
    }
}

/// Writes Signature.xml (GB/T 33190-2016 18.2.1).
pub(crate) fn signature_xml(parts: &SignatureXml<'_>) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let top = writer.create_element("ofd:Signature").with_attribute(("xmlns:ofd", NAMESPACE));
    top.write_inner_content(|writer| {
        writer.create_element("ofd:SignedInfo").write_inner_content(|writer| signed_info(writer, parts))?;
        text(writer, "ofd:SignedValue", &parts.signed_value.absolute())
    })?;
    Ok(writer.into_inner())
}

fn signed_info(writer: &mut Writer<Vec<u8>>, parts: &SignatureXml<'_>) -> io::Result<()> {
    let mut provider = writer.create_element("ofd:Provider");
    provider = provider.with_attribute(("ProviderName", parts.provider.name.as_str()));
    if let Some(version) = &parts.provider.version {
        provider = provider.with_attribute(("Version", version.as_str()));
    }
    if let Some(company) = &parts.provider.company {
        provider = provider.with_attribute(("Company", company.as_str()));
    }
    provider.write_empty()?;
    text(writer, "ofd:SignatureMethod", parts.method)?;
    text(writer, "ofd:SignatureDateTime", parts.date_time)?;
    let references = writer.create_element("ofd:References").with_attribute(("CheckMethod", parts.check_method));
    references.write_inner_content(|writer| {
        for (path, digest) in parts.references {
            let reference =
                writer.create_element("ofd:Reference").with_attribute(("FileRef", path.absolute().as_str()));
            let value = STANDARD.encode(digest.as_bytes());
            reference.write_inner_content(|writer| text(writer, "ofd:CheckValue", &value))?;
        }
        Ok(())
    })?;
    for stamp in parts.stamps {
        let mut element = writer.create_element("ofd:StampAnnot").with_attribute(("ID", stamp.id.as_str()));
        element = element.with_attribute(("PageRef", stamp.page_ref.as_str()));
        element = element.with_attribute(("Boundary", rect(&stamp.boundary).as_str()));
        if let Some(clip) = &stamp.clip {
            element = element.with_attribute(("Clip", rect(clip).as_str()));
        }
        element.write_empty()?;
    }
    if let Some(seal) = parts.seal {
        let element = writer.create_element("ofd:Seal");
        element.write_inner_content(|writer| text(writer, "ofd:BaseLoc", &seal.absolute()))?;
    }
    Ok(())
}

/// A first Signatures.xml (GB/T 33190-2016 18.1).
pub(crate) fn list_xml(max_id: &str, id: &str, kind: SignatureKind, signature: &EntryPath) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let top = writer.create_element("ofd:Signatures").with_attribute(("xmlns:ofd", NAMESPACE));
    top.write_inner_content(|writer| {
        text(writer, "ofd:MaxSignId", max_id)?;
        let element = writer.create_element("ofd:Signature").with_attribute(("ID", id));
        let element = element.with_attribute(("Type", kind_name(kind)));
        element.with_attribute(("BaseLoc", signature.absolute().as_str())).write_empty()?;
        Ok(())
    })?;
    Ok(writer.into_inner())
}

/// A Signatures.xml without a signature yet.
pub(crate) fn empty_list_xml() -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let top = writer.create_element("ofd:Signatures").with_attribute(("xmlns:ofd", NAMESPACE));
    top.write_inner_content(|writer| text(writer, "ofd:MaxSignId", "s000"))?;
    Ok(writer.into_inner())
}

fn text(writer: &mut Writer<Vec<u8>>, name: &str, content: &str) -> io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(content))?;
    Ok(())
}

/// ST_Box (GB/T 33190-2016 7.3).
fn rect(rect: &Rect) -> String {
    format!("{} {} {} {}", rect.x, rect.y, rect.width, rect.height)
}
