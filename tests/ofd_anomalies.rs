//! Hostile and odd XML in OFD packages, each with what is found.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use eseal::container::{DosTime, EntryPath, NewEntry, Package, Rewrite};
use eseal::limits::Budget;
use eseal::ofd::{Document, EntryFault, OfdError};
use eseal::source::Bytes;

const SIGNATURE: &str = r#"<o:Signature xmlns:o="http://www.ofdspec.org/2016"><o:SignedInfo><o:Provider ProviderName="p"/><o:SignatureMethod>1.2</o:SignatureMethod><o:References CheckMethod="SM3"><o:Reference FileRef="/OFD.xml"><o:CheckValue>AAAA</o:CheckValue></o:Reference></o:References></o:SignedInfo><o:SignedValue>SignedValue.dat</o:SignedValue></o:Signature>"#;
const LIST: &str = r#"<o:Signatures xmlns:o="http://www.ofdspec.org/2016"><o:Signature ID="1" BaseLoc="S/Signature.xml"/></o:Signatures>"#;

/// The sample notice with these files added or changed, and a list of signatures.
fn open(files: &[(&str, &str)]) -> Result<Document, OfdError> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/notice.ofd");
    let budget = Budget::default();
    let package = Package::open(Bytes::shared(std::fs::read(path).unwrap()), &budget).unwrap();
    let mut rewrite = Rewrite::new(&package).unwrap();
    let root = package.read(package.get(&EntryPath::parse("OFD.xml").unwrap()).unwrap(), &budget).unwrap();
    let root = String::from_utf8(root).unwrap();
    let root = root.replace("</ofd:DocRoot>", "</ofd:DocRoot><ofd:Signatures>Signatures.xml</ofd:Signatures>");
    let mut all = vec![
        ("OFD.xml", root.as_str()),
        ("Signatures.xml", LIST),
        ("S/Signature.xml", SIGNATURE),
        ("S/SignedValue.dat", "v"),
    ];
    for (name, text) in files {
        all.retain(|(other, _)| other != name);
        all.push((name, text));
    }
    for (name, text) in all.into_iter().filter(|(_, text)| !text.is_empty()) {
        let path = EntryPath::parse(name).unwrap();
        let entry = NewEntry { path: path.clone(), bytes: text.as_bytes().to_vec(), modified: DosTime::FIRST };
        if package.get(&path).is_some() { rewrite.replace(entry).unwrap() } else { rewrite.add(entry).unwrap() }
    }
    Document::open(rewrite.finish().unwrap().as_source(), &budget)
}

/// The codes of what is odd about the one signature, whose XML is changed like this.
fn codes(from: &str, to: &str) -> Vec<&'static str> {
    assert!(from.is_empty() || SIGNATURE.contains(from));
    let document = open(&[("S/Signature.xml", &SIGNATURE.replace(from, to))]).unwrap();
    let entry = &document.bodies()[0].signatures().unwrap().entries()[0];
    entry.content.as_ref().unwrap().anomalies.iter().map(|anomaly| anomaly.code()).collect()
}

#[test]
fn an_ordinary_signature_has_no_anomaly() {
    assert_eq!(codes("", ""), [""; 0]);
}

#[test]
fn two_readings_are_found() {
    let info = &SIGNATURE[SIGNATURE.find("<o:SignedInfo>").unwrap()..SIGNATURE.find("<o:SignedValue>").unwrap()];
    assert!(codes("<o:SignedValue>", &format!("{info}<o:SignedValue>")).contains(&"SIGNATURE_XML_AMBIGUOUS"));
    assert!(
        codes("<o:SignedValue>", &format!("<o:Wrapper>{info}</o:Wrapper><o:SignedValue>"))
            .contains(&"SIGNATURE_XML_AMBIGUOUS")
    );
    assert_eq!(codes("</o:SignedInfo>", "<o:References/></o:SignedInfo>"), ["SIGNATURE_XML_AMBIGUOUS"]);
    assert_eq!(
        codes("</o:CheckValue>", "</o:CheckValue><o:CheckValue>BBBB</o:CheckValue>"),
        ["SIGNATURE_XML_AMBIGUOUS"]
    );
    let twice = r#"</o:Reference><o:Reference FileRef="OFD.xml"><o:CheckValue>BBBB</o:CheckValue></o:Reference>"#;
    assert!(codes("</o:Reference>", twice).contains(&"REFERENCE_REPEATED"));
}

