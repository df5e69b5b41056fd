//! 31 to 48: what of the document the signature covers.

use eseal::crypto::DigestAlgorithm;
use eseal::sign::Closing;

use crate::case::Wanted::{Doubt, Failed, Told};
use crate::case::{Case, On, Stage, case};
use crate::forge::{
    LIST, SEAL, VALUE, XML, check_value, drop_reference, forged, plain, reference, reference_to, resign, reworded,
};
use crate::world::{NOW, World, fixture};
use crate::zip::Zip;

const ROOT: &str = "OFD.xml";
const DOCUMENT: &str = "Doc_0/Document.xml";
const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";
const RESOURCES: &str = "Doc_0/PublicRes.xml";
const ANNOTATIONS: &str = "<ofd:Annotations>Annotations.xml</ofd:Annotations>";

/// The notice with a font, a picture, a template page, a list of annotations that is not there, and a second document.
fn rich() -> Zip {
    let mut zip = Zip::of(&fixture("notice.ofd"));
    zip.edit(
        DOCUMENT,
        "</ofd:CommonData>",
        "<ofd:TemplatePage ID=\"5\" BaseLoc=\"Tpls/Tpl_0/Content.xml\"/></ofd:CommonData>",
    );
    zip.edit(DOCUMENT, "</ofd:Document>", &format!("{ANNOTATIONS}</ofd:Document>"));
    let media = "<ofd:MultiMedias><ofd:MultiMedia ID=\"7\" Type=\"Image\"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>";
    zip.edit(RESOURCES, "</ofd:Res>", media);
    zip.edit(RESOURCES, "FamilyName=\"宋体\"/>", "FamilyName=\"宋体\"><ofd:FontFile>f.ttf</ofd:FontFile></ofd:Font>");
    zip.put("Doc_0/Res/a.png", &crate::world::png());
    zip.put("Doc_0/Res/f.ttf", b"a font");
    zip.put("Doc_0/Tpls/Tpl_0/Content.xml", b"<ofd:Page xmlns:ofd=\"http://www.ofdspec.org/2016\"/>");
    zip
}

/// A rich package, sealed, with some References taken out and signed again.
fn without(s: &Stage<'_>, files: &[&str]) -> Zip {
    let mut zip = Zip::of(&s.world.seal_ofd(&rich().build()));
    for file in files {
        drop_reference(&mut zip, file);
    }
    resign(&mut zip, s, |_| ());
    zip
}

/// A page's annotations and their list.
fn annotate(zip: &mut Zip) {
    let ns = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
    zip.put("Doc_0/Annotations.xml", format!("<ofd:Annotations {ns}><ofd:Page PageID=\"1\"><ofd:FileLoc>Annots/Page_0/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>").as_bytes());
    zip.put("Doc_0/Annots/Page_0/Annotation.xml", format!("<ofd:PageAnnot {ns}/>").as_bytes());
}

/// OFD.xml with a second document, or with another one in place of the first.
fn second_document(zip: &mut Zip) {
    for (from, to) in [(DOCUMENT, "Doc_1/Document.xml"), (RESOURCES, "Doc_1/PublicRes.xml")] {
        let bytes = zip.get(from);
        zip.put(to, &bytes);
    }
    let page = zip.text(PAGE).replace("示例市", "别处市");
    zip.put("Doc_1/Pages/Page_0/Content.xml", page.as_bytes());
}

fn last_signed(world: &World, zip: &Zip) -> Vec<u8> {
    world.seal_ofd(&zip.build())
}

pub fn cases() -> Vec<Case> {
    let mut all = uncovered();
    all.extend(added());
    all.extend(references());
    all.extend(lists());
    all
}

