//! Recipes: documents and verifiers, each made for one verdict.

use eseal::crypto::{Digest, DigestAlgorithm, KeyKind, PrivateKey, Signer};
use eseal::pki::ber::{Encoding, Reader};
use eseal::pki::build::{CertificateRequest, Issuer, Profile, issue};
use eseal::pki::cms::SignedData;
use eseal::pki::path::{RevocationEvidence, TrustAnchor};
use eseal::pki::timestamp::{Authority, OwnAuthority};
use eseal::pki::{Certificate, Crl, CrlRequest, Name, write};
use eseal::policy::Policy;
use eseal::report::Report;
use eseal::sign::{Closing, ContainerChoice, Need, Timestamping};
use eseal::source::Bytes;
use eseal::time::{Time, Validity};
use eseal::verify::{Evidence, OwnStatus, Register, RegisterUnreadable, SealStates, verify};

use crate::archive::{DAY, Office, Tsa, at as office_time};
use crate::forge::{Wish, usage};
use crate::world::{NOW, SIGNED, World, fixture, long, time};
use crate::zip::Zip;

/// What a store remembers.
#[derive(Default)]
pub struct Memory {
    pub sealed: Option<Time>,
    pub revoked: Option<(Certificate, Time)>,
}

impl Register for Memory {
    fn sealed_at(&self, _value: &Digest) -> Result<Option<Time>, RegisterUnreadable> {
        Ok(self.sealed)
    }

    fn own_status(&self, certificate: &Certificate) -> OwnStatus {
        match &self.revoked {
            Some((revoked, at)) if revoked == certificate => OwnStatus::Revoked { at: *at },
            _ => OwnStatus::Elsewhere,
        }
    }

    fn seal_states(&self, _seal: &eseal::seal::Seal) -> SealStates {
        SealStates::Untold
    }
}

/// A document and who verifies it.
pub struct Scene {
    pub bytes: Vec<u8>,
    pub anchors: Vec<TrustAnchor>,
    pub untrusted: Vec<Certificate>,
    pub crls: Vec<Crl>,
    pub memory: Memory,
    pub now: i64,
    pub policy: Policy,
}

impl Scene {
    fn of(world: &World, bytes: Vec<u8>) -> Scene {
        Scene {
            bytes,
            anchors: vec![TrustAnchor::new(world.root.certificate.clone())],
            untrusted: Vec::new(),
            crls: Vec::new(),
            memory: Memory::default(),
            now: NOW,
            policy: Policy::default(),
        }
    }

    /// A signed OFD document, with nothing wrong.
    pub fn honest() -> Scene {
        let world = World::new(KeyKind::Sm2);
        Scene::of(&world, ofd(&world))
    }

    /// The same, with rules of its own.
    pub fn with_policy(mut self, rules: &str) -> Scene {
        self.policy = Policy::parse(&format!("name = \"test\"\nextends = \"default\"\n{rules}\n")).unwrap();
        self
    }

    pub fn judge(&self) -> Report {
        let evidence = Evidence {
            anchors: &self.anchors,
            untrusted: &self.untrusted,
            revocation: RevocationEvidence { crls: &self.crls, responses: &[] },
            register: &self.memory,
            policy: &self.policy,
            time: time(self.now),
            passwords: &[],
            missing: None,
        };
        verify(&Bytes::shared(self.bytes.clone()), "test", &evidence)
    }
}

