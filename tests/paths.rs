//! Certificate paths that nobody honest makes, and odd ones that honest people do: loops, meshes, explosions of
//! policies and names, twins, names in other string types. PKITS (`tests/pkits.rs`) has the rules one by one.
#![allow(clippy::unwrap_used, reason = "a test ends where a step of its making fails")]

#[path = "support/forge.rs"]
mod forge;

use std::slice::from_ref;

use eseal::crypto::{KeyKind, PrivateKey};
use eseal::limits::{Budget, Limit};
use eseal::pki::ber::tag;
use eseal::pki::extension::oid;
use eseal::pki::path::{
    ExplicitPolicy, PathFailure, PathReport, PathValidator, PolicyInputs, Purpose, RevocationEvidence,
    RevocationStatus, TrustAnchor,
};
use eseal::pki::{Certificate, Crl, Name, write};
use forge::{Wish, authority, extension, key, list, name, now, policies, usage};

fn judge(target: &Certificate, anchors: &[Certificate], candidates: &[Certificate], crls: &[Crl]) -> PathReport {
    asked(target, anchors, candidates, crls, None)
}

fn asked(
    target: &Certificate,
    anchors: &[Certificate],
    candidates: &[Certificate],
    crls: &[Crl],
    policies: Option<&PolicyInputs>,
) -> PathReport {
    let anchors: Vec<TrustAnchor> = anchors.iter().cloned().map(TrustAnchor::new).collect();
    let revocation = RevocationEvidence { crls, responses: &[] };
    let validator = PathValidator { anchors: &anchors, candidates, revocation, policies };
    validator.report(target, Purpose::Any, now(), &Budget::default())
}

fn root(subject: &Name, key: &PrivateKey) -> Certificate {
    Wish::new(subject, subject, key, &[authority()]).signed_by(key)
}

#[test]
fn a_chain_of_each_curve_holds() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let (top, middle, end) = (name("CN=国家根,C=CN"), name("CN=省,C=CN"), name("CN=局,C=CN"));
        let (top_key, middle_key, end_key) = (key(kind, 1), key(kind, 2), key(kind, 3));
        let anchor = root(&top, &top_key);
        let between = Wish::new(&middle, &top, &middle_key, &[authority()]).signed_by(&top_key);
        let target = Wish::new(&end, &middle, &end_key, &[usage(&[0])]).signed_by(&middle_key);
        let report = judge(&target, from_ref(&anchor), from_ref(&between), &[]);
        assert!(report.validated().is_ok(), "{:?}", report.faults());
        assert_eq!(report.certificates().len(), 3);
        let forged = Wish::new(&end, &middle, &end_key, &[usage(&[0])]).signed_by(&end_key);
        let report = judge(&forged, &[anchor], &[between], &[]);
        assert_eq!(report.validated().unwrap_err(), PathFailure::Signature);
    }
}

#[test]
fn an_issuer_is_found_whatever_string_type_names_it() {
    let subject = |value: Vec<u8>| {
        let pair = write::sequence(&[&write::oid("2.5.4.3").unwrap(), &value]);
        Name::from_der(&write::sequence(&[&write::set(&[&pair])])).unwrap()
    };
    let bmp: Vec<u8> = "示例机构 \"甲\"".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let (top, as_named_below) = (subject(write::tlv(0x1E, &bmp)), subject(write::utf8("示例机构  \"甲\"\u{200B}")));
    let (top_key, end_key) = (key(KeyKind::P256, 1), key(KeyKind::P256, 2));
    let anchor = root(&top, &top_key);
    let target = Wish::new(&name("CN=x"), &as_named_below, &end_key, &[]).signed_by(&top_key);
    assert!(judge(&target, &[anchor], &[], &[]).validated().is_ok());
    assert_eq!(as_named_below.to_string(), "CN=示例机构  \\\"甲\\\"\\E2\\80\\8B");
}

