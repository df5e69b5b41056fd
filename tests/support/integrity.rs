//! OFDEntries.xml (GM/T 0099-2020 annex D) made with the test keys.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use std::fmt::Write as _;

use eseal::crypto::{DigestAlgorithm, Signer};
use eseal::pki::write as w;
use eseal::signature::{Form, SignatureBuilder};

use crate::world::{SIGNED, World, time};
use crate::zip::Zip;

pub const LIST: &str = "OFDEntries.xml";
pub const VALUE: &str = "signedvalue.dat";

/// The list of these files.
pub fn entries(names: &[String]) -> String {
    let mut files = String::new();
    for (n, name) in names.iter().enumerate() {
        write!(files, "<ofd:File ID=\"{}\" FileLoc=\"/{name}\"/>", n + 2).unwrap();
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:DocEntries xmlns:ofd=\"http://www.ofdspec.org/2016\" ID=\"1\" \
         CreatorName=\"test\" Version=\"1\" CreationDate=\"2026-11-22\"><ofd:SignedValueLoc>/{VALUE}</ofd:SignedValueLoc>\
         <ofd:FileList>{files}</ofd:FileList></ofd:DocEntries>"
    )
}

/// GB/T 35275 over the list.
pub fn value(world: &World, list: &[u8]) -> Vec<u8> {
    let form = Form::Ofd { signing_time: time(SIGNED) };
    let builder = SignatureBuilder::new(world.signer.certificate.clone(), Vec::new(), form).unwrap();
    let digest = builder.digest_algorithm().digest(list);
    builder.document_digest(&digest).unwrap().sign(&world.signer.key).unwrap()
}

/// A package with the list of its files, which `change` has changed before it was signed.
pub fn listed_with(world: &World, package: &[u8], change: impl FnOnce(&mut Vec<String>)) -> Zip {
    let mut zip = Zip::of(package);
    let mut names = zip.names();
    change(&mut names);
    let list = entries(&names);
    zip.put(LIST, list.as_bytes());
    zip.put(VALUE, &value(world, list.as_bytes()));
    zip
}

/// A package with the list of all its files.
pub fn listed(world: &World, package: &[u8]) -> Zip {
    listed_with(world, package, |_| ())
}

/// GB/T 35275 without attributes, as the best-known library of the field writes it: the content is the digest of the
/// list, and what is signed (form A).
pub fn value_without_attributes(world: &World, list: &[u8]) -> Vec<u8> {
    const SM3: &str = "1.2.156.10197.1.401";
    let certificate = &world.signer.certificate;
    let digest = DigestAlgorithm::Sm3.digest(list);
    let oid = |text: &str| w::oid(text).unwrap();
    let content = w::explicit(0, &w::octet_string(digest.as_bytes()));
    let issuer = w::sequence(&[certificate.issuer().as_der(), &w::integer_content(certificate.serial())]);
    let info = w::sequence(&[
        &w::integer(1),
        &issuer,
        &w::sequence(&[&oid(SM3)]),
        &w::sequence(&[&oid("1.2.156.10197.1.301.1")]),
        &w::octet_string(world.signer.key.sign(digest.as_bytes()).unwrap().as_bytes()),
    ]);
    let data = w::sequence(&[
        &w::integer(1),
        &w::set(&[&w::sequence(&[&oid(SM3)])]),
        &w::sequence(&[&oid("1.2.156.10197.6.1.4.2.1"), &content]),
        &w::implicit_constructed(0, certificate.as_der()),
        &w::set(&[&info]),
    ]);
    w::sequence(&[&oid("1.2.156.10197.6.1.4.2.2"), &w::explicit(0, &data)])
}