fn uncovered() -> Vec<Case> {
    vec![
        case(
            31,
            "a stowaway",
            On::All,
            |s| s.with(|zip| zip.put("Doc_0/Res/extra.bin", b"x")),
            Doubt("OFD_UNSIGNED_ENTRY"),
        ),
        case(
            31,
            "a stowaway gives the sub-indication of coverage",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.put("META-INF/x", b"x");
                })
            },
            Doubt("SIG_CONSTRAINTS_FAILURE"),
        ),
        case(
            31,
            "a stowaway in the folder of the signature",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.put("Doc_0/Signs/Sign_0/other.dat", b"x");
                })
            },
            Doubt("OFD_UNSIGNED_ENTRY"),
        ),
        case(
            32,
            "a page more, and Document.xml says so",
            On::All,
            |s| {
                s.with(|zip| {
                    let page = zip.get(PAGE);
                    zip.put("Doc_0/Pages/Page_1/Content.xml", &page);
                    zip.edit(
                        DOCUMENT,
                        "</ofd:Pages>",
                        "<ofd:Page ID=\"77\" BaseLoc=\"Pages/Page_1/Content.xml\"/></ofd:Pages>",
                    );
                })
            },
            Failed("HASH_FAILURE"),
        ),
        case(
            33,
            "Document.xml not covered",
            On::Once,
            |s| without(s, &[DOCUMENT]).build(),
            Doubt("OFD_DOCUMENT_NOT_COVERED"),
        ),
        case(
            33,
            "Document.xml not covered is a matter of coverage",
            On::Once,
            |s| without(s, &[DOCUMENT]).build(),
            Doubt("SIG_CONSTRAINTS_FAILURE"),
        ),
        case(
            34,
            "OFD.xml not covered, and untouched",
            On::Once,
            |s| without(s, &[ROOT]).build(),
            Doubt("OFD_ROOT_OPEN"),
        ),
        case(
            34,
            "OFD.xml not covered, and led to another document",
            On::Once,
            |s| {
                let mut zip = without(s, &[ROOT]);
                second_document(&mut zip);
                zip.edit(ROOT, "Doc_0/Document.xml", "Doc_1/Document.xml");
                zip.build()
            },
            Failed("OFD_ROOT_NOT_COVERED"),
        ),
        case(
            34,
            "OFD.xml not covered, and another document put in front",
            On::Once,
            |s| {
                let mut zip = without(s, &[ROOT]);
                second_document(&mut zip);
                let body = "<ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody><ofd:DocBody>";
                zip.edit(ROOT, "<ofd:DocBody>", body);
                zip.build()
            },
            Failed("OFD_ROOT_NOT_COVERED"),
        ),
        case(
            34,
            "OFD.xml and Document.xml not covered",
            On::Once,
            |s| without(s, &[ROOT, DOCUMENT]).build(),
            Failed("OFD_ROOT_NOT_COVERED"),
        ),
        case(
            34,
            "OFD.xml not covered, but by a later seal",
            On::Once,
            |s| last_signed(s.world, &without(s, &[ROOT])),
            Doubt("OFD_ROOT_OPEN"),
        ),
        case(
            35,
            "a font not covered",
            On::Once,
            |s| without(s, &["Doc_0/Res/f.ttf"]).build(),
            Doubt("OFD_RESOURCE_NOT_COVERED"),
        ),
        case(
            35,
            "a picture not covered",
            On::Once,
            |s| without(s, &["Doc_0/Res/a.png"]).build(),
            Doubt("OFD_RESOURCE_NOT_COVERED"),
        ),
        case(
            35,
            "a template not covered",
            On::Once,
            |s| without(s, &["Doc_0/Tpls/Tpl_0/Content.xml"]).build(),
            Doubt("OFD_RESOURCE_NOT_COVERED"),
        ),
        case(
            35,
            "a list of resources not covered",
            On::Once,
            |s| without(s, &[RESOURCES]).build(),
            Doubt("OFD_RESOURCE_NOT_COVERED"),
        ),
        case(35, "a page not covered", On::Once, |s| without(s, &[PAGE]).build(), Doubt("SIG_CONSTRAINTS_FAILURE")),
    ]
}

fn added() -> Vec<Case> {
    vec![
        case(
            36,
            "annotations that Document.xml has announced",
            On::Once,
            |s| {
                let mut zip = without(s, &[]);
                annotate(&mut zip);
                zip.build()
            },
            Failed("OFD_ADDED_AFTER_SEAL"),
        ),
        case(
            36,
            "annotations through a Document.xml that is not covered",
            On::Once,
            |s| {
                let mut zip = without(s, &[DOCUMENT]);
                annotate(&mut zip);
                zip.build()
            },
            Failed("OFD_ADDED_AFTER_SEAL"),
        ),
        case(
            36,
            "annotations through a Document.xml that was changed",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.edit(DOCUMENT, "</ofd:Document>", &format!("{ANNOTATIONS}</ofd:Document>"));
                    annotate(zip);
                })
            },
            Failed("OFD_ADDED_AFTER_SEAL"),
        ),
        case(
            36,
            "an attachment through a Document.xml that was changed",
            On::All,
            |s| {
                s.with(|zip| {
            zip.edit(DOCUMENT, "</ofd:Document>", "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments></ofd:Document>");
            let list = "<ofd:Attachments xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:Attachment ID=\"9\" Name=\"a\"><ofd:FileLoc>a.txt</ofd:FileLoc></ofd:Attachment></ofd:Attachments>";
            zip.put("Doc_0/Attachs/Attachments.xml", list.as_bytes());
            zip.put("Doc_0/Attachs/a.txt", b"x");
        })
            },
            Failed("OFD_ADDED_AFTER_SEAL"),
        ),
    ]
}

