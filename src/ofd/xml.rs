//! XML read strictly: UTF-8 (or GBK where declared), no DTD, bounded depth and size. roxmltree parses; the limits are
//! ours.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};
use roxmltree::{Node, ParsingOptions};

use crate::container::EntryPath;
use crate::limits::XML_DEPTH;
use crate::ofd::error::{Note, NoteKind, XmlFault, add_note};

/// Namespace of GB/T 33190-2016 (7.2).
pub(crate) const NAMESPACE: &str = "http://www.ofdspec.org/2016";
/// Namespace of the drafts before it; makers use it to this day.
const NAMESPACE_OLD: &str = "http://www.ofdspec.org";
/// Largest XML file: 32 MiB. The largest page of the sample documents has 0.2 MiB.
pub(crate) const XML_BYTES: u64 = 32 << 20;
/// Most nodes of one file: 2 million, twice what 32 MiB of dense page content have.
const NODES: u32 = 2_000_000;

/// The text of an XML file without its byte order mark. UTF-8 is taken, and GBK where it is declared: some makers write
/// it, and no byte of its double characters is a mark of XML, so that both readings have the same elements. Any other
/// declaration must not matter, the file being ASCII (an XML reader must take UTF-16 too; in OFD it only ever hid
/// something).
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, XmlFault> {
    let head = bytes.get(..bytes.len().min(DECLARATION)).unwrap_or_default();
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let encoding = match declared_encoding(head.trim_start_matches("\u{ef}\u{bb}\u{bf}")) {
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or(XmlFault::NotUtf8)?,
        None => UTF_8,
    };
    if encoding == UTF_8 || (bytes.is_ascii() && encoding.is_ascii_compatible()) {
        let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::NotUtf8)?;
        return Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)));
    }
    if encoding != GBK && encoding != GB18030 {
        return Err(XmlFault::NotUtf8);
    }
    encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or(XmlFault::NotUtf8)
}

/// The bytes of a text that was [`text`] of a file once: in the encoding that it declares.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let label = declared_encoding(text).unwrap_or("utf-8");
    let encoding = Encoding::for_label(label.as_bytes())?;
    if text.is_ascii() || encoding == UTF_8 {
        return Some(text.as_bytes().to_vec());
    }
    let (bytes, _, unmappable) = encoding.encode(text);
    (!unmappable).then(|| bytes.into_owned())
}

/// As far as an XML declaration is looked for.
const DECLARATION: usize = 256;

/// The encoding of the XML declaration.
fn declared_encoding(text: &str) -> Option<&str> {
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// Parses a text.
pub(crate) fn parse(text: &str) -> Result<roxmltree::Document<'_>, XmlFault> {
    if text.len() as u64 > XML_BYTES {
        return Err(XmlFault::TooLarge);
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => XmlFault::Dtd,
        roxmltree::Error::NodesLimitReached => XmlFault::TooManyNodes,
        roxmltree::Error::DuplicatedAttribute(..) | roxmltree::Error::DuplicatedNamespace(..) => {
            XmlFault::DuplicateAttribute
        }
        error => XmlFault::Malformed { line: error.pos().row },
    })?;
    if is_too_deep(&document) { Err(XmlFault::TooDeep) } else { Ok(document) }
}

/// Depth by walking, without recursion.
fn is_too_deep(document: &roxmltree::Document<'_>) -> bool {
    let mut depth = 0_u32;
    let mut node = document.root();
    loop {
        if let Some(child) = node.first_child() {
            depth = depth.saturating_add(1);
            if depth > XML_DEPTH.saturating_add(1) {
                return true;
            }
            node = child;
            continue;
        }
        while node.next_sibling().is_none() {
            match node.parent() {
                Some(parent) => node = parent,
                None => return false,
            }
            depth = depth.saturating_sub(1);
        }
        match node.next_sibling() {
            Some(next) => node = next,
            None => return false,
        }
    }
}

/// The element children of this local name, whatever their namespace: makers disagree about it, and an element of a
/// foreign namespace must not hide from the count.
pub(crate) fn children<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The first element child of this local name.
pub(crate) fn child<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// All text below an element, trimmed: roxmltree's `text` would stop at a comment.
pub(crate) fn content(node: Node<'_, '_>) -> String {
    let all: String = node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
    all.trim().to_owned()
}

/// The trimmed text of the first child of this name, where it is not empty.
pub(crate) fn child_text(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    child(node, name).map(content).filter(|text| !text.is_empty())
}