/// The scene of a recipe.
pub fn scene(recipe: &str) -> Option<Scene> {
    let world = World::new(KeyKind::Sm2);
    let plain = || Scene::of(&world, ofd(&world));
    let proven = |at: i64| {
        let mut scene = plain();
        scene.memory.sealed = Some(time(at));
        scene
    };
    Some(match recipe {
        "a signature value that is rubbish" => Scene::of(&world, with_value(&ofd(&world), |_| b"rubbish".to_vec())),
        "a page changed after signing" => {
            let mut bytes = world.on_pdf(&fixture("notice.pdf"), false, ContainerChoice::Auto);
            bytes[40] ^= 1;
            Scene::of(&world, bytes)
        }
        "a bit of the signature value flipped" => {
            let flipped = |mut value: Vec<u8>| {
                *value.last_mut().unwrap() ^= 1;
                value
            };
            Scene::of(&world, with_value(&ofd(&world), flipped))
        }
        "signed after revocation, as is proven" => {
            let mut scene = proven(SIGNED);
            scene.memory.revoked = Some((world.signer.certificate.clone(), time(SIGNED - 600)));
            scene
        }
        "signed after expiry, as is proven" => {
            let mut scene = proven(NOW + 1801 * 86_400);
            scene.now = NOW + 1802 * 86_400;
            scene
        }
        "signed before the certificate began, as is proven" => proven(NOW - 1801 * 86_400),
        "a file that the signature does not cover" => {
            let mut package = Zip::of(&ofd(&world));
            package.put("Doc_0/stray.bin", b"stray");
            Scene::of(&world, package.build())
        }
        "a purpose that the certificate has not" => {
            plain().with_policy("[certificates]\npurposes = [\"1.3.6.1.4.1.311.10.3.12\"]")
        }
        "an anchor of the same name with another key" => {
            let key = PrivateKey::from_scalar(KeyKind::Sm2, &[0x44; 32]).unwrap();
            let name = Name::parse("CN=Root,O=Test,C=CN").unwrap();
            let own = Issuer::own(&name, key.public_key());
            let other = issue(&request(&name, &key, long(), Profile::Authority), &own, &key, &world.random).unwrap();
            let mut package = plain();
            package.anchors = vec![TrustAnchor::new(other)];
            package
        }
        "P-256 by the policy gm" => {
            let world = World::new(KeyKind::P256);
            let mut scene = Scene::of(&world, ofd(&world));
            scene.policy = Policy::named("gm").unwrap();
            scene
        }
        "a digest that has ended, nothing proven" => plain().with_policy("[algorithms.digests]\nsm3 = 2020-12-31"),
        "a signature policy that cannot be read" => {
            Scene::of(&world, with_value(&ofd(&world), |value| naming(&world, &value, &write::integer(7))))
        }
        "a signature policy that is not at hand" => {
            named_policy().with_policy("[signature-policies]\nunknown = \"doubt\"")
        }
        "a value without certificates" => Scene::of(&world, with_value(&ofd(&world), |value| bare(&value))),
        "nobody trusted" => {
            let mut scene = plain();
            scene.anchors.clear();
            scene
        }
        "revoked, nothing proven" => {
            let mut scene = plain();
            scene.memory.revoked = Some((world.signer.certificate.clone(), time(SIGNED + 600)));
            scene
        }
        "a CA revoked, nothing proven" => below_a_ca(),
        "expired since, nothing proven" => {
            let mut scene = plain();
            scene.now = NOW + 1801 * 86_400;
            scene
        }
        "a proof of time asked for and not there" => plain().with_policy("[time]\nproof = \"required\""),
        "a source of revocation data, and none at hand" => with_source(),
        "timestamps against their order" => out_of_order(),
        "a list not shown to exist before its issuer ended" => unproven_list(),
        "a CA not shown to exist before the root ended" => unproven_ca(),
        _ => return None,
    })
}

/// A signature that names the signature policy 2.999.7.
pub fn named_policy() -> Scene {
    let world = World::new(KeyKind::Sm2);
    let digest = DigestAlgorithm::Sha256.digest(b"the policy");
    let algorithm = write::sequence(&[&write::oid(DigestAlgorithm::Sha256.oid()).unwrap()]);
    let hash = write::sequence(&[&algorithm, &write::octet_string(digest.as_bytes())]);
    let named = write::sequence(&[&write::oid("2.999.7").unwrap(), &hash]);
    Scene::of(&world, with_value(&ofd(&world), |value| naming(&world, &value, &named)))
}

/// A signer whose certificate names a source of revocation lists.
pub fn with_source() -> Scene {
    let world = listed();
    let bytes = ofd(&world);
    Scene::of(&world, bytes)
}

/// A world whose signer's certificate names a source of revocation lists.
fn listed() -> World {
    let mut world = World::new(KeyKind::Sm2);
    let subject = Name::parse("CN=Listed,O=Test,C=CN").unwrap();
    let wish = request(&subject, &world.signer.key, long(), Profile::Signer);
    let wish = CertificateRequest { crl_url: Some("http://ca.example/x.crl"), ..wish };
    let issuer = Issuer::holder(&world.root.certificate, world.root.key.public_key()).unwrap();
    world.signer.certificate = issue(&wish, &issuer, &world.root.key, &world.random).unwrap();
    world
}

