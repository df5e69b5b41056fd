//! The smallest text edits of OFD.xml and Signatures.xml: everything that is not added stays byte for byte.

use roxmltree::Node;

use crate::container::EntryPath;
use crate::ofd::error::XmlFault;
use crate::ofd::signature::SignatureKind;
use crate::ofd::write::kind_name;
use crate::ofd::xml;

/// OFD.xml with a Signatures element in the DocBody of this index, after DocRoot and Versions, where the schema has it
/// (GB/T 33190-2016 7.4). Nothing where there is no such DocBody.
pub(crate) fn add_signatures_element(bytes: &[u8], body: usize, list: &EntryPath) -> Result<Option<Vec<u8>>, XmlFault> {
    let text = xml::text(bytes)?;
    let tree = xml::parse(&text)?;
    let Some(node) = xml::children(tree.root_element(), "DocBody").nth(body) else { return Ok(None) };
    // An element that names nothing is filled.
    if let Some(empty) = xml::children(node, "Signatures").next() {
        let name = qualified(empty, &text);
        let element = format!("<{name}>{}</{name}>", escape(&list.absolute()));
        return Ok(splice(bytes, &text, &[(empty.range().start, empty.range().end, element)]));
    }
    let after = xml::children(node, "Versions").last().or(xml::children(node, "DocRoot").last());
    let Some(after) = after else { return Ok(None) };
    let prefix = prefix(after);
    let element = format!("<{prefix}Signatures>{}</{prefix}Signatures>", escape(&list.absolute()));
    Ok(splice(bytes, &text, &[(after.range().end, after.range().end, element)]))
}

/// Signatures.xml with one more signature and its MaxSignId raised; a list without MaxSignId stays without (it is
/// optional, GB/T 33190-2016 18.1).
pub(crate) fn add_signature(
    bytes: &[u8],
    id: &str,
    max_id: &str,
    kind: SignatureKind,
    signature: &EntryPath,
) -> Result<Option<Vec<u8>>, XmlFault> {
    let text = xml::text(bytes)?;
    let tree = xml::parse(&text)?;
    let top = tree.root_element();
    let prefix = prefix(top);
    let location = escape(&signature.absolute());
    let element =
        format!("<{prefix}Signature ID=\"{}\" Type=\"{}\" BaseLoc=\"{location}\"/>", escape(id), kind_name(kind));
    let mut edits = Vec::new();
    if let Some(last) = xml::children(top, "Signature").last() {
        edits.push((last.range().end, last.range().end, element));
    } else if let Some(last) = xml::children(top, "MaxSignId").last() {
        edits.push((last.range().end, last.range().end, element));
    } else {
        edits.push(inside_empty(top, &text, &element)?);
    }
    if let Some(content) = xml::children(top, "MaxSignId").last().and_then(|node| node.first_child()) {
        edits.push((content.range().start, content.range().end, escape(max_id)));
    }
    Ok(splice(bytes, &text, &edits))
}

/// Signatures.xml without its signature of this index, and with the MaxSignId that it had before. Nothing where there is
/// no such signature.
pub(crate) fn remove_signature(bytes: &[u8], index: usize, max_id: &str) -> Result<Option<Vec<u8>>, XmlFault> {
    let text = xml::text(bytes)?;
    let tree = xml::parse(&text)?;
    let top = tree.root_element();
    let Some(node) = xml::children(top, "Signature").nth(index) else { return Ok(None) };
    let mut edits = vec![(node.range().start, node.range().end, String::new())];
    if let Some(content) = xml::children(top, "MaxSignId").last().and_then(|node| node.first_child()) {
        edits.push((content.range().start, content.range().end, escape(max_id)));
    }
    Ok(splice(bytes, &text, &edits))
}

/// OFD.xml without the Signatures elements of these bodies.
pub(crate) fn remove_signatures_elements(bytes: &[u8], bodies: &[usize]) -> Result<Option<Vec<u8>>, XmlFault> {
    let text = xml::text(bytes)?;
    let tree = xml::parse(&text)?;
    let all = xml::children(tree.root_element(), "DocBody").enumerate();
    let meant = all.filter(|(index, _)| bodies.contains(index)).flat_map(|(_, body)| xml::children(body, "Signatures"));
    let edits: Vec<_> = meant.map(|node| (node.range().start, node.range().end, String::new())).collect();
    Ok(splice(bytes, &text, &edits))
}

/// The edit that puts an element into one without element children, `<a/>` or `<a></a>`.
fn inside_empty(node: Node<'_, '_>, text: &str, element: &str) -> Result<(usize, usize, String), XmlFault> {
    let malformed = XmlFault::Malformed { line: 1 };
    let range = node.range();
    let raw = text.get(range.clone()).ok_or(malformed)?;
    if raw.ends_with("/>") {
        let name = qualified(node, text);
        return Ok((range.end.saturating_sub(2), range.end, format!(">{element}</{name}>")));
    }
    let close = raw.rfind("</").ok_or(malformed)?;
    let at = range.start.saturating_add(close);
    Ok((at, at, element.to_owned()))
}

/// The name of an element as written, prefix included.
fn qualified<'i>(node: Node<'_, 'i>, text: &'i str) -> &'i str {
    let raw = text.get(node.range()).unwrap_or("");
    let raw = raw.strip_prefix('<').unwrap_or(raw);
    raw.split([' ', '\t', '\r', '\n', '>', '/']).next().unwrap_or("")
}