/// Four numbers separated by white space (ST_Box, GB/T 33190-2016 7.3).
pub(crate) fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let values: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    <[f64; N]>::try_from(values).ok().filter(|values| values.iter().all(|value| value.is_finite()))
}

/// Notes a namespace that is not today's, and an encoding that is not the standard's.
pub(crate) fn note_namespace(node: Node<'_, '_>, file: &EntryPath, notes: &mut Vec<Note>) {
    let declared = declared_encoding(node.document().input_text());
    if let Some(label) = declared.filter(|label| Encoding::for_label(label.as_bytes()) != Some(UTF_8)) {
        add_note(notes, NoteKind::Encoding, file, label);
    }
    let namespace = node.tag_name().namespace().unwrap_or("");
    let kind = match namespace {
        NAMESPACE => return,
        NAMESPACE_OLD => NoteKind::NamespaceOld,
        _ => NoteKind::NamespaceUnknown,
    };
    add_note(notes, kind, file, namespace);
}

/// Whether the text of this element hides something: a comment, CDATA, a processing instruction or child elements.
pub(crate) fn is_not_plain(node: Node<'_, '_>) -> bool {
    let raw = node.document().input_text().get(node.range()).unwrap_or("");
    node.children().any(|child| !child.is_text()) || raw.contains("<!") || raw.contains("<?")
}

#[cfg(test)]
mod tests {
    use crate::ofd::error::XmlFault;
    use crate::ofd::xml::{bytes, parse, text};

    fn fault(bytes: &[u8]) -> Option<XmlFault> {
        text(bytes).and_then(|text| parse(&text).map(|_| ())).err()
    }

    #[test]
    fn what_could_hide_something_is_refused() {
        assert_eq!(fault(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), Some(XmlFault::Dtd));
        assert_eq!(fault(b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), Some(XmlFault::Dtd));
        assert_eq!(fault(b"<a b='1' b='2'/>"), Some(XmlFault::DuplicateAttribute));
        assert_eq!(fault(b"\xff\xfe<\0a\0/\0>\0"), Some(XmlFault::NotUtf8));
        assert_eq!(fault(b"<?xml version='1.0' encoding='UTF-7'?><a/>"), Some(XmlFault::NotUtf8));
        assert_eq!(fault(b"<a>\xc0\xaf</a>"), Some(XmlFault::NotUtf8));
        assert_eq!(fault(b"<a>&undefined;</a>"), Some(XmlFault::Malformed { line: 1 }));
        assert_eq!(fault(b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a/>"), None);
    }

    #[test]
    fn gbk_is_read_where_it_is_declared() {
        let gbk = |label: &str| {
            let mut bytes = format!("<?xml version='1.0' encoding='{label}'?><a b='").into_bytes();
            bytes.extend_from_slice(b"\xd7\xdc'>\xd2\xbb\x81\x5c</a>");
            bytes
        };
        for label in ["GBK", "gb2312", "GB18030"] {
            let file = gbk(label);
            let read = text(&file).unwrap();
            let tree = parse(&read).unwrap();
            assert_eq!(tree.root_element().attribute("b"), Some("总"));
            assert_eq!(tree.root_element().text(), Some("一乗"));
            assert_eq!(bytes(&read).unwrap(), file);
        }
        for label in ["UTF-8", "Big5", "iso-8859-1", "utf-16", "unheard-of"] {
            assert_eq!(fault(&gbk(label)), Some(XmlFault::NotUtf8), "{label}");
        }
        // Half a double character, and one that GBK does not have.
        assert_eq!(fault(b"<?xml version='1.0' encoding='GBK'?><a>\xd7</a>"), Some(XmlFault::NotUtf8));
        // All ASCII: one reading, whatever is declared.
        for label in ["us-ascii", "ISO-8859-1", "GBK", "windows-1252"] {
            assert_eq!(fault(format!("<?xml version='1.0' encoding='{label}'?><a/>").as_bytes()), None, "{label}");
        }
        for label in ["utf-7", "utf-16", "iso-2022-jp", "x"] {
            let file = format!("<?xml version='1.0' encoding='{label}'?><a/>");
            assert_eq!(fault(file.as_bytes()), Some(XmlFault::NotUtf8), "{label}");
        }
    }

    #[test]
    fn depth_ends_at_128() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert_eq!(fault(nested(128).as_bytes()), None);
        assert_eq!(fault(nested(130).as_bytes()), Some(XmlFault::TooDeep));
        assert_eq!(fault(nested(500_000).as_bytes()), Some(XmlFault::TooDeep));
        assert!(fault("<a>".repeat(500_000).as_bytes()).is_some());
    }
}