/// A signer whose certificate allows digitalSignature and nothing else.
pub fn digital_signature_alone() -> Scene {
    let mut world = World::new(KeyKind::Sm2);
    let subject = Name::parse("CN=Plain,O=Test,C=CN").unwrap();
    let issuer = world.root.certificate.subject().clone();
    let wish = Wish::new(&subject, &issuer, &world.signer.key, &[usage(&[0])]);
    world.signer.certificate = wish.signed_by(&world.root.key);
    let bytes = ofd(&world);
    Scene::of(&world, bytes)
}

/// A list of ten days ago that is still in force.
pub fn old_list() -> Scene {
    let world = World::new(KeyKind::Sm2);
    let (this_update, next_update) = (time(NOW).plus_days(-10), time(NOW).plus_days(7));
    let request = CrlRequest { number: 1, this_update, next_update, revoked: &[] };
    let issuer = Issuer::holder(&world.root.certificate, world.root.key.public_key()).unwrap();
    let mut scene = Scene::of(&world, ofd(&world));
    scene.crls = vec![Crl::issue(&request, &issuer, &world.root.key).unwrap()];
    scene
}

/// A PDF signed, and sealed after that.
pub fn sealed_again() -> Scene {
    let world = World::new(KeyKind::Sm2);
    let signed = world.on_pdf(&fixture("notice.pdf"), false, ContainerChoice::Auto);
    Scene::of(&world, world.on_pdf(&signed, true, ContainerChoice::Auto))
}

/// A sealed package.
pub fn sealed() -> Scene {
    let world = World::new(KeyKind::Sm2);
    Scene::of(&world, world.seal_ofd(&fixture("notice.ofd")))
}

/// Sealed, as the sealer says himself, after the seal had ended.
pub fn sealed_too_late() -> Scene {
    let mut world = World::new(KeyKind::Sm2);
    let not_after = time(SIGNED).plus_days(-1);
    world.seal = world.seal_with(|seal| seal.validity.not_after = not_after);
    Scene::of(&world, world.seal_ofd(&fixture("notice.ofd")))
}

/// Two document timestamps, of which the later one states the earlier time.
fn out_of_order() -> Scene {
    let office = Office::new();
    let first = office.stamp(&office.signed(), 5 * DAY, Tsa::First);
    Scene {
        bytes: office.stamp(&first, 2 * DAY, Tsa::Other),
        anchors: office.roots().map(|root| TrustAnchor::new(root.clone())).to_vec(),
        untrusted: Vec::new(),
        crls: vec![office.signer_list(6 * DAY, &[]), office.tsa_list(6 * DAY, &[])],
        memory: Memory::default(),
        now: office_time(7 * DAY).unix(),
        policy: Policy::default(),
    }
}

/// Signed in time, as a timestamp shows, and judged after signer and root have ended, by a list of the time of signing that
/// nothing shows to be older than that: whoever has the root's key now may have made it.
fn unproven_list() -> Scene {
    let world = listed();
    let request = CrlRequest { number: 1, this_update: time(NOW), next_update: time(NOW).plus_days(7), revoked: &[] };
    let issuer = Issuer::holder(&world.root.certificate, world.root.key.public_key()).unwrap();
    let list = Crl::issue(&request, &issuer, &world.root.key).unwrap();
    Scene { crls: vec![list], ..long_after(&world) }
}

/// Signed in time below a CA whose certificate comes from elsewhere, and judged after the root has ended.
fn unproven_ca() -> Scene {
    let (world, middle) = under_a_ca();
    Scene { untrusted: vec![middle], ..long_after(&world) }
}

/// Signed with a timestamp of an authority that outlives the world's root, and judged when only that is in force.
fn long_after(world: &World) -> Scene {
    let key = |fill: u8| PrivateKey::from_scalar(KeyKind::Sm2, &[fill; 32]).unwrap();
    let (root_key, clock_key) = (key(0x66), key(0x67));
    let name = |common: &str| Name::parse(&format!("CN={common},O=Test,C=CN")).unwrap();
    let (root_name, clock_name) = (name("Time Root"), name("Time"));
    let validity = Validity { not_after: time(NOW).plus_days(4000), ..long() };
    let own = Issuer::own(&root_name, root_key.public_key());
    let wish = request(&root_name, &root_key, validity, Profile::Authority);
    let root = issue(&wish, &own, &root_key, &world.random).unwrap();
    let wish = request(&clock_name, &clock_key, validity, Profile::Tsa);
    let issuer = Issuer::holder(&root, root_key.public_key()).unwrap();
    let clock = issue(&wish, &issuer, &root_key, &world.random).unwrap();
    let authority = Authority { signer: &clock_key, certificate: &clock, chain: std::slice::from_ref(&root) };
    let source = OwnAuthority { authority, time: time(SIGNED + 2), random: &world.random };
    let timestamping = Timestamping { source: &source, need: Need::Required };
    let mut scene = Scene::of(world, world.stamped_ofd(false, Some(timestamping)).unwrap().0);
    scene.anchors.push(TrustAnchor::new(root));
    scene.now = NOW + 1801 * 86_400;
    scene
}