#[test]
fn hidden_and_active_content_is_found() {
    for text in ["AA<!-- -->AA", "<![CDATA[AAAA]]>", "AA<?x y?>AA", "AA<b/>AA"] {
        assert!(codes("AAAA", text).contains(&"SIGNATURE_XML_SUSPICIOUS"), "{text}");
    }
    assert_eq!(codes("<o:SignedInfo>", "<?x y?><o:SignedInfo>"), ["SIGNATURE_XML_SUSPICIOUS"]);
    let include = r#"<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/OFD.xml"/><o:SignedInfo>"#;
    assert_eq!(codes("<o:SignedInfo>", include), ["SIGNATURE_XML_SUSPICIOUS"]);
}

#[test]
fn references_that_cover_nothing_are_found() {
    let reference = &SIGNATURE[SIGNATURE.find("<o:Reference ").unwrap()..SIGNATURE.find("</o:References>").unwrap()];
    assert_eq!(codes(reference, ""), ["NO_REFERENCES"]);
    assert_eq!(codes("/OFD.xml", "/nowhere.xml"), ["REFERENCE_MISSING"]);
    assert_eq!(codes("/OFD.xml", "../../../etc/passwd"), ["REFERENCE_OUTSIDE"]);
    assert_eq!(codes("/OFD.xml", "..\\OFD.xml"), ["ZIP_ODDITY"]);
    assert_eq!(codes("ofdspec.org/2016", "ofdspec.example"), ["NAMESPACE_UNKNOWN"]);
    assert_eq!(codes("ofdspec.org/2016", "ofdspec.org"), [""; 0]);
}

#[test]
fn hostile_xml_refuses_the_package_wherever_it_is() {
    let dtd = |xml: &str| format!("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>{xml}");
    for (name, xml) in [
        ("S/Signature.xml", SIGNATURE),
        ("Signatures.xml", LIST),
        ("OFD.xml", "<OFD/>"),
        ("Doc_0/Document.xml", "<Document/>"),
    ] {
        assert_eq!(open(&[(name, &dtd(xml))]).unwrap_err().code(), "XML_DTD", "{name}");
    }
    // Files that are read only when the whole document is walked.
    for name in ["Doc_0/Pages/Page_0/Content.xml", "Doc_0/PublicRes.xml"] {
        let document = open(&[(name, &dtd("<a/>"))]).unwrap();
        assert_eq!(document.reachable(&Budget::default()).unwrap_err().code(), "XML_DTD", "{name}");
    }
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    assert_eq!(open(&[("S/Signature.xml", &deep)]).unwrap_err().code(), "LIMIT_REACHED");
}

#[test]
fn a_signature_that_cannot_be_read_is_a_fault_of_its_own() {
    let fault = |files: &[(&str, &str)]| {
        let document = open(files).unwrap();
        document.bodies()[0].signatures().unwrap().entries()[0].content.as_ref().unwrap_err().clone()
    };
    assert!(matches!(fault(&[("S/Signature.xml", "<a")]), EntryFault::Xml(_)));
    assert_eq!(fault(&[("S/Signature.xml", "<a/>")]), EntryFault::ElementMissing("Signature"));
    assert_eq!(fault(&[("S/Signature.xml", "")]), EntryFault::Missing);
}

#[test]
fn signature_files_that_no_list_names_are_found() {
    let budget = Budget::default();
    let hidden = |files: &[(&str, &str)]| {
        let document = open(files).unwrap();
        let reach = document.reachable(&budget).unwrap();
        reach.unlisted(&document).map(|path| path.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(hidden(&[]), [""; 0]);
    let empty = r#"<o:Signatures xmlns:o="http://www.ofdspec.org/2016"/>"#;
    assert_eq!(hidden(&[("Signatures.xml", empty)]), ["S/Signature.xml", "S/SignedValue.dat"]);
    assert_eq!(hidden(&[("Signatures.xml", "")]), ["S/Signature.xml", "S/SignedValue.dat"]);
}

#[test]
fn other_kinds_of_files_are_told_apart() {
    assert!(matches!(open(&[("OFD.xml", "<OPF/>")]).unwrap_err(), OfdError::NotOfd));
    assert!(matches!(open(&[("OFD.xml", "<OFD/>")]).unwrap_err(), OfdError::ElementMissing { .. }));
    let encrypted = "<OFD><DocBody><DocRoot>a</DocRoot></DocBody><Encryptions>e</Encryptions></OFD>";
    assert!(matches!(open(&[("OFD.xml", encrypted)]).unwrap_err(), OfdError::Encrypted));
    let lost = "<OFD><DocBody><DocRoot>a</DocRoot></DocBody></OFD>";
    assert!(matches!(open(&[("OFD.xml", lost)]).unwrap_err(), OfdError::FileMissing { .. }));
}
