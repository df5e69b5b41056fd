//! Signatures made again with the test keys, so that one property alone is wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eseal::crypto::{DigestAlgorithm, Signer};
use eseal::pki::write as w;
use eseal::seal::SealVersion;
use eseal::signature::{Form, SignatureBuilder};

use crate::case::{On, Stage};
use crate::world::{SIGNED, World, time};
use crate::zip::Zip;

pub const LIST: &str = "Doc_0/Signs/Signatures.xml";
pub const XML: &str = "Doc_0/Signs/Sign_0/Signature.xml";
pub const VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";
pub const SEAL: &str = "Doc_0/Signs/Sign_0/Seal.esl";

/// How a value is made over TBS_Sign.
pub type SignsBytes<'w> = Box<dyn Fn(&[u8]) -> Vec<u8> + 'w>;

/// An SES_Signature of V4 in parts, each a complete value.
pub struct Ses<'w> {
    pub version: Vec<u8>,
    pub seal: Vec<u8>,
    pub time: Vec<u8>,
    pub hash: Vec<u8>,
    pub property: Vec<u8>,
    pub certificate: Vec<u8>,
    pub algorithm: Vec<u8>,
    /// The value over TBS_Sign, without the BIT STRING around it.
    pub sign: SignsBytes<'w>,
    /// The BIT STRING around the value.
    pub bits: fn(&[u8]) -> Vec<u8>,
    /// TBS_Sign as it is stored, which is not as it was signed.
    pub stored: fn(Vec<u8>) -> Vec<u8>,
    /// What follows the whole.
    pub tail: Vec<u8>,
}

impl<'w> Ses<'w> {
    /// An honest one over this Signature.xml.
    pub fn new(world: &'w World, xml: &[u8], path: &str) -> Self {
        let key = &world.signer.key;
        Ses {
            version: w::integer(if world.seal.version() == SealVersion::V5 { 5 } else { 4 }),
            seal: world.seal.as_der().to_vec(),
            time: w::generalized_time(time(SIGNED)),
            hash: w::bit_string(key.algorithm().digest().digest(xml).as_bytes()),
            property: w::ia5(&format!("/{path}")).unwrap(),
            certificate: w::octet_string(world.signer.certificate.as_der()),
            algorithm: w::oid(key.algorithm().oid()).unwrap(),
            sign: Box::new(|tbs| key.sign(tbs).unwrap().as_bytes().to_vec()),
            bits: w::bit_string,
            stored: |tbs| tbs,
            tail: Vec::new(),
        }
    }

    pub fn der(&self) -> Vec<u8> {
        let tbs = w::sequence(&[&self.version, &self.seal, &self.time, &self.hash, &self.property]);
        let value = (self.bits)(&(self.sign)(&tbs));
        let mut der = w::sequence(&[&(self.stored)(tbs), &self.certificate, &self.algorithm, &value]);
        der.extend_from_slice(&self.tail);
        der
    }
}

/// Signs the first signature again over its Signature.xml as it is now, with something changed in its value; a second
/// one, which covers the first, is made anew.
pub fn resign<'w>(zip: &mut Zip, stage: &Stage<'w>, change: impl FnOnce(&mut Ses<'w>)) {
    let xml = zip.get(XML);
    let value = if stage.kind == On::Signed {
        plain(stage.world, &xml)
    } else {
        let mut ses = Ses::new(stage.world, &xml, XML);
        change(&mut ses);
        ses.der()
    };
    zip.put(VALUE, &value);
    let second = XML.replace("Sign_0", "Sign_1");
    if zip.has(&second) {
        rereference(zip, &second);
        let value = Ses::new(stage.world, &zip.get(&second), &second).der();
        zip.put(&VALUE.replace("Sign_0", "Sign_1"), &value);
    }
}

/// A value of GB/T 35275 over this Signature.xml.
pub fn plain(world: &World, xml: &[u8]) -> Vec<u8> {
    let form = Form::Ofd { signing_time: time(SIGNED) };
    let chain = vec![world.root.certificate.clone()];
    let builder = SignatureBuilder::new(world.signer.certificate.clone(), chain, form).unwrap();
    let digest = builder.digest_algorithm().digest(xml);
    builder.document_digest(&digest).unwrap().sign(&world.signer.key).unwrap()
}

/// The package with these changes of its files, then of the value of its first signature, whose digests are made anew.
pub fn forged<'w>(stage: &Stage<'w>, files: impl FnOnce(&mut Zip), value: impl FnOnce(&mut Ses<'w>)) -> Vec<u8> {
    let mut zip = stage.zip();
    files(&mut zip);
    rereference(&mut zip, XML);
    resign(&mut zip, stage, value);
    zip.build()
}

/// The package with its files as they are and something changed in the value.
pub fn reword<'w>(stage: &Stage<'w>, files: impl FnOnce(&mut Zip), value: impl FnOnce(&mut Ses<'w>)) -> Vec<u8> {
    let mut zip = stage.zip();
    files(&mut zip);
    resign(&mut zip, stage, value);
    zip.build()
}

/// The package with another text in Signature.xml, signed again; no digest is made anew.
pub fn reworded<'w>(stage: &Stage<'w>, from: &str, to: &str, value: impl FnOnce(&mut Ses<'w>)) -> Vec<u8> {
    reword(stage, |zip| zip.edit(XML, from, to), value)
}

/// Puts the digests of the files as they are now into a Signature.xml. Files that are not there keep theirs.
pub fn rereference(zip: &mut Zip, path: &str) {
    let text = zip.text(path);
    let mut out = String::new();
    for piece in text.split_inclusive("</ofd:Reference>") {
        let file = piece.split_once("FileRef=\"/").and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name);
        match file.filter(|file| zip.has(file)) {
            Some(file) => {
                let (head, _) = piece.split_once("<ofd:CheckValue>").unwrap();
                let digest = check_value(DigestAlgorithm::Sm3, &zip.get(file));
                out.push_str(&format!("{head}<ofd:CheckValue>{digest}</ofd:CheckValue></ofd:Reference>"));
            }
            None => out.push_str(piece),
        }
    }
    zip.put(path, out.as_bytes());
}

/// The base64 of a digest.
pub fn check_value(algorithm: DigestAlgorithm, bytes: &[u8]) -> String {
    STANDARD.encode(algorithm.digest(bytes).as_bytes())
}

/// The Reference of a file as it is now.
pub fn reference(zip: &Zip, file: &str) -> String {
    reference_to(&format!("/{file}"), &check_value(DigestAlgorithm::Sm3, &zip.get(file)))
}

pub fn reference_to(file_ref: &str, value: &str) -> String {
    format!("<ofd:Reference FileRef=\"{file_ref}\"><ofd:CheckValue>{value}</ofd:CheckValue></ofd:Reference>")
}

/// Takes the Reference of a file out of Signature.xml.
pub fn drop_reference(zip: &mut Zip, file: &str) {
    let text = zip.text(XML);
    let start = text.find(&format!("<ofd:Reference FileRef=\"/{file}\"")).unwrap_or_else(|| panic!("{file}"));
    let end = text[start..].find("</ofd:Reference>").unwrap() + start + "</ofd:Reference>".len();
    zip.put(XML, format!("{}{}", &text[..start], &text[end..]).as_bytes());
}