fn references() -> Vec<Case> {
    vec![
        case(
            37,
            "a covered file deleted",
            On::All,
            |s| s.with(|zip| drop(zip.remove(RESOURCES))),
            Failed("REFERENCE_MISSING"),
        ),
        case(
            37,
            "a covered file that nothing reaches deleted",
            On::Once,
            |s| {
                let mut zip = Zip::of(&fixture("notice.ofd"));
                zip.put("Doc_0/other.bin", b"x");
                let mut zip = Zip::of(&s.world.seal_ofd(&zip.build()));
                drop(zip.remove("Doc_0/other.bin"));
                zip.build()
            },
            Failed("REFERENCE_MISSING"),
        ),
        case(
            38,
            "a Reference twice, with different digests",
            On::All,
            |s| {
                let own = reference(&s.zip, ROOT);
                let other = reference_to("/OFD.xml", &check_value(DigestAlgorithm::Sm3, b"other"));
                reworded(s, &own, &format!("{own}{other}"), |_| ())
            },
            Failed("REFERENCE_REPEATED"),
        ),
        case(
            38,
            "a Reference twice, written in two ways",
            On::All,
            |s| {
                let own = reference(&s.zip, ROOT);
                let other = own.replace("/OFD.xml", "../../../ofd.xml");
                reworded(s, &own, &format!("{own}{other}"), |_| ())
            },
            Failed("REFERENCE_REPEATED"),
        ),
        case(
            39,
            "a FileRef outside the package",
            On::All,
            |s| {
                let own = reference(&s.zip, ROOT);
                reworded(s, &own, &format!("{own}{}", reference_to("../../../../etc/passwd", "AAAA")), |_| ())
            },
            Failed("REFERENCE_OUTSIDE"),
        ),
        case(
            39,
            "a seal shown on another document of the package",
            On::Once,
            |s| {
                // The list of signatures hangs on a second document, which the seal does not cover.
                let mut zip = Zip::of(&fixture("notice.ofd"));
                second_document(&mut zip);
                let root = zip.text(ROOT);
                let start = root.find("<ofd:DocBody>").unwrap();
                let end = root.find("</ofd:DocBody>").unwrap() + "</ofd:DocBody>".len();
                let body = root[start..end].to_owned();
                let other = body.replace("Doc_0/", "Doc_1/");
                zip.put(ROOT, root.replace(&body, &format!("{body}{other}")).as_bytes());
                let mut zip = Zip::of(&s.world.seal_ofd(&zip.build()));
                let list = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>";
                zip.edit(ROOT, list, "");
                zip.edit(ROOT, "Doc_1/Document.xml</ofd:DocRoot>", &format!("Doc_1/Document.xml</ofd:DocRoot>{list}"));
                for file in [ROOT, "Doc_1/Document.xml", "Doc_1/PublicRes.xml", "Doc_1/Pages/Page_0/Content.xml"] {
                    drop_reference(&mut zip, file);
                }
                resign(&mut zip, s, |_| ());
                zip.build()
            },
            Failed("REFERENCE_OUTSIDE"),
        ),
        case(
            40,
            "MD5",
            On::Once,
            |s| {
                let mut zip = s.zip();
                for name in zip.names() {
                    let (old, new) = (
                        check_value(DigestAlgorithm::Sm3, &zip.get(&name)),
                        check_value(DigestAlgorithm::Md5, &zip.get(&name)),
                    );
                    let text = zip.text(XML).replace(&old, &new);
                    zip.put(XML, text.as_bytes());
                }
                zip.edit(XML, "1.2.156.10197.1.401", "MD5");
                resign(&mut zip, s, |_| ());
                zip.build()
            },
            Doubt("CRYPTO_CONSTRAINTS_FAILURE"),
        ),
        case(
            40,
            "an unknown CheckMethod",
            On::All,
            |s| reworded(s, "CheckMethod=\"1.2.156.10197.1.401\"", "CheckMethod=\"1.2.3.4\"", |_| ()),
            Doubt("CRYPTO_CONSTRAINTS_FAILURE"),
        ),
        case(
            40,
            "no CheckMethod, which means MD5",
            On::All,
            |s| reworded(s, " CheckMethod=\"1.2.156.10197.1.401\"", "", |_| ()),
            Failed("HASH_FAILURE"),
        ),
        case(
            41,
            "SM3 with a SHA-256 value",
            On::All,
            |s| {
                let old = check_value(DigestAlgorithm::Sm3, &s.zip.get(PAGE));
                reworded(s, &old, &check_value(DigestAlgorithm::Sha256, &s.zip.get(PAGE)), |_| ())
            },
            Failed("HASH_FAILURE"),
        ),
        case(
            42,
            "no References",
            On::All,
            |s| {
                let text = s.zip.text(XML);
                let start = text.find("<ofd:Reference ").unwrap();
                let end = text.find("</ofd:References>").unwrap();
                reworded(s, &text[start..end], "", |_| ())
            },
            Failed("NO_REFERENCES"),
        ),
        case(
            42,
            "no References element",
            On::All,
            |s| {
                let text = s.zip.text(XML);
                let start = text.find("<ofd:References ").unwrap();
                let end = text.find("</ofd:References>").unwrap() + "</ofd:References>".len();
                reworded(s, &text[start..end], "", |_| ())
            },
            Failed("NO_REFERENCES"),
        ),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        case(
            43,
            "Signatures.xml without its signatures",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.put(LIST, b"<ofd:Signatures xmlns:ofd=\"http://www.ofdspec.org/2016\"/>");
                })
            },
            Failed("SIGNATURE_UNLISTED"),
        ),
        case(
            43,
            "one signature taken out of the list",
            On::Twice,
            |s| {
                s.with(|zip| {
                    let text = zip.text(LIST);
                    let start = text.find("<ofd:Signature ").unwrap();
                    let end = text[start..].find("/>").unwrap() + start + 2;
                    zip.put(LIST, format!("{}{}", &text[..start], &text[end..]).as_bytes());
                })
            },
            Failed("SIGNATURE_UNLISTED"),
        ),
        case(
            43,
            "the last signature taken out of the list",
            On::Twice,
            |s| {
                s.with(|zip| {
                    let text = zip.text(LIST);
                    let start = text.rfind("<ofd:Signature ").unwrap();
                    let end = text[start..].find("/>").unwrap() + start + 2;
                    zip.put(LIST, format!("{}{}", &text[..start], &text[end..]).as_bytes());
                })
            },
            Failed("SIGNATURE_UNLISTED"),
        ),
        case(
            43,
            "nothing left of a seal but Seal.esl",
            On::Once,
            |s| {
                s.with(|zip| {
                    zip.put(LIST, b"<ofd:Signatures xmlns:ofd=\"http://www.ofdspec.org/2016\"/>");
                    drop(zip.remove(XML));
                    drop(zip.remove(VALUE));
                })
            },
            Failed("SIGNATURE_UNLISTED"),
        ),
        case(
            44,
            "Signatures.xml deleted",
            On::All,
            |s| s.with(|zip| drop(zip.remove(LIST))),
            Failed("SIGNATURE_UNLISTED"),
        ),
        case(
            44,
            "Signatures.xml deleted, and OFD.xml made to forget it",
            On::All,
            |s| {
                s.with(|zip| {
                    drop(zip.remove(LIST));
                    zip.edit(ROOT, "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>", "");
                })
            },
            Failed("SIGNATURE_UNLISTED"),
        ),
        case(
            44,
            "OFD.xml made to forget Signatures.xml",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.edit(ROOT, "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>", "");
                })
            },
            Failed("SIGNATURE_UNLISTED"),
        ),
        case(
            45,
            "both entries of the list lead to the older seal",
            On::Twice,
            |s| {
                s.with(|zip| {
                    zip.edit(LIST, "Sign_1", "Sign_0");
                })
            },
            Failed("SIGNATURE_REPLAYED"),
        ),
        case(
            45,
            "the list leads to a copy elsewhere",
            On::Once,
            |s| {
                s.with(|zip| {
                    for file in ["Signature.xml", "SignedValue.dat", "Seal.esl"] {
                        let bytes = zip.get(&format!("Doc_0/Signs/Sign_0/{file}"));
                        zip.put(&format!("Doc_0/Signs/Copy/{file}"), &bytes);
                    }
                    zip.edit(LIST, "Sign_0", "Copy");
                })
            },
            Failed("PROPERTY_INFO_MISMATCH"),
        ),
        case(
            45,
            "Signature.xml moved away",
            On::Once,
            |s| {
                s.with(|zip| {
                    let xml = zip.remove(XML);
                    zip.put("Doc_0/Signs/Copy/Signature.xml", &xml);
                    zip.edit(LIST, "Sign_0", "Copy");
                })
            },
            Failed("PROPERTY_INFO_MISMATCH"),
        ),
        case(
            45,
            "the seal of an older version of the document",
            On::Once,
            |s| {
                s.with(|zip| {
                    let mut other = Zip::of(&fixture("notice.ofd"));
                    other.edit(PAGE, "示例市", "别处市");
                    let other = Zip::of(&s.world.seal_ofd(&other.build()));
                    for file in [XML, VALUE, SEAL] {
                        zip.put(file, &other.get(file));
                    }
                })
            },
            Failed("HASH_FAILURE"),
        ),
        case(46, "no StampAnnot", On::Once, |s| reworded(s, &stamp(s), "", |_| ()), Failed("STAMP_INVALID")),
        case(
            46,
            "a StampAnnot on a page that is not there",
            On::Once,
            |s| reworded(s, "PageRef=\"1\"", "PageRef=\"99\"", |_| ()),
            Failed("STAMP_INVALID"),
        ),
        case(
            46,
            "a StampAnnot off the page",
            On::Once,
            |s| {
                let old = stamp(s);
                let new = old.replace("110 190", "300 190");
                assert_ne!(old, new);
                reworded(s, &old, &new, |_| ())
            },
            Failed("STAMP_INVALID"),
        ),
        case(
            46,
            "a StampAnnot without a size",
            On::Once,
            |s| {
                let old = stamp(s);
                let new = old.replace("110 190 20 20", "110 190 0 0");
                assert_ne!(old, new);
                reworded(s, &old, &new, |_| ())
            },
            Failed("STAMP_INVALID"),
        ),
        case(
            46,
            "a StampAnnot moved",
            On::Once,
            |s| s.with(|zip| zip.edit(XML, "110 190", "10 19")),
            Failed("SES_DATAHASH"),
        ),
        case(
            47,
            "MaxSignId below an ID",
            On::Once,
            |s| {
                s.with(|zip| {
                    zip.edit(LIST, "<ofd:MaxSignId>s002", "<ofd:MaxSignId>s000");
                })
            },
            Told("MAX_SIGN_ID_LOW"),
        ),
        case(
            48,
            "a second seal after a lock",
            On::Locked,
            |s| {
                // The second is made as if the first were open.
                let mut zip = s.zip();
                let open = Zip::of(&s.world.on_ofd(&fixture("notice.ofd"), true, Closing::Open));
                let twice = Zip::of(&s.world.seal_ofd(&open.build()));
                zip.put(LIST, &twice.get(LIST));
                for file in [XML, VALUE, SEAL] {
                    let file = file.replace("Sign_0", "Sign_1");
                    zip.put(&file, &twice.get(&file));
                }
                zip.build()
            },
            Failed("HASH_FAILURE"),
        ),
        case(
            48,
            "a second seal over a page that the first covers",
            On::Once,
            |s| {
                s.with(|zip| {
                    zip.edit(PAGE, "示例市", "别处市");
                    *zip = Zip::of(&s.world.seal_ofd(&zip.build()));
                })
            },
            Failed("HASH_FAILURE"),
        ),
        case(
            48,
            "a plain signature listed as a seal",
            On::Once,
            |s| {
                s.with(|zip| {
                    // The picture of a stolen seal, shown by a signature that says nothing of a seal.
                    let value = plain(s.world, &zip.get(XML));
                    zip.put(VALUE, &value);
                })
            },
            Failed("SEAL_MISMATCH"),
        ),
        case(
            48,
            "a seal listed as a plain signature",
            On::Once,
            |s| s.with(|zip| zip.edit(LIST, "Type=\"Seal\"", "Type=\"Sign\"")),
            Doubt("SIG_CONSTRAINTS_FAILURE"),
        ),
        case(
            48,
            "a type that is none",
            On::Open,
            |s| {
                s.with(|zip| {
                    let text = zip
                        .text(LIST)
                        .replace("Type=\"Seal\"", "Type=\"Zeal\"")
                        .replace("Type=\"Sign\"", "Type=\"Zign\"");
                    zip.put(LIST, text.as_bytes());
                })
            },
            Doubt("SIG_CONSTRAINTS_FAILURE"),
        ),
        case(
            48,
            "a time of the future",
            On::Once,
            |s| {
                forged(
                    s,
                    |_| (),
                    |ses| {
                        ses.time = eseal::pki::write::generalized_time(crate::world::time(NOW + 86_400));
                    },
                )
            },
            Doubt("SIGNING_TIME_IN_FUTURE"),
        ),
    ]
}

/// The StampAnnot of Signature.xml.
fn stamp(s: &Stage<'_>) -> String {
    let text = s.zip.text(XML);
    let start = text.find("<ofd:StampAnnot ").unwrap();
    let end = text[start..].find("/>").unwrap() + start + 2;
    text[start..end].to_owned()
}