#[test]
fn authorities_that_certify_each_other_are_no_trap() {
    let (a, b, end) = (name("CN=A"), name("CN=B"), name("CN=end"));
    let (a_key, b_key, end_key) = (key(KeyKind::P256, 1), key(KeyKind::P256, 2), key(KeyKind::P256, 3));
    let (a_root, b_root) = (root(&a, &a_key), root(&b, &b_key));
    let a_by_b = Wish::new(&a, &b, &a_key, &[authority()]).signed_by(&b_key);
    let b_by_a = Wish::new(&b, &a, &b_key, &[authority()]).signed_by(&a_key);
    let target = Wish::new(&end, &a, &end_key, &[]).signed_by(&a_key);
    let all = [a_by_b, b_by_a, a_root.clone(), b_root.clone()];
    assert_eq!(judge(&target, &[a_root], &all, &[]).certificates().len(), 2);
    assert_eq!(judge(&target, &[b_root], &all, &[]).certificates().len(), 3);
    assert_eq!(judge(&target, &[], &all, &[]).validated().unwrap_err(), PathFailure::NoChain);
}

#[test]
fn a_mesh_of_authorities_ends_at_the_limit() {
    let names: Vec<Name> = (0..14).map(|n| name(&format!("CN=mesh {n}"))).collect();
    let keys: Vec<PrivateKey> = (1..=14).map(|n| key(KeyKind::P256, n)).collect();
    let mut mesh = Vec::new();
    for (subject, subject_key) in names.iter().zip(&keys) {
        for (issuer, issuer_key) in names.iter().zip(&keys).filter(|(issuer, _)| *issuer != subject) {
            mesh.push(Wish::new(subject, issuer, subject_key, &[authority()]).signed_by(issuer_key));
        }
    }
    let target = Wish::new(&name("CN=end"), &names[0], &keys[0], &[]).signed_by(&keys[0]);
    let end = judge(&target, &[], &mesh, &[]).validated().unwrap_err();
    assert!(matches!(&end, PathFailure::Limit(end) if end.limit == Limit::SignatureChecks), "{end:?}");
}

#[test]
fn many_paths_that_are_all_wrong_end_at_the_limit() {
    // Each authority has many certificates, every one of them expired: each path is complete, and none is good.
    let (top, middle) = (name("CN=top"), name("CN=middle"));
    let (top_key, middle_key, end_key) = (key(KeyKind::P256, 1), key(KeyKind::P256, 2), key(KeyKind::P256, 3));
    let anchor = root(&top, &top_key);
    let expired = |serial| {
        let wish = Wish::new(&middle, &top, &middle_key, &[authority()]);
        Wish { serial, days: (-1000, -500), ..wish }.signed_by(&top_key)
    };
    let candidates: Vec<Certificate> = (0..300).map(expired).collect();
    let target = Wish::new(&name("CN=end"), &middle, &end_key, &[]).signed_by(&middle_key);
    let end = judge(&target, &[anchor], &candidates, &[]).validated().unwrap_err();
    assert!(matches!(&end, PathFailure::Limit(end) if end.limit == Limit::Paths), "{end:?}");
}

#[test]
fn policies_that_multiply_cost_nothing() {
    // Each authority maps each of two policies to both: the tree of RFC 5280 has two to the power of the depth leaves,
    // of 64 policies 64 to that power.
    let oids: Vec<String> = (0..64).map(|n| format!("1.2.3.{n}")).collect();
    let pairs: Vec<Vec<u8>> = oids
        .iter()
        .flat_map(|from| oids.iter().take(15).map(move |to| (from, to)))
        .map(|(from, to)| write::sequence(&[&write::oid(from).unwrap(), &write::oid(to).unwrap()]))
        .collect();
    let mappings = extension(oid::POLICY_MAPPINGS, false, &write::tlv(tag::SEQUENCE, &pairs.concat()));
    let keys: Vec<PrivateKey> = (1..=8).map(|n| key(KeyKind::P256, n)).collect();
    let names: Vec<Name> = (0..8).map(|n| name(&format!("CN=level {n}"))).collect();
    let anchor = root(&names[0], &keys[0]);
    let candidates: Vec<Certificate> = (1..8)
        .map(|n| {
            let extensions = [authority(), policies(&oids), mappings.clone()];
            Wish::new(&names[n], &names[n - 1], &keys[n], &extensions).signed_by(&keys[n - 1])
        })
        .collect();
    let target = Wish::new(&name("CN=end"), &names[7], &keys[7], &[policies(&oids)]).signed_by(&keys[7]);
    let inputs = PolicyInputs {
        accepted: vec!["1.2.3.5".to_owned()],
        explicit: ExplicitPolicy::Required,
        ..PolicyInputs::default()
    };
    let report = asked(&target, from_ref(&anchor), &candidates, &[], Some(&inputs));
    assert!(report.validated().is_ok(), "{:?}", report.faults());
    assert_eq!(report.policies(), ["1.2.3.5"]);
    let none = PolicyInputs { accepted: vec!["1.2.4".to_owned()], ..inputs };
    let report = asked(&target, &[anchor], &candidates, &[], Some(&none));
    assert_eq!(report.validated().unwrap_err(), PathFailure::Policy);
}

