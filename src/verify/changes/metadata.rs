//! Rule `metadata`: a well-formed XMP packet may replace another (ISO 32000-1 14.3.2).

use crate::pdf::PdfError;
use crate::pdf::object::{Object, Stream};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::ledger::{Place, Stated};

const RULE: &str = "metadata";
/// Largest packet: real ones have some kilobytes, those with thumbnails some hundred.
const PACKET: u64 = 8 << 20;

pub(crate) fn compare(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    let packet = match new {
        Object::Stream(stream) if is_metadata(stream) => match c.new.stream_data(stream, PACKET) {
            Err(error @ (PdfError::Read { .. } | PdfError::Encrypted)) => return Err(error),
            other => other.ok(),
        },
        _ => None,
    };
    // What stood there must have been a stream too: nothing else is described by the catalog's entry.
    let replaces = matches!(old, Object::Null | Object::Stream(_));
    if replaces && packet.is_some_and(|packet| is_xmp(&packet)) {
        c.explain(Stated::new(Code::MetadataChanged, LaterChanges::LongTermData, RULE, at));
    } else {
        c.ledger.refuse(Code::MetadataMalformed, RULE, at);
    }
    Ok(())
}

/// ISO 32000-1 table 315.
fn is_metadata(stream: &Stream) -> bool {
    let named = |key: &str, name: &str| stream.dictionary.get(key).is_none_or(|value| value.is_name(name));
    named("Type", "Metadata") && named("Subtype", "XML")
}

/// Well-formed, without DTD and so without entities, and an XMP packet by its root.
fn is_xmp(packet: &[u8]) -> bool {
    let Some(text) = text(packet) else { return false };
    let text = text.trim_matches(|c: char| c == '\u{feff}' || c == '\0' || c.is_whitespace());
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).is_ok_and(|document| {
        // ISO 16684-1 7.3.3: the xmpmeta element may be left out.
        matches!(document.root_element().tag_name().name(), "xmpmeta" | "xapmeta" | "RDF")
    })
}

/// UTF-8, or UTF-16 by its mark (ISO 16684-1 7.1).
fn text(packet: &[u8]) -> Option<String> {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Option<Vec<u16>> = bytes.chunks(2).map(|pair| pair.try_into().ok().map(read)).collect();
        String::from_utf16(&units?).ok()
    };
    match packet {
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        _ => String::from_utf8(packet.to_vec()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use crate::verify::changes::metadata::is_xmp;

    #[test]
    fn a_packet_is_well_formed_and_has_no_entities() {
        let packet = |inner: &str| {
            format!(
                "<?xpacket begin='\u{feff}'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>{inner}</x:xmpmeta><?xpacket end='w'?>"
            )
        };
        assert!(is_xmp(packet("<a/>").as_bytes()));
        assert!(is_xmp(format!("{}\n   \n", packet("")).as_bytes()));
        assert!(!is_xmp(packet("<a>").as_bytes()));
        assert!(!is_xmp(packet("&x;").as_bytes()));
        assert!(!is_xmp(b"<!DOCTYPE x [<!ENTITY e 'x'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&e;</x:xmpmeta>"));
        assert!(!is_xmp(b"<html/>"));
        assert!(!is_xmp(b"q Q"));
    }
}
