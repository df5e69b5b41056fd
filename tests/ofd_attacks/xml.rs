//! 19 to 30: the XML.

use crate::case::Wanted::{Doubt, Failed, Refused};
use crate::case::{Case, On, Stage, case};
use crate::forge::{LIST, XML, resign};

/// The files that a verifier reads.
const FILES: [&str; 6] =
    ["OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml", "Doc_0/Pages/Page_0/Content.xml", LIST, XML];

/// The file of this number with its text changed, and Signature.xml signed again where it is that one.
fn changed(s: &Stage<'_>, file: usize, change: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut zip = s.zip();
    let text = zip.text(FILES[file]);
    zip.put(FILES[file], &change(&text));
    zip.build()
}

fn dtd(s: &Stage<'_>, file: usize, subset: &str) -> Vec<u8> {
    changed(s, file, |text| {
        let (declaration, rest) = text.split_once("?>").unwrap();
        format!("{declaration}?><!DOCTYPE a {subset}>{rest}").into_bytes()
    })
}

/// Signature.xml with one text in place of another, signed again by its own signer.
fn signed_again(s: &Stage<'_>, from: &str, to: &str) -> Vec<u8> {
    let mut zip = s.zip();
    zip.edit(XML, from, to);
    resign(&mut zip, s, |_| ());
    zip.build()
}

/// What stands between two texts of Signature.xml, these included.
fn part(s: &Stage<'_>, from: &str, to: &str) -> String {
    let text = s.zip.text(XML);
    let start = text.find(from).unwrap();
    let end = text[start..].find(to).unwrap() + start + to.len();
    text[start..end].to_owned()
}

pub fn cases() -> Vec<Case> {
    let mut all = refusals();
    all.extend(readings());
    all
}

fn refusals() -> Vec<Case> {
    vec![
        case(19, "DOCTYPE in OFD.xml", On::All, |s| dtd(s, 0, ""), Refused("XML_DTD")),
        case(19, "DOCTYPE in Document.xml", On::All, |s| dtd(s, 1, ""), Refused("XML_DTD")),
        case(19, "DOCTYPE in a resource list", On::All, |s| dtd(s, 2, ""), Refused("XML_DTD")),
        case(19, "DOCTYPE in a page", On::All, |s| dtd(s, 3, ""), Refused("XML_DTD")),
        case(19, "DOCTYPE in Signatures.xml", On::All, |s| dtd(s, 4, ""), Refused("XML_DTD")),
        case(19, "DOCTYPE in Signature.xml", On::All, |s| dtd(s, 5, ""), Refused("XML_DTD")),
        case(
            20,
            "billion laughs",
            On::All,
            |s| {
                let mut subset = String::from("[<!ENTITY a0 'ha'>");
                for n in 1..40 {
                    let of = format!("&a{};", n - 1).repeat(10);
                    subset.push_str(&format!("<!ENTITY a{n} '{of}'>"));
                }
                dtd(s, 5, &format!("{subset}]"))
            },
            Refused("XML_DTD"),
        ),
        case(
            21,
            "quadratic blow-up",
            On::All,
            |s| dtd(s, 4, &format!("[<!ENTITY a '{}'>]", "a".repeat(200_000))),
            Refused("XML_DTD"),
        ),
        case(
            22,
            "an entity from a file",
            On::All,
            |s| dtd(s, 5, "[<!ENTITY a SYSTEM 'file:///etc/passwd'>]"),
            Refused("XML_DTD"),
        ),
        case(
            23,
            "an entity from the network",
            On::All,
            |s| dtd(s, 5, "[<!ENTITY a SYSTEM 'http://127.0.0.1:9/'>]"),
            Refused("XML_DTD"),
        ),
        case(
            23,
            "a subset from the network",
            On::All,
            |s| dtd(s, 0, "SYSTEM 'http://127.0.0.1:9/a.dtd'"),
            Refused("XML_DTD"),
        ),
        case(
            24,
            "a page nested 200 deep",
            On::All,
            |s| {
                changed(s, 3, |text| {
                    text.replace("</ofd:Page>", &format!("{}{}</ofd:Page>", "<a>".repeat(200), "</a>".repeat(200)))
                        .into_bytes()
                })
            },
            Refused("LIMIT_REACHED"),
        ),
        case(
            24,
            "Signature.xml nested 100 000 deep",
            On::All,
            |s| {
                changed(s, 5, |text| {
                    let deep = format!("{}{}</ofd:Signature>", "<a>".repeat(100_000), "</a>".repeat(100_000));
                    text.replace("</ofd:Signature>", &deep).into_bytes()
                })
            },
            Refused("LIMIT_REACHED"),
        ),
        case(
            25,
            "an attribute twice",
            On::All,
            |s| changed(s, 4, |text| text.replace("BaseLoc=", "BaseLoc=\"/x\" BaseLoc=").into_bytes()),
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            25,
            "FileRef twice",
            On::All,
            |s| changed(s, 5, |text| text.replacen("FileRef=", "FileRef=\"/x\" FileRef=", 1).into_bytes()),
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            26,
            "UTF-16",
            On::All,
            |s| {
                changed(s, 5, |text| {
                    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
                })
            },
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            26,
            "UTF-7",
            On::All,
            |s| changed(s, 5, |text| text.replace("UTF-8", "UTF-7").into_bytes()),
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            26,
            "overlong UTF-8",
            On::All,
            |s| {
                changed(s, 5, |text| {
                    let mut bytes = text.as_bytes().to_vec();
                    let at = text.find("<ofd:SignedInfo>").unwrap();
                    bytes.splice(at..at, *b"\xc0\xbc");
                    bytes
                })
            },
            Refused("DOCUMENT_MALFORMED"),
        ),
    ]
}