#[test]
fn names_without_end_meet_constraints_without_end() {
    let subtree = |n: u32| write::sequence(&[&write::implicit_primitive(2, format!("h{n}.example").as_bytes())]);
    let subtrees: Vec<Vec<u8>> = (0..1000).map(subtree).collect();
    let constraints = write::sequence(&[&write::implicit_constructed(1, &subtrees.concat())]);
    let alternatives: Vec<Vec<u8>> =
        (0..1000).map(|n| write::implicit_primitive(2, format!("w{n}.other").as_bytes())).collect();
    let (top, middle) = (name("CN=top"), name("CN=middle"));
    let (top_key, middle_key, end_key) = (key(KeyKind::P256, 1), key(KeyKind::P256, 2), key(KeyKind::P256, 3));
    let anchor = root(&top, &top_key);
    let constrained = [authority(), extension(oid::NAME_CONSTRAINTS, true, &constraints)];
    let between = Wish::new(&middle, &top, &middle_key, &constrained).signed_by(&top_key);
    let many = extension(oid::SUBJECT_ALT_NAME, false, &write::tlv(tag::SEQUENCE, &alternatives.concat()));
    let target = Wish::new(&name("CN=end"), &middle, &end_key, &[many]).signed_by(&middle_key);
    let end = judge(&target, &[anchor], &[between], &[]).validated().unwrap_err();
    assert!(matches!(&end, PathFailure::Limit(end) if end.limit == Limit::NameComparisons), "{end:?}");
}

#[test]
fn an_extension_that_is_there_twice_refuses() {
    let (top, end) = (name("CN=top"), name("CN=end"));
    let (top_key, end_key) = (key(KeyKind::P256, 1), key(KeyKind::P256, 2));
    let anchor = root(&top, &top_key);
    let target = Wish::new(&end, &top, &end_key, &[usage(&[0]), usage(&[5])]).signed_by(&top_key);
    let found = judge(&target, &[anchor], &[], &[]).validated().unwrap_err();
    assert_eq!(found, PathFailure::BrokenExtension { oid: oid::KEY_USAGE.to_owned() });
}

/// A root, an authority below it, and a certificate with a distribution point.
struct Listed {
    top: Name,
    top_key: PrivateKey,
    anchor: Certificate,
    middle: Name,
    between: Certificate,
    middle_key: PrivateKey,
    target: Certificate,
}

fn listed(point: &[u8]) -> Listed {
    let (top, middle) = (name("CN=top"), name("CN=middle"));
    let (top_key, middle_key) = (key(KeyKind::P256, 1), key(KeyKind::P256, 2));
    let anchor = root(&top, &top_key);
    let between = Wish::new(&middle, &top, &middle_key, &[authority()]).signed_by(&top_key);
    let points = extension(oid::CRL_DISTRIBUTION_POINTS, false, &write::sequence(&[point]));
    let wish = Wish::new(&middle, &middle, &middle_key, &[points]);
    let end = name("CN=end");
    let target = Wish { serial: 77, subject: &end, ..wish }.signed_by(&middle_key);
    Listed { top, top_key, anchor, middle, between, middle_key, target }
}

