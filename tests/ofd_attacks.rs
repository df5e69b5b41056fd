//! The attacks on OFD packages: recipes, carried out on packages that this program sealed, each with its verdict and its
//! reason. The numbers are those of the list of attacks; every recipe works on real signatures, and where the attacker
//! is the signer himself, the package is signed again with the test key, so that one property alone is wrong.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::too_many_lines, reason = "a table of cases is as long as its rows")]

#[path = "ofd_attacks/case.rs"]
mod case;
#[path = "ofd_attacks/coverage.rs"]
mod coverage;
#[path = "ofd_attacks/forge.rs"]
mod forge;
#[path = "ofd_attacks/keys.rs"]
mod keys;
#[path = "ofd_attacks/seals.rs"]
mod seals;
#[path = "support/world.rs"]
mod world;
#[path = "ofd_attacks/xml.rs"]
mod xml;
#[path = "support/zip.rs"]
mod zip;
#[path = "ofd_attacks/zips.rs"]
mod zips;

use eseal::crypto::KeyKind;
use eseal::report::{Coverage, Indication, LaterChanges, Reliable};
use eseal::seal::SealStandard;

use crate::case::{run, stages};
use crate::world::World;

/// The world with a seal of GM/T 0031-2025.
fn v5() -> World {
    let world = World::new(KeyKind::Sm2);
    let seal = world.seal_with(|request| request.standard = SealStandard::V5);
    World { seal, ..world }
}

#[test]
fn untouched_packages_pass() {
    for world in [World::new(KeyKind::Sm2), World::new(KeyKind::P256), v5()] {
        for stage in stages(&world) {
            let report = world.verify(&stage.zip().build());
            assert_eq!(report.indication, Indication::TotalPassed, "{:?}: {:?}", stage.kind, world::codes(&report));
            for signature in &report.signatures {
                assert_eq!(signature.coverage, Coverage::WholeDocument);
                assert_eq!(signature.later_changes, LaterChanges::None);
                assert_eq!(signature.reliability.conclusion(), Reliable::Yes);
            }
        }
    }
}

#[test]
fn zip_1_to_18() {
    run(&World::new(KeyKind::Sm2), &zips::cases());
}

#[test]
fn xml_19_to_30() {
    run(&World::new(KeyKind::Sm2), &xml::cases());
}

#[test]
fn coverage_31_to_48() {
    run(&World::new(KeyKind::Sm2), &coverage::cases());
}

#[test]
fn seals_49_to_67() {
    run(&World::new(KeyKind::Sm2), &seals::cases());
}

#[test]
fn keys_68_to_72() {
    run(&World::new(KeyKind::Sm2), &keys::cases());
}

#[test]
fn all_of_them_on_seals_of_the_newest_standard() {
    let world = v5();
    for cases in [zips::cases(), xml::cases(), coverage::cases(), seals::cases(), keys::cases()] {
        run(&world, &cases);
    }
}

/// Recipes that need no digest made anew.
#[test]
fn zip_on_packages_of_another_suite() {
    run(&World::new(KeyKind::P256), &zips::cases());
}

#[test]
fn no_number_is_left_out() {
    let all = [zips::cases(), xml::cases(), coverage::cases(), seals::cases(), keys::cases()];
    let mut numbers: Vec<u8> = all.iter().flatten().map(|case| case.number).collect();
    // Revocation needs lists and a register, and has a test of its own.
    numbers.push(71);
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (1..=72).collect::<Vec<u8>>());
}