fn readings() -> Vec<Case> {
    vec![
        case(
            27,
            "two SignedInfo",
            On::All,
            |s| {
                let info = part(s, "<ofd:SignedInfo>", "</ofd:SignedInfo>");
                signed_again(s, "<ofd:SignedValue>", &format!("{info}<ofd:SignedValue>"))
            },
            Failed("SIGNATURE_XML_AMBIGUOUS"),
        ),
        case(
            27,
            "a second SignedInfo in a wrapper",
            On::All,
            |s| {
                let info = part(s, "<ofd:SignedInfo>", "</ofd:SignedInfo>");
                signed_again(s, "<ofd:SignedInfo>", &format!("<ofd:Object>{info}</ofd:Object><ofd:SignedInfo>"))
            },
            Failed("SIGNATURE_XML_AMBIGUOUS"),
        ),
        case(
            27,
            "two References",
            On::All,
            |s| {
                let list = part(s, "<ofd:References ", "</ofd:References>");
                signed_again(s, "</ofd:References>", &format!("</ofd:References>{list}"))
            },
            Failed("SIGNATURE_XML_AMBIGUOUS"),
        ),
        case(
            27,
            "two SignedValue",
            On::All,
            |s| signed_again(s, "</ofd:SignedValue>", "</ofd:SignedValue><ofd:SignedValue>/x</ofd:SignedValue>"),
            Failed("SIGNATURE_XML_AMBIGUOUS"),
        ),
        case(
            28,
            "another namespace in Signature.xml",
            On::All,
            |s| signed_again(s, "http://www.ofdspec.org/2016", "http://www.example.org/2016"),
            Doubt("NAMESPACE_UNKNOWN"),
        ),
        case(
            28,
            "another namespace in Signatures.xml",
            On::Open,
            |s| {
                s.with(|zip| {
                    zip.edit(LIST, "http://www.ofdspec.org/2016", "http://www.example.org/2016");
                })
            },
            Doubt("NAMESPACE_UNKNOWN"),
        ),
        case(
            29,
            "a comment in CheckValue",
            On::All,
            |s| signed_again(s, "<ofd:CheckValue>", "<ofd:CheckValue><!-- -->"),
            Failed("SIGNATURE_XML_SUSPICIOUS"),
        ),
        case(
            29,
            "a comment amid CheckValue",
            On::All,
            |s| signed_again(s, "=</ofd:CheckValue>", "<!-- -->=</ofd:CheckValue>"),
            Failed("SIGNATURE_XML_SUSPICIOUS"),
        ),
        case(
            29,
            "CDATA in CheckValue",
            On::All,
            |s| {
                let value = part(s, "<ofd:CheckValue>", "</ofd:CheckValue>");
                let inner = value.replace("<ofd:CheckValue>", "").replace("</ofd:CheckValue>", "");
                signed_again(s, &value, &format!("<ofd:CheckValue><![CDATA[{inner}]]></ofd:CheckValue>"))
            },
            Failed("SIGNATURE_XML_SUSPICIOUS"),
        ),
        case(
            30,
            "a processing instruction in Signature.xml",
            On::All,
            |s| signed_again(s, "<ofd:SignedInfo>", "<?x y?><ofd:SignedInfo>"),
            Failed("SIGNATURE_XML_SUSPICIOUS"),
        ),
        case(
            30,
            "XInclude in Signature.xml",
            On::All,
            |s| {
                signed_again(
                    s,
                    "<ofd:SignedInfo>",
                    "<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"/OFD.xml\"/><ofd:SignedInfo>",
                )
            },
            Failed("SIGNATURE_XML_SUSPICIOUS"),
        ),
        case(
            30,
            "a processing instruction in Signatures.xml",
            On::Open,
            |s| {
                s.with(|zip| {
                    zip.edit(LIST, "<ofd:MaxSignId>", "<?x y?><ofd:MaxSignId>");
                })
            },
            Failed("SIGNATURE_XML_SUSPICIOUS"),
        ),
        case(
            30,
            "XInclude in Signatures.xml",
            On::Open,
            |s| {
                s.with(|zip| {
                    let include =
                        "<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"/OFD.xml\"/><ofd:MaxSignId>";
                    zip.edit(LIST, "<ofd:MaxSignId>", include);
                })
            },
            Failed("SIGNATURE_XML_SUSPICIOUS"),
        ),
    ]
}
