//! Packages as they are found in the field: forms of ZIP, XML and structure that makers write, each made from the notice
//! by a recipe. Every one is read without an alarm, sealed, sealed again, and both seals hold.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::too_many_lines, reason = "a table of forms is as long as its rows")]

#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use encoding_rs::GBK;
use eseal::crypto::KeyKind;
use eseal::report::{Effect, Indication, Report};

use world::{World, codes, fixture};
use zip::{Entry, Zip};

const ROOT: &str = "OFD.xml";
const DOCUMENT: &str = "Doc_0/Document.xml";
const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";
const RESOURCES: &str = "Doc_0/PublicRes.xml";
const LIST: &str = "Doc_0/Signs/Signatures.xml";
const XMLS: [&str; 4] = [ROOT, DOCUMENT, PAGE, RESOURCES];
const NS: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

/// A form: its name, the codes that have to be told of it when it is sealed, and how it is made.
type Form = (&'static str, &'static [&'static str], fn(&mut Zip));

fn every_xml(zip: &mut Zip, change: impl Fn(String) -> Vec<u8>) {
    for name in XMLS {
        let text = zip.text(name);
        zip.put(name, &change(text));
    }
}

/// Every entry of the ZIP with something changed about its headers.
fn every_entry(zip: &mut Zip, change: impl Fn(Entry) -> Entry) {
    zip.entries = std::mem::take(&mut zip.entries).into_iter().map(change).collect();
}

fn rename(zip: &mut Zip, from: &str, to: &str) {
    for name in zip.names() {
        if let Some(rest) = name.strip_prefix(from) {
            let data = zip.remove(&name);
            zip.put(&format!("{to}{rest}"), &data);
        }
    }
}

/// An element into Document.xml, before its end.
fn into_document(zip: &mut Zip, element: &str) {
    zip.edit(DOCUMENT, "</ofd:Document>", &format!("{element}</ofd:Document>"));
}

fn gbk(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = GBK.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}

/// How the XML is written.
fn xml_forms() -> Vec<Form> {
    vec![
        ("as it is", &[], |_| ()),
        ("another prefix", &[], |zip| {
            every_xml(zip, |text| text.replace("ofd:", "o:").replace("xmlns:ofd", "xmlns:o").into_bytes());
        }),
        ("no prefix", &[], |zip| {
            every_xml(zip, |text| text.replace("ofd:", "").replace("xmlns:ofd", "xmlns").into_bytes());
        }),
        ("the older namespace", &["NAMESPACE_OLD"], |zip| {
            every_xml(zip, |text| text.replace("ofdspec.org/2016", "ofdspec.org").into_bytes());
        }),
        ("the older namespace here and there", &["NAMESPACE_OLD"], |zip| {
            zip.edit(PAGE, "ofdspec.org/2016", "ofdspec.org");
        }),
        ("a byte order mark", &[], |zip| every_xml(zip, |text| format!("\u{feff}{text}").into_bytes())),
        ("no XML declaration", &[], |zip| {
            every_xml(zip, |text| text.split_once("?>").unwrap().1.trim_start().as_bytes().to_vec());
        }),
        ("CR LF and indents", &[], |zip| every_xml(zip, |text| text.replace("><", ">\r\n\t<").into_bytes())),
        ("single quotes", &[], |zip| {
            every_xml(zip, |text| {
                assert!(!text.contains('\''));
                text.replace('"', "'").into_bytes()
            });
        }),
        ("standalone", &[], |zip| {
            every_xml(zip, |text| text.replace("UTF-8\"", "utf-8\" standalone=\"yes\"").into_bytes());
        }),
        ("GBK", &["OFD_STRUCTURE"], |zip| every_xml(zip, |text| gbk(&text.replace("UTF-8", "GBK")))),
        ("GB2312", &["OFD_STRUCTURE"], |zip| every_xml(zip, |text| gbk(&text.replace("UTF-8", "gb2312")))),
        ("a declaration that does not matter", &["OFD_STRUCTURE"], |zip| {
            zip.edit(RESOURCES, "UTF-8", "us-ascii");
            zip.edit(RESOURCES, "FontName=\"宋体\" FamilyName=\"宋体\"", "FontName=\"SimSun\"");
        }),
        ("comments and instructions", &[], |zip| {
            every_xml(zip, |text| {
                let (head, rest) = text.split_once("?>").unwrap();
                format!("{head}?><?maker 1?><!-- 制作 -->{rest}<!-- 完 -->").into_bytes()
            });
            zip.edit(ROOT, "</ofd:DocRoot>", "</ofd:DocRoot><!-- <ofd:Signatures>x</ofd:Signatures> -->");
        }),
        ("attributes and elements of the maker", &[], |zip| {
            zip.edit(ROOT, "<ofd:DocBody>", "<ofd:DocBody xmlns:v=\"urn:v\" v:a=\"1\"><v:Extra>1</v:Extra>");
            zip.edit(DOCUMENT, "<ofd:Pages>", "<ofd:Pages xmlns:v=\"urn:v\" v:total=\"1\">");
        }),
        ("entities of XML in names", &[], |zip| {
            rename(zip, "Doc_0/Pages/", "Doc_0/A&B/");
            zip.edit(DOCUMENT, "Pages/Page_0", "A&amp;B/Page_0");
        }),
        ("custom data in OFD.xml", &[], |zip| {
            let data = "<ofd:CustomDatas><ofd:CustomData Name=\"发票代码\">044</ofd:CustomData></ofd:CustomDatas>";
            zip.edit(ROOT, "</ofd:DocInfo>", &format!("<ofd:ModDate>2026-11-22</ofd:ModDate>{data}</ofd:DocInfo>"));
        }),
    ]
}

/// How places are written.
fn location_forms() -> Vec<Form> {
    vec![
        ("absolute places", &[], |zip| {
            zip.edit(ROOT, ">Doc_0/Document.xml<", ">/Doc_0/Document.xml<");
            zip.edit(DOCUMENT, "BaseLoc=\"Pages", "BaseLoc=\"/Doc_0/Pages");
            zip.edit(DOCUMENT, ">PublicRes.xml<", ">/Doc_0/PublicRes.xml<");
        }),
        ("dots", &[], |zip| {
            zip.edit(ROOT, ">Doc_0/Document.xml<", ">./Doc_0/../Doc_0/Document.xml<");
            zip.edit(DOCUMENT, "BaseLoc=\"Pages", "BaseLoc=\"./Pages");
        }),
        ("backslashes", &["ZIP_ODDITY"], |zip| {
            zip.edit(ROOT, ">Doc_0/Document.xml<", ">Doc_0\\Document.xml<");
            zip.edit(DOCUMENT, "BaseLoc=\"Pages/Page_0/", "BaseLoc=\"Pages\\Page_0\\");
        }),
        ("places from the root without their slash", &["ZIP_ODDITY"], |zip| {
            zip.edit(DOCUMENT, "BaseLoc=\"Pages", "BaseLoc=\"Doc_0/Pages");
        }),
        ("another case", &["ZIP_ODDITY"], |zip| zip.edit(DOCUMENT, "BaseLoc=\"Pages", "BaseLoc=\"PAGES")),
        ("white space around places", &[], |zip| {
            zip.edit(ROOT, ">Doc_0/Document.xml<", ">\r\n  Doc_0/Document.xml\r\n  <");
        }),
        ("ofd.xml in small letters", &["ZIP_ODDITY"], |zip| rename(zip, "OFD.xml", "ofd.xml")),
        ("Chinese folders", &[], |zip| {
            rename(zip, "Doc_0/", "文档_0/");
            zip.edit(ROOT, "Doc_0/Document.xml", "文档_0/Document.xml");
        }),
        ("everything in the root", &[], |zip| {
            rename(zip, "Doc_0/", "");
            zip.edit(ROOT, "Doc_0/Document.xml", "Document.xml");
        }),
        ("a document deep inside", &[], |zip| {
            rename(zip, "Doc_0/", "a/b/c/d/");
            zip.edit(ROOT, "Doc_0/Document.xml", "a/b/c/d/Document.xml");
        }),
    ]
}

/// What documents consist of.
fn structure_forms() -> Vec<Form> {
    vec![
        ("attachments, as electronic invoices have them", &[], |zip| {
            into_document(zip, "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>");
            let list = format!(
                "<ofd:Attachments {NS}><ofd:Attachment ID=\"70\" Name=\"original_invoice\" Format=\"xml\" Visible=\"false\">\
                 <ofd:FileLoc>/Doc_0/Attachs/original_invoice.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>"
            );
            zip.put("Doc_0/Attachs/Attachments.xml", list.as_bytes());
            // An attachment is anybody's XML: in GBK without a declaration, and no OFD at all.
            zip.put("Doc_0/Attachs/original_invoice.xml", &gbk("<eInvoice><发票代码>044</发票代码></eInvoice>"));
        }),
        ("custom tags", &[], |zip| {
            into_document(zip, "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>");
            let list = format!(
                "<ofd:CustomTags {NS}><ofd:CustomTag TypeID=\"0\" NameSpace=\"http://www.edrm.org.cn/schema\">\
                 <ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>"
            );
            zip.put("Doc_0/Tags/CustomTags.xml", list.as_bytes());
            zip.put("Doc_0/Tags/CustomTag.xml", "<e:eInvoice xmlns:e=\"urn:e\"/>".as_bytes());
        }),
        ("annotations with a watermark", &[], |zip| {
            into_document(zip, "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>");
            let list = format!(
                "<ofd:Annotations {NS}><ofd:Page PageID=\"1\"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page>\
                 </ofd:Annotations>"
            );
            zip.put("Doc_0/Annots/Annotations.xml", list.as_bytes());
            let page = format!(
                "<ofd:PageAnnot {NS}><ofd:Annot Type=\"Watermark\" ID=\"71\" Creator=\"a\" LastModDate=\"2026-11-22\">\
                 <ofd:Appearance Boundary=\"0 0 210 297\"/></ofd:Annot></ofd:PageAnnot>"
            );
            zip.put("Doc_0/Annots/Page_0/Annotation.xml", page.as_bytes());
        }),
        ("a template, a picture and a font", &[], |zip| {
            let template =
                "<ofd:TemplatePage ID=\"72\" Name=\"t\" ZOrder=\"Background\" BaseLoc=\"Tpls/Tpl_0/Content.xml\"/>";
            zip.edit(DOCUMENT, "</ofd:CommonData>", &format!("{template}</ofd:CommonData>"));
            zip.put("Doc_0/Tpls/Tpl_0/Content.xml", format!("<ofd:Page {NS}/>").as_bytes());
            let media = "<ofd:MultiMedias><ofd:MultiMedia ID=\"73\" Type=\"Image\"><ofd:MediaFile>a.png</ofd:MediaFile>\
                         </ofd:MultiMedia></ofd:MultiMedias></ofd:Res>";
            zip.edit(RESOURCES, "</ofd:Res>", media);
            let font = "FamilyName=\"宋体\"><ofd:FontFile>f.ttf</ofd:FontFile></ofd:Font>";
            zip.edit(RESOURCES, "FamilyName=\"宋体\"/>", font);
            zip.put("Doc_0/Res/a.png", &world::png());
            zip.put("Doc_0/Res/f.ttf", b"font");
        }),
        ("resources of a page", &[], |zip| {
            zip.edit(PAGE, "<ofd:Content>", "<ofd:PageRes>PageRes.xml</ofd:PageRes><ofd:Content>");
            zip.put("Doc_0/Pages/Page_0/PageRes.xml", format!("<ofd:Res {NS} BaseLoc=\"Res\"/>").as_bytes());
        }),
        ("extensions", &[], |zip| {
            into_document(zip, "<ofd:Extensions>Extensions.xml</ofd:Extensions>");
            let list = format!(
                "<ofd:Extensions {NS}><ofd:Extension AppName=\"a\" RefId=\"1\"><ofd:ExtendData>ext/data.xml</ofd:ExtendData>\
                 </ofd:Extension></ofd:Extensions>"
            );
            zip.put("Doc_0/Extensions.xml", list.as_bytes());
            zip.put("Doc_0/ext/data.xml", b"<x/>");
        }),
        ("versions", &[], |zip| {
            let versions = "</ofd:DocRoot><ofd:Versions><ofd:Version ID=\"v1\" Index=\"0\" Current=\"true\" BaseLoc=\"Versions/1.xml\"/></ofd:Versions>";
            zip.edit(ROOT, "</ofd:DocRoot>", versions);
            let version = format!(
                "<ofd:DocVersion {NS} ID=\"v1\" Version=\"1\"><ofd:FileList><ofd:File ID=\"f1\">/{DOCUMENT}</ofd:File></ofd:FileList>\
                 <ofd:DocRoot>/{DOCUMENT}</ofd:DocRoot></ofd:DocVersion>"
            );
            zip.put("Versions/1.xml", version.as_bytes());
        }),
        ("a cover", &[], |zip| {
            zip.edit(ROOT, "</ofd:DocInfo>", "<ofd:Cover>Doc_0/cover.png</ofd:Cover></ofd:DocInfo>");
            zip.put("Doc_0/cover.png", &world::png());
        }),
        ("an outline, bookmarks and permissions", &[], |zip| {
            into_document(zip, "<ofd:Permissions><ofd:Edit>false</ofd:Edit></ofd:Permissions><ofd:Bookmarks/>");
        }),
        ("resources that are not there", &["OFD_STRUCTURE"], |zip| drop(zip.remove(RESOURCES))),
        ("annotations that are not there", &["OFD_STRUCTURE"], |zip| {
            into_document(zip, "<ofd:Annotations>Annotations.xml</ofd:Annotations>");
        }),
        ("the size on the page alone", &[], |zip| {
            let area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>";
            zip.edit(DOCUMENT, area, "");
            zip.edit(
                PAGE,
                "<ofd:Content>",
                "<ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area><ofd:Content>",
            );
        }),
        ("a page of its own size, written with fractions", &[], |zip| {
            let area = "<ofd:Area><ofd:PhysicalBox>0.0  0.00 210.0000 297.</ofd:PhysicalBox></ofd:Area><ofd:Content>";
            zip.edit(PAGE, "<ofd:Content>", area);
        }),
        ("a page that is not there", &["OFD_STRUCTURE"], |zip| drop(zip.remove(PAGE))),
        ("a page with characters that XML forbids", &["OFD_STRUCTURE"], |zip| zip.edit(PAGE, "示例市", "示\u{1}例市")),
        ("a page that is cut short", &["OFD_STRUCTURE"], |zip| {
            let text = zip.text(PAGE);
            zip.put(PAGE, &text.as_bytes()[..text.len() - 9]);
        }),
        ("an empty page", &[], |zip| zip.put(PAGE, format!("<ofd:Page {NS}/>").as_bytes())),
        ("identifiers with letters", &[], |zip| zip.edit(DOCUMENT, "ID=\"1\"", "ID=\"page-1\"")),
    ]
}

/// What lists of signatures look like before the first one of ours.
fn list_forms() -> Vec<Form> {
    fn listed(zip: &mut Zip, path: &str, place: &str, list: &str) {
        zip.edit(ROOT, "</ofd:DocRoot>", &format!("</ofd:DocRoot><ofd:Signatures>{place}</ofd:Signatures>"));
        zip.put(path, list.replace("NS", NS).as_bytes());
    }
    vec![
        ("an empty list", &[], |zip| listed(zip, LIST, "/Doc_0/Signs/Signatures.xml", "<ofd:Signatures NS/>")),
        ("an empty list with a highest number", &[], |zip| {
            let list = "<ofd:Signatures NS><ofd:MaxSignId>0</ofd:MaxSignId></ofd:Signatures>";
            listed(zip, LIST, "Doc_0/Signs/Signatures.xml", list);
        }),
        ("an empty highest number", &[], |zip| {
            let list = "<ofd:Signatures NS><ofd:MaxSignId/></ofd:Signatures>";
            listed(zip, LIST, "Doc_0/Signs/Signatures.xml", list);
        }),
        ("a list elsewhere", &[], |zip| {
            listed(zip, "Doc_0/Signatures.xml", "/Doc_0/Signatures.xml", "<ofd:Signatures NS>\r\n</ofd:Signatures>");
        }),
        ("a list in the root, under another name", &[], |zip| {
            listed(zip, "sign_list.xml", "sign_list.xml", "\u{feff}<ofd:Signatures NS></ofd:Signatures>");
        }),
        ("a list that was never written", &[], |zip| {
            zip.edit(
                ROOT,
                "</ofd:DocRoot>",
                "</ofd:DocRoot><ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>",
            );
        }),
        ("an empty element", &[], |zip| zip.edit(ROOT, "</ofd:DocRoot>", "</ofd:DocRoot><ofd:Signatures/>")),
        ("an element of white space", &[], |zip| {
            zip.edit(ROOT, "</ofd:DocRoot>", "</ofd:DocRoot><ofd:Signatures> \n</ofd:Signatures>");
        }),
    ]
}

/// How the ZIP is written.
fn zip_forms() -> Vec<Form> {
    fn deflated(entry: Entry) -> Entry {
        let name = String::from_utf8(entry.central.name.clone()).unwrap();
        Entry::deflated(&name, &entry.data)
    }
    /// Sizes and CRC behind the data (APPNOTE 4.3.9), with or without the mark in front of them.
    fn described(mut entry: Entry, marked: bool) -> Entry {
        let header = entry.central.clone();
        if marked {
            entry.data.extend_from_slice(b"PK\x07\x08");
        }
        for field in [header.crc, header.compressed, header.size] {
            entry.data.extend_from_slice(&field.to_le_bytes());
        }
        entry.local.flags |= 1 << 3;
        entry.central.flags |= 1 << 3;
        (entry.local.crc, entry.local.compressed, entry.local.size) = (0, 0, 0);
        entry
    }
    fn extra(entry: Entry, field: &'static [u8]) -> Entry {
        entry.both(|header| header.extra = field.to_vec())
    }
    vec![
        ("deflated", &[], |zip| every_entry(zip, deflated)),
        ("some stored, some deflated", &[], |zip| {
            every_entry(zip, |entry| if entry.data.len() > 700 { deflated(entry) } else { entry });
        }),
        ("no flag for UTF-8", &[], |zip| every_entry(zip, |entry| entry.both(|header| header.flags = 0))),
        ("Chinese names without a flag", &[], |zip| {
            rename(zip, "Doc_0/", "文档资料/");
            zip.edit(ROOT, "Doc_0/Document.xml", "文档资料/Document.xml");
            every_entry(zip, |entry| entry.both(|header| header.flags = 0));
        }),
        ("Chinese names in GBK", &["ZIP_NAME_ENCODING"], |zip| {
            rename(zip, "Doc_0/", "文档资料/");
            zip.edit(ROOT, "Doc_0/Document.xml", "文档资料/Document.xml");
            every_entry(zip, |entry| {
                entry.both(|header| {
                    header.flags = 0;
                    header.name = gbk(std::str::from_utf8(&header.name).unwrap());
                })
            });
        }),
        ("folders", &[], |zip| {
            for name in ["Doc_0/", "Doc_0/Pages/", "Doc_0/Pages/Page_0/", "Doc_0/Signs/", "Doc_0/Res/"] {
                zip.entries.insert(0, Entry::stored(name, b""));
            }
        }),
        ("folders as Java writes them", &[], |zip| {
            for name in ["Doc_0/Pages/", "Doc_0/"] {
                let mut folder = Entry::deflated(name, b"");
                folder = described(folder, true);
                zip.entries.insert(0, folder);
            }
        }),
        ("stored, with data descriptors", &[], |zip| every_entry(zip, |entry| described(entry, true))),
        ("data descriptors without their mark", &[], |zip| {
            every_entry(zip, |entry| described(deflated(entry), false));
        }),
        ("streamed with room for ZIP64", &[], |zip| {
            every_entry(zip, |entry| {
                let mut entry = deflated(entry);
                let header = entry.central.clone();
                entry.data.extend_from_slice(b"PK\x07\x08");
                entry.data.extend_from_slice(&header.crc.to_le_bytes());
                for size in [header.compressed, header.size] {
                    entry.data.extend_from_slice(&u64::from(size).to_le_bytes());
                }
                entry.local.flags |= 1 << 3;
                entry.central.flags |= 1 << 3;
                entry.local.extra = [b"\x01\x00\x10\x00".as_slice(), &[0; 16]].concat();
                (entry.local.crc, entry.local.compressed, entry.local.size) = (0, u32::MAX, u32::MAX);
                entry
            });
        }),
        ("backslashes in names", &["ZIP_ODDITY"], |zip| {
            every_entry(zip, |entry| {
                entry.both(|header| {
                    let name = String::from_utf8(header.name.clone()).unwrap();
                    header.name = name.replace('/', "\\").into_bytes();
                })
            });
        }),
        ("data descriptors", &[], |zip| {
            every_entry(zip, |entry| described(deflated(entry), true));
        }),
        ("extra fields of Unix", &[], |zip| {
            every_entry(zip, |entry| {
                extra(entry, b"UT\x05\x00\x03\x00\x00\x00\x00ux\x0b\x00\x01\x04\x00\x00\x00\x00\x04\x00\x00\x00\x00")
            });
        }),
        ("extra fields of NTFS", &[], |zip| {
            every_entry(zip, |mut entry| {
                entry.central.extra = b"\x0a\x00\x20\x00\x00\x00\x00\x00\x01\x00\x18\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
                entry
            });
        }),
        ("the marker of Java archives", &[], |zip| {
            zip.entries[0] = extra(zip.entries[0].clone(), b"\xfe\xca\x00\x00");
        }),
        ("sizes of ZIP64", &[], |zip| {
            every_entry(zip, |mut entry| {
                let mut field = b"\x01\x00\x10\x00".to_vec();
                field.extend_from_slice(&u64::from(entry.local.size).to_le_bytes());
                field.extend_from_slice(&u64::from(entry.local.compressed).to_le_bytes());
                entry.local.extra = field;
                (entry.local.size, entry.local.compressed) = (u32::MAX, u32::MAX);
                entry
            });
        }),
        ("a comment", &["ZIP_ODDITY"], |zip| zip.comment = "电子发票".as_bytes().to_vec()),
        ("modes of Unix", &[], |zip| {
            every_entry(zip, |mut entry| {
                entry.attributes = 0o100_644 << 16;
                entry
            });
        }),
        ("OFD.xml last, and the directory in another order", &[], |zip| zip.entries.reverse()),
    ]
}

fn forms() -> Vec<Form> {
    [xml_forms(), location_forms(), structure_forms(), list_forms(), zip_forms()].concat()
}

fn alarms(report: &Report) -> Vec<&'static str> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    let all = report.findings.iter().chain(of_signatures);
    all.filter(|finding| !matches!(finding.code.effect(), Effect::Tell | Effect::Warn)).map(|f| f.code.name()).collect()
}

#[test]
fn every_form_is_read_and_sealed_twice() {
    let world = World::new(KeyKind::Sm2);
    let mut wrong = Vec::new();
    for (name, told, make) in forms() {
        let mut zip = Zip::of(&fixture("notice.ofd"));
        make(&mut zip);
        let mut bytes = zip.build();
        let report = world.verify(&bytes);
        if report.indication != Indication::NoSignature || !alarms(&report).is_empty() {
            wrong.push(format!("{name}, unsigned: {} {:?}", report.indication, codes(&report)));
            continue;
        }
        for turn in 1..=3 {
            let sealed = world.try_on_ofd(&bytes, turn != 2, eseal::sign::Closing::Open);
            bytes = match sealed {
                Ok(bytes) => bytes,
                Err(error) => {
                    wrong.push(format!("{name}, turn {turn}: {error}"));
                    break;
                }
            };
            let report = world.verify(&bytes);
            let found = codes(&report);
            let missing: Vec<&&str> = told.iter().filter(|code| !found.contains(code)).collect();
            if report.indication != Indication::TotalPassed || report.signatures.len() != turn || !missing.is_empty() {
                wrong.push(format!("{name}, turn {turn}: {} {found:?}, missing {missing:?}", report.indication));
                break;
            }
        }
        let budget = eseal::limits::Budget::default();
        let before = Zip::of(&zip.build());
        let after = eseal::container::Package::open(eseal::source::Bytes::shared(bytes), &budget).unwrap();
        for entry in &before.entries {
            let path = String::from_utf8(entry.central.name.clone()).unwrap();
            let changes = path.eq_ignore_ascii_case(ROOT) || path.contains("Signatures") || path.contains("sign_list");
            let kept =
                after.files().find(|file| file.path().as_str() == path).map(|file| after.read(file, &budget).unwrap());
            if !changes && kept.as_deref() != Some(&entry.data) {
                wrong.push(format!("{name}: {path} is not as it was"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} forms:\n{}", wrong.len(), wrong.join("\n"));
}

/// A name, the code of the refusal, and the recipe.
type Refused = (&'static str, &'static str, fn(&mut Zip));

fn utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

/// What cannot be taken is refused in words, both by the reader and by the sealer, and never sealed.
#[test]
fn what_is_no_honest_form_is_refused_in_words() {
    let world = World::new(KeyKind::Sm2);
    let cases: [Refused; 9] = [
        ("UTF-16", "DOCUMENT_MALFORMED", |zip| {
            let text = zip.text(ROOT);
            zip.put(ROOT, &utf16(&text));
        }),
        ("UTF-8 that is declared Big5", "DOCUMENT_MALFORMED", |zip| zip.edit(ROOT, "UTF-8", "Big5")),
        ("no DocBody", "DOCUMENT_MALFORMED", |zip| zip.put(ROOT, format!("<ofd:OFD {NS}/>").as_bytes())),
        ("no DocRoot", "DOCUMENT_MALFORMED", |zip| zip.edit(ROOT, "Doc_0/Document.xml", "")),
        ("a DocRoot that is not there", "DOCUMENT_MALFORMED", |zip| drop(zip.remove(DOCUMENT))),
        ("OFD.xml cut short", "DOCUMENT_MALFORMED", |zip| {
            let text = zip.text(ROOT);
            zip.put(ROOT, &text.as_bytes()[..text.len() / 2]);
        }),
        ("an empty OFD.xml", "DOCUMENT_MALFORMED", |zip| zip.put(ROOT, b"")),
        ("no OFD.xml", "NOT_A_DOCUMENT", |zip| drop(zip.remove(ROOT))),
        ("an empty Signatures.xml", "DOCUMENT_MALFORMED", |zip| {
            zip.edit(
                ROOT,
                "</ofd:DocRoot>",
                "</ofd:DocRoot><ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>",
            );
            zip.put(LIST, b"");
        }),
    ];
    for (name, code, make) in cases {
        let mut zip = Zip::of(&fixture("notice.ofd"));
        make(&mut zip);
        let bytes = zip.build();
        let report = world.verify(&bytes);
        assert_eq!((report.indication, report.exit_status), (Indication::Refused, 5), "{name}: {:?}", codes(&report));
        assert_eq!(codes(&report), [code], "{name}");
        assert!(!report.findings[0].arguments.is_empty(), "{name} says nothing more");
        let error = world.try_on_ofd(&bytes, true, eseal::sign::Closing::Open).unwrap_err();
        assert!(error.to_string().len() > 10, "{name}: {error}");
    }
}

/// A document without pages takes a signature that shows nowhere, and no seal.
#[test]
fn a_document_without_pages_is_signed_and_not_sealed() {
    let world = World::new(KeyKind::Sm2);
    for pages in ["<ofd:Pages/>", "<ofd:Pages></ofd:Pages>", ""] {
        let mut zip = Zip::of(&fixture("notice.ofd"));
        let text = zip.text(DOCUMENT);
        let (start, end) = (text.find("<ofd:Pages>").unwrap(), text.find("</ofd:Pages>").unwrap());
        let end = end + "</ofd:Pages>".len();
        zip.put(DOCUMENT, format!("{}{pages}{}", &text[..start], &text[end..]).as_bytes());
        let bytes = zip.build();
        assert_eq!(world.verify(&bytes).indication, Indication::NoSignature);
        let error = world.try_on_ofd(&bytes, true, eseal::sign::Closing::Open).unwrap_err();
        assert!(matches!(error, eseal::sign::SignError::PageOutOfRange { count: 0, .. }), "{error}");
        // Its page is a stowaway now; it is covered all the same.
        let report = world.verify(&world.on_ofd(&bytes, false, eseal::sign::Closing::Open));
        assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
    }
}

/// Junk before the first header: there is one reading, and some programs see none. Told, and not copied silently.
#[test]
fn junk_in_front_is_told_and_not_sealed_over() {
    let world = World::new(KeyKind::Sm2);
    for knows in [true, false] {
        let mut zip = Zip::of(&fixture("notice.ofd"));
        zip.before = b"vendor header\r\n".to_vec();
        zip.offsets_from_start = knows;
        let bytes = zip.build();
        let report = world.verify(&bytes);
        assert_eq!(report.indication, Indication::NoSignature);
        assert!(codes(&report).contains(&"ZIP_EXTRA_BYTES"), "{:?}", codes(&report));
        let error = world.try_on_ofd(&bytes, true, eseal::sign::Closing::Open).unwrap_err();
        assert!(matches!(error, eseal::sign::SignError::Document { .. }), "{error}");
        let mut zip = Zip::of(&world.seal_ofd(&fixture("notice.ofd")));
        zip.before = b"vendor header\r\n".to_vec();
        zip.offsets_from_start = knows;
        let report = world.verify(&zip.build());
        assert_eq!(report.indication, Indication::Indeterminate, "{:?}", codes(&report));
        assert_eq!(report.signatures[0].indication, Indication::TotalPassed);
    }
}

/// Where a document's folder is not in ASCII, its signatures stand beside OFD.xml: propertyInfo is an IA5String.
#[test]
fn seals_of_documents_in_chinese_folders_stand_in_ascii() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = Zip::of(&fixture("notice.ofd"));
    rename(&mut zip, "Doc_0/", "文档/");
    zip.edit(ROOT, "Doc_0/Document.xml", "文档/Document.xml");
    let sealed = Zip::of(&world.seal_ofd(&world.seal_ofd(&zip.build())));
    for name in ["Signs/Signatures.xml", "Signs/Sign_0/Signature.xml", "Signs/Sign_1/SignedValue.dat"] {
        assert!(sealed.has(name), "{name}: {:?}", sealed.names());
    }
    assert!(sealed.text("Signs/Sign_0/Signature.xml").contains("FileRef=\"/文档/Document.xml\""));
}