/// The prefix of an element as written, with its colon: what is added beside it gets the same namespace.
fn prefix(node: Node<'_, '_>) -> String {
    let name = qualified(node, node.document().input_text());
    name.split_once(':').map(|(prefix, _)| format!("{prefix}:")).unwrap_or_default()
}

/// Applies edits, given as ranges of `text`, to the bytes, of which `text` is all but a byte order mark. A file in another
/// encoding is written in it again, where that gives the same bytes for what stays.
fn splice(bytes: &[u8], text: &str, edits: &[(usize, usize, String)]) -> Option<Vec<u8>> {
    let plain = bytes.ends_with(text.as_bytes());
    let mark = if plain { bytes.len().checked_sub(text.len())? } else { 0 };
    let mut sorted: Vec<_> = edits.iter().collect();
    sorted.sort_by_key(|(start, ..)| *start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, new) in sorted {
        out.push_str(text.get(at..*start)?);
        out.push_str(new);
        at = *end;
    }
    out.push_str(text.get(at..)?);
    if plain {
        return Some([bytes.get(..mark)?, out.as_bytes()].concat());
    }
    (xml::bytes(text)? == bytes).then(|| xml::bytes(&out)).flatten()
}

fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use crate::container::EntryPath;
    use crate::ofd::edit::{add_signature, add_signatures_element, remove_signature, remove_signatures_elements};
    use crate::ofd::signature::SignatureKind;

    fn path(text: &str) -> EntryPath {
        EntryPath::parse(text).unwrap()
    }

    fn edited(list: &str) -> String {
        let bytes = add_signature(list.as_bytes(), "s3", "s4", SignatureKind::Seal, &path("D/S.xml")).unwrap().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_list_grows_by_one_element_and_keeps_its_habits() {
        assert_eq!(
            edited(
                "<o:Signatures xmlns:o='x'><o:Signature ID='s1'></o:Signature>\n<o:MaxSignId>s2</o:MaxSignId></o:Signatures>"
            ),
            "<o:Signatures xmlns:o='x'><o:Signature ID='s1'></o:Signature><o:Signature ID=\"s3\" Type=\"Seal\" BaseLoc=\"/D/S.xml\"/>\n<o:MaxSignId>s4</o:MaxSignId></o:Signatures>"
        );
        assert_eq!(
            edited("\u{feff}<Signatures xmlns='x'/>"),
            "\u{feff}<Signatures xmlns='x'><Signature ID=\"s3\" Type=\"Seal\" BaseLoc=\"/D/S.xml\"/></Signatures>"
        );
        assert_eq!(
            edited("<Signatures>\n</Signatures>"),
            "<Signatures>\n<Signature ID=\"s3\" Type=\"Seal\" BaseLoc=\"/D/S.xml\"/></Signatures>"
        );
    }

    #[test]
    fn what_was_added_is_removed_without_a_trace() {
        for before in [
            "<o:Signatures xmlns:o='x'><o:Signature ID='s1'></o:Signature>\n<o:MaxSignId>s2</o:MaxSignId></o:Signatures>",
            "<o:Signatures xmlns:o='x'><o:MaxSignId>s2</o:MaxSignId>\n<o:Signature ID='s1'/></o:Signatures>",
            "\u{feff}<Signatures><MaxSignId>s2</MaxSignId></Signatures>",
        ] {
            let more = edited(before);
            let index = before.matches("Signature ID").count();
            assert_eq!(remove_signature(more.as_bytes(), index, "s2").unwrap().unwrap(), before.as_bytes());
            assert!(remove_signature(more.as_bytes(), index + 1, "s2").unwrap().is_none());
        }
        let root = "<OFD><DocBody><DocRoot>D</DocRoot></DocBody><DocBody><DocRoot>E</DocRoot></DocBody></OFD>";
        let one = add_signatures_element(root.as_bytes(), 0, &path("D/S")).unwrap().unwrap();
        let two = add_signatures_element(&one, 1, &path("E/S")).unwrap().unwrap();
        assert_eq!(remove_signatures_elements(&two, &[1]).unwrap().unwrap(), one);
        assert_eq!(remove_signatures_elements(&two, &[0, 1]).unwrap().unwrap(), root.as_bytes());
    }

    #[test]
    fn the_root_file_gets_its_element_in_the_right_body() {
        let xml = "<a:OFD xmlns:a='x'><a:DocBody><a:DocRoot>D/1</a:DocRoot></a:DocBody><!-- 二 --><a:DocBody><a:DocRoot>E/1</a:DocRoot></a:DocBody></a:OFD>";
        let bytes = add_signatures_element(xml.as_bytes(), 1, &path("E/Signs/Signatures.xml")).unwrap().unwrap();
        let wanted =
            xml.replace("E/1</a:DocRoot>", "E/1</a:DocRoot><a:Signatures>/E/Signs/Signatures.xml</a:Signatures>");
        assert_eq!(String::from_utf8(bytes).unwrap(), wanted);
        assert!(add_signatures_element(xml.as_bytes(), 2, &path("E/S")).unwrap().is_none());
    }
}
