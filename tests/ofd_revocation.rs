//! Attack 71: a certificate that was revoked, before, after and without a proven time of signing.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/world.rs"]
mod world;

use eseal::crypto::{Digest, KeyKind, Signer};
use eseal::pki::build::Issuer;
use eseal::pki::{Certificate, Crl, CrlRequest, RevocationReason, Revoked};
use eseal::report::{Indication, Reliable};
use eseal::time::Time;
use eseal::verify::{NoRegister, OwnStatus, Register, RegisterUnreadable, SealStates};

use crate::world::{NOW, SIGNED, World, codes, fixture, time};

/// A trail that remembers when everything was signed.
struct Trail(Time);

impl Register for Trail {
    fn sealed_at(&self, _value: &Digest) -> Result<Option<Time>, RegisterUnreadable> {
        Ok(Some(self.0))
    }

    fn own_status(&self, _certificate: &Certificate) -> OwnStatus {
        OwnStatus::Elsewhere
    }

    fn seal_states(&self, _seal: &eseal::seal::Seal) -> SealStates {
        SealStates::Untold
    }
}

fn list(world: &World, at: i64) -> Crl {
    list_for(world, at, RevocationReason::KeyCompromise)
}

fn list_for(world: &World, at: i64, reason: RevocationReason) -> Crl {
    let serial = world.signer.certificate.serial().to_vec();
    let revoked = [Revoked { serial, at: time(at), reason }];
    let request =
        CrlRequest { number: 1, this_update: time(at), next_update: time(NOW).plus_days(7), revoked: &revoked };
    let issuer = Issuer::holder(&world.root.certificate, world.root.key.public_key()).unwrap();
    Crl::issue(&request, &issuer, &world.root.key).unwrap()
}

#[test]
fn a_revoked_certificate_is_judged_by_the_proven_time_alone() {
    let world = World::new(KeyKind::Sm2);
    let trail = Trail(time(SIGNED));
    let rows: [(i64, &dyn Register, Indication, &str, Reliable); 4] = [
        (SIGNED - 600, &trail, Indication::TotalFailed, "REVOKED", Reliable::No),
        (SIGNED + 600, &trail, Indication::TotalPassed, "REVOKED_LATER", Reliable::Yes),
        (SIGNED - 600, &NoRegister, Indication::Indeterminate, "REVOKED_NO_POE", Reliable::Undetermined),
        (SIGNED + 600, &NoRegister, Indication::Indeterminate, "REVOKED_NO_POE", Reliable::Undetermined),
    ];
    for sealed in [true, false] {
        let bytes = world.on_ofd(&fixture("notice.ofd"), sealed, eseal::sign::Closing::Open);
        for (at, register, indication, code, reliable) in rows {
            let report = world.verify_with(&bytes, &[list(&world, at)], register, NOW);
            let found = codes(&report);
            assert_eq!(report.indication, indication, "{at} {code}: {found:?}");
            assert!(found.contains(&code), "{at} {code}: {found:?}");
            assert_eq!(report.signatures[0].reliability.conclusion(), reliable, "{at} {code}");
        }
    }
}

#[test]
fn a_certificate_on_hold_leaves_doubt() {
    // EN 319 102-1 5.2.6.4: a hold may be lifted again, so nothing is proven by it.
    let world = World::new(KeyKind::Sm2);
    let trail = Trail(time(SIGNED));
    let rows: [(i64, &dyn Register, Indication, &str); 3] = [
        (SIGNED - 600, &trail, Indication::Indeterminate, "TRY_LATER"),
        (SIGNED + 600, &trail, Indication::TotalPassed, "REVOKED_LATER"),
        (SIGNED - 600, &NoRegister, Indication::Indeterminate, "TRY_LATER"),
    ];
    let bytes = world.on_ofd(&fixture("notice.ofd"), true, eseal::sign::Closing::Open);
    for (at, register, indication, code) in rows {
        let held = list_for(&world, at, RevocationReason::CertificateHold);
        let report = world.verify_with(&bytes, &[held], register, NOW);
        assert_eq!(report.indication, indication, "{at} {code}: {:?}", codes(&report));
        assert!(codes(&report).contains(&code), "{at} {code}: {:?}", codes(&report));
    }
}

#[test]
fn a_certificate_that_may_not_sign_makes_no_reliable_signature() {
    // GM/T 0031-2014 6.2.3 c) fails at once; here doubt is left, and article 13 answers no.
    let world = World::new(KeyKind::Sm2);
    let key = world.signer.key.public_key();
    let authority = world.issue("Signer", key, world::long(), eseal::pki::build::Profile::Authority);
    let other =
        World { signer: world::Holder { certificate: authority.clone(), key: same_key() }, ..World::new(KeyKind::Sm2) };
    let bytes = other.on_ofd(&fixture("notice.ofd"), false, eseal::sign::Closing::Open);
    let report = world.verify(&bytes);
    assert_eq!(report.indication, Indication::Indeterminate, "{:?}", codes(&report));
    assert!(codes(&report).contains(&"CHAIN_CONSTRAINTS_FAILURE"));
    assert_eq!(report.signatures[0].reliability.conclusion(), Reliable::No);
}

fn same_key() -> eseal::crypto::PrivateKey {
    eseal::crypto::PrivateKey::from_scalar(KeyKind::Sm2, &[0x33; 32]).unwrap()
}
