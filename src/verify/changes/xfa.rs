//! Rule `xfa`: who fills in a form that has an XML twin fills in its data packet too (ISO 32000-1 12.7.8).
//!
//! The other packets say what the form looks like, so they stay. The data packet is of all fields at once: where any
//! field is locked it stays too.

use crate::pdf::object::Object;
use crate::pdf::{PdfError, View};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::ledger::{Place, Stated};

const RULE: &str = "xfa";
/// Largest packet: real ones have some hundred kilobytes.
const PACKET: u64 = 16 << 20;
/// Most packets; XFA 3.3 knows a dozen.
const PACKETS: usize = 64;
/// Packets with their names.
type Packets = Vec<(Vec<u8>, Object)>;
/// The data packet, and the namespace of its root (XFA 3.3, "datasets packet").
const DATA: &str = "datasets";
const DATA_NAMESPACE: &str = "http://www.xfa.org/schema/xfa-data/1.0/";

/// The packets of both revisions.
///
/// # Errors
/// As [`View::get`].
pub(crate) fn compare(c: &mut Comparison<'_, '_>) -> Result<(), PdfError> {
    let at = Place::default();
    let (Some(old), Some(new)) = (packets(c.old())?, packets(c.new)?) else {
        c.ledger.refuse(Code::CatalogModified, RULE, &at);
        return Ok(());
    };
    let mut filled = false;
    let names = |packets: &[(Vec<u8>, Object)]| packets.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if names(&old) != names(&new) {
        c.ledger.refuse(Code::CatalogModified, RULE, &at);
        return Ok(());
    }
    for ((name, before), (_, after)) in old.iter().zip(&new) {
        let (before, after) = (packet(c.old(), before)?, packet(c.new, after)?);
        let (Some(before), Some(after)) = (before, after) else {
            c.ledger.refuse(Code::CatalogModified, RULE, &at);
            return Ok(());
        };
        if before == after {
            continue;
        }
        let sound = match name.as_slice() {
            b"datasets" => is_data(&before) && is_data(&after),
            b"" => same_but_for_data(&before, &after),
            _ => false,
        };
        if !sound {
            c.ledger.refuse(Code::CatalogModified, RULE, &at);
            return Ok(());
        }
        filled = true;
    }
    if filled && c.signed.restrictions.locks_any() {
        c.ledger.refuse(Code::LockedFieldModified, RULE, &at);
    } else if filled {
        c.explain(Stated::new(Code::FieldFilled, LaterChanges::FormFilling, RULE, &at));
    }
    Ok(())
}

/// The packets with their names; a form written as one packet has one without a name. `None` if it is neither.
fn packets(view: View<'_>) -> Result<Option<Packets>, PdfError> {
    let Some(form) = view.form()? else { return Ok(None) };
    let items = match view.lookup(&form, "XFA")? {
        stream @ Object::Stream(_) => return Ok(Some(vec![(Vec::new(), stream)])),
        Object::Array(items) if items.len() % 2 == 0 && items.len() <= 2 * PACKETS => items,
        _ => return Ok(None),
    };
    let mut packets = Vec::new();
    for pair in items.chunks(2) {
        let [name, packet] = pair else { return Ok(None) };
        let Object::String(name) = view.resolve(name)? else { return Ok(None) };
        if name.is_empty() || packets.iter().any(|(known, _)| *known == name) {
            return Ok(None);
        }
        packets.push((name, view.resolve(packet)?));
    }
    Ok(Some(packets))
}

/// The text of a packet; `None` if it is none.
fn packet(view: View<'_>, packet: &Object) -> Result<Option<String>, PdfError> {
    let Object::Stream(stream) = packet else { return Ok(None) };
    match view.stream_data(stream, PACKET) {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
        other => Ok(other.ok().and_then(|data| String::from_utf8(data).ok())),
    }
}

fn parsed(text: &str) -> Option<roxmltree::Document<'_>> {
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..Default::default() };
    roxmltree::Document::parse_with_options(text.trim(), options).ok()
}

fn is_data_element(node: roxmltree::Node<'_, '_>) -> bool {
    node.tag_name().name() == DATA && node.tag_name().namespace() == Some(DATA_NAMESPACE)
}

/// A well-formed data packet by its root.
fn is_data(text: &str) -> bool {
    parsed(text).is_some_and(|document| is_data_element(document.root_element()))
}

/// Whether two forms written as one packet differ in their data alone.
fn same_but_for_data(before: &str, after: &str) -> bool {
    let (before, after) = (before.trim(), after.trim());
    without_data(before).is_some_and(|text| without_data(after) == Some(text))
}

/// The text around the one data packet.
fn without_data(text: &str) -> Option<(&str, &str)> {
    let document = parsed(text)?;
    let mut data = document.root_element().children().filter(|node| is_data_element(*node));
    let (Some(range), None) = (data.next().map(|node| node.range()), data.next()) else { return None };
    Some((text.get(..range.start)?, text.get(range.end..)?))
}

#[cfg(test)]
mod tests {
    use crate::verify::changes::xfa::{is_data, same_but_for_data};

    #[test]
    fn only_the_data_packet_may_differ() {
        let data = |value: &str| {
            format!("<xfa:datasets xmlns:xfa='http://www.xfa.org/schema/xfa-data/1.0/'>{value}</xfa:datasets>")
        };
        assert!(is_data(&data("<xfa:data><a>1</a></xfa:data>")));
        assert!(!is_data("<datasets/>"));
        assert!(!is_data("<template xmlns='http://www.xfa.org/schema/xfa-template/3.3/'/>"));
        assert!(!is_data(&format!("<!DOCTYPE x [<!ENTITY e 'x'>]>{}", data("&e;"))));
        let whole = |template: &str, value: &str| format!("<xdp><template>{template}</template>{}</xdp>", data(value));
        assert!(same_but_for_data(&whole("t", "1"), &whole("t", "2")));
        assert!(!same_but_for_data(&whole("t", "1"), &whole("u", "1")));
        assert!(!same_but_for_data("<xdp/>", "<xdp><a/></xdp>"));
    }
}