fn by_url() -> Vec<u8> {
    let url = write::implicit_primitive(6, b"http://ca.example/x.crl");
    write::sequence(&[&write::explicit(0, &write::explicit(0, &url))])
}

#[test]
fn a_list_signed_by_a_namesake_of_another_root_is_not_believed() {
    let world = listed(&by_url());
    let status = |crl: &Crl, others: &[Certificate], anchors: &[Certificate]| {
        let candidates: Vec<Certificate> = others.iter().cloned().chain([world.between.clone()]).collect();
        let report = judge(&world.target, anchors, &candidates, from_ref(crl));
        report.revocation().first().unwrap().clone()
    };
    let anchor = [world.anchor.clone()];
    let honest = list(&world.middle, &world.middle_key, &[], &[]);
    assert_eq!(status(&honest, &[], &anchor), RevocationStatus::Good);
    let accusing = list(&world.middle, &world.middle_key, &[(77, vec![])], &[]);
    assert!(matches!(status(&accusing, &[], &anchor), RevocationStatus::Revoked { .. }));

    // A second root, trusted too, certifies an authority of the same name: its list says nothing here.
    let (evil, evil_key, twin_key) = (name("CN=evil"), key(KeyKind::P256, 8), key(KeyKind::P256, 9));
    let evil_root = root(&evil, &evil_key);
    let twin = Wish::new(&world.middle, &evil, &twin_key, &[authority()]).signed_by(&evil_key);
    let forged = list(&world.middle, &twin_key, &[], &[]);
    let both = [world.anchor.clone(), evil_root];
    assert_eq!(status(&forged, from_ref(&twin), &both), RevocationStatus::Unknown);
    // The same key certified under the same root signs for that name (RFC 5280 6.3.3 f).
    let lawful = Wish::new(&world.middle, &world.top, &twin_key, &[usage(&[6])]).signed_by(&world.top_key);
    assert_eq!(status(&forged, &[lawful], &both), RevocationStatus::Good);
    let unfit = Wish::new(&world.middle, &world.top, &twin_key, &[usage(&[0])]).signed_by(&world.top_key);
    assert_eq!(status(&forged, &[unfit], &both), RevocationStatus::Unknown);
}

#[test]
fn an_indirect_list_speaks_for_whom_it_names() {
    let lists = name("CN=lists");
    let lists_key = key(KeyKind::P256, 5);
    let issuer = write::explicit(2, &write::explicit(4, lists.as_der()));
    let world = listed(&write::sequence(&[&issuer]));
    let signer = Wish::new(&lists, &world.top, &lists_key, &[usage(&[6])]).signed_by(&world.top_key);
    let indirect =
        extension(oid::ISSUING_DISTRIBUTION_POINT, true, &write::sequence(&[&write::implicit_primitive(4, &[0xFF])]));
    let of_middle =
        extension(oid::CERTIFICATE_ISSUER, true, &write::sequence(&[&write::explicit(4, world.middle.as_der())]));
    let status = |entries: &[(u64, Vec<Vec<u8>>)], extensions: &[Vec<u8>]| {
        let crls = [list(&lists, &lists_key, entries, extensions)];
        let candidates = [world.between.clone(), signer.clone()];
        let report = judge(&world.target, from_ref(&world.anchor), &candidates, &crls);
        report.revocation().first().unwrap().clone()
    };
    let indirect = [indirect];
    assert_eq!(status(&[], &indirect), RevocationStatus::Good);
    assert_eq!(status(&[], &[]), RevocationStatus::Unknown, "not said to be indirect");
    assert_eq!(status(&[(77, vec![])], &indirect), RevocationStatus::Good, "the same number of another issuer");
    let named = [(1, vec![of_middle.clone()]), (77, vec![])];
    assert!(matches!(status(&named, &indirect), RevocationStatus::Revoked { .. }), "the issuer is carried over");
    let strange = extension("1.2.3.4", true, &[5, 0]);
    assert_eq!(status(&[(1, vec![strange])], &indirect), RevocationStatus::Unknown, "not understood");
}