fn below_a_ca() -> Scene {
    let (world, middle) = under_a_ca();
    let mut scene = Scene::of(&world, ofd(&world));
    scene.untrusted = vec![middle.clone()];
    scene.memory.revoked = Some((middle, time(SIGNED + 600)));
    scene
}

/// A world whose signer stands below a CA, and that CA's certificate.
fn under_a_ca() -> (World, Certificate) {
    let mut world = World::new(KeyKind::Sm2);
    let key = PrivateKey::from_scalar(KeyKind::Sm2, &[0x55; 32]).unwrap();
    let middle = world.issue("Middle", key.public_key(), long(), Profile::Authority);
    let subject = Name::parse("CN=Below,O=Test,C=CN").unwrap();
    let wish = request(&subject, &world.signer.key, long(), Profile::Signer);
    let issuer = Issuer::holder(&middle, key.public_key()).unwrap();
    world.signer.certificate = issue(&wish, &issuer, &key, &world.random).unwrap();
    (world, middle)
}

fn request<'a>(subject: &'a Name, key: &'a PrivateKey, validity: Validity, profile: Profile) -> CertificateRequest<'a> {
    CertificateRequest { subject, public_key: key.public_key(), validity, profile, crl_url: None }
}

/// The fixture signed without a seal: a value of GB/T 35275.
fn ofd(world: &World) -> Vec<u8> {
    world.on_ofd(&fixture("notice.ofd"), false, Closing::Open)
}

/// With another SignedValue.dat.
fn with_value(bytes: &[u8], change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut package = Zip::of(bytes);
    let name = package.names().into_iter().find(|name| name.ends_with("SignedValue.dat")).unwrap();
    let value = change(package.get(&name));
    package.put(&name, &value);
    package.build()
}

/// The value with a sigPolicyId among its signed attributes, signed again.
fn naming(world: &World, value: &[u8], policy: &[u8]) -> Vec<u8> {
    let data = SignedData::read(value).unwrap();
    let info = &data.signer_infos[0];
    let attributes = info.signed_attributes.as_ref().unwrap();
    let kept: Vec<&[u8]> = attributes.attributes().as_slice().iter().map(|one| one.raw.as_slice()).collect();
    let old = write::implicit_constructed(0, &kept.concat());
    let oid = write::oid("1.2.840.113549.1.9.16.2.15").unwrap();
    let named = write::sequence(&[&oid, &write::set(&[policy])]);
    let mut all = kept.clone();
    all.push(&named);
    let set = write::set_of(&all);
    let new = write::implicit_constructed(0, &write::sorted(&all));
    let signed = world.signer.key.sign(&set).unwrap();
    let replaced = rebuilt(value, &old, &new);
    assert_ne!(replaced, value);
    rebuilt(&replaced, &write::octet_string(&info.signature), &write::octet_string(signed.as_bytes()))
}

/// The value without its certificates.
fn bare(value: &[u8]) -> Vec<u8> {
    let data = SignedData::read(value).unwrap();
    let old = write::implicit_constructed(0, &data.certificates.concat());
    rebuilt(value, &old, &[])
}

/// The same DER with one element in place of another, and every length around it right.
fn rebuilt(der: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    if der == old {
        return new.to_vec();
    }
    let value = Reader::only(der, Encoding::Ber).unwrap();
    let has = value.content.windows(old.len()).any(|part| part == old);
    if value.tag & 0x20 == 0 || !has {
        return der.to_vec();
    }
    let mut inside = Vec::new();
    let mut reader = Reader::new(value.content, Encoding::Ber);
    while !reader.is_empty() {
        inside.extend(rebuilt(reader.next().unwrap().bytes, old, new));
    }
    write::tlv(value.tag, &inside)
}
