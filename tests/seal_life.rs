//! The state of a seal at the time of signing: one row for each way in which it can be known.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/world.rs"]
mod world;

use eseal::crypto::{Digest, KeyKind};
use eseal::pki::Certificate;
use eseal::report::Indication;
use eseal::seal::{ListedSeal, Seal, SealChange, SealHistory, SealState, StatusList, StatusListError, Told};
use eseal::time::Time;
use eseal::verify::{OwnStatus, Register, RegisterUnreadable, SealStates};

use crate::world::{NOW, SIGNED, World, codes, fixture, time};

/// Remembers when everything was sealed, or not, and what became of the seal.
struct Memory {
    sealed: Option<Time>,
    states: SealStates,
}

impl Register for Memory {
    fn sealed_at(&self, _value: &Digest) -> Result<Option<Time>, RegisterUnreadable> {
        Ok(self.sealed)
    }

    fn own_status(&self, _certificate: &Certificate) -> OwnStatus {
        OwnStatus::Good
    }

    fn seal_states(&self, _seal: &Seal) -> SealStates {
        self.states.clone()
    }
}

fn change(at: i64, state: SealState) -> SealChange {
    SealChange { time: time(at), state, reason: "why".to_owned() }
}

fn known(told: Told, changes: &[SealChange]) -> SealStates {
    SealStates::Known(SealHistory::new(told, changes.to_vec()))
}

#[test]
fn the_state_at_the_time_of_signing_decides() {
    use Indication::{Indeterminate, TotalFailed, TotalPassed};
    use SealState::{Active, Cancelled, Suspended};
    let world = World::new(KeyKind::Sm2);
    let fresh = Told::ByList { issued: time(NOW - 60), next: time(NOW + 60) };
    let ended = Told::ByList { issued: time(SIGNED - 600), next: time(NOW - 60) };
    let proven = Some(time(SIGNED));
    let (before, after) = (SIGNED - 300, SIGNED + 300);
    #[rustfmt::skip]
    let rows = [
        (proven, known(fresh, &[change(after, Cancelled)]), TotalPassed, "SEAL_STATE_LATER"),
        (proven, known(fresh, &[change(before, Cancelled)]), TotalFailed, "SEAL_CANCELLED"),
        (proven, known(fresh, &[change(SIGNED, Cancelled)]), TotalFailed, "SEAL_CANCELLED"),
        (proven, known(Told::ByRegister, &[change(SIGNED, Cancelled)]), TotalPassed, "SEAL_STATE_LATER"),
        (proven, known(fresh, &[change(before, Suspended), change(after, Active)]), TotalFailed, "SEAL_SUSPENDED"),
        (proven, known(fresh, &[change(before - 60, Suspended), change(before, Active)]), TotalPassed, ""),
        (proven, known(ended, &[]), Indeterminate, "SEAL_STATUS_STALE"),
        (None, known(ended, &[]), Indeterminate, "SEAL_STATUS_STALE"),
        (None, known(fresh, &[]), TotalPassed, ""),
        (None, known(fresh, &[change(after, Cancelled)]), Indeterminate, "SEAL_INACTIVE_NO_POE"),
        // A claim may only worsen: what claims to be sealed after the cancellation condemns itself.
        (None, known(fresh, &[change(before, Cancelled)]), TotalFailed, "SEAL_CANCELLED"),
        (None, known(fresh, &[change(after, Suspended), change(after + 60, Active)]), TotalPassed, ""),
        (None, SealStates::NotListed, Indeterminate, "SEAL_NOT_LISTED"),
        (None, SealStates::Untold, TotalPassed, ""),
        (None, SealStates::Unreadable, Indeterminate, "REGISTER_UNREADABLE"),
    ];
    for document in ["notice.pdf", "notice.ofd"] {
        let bytes = match document {
            "notice.pdf" => world.on_pdf(&fixture(document), true, eseal::sign::ContainerChoice::Auto),
            _ => world.on_ofd(&fixture(document), true, eseal::sign::Closing::Open),
        };
        for (at, (sealed, states, indication, code)) in rows.iter().enumerate() {
            let memory = Memory { sealed: *sealed, states: states.clone() };
            let report = world.verify_with(&bytes, &[], &memory, NOW);
            let found = codes(&report);
            assert_eq!(report.indication, *indication, "{document}, row {at}: {found:?}");
            assert!(code.is_empty() || found.contains(code), "{document}, row {at}: {found:?}");
        }
    }
}

#[test]
fn a_list_tells_of_its_makers_seals_alone_and_bears_no_change() {
    let world = World::new(KeyKind::Sm2);
    let changes = vec![change(SIGNED, SealState::Suspended)];
    let listed = [ListedSeal::of(&world.seal, changes.clone())];
    let period = (time(NOW), time(NOW + 60));
    let list = StatusList::issue(&listed, period, &world.maker.certificate, &world.maker.key).unwrap();
    assert_eq!(list.history(&world.seal).unwrap().changes(), changes);
    let other = World::new(KeyKind::P256);
    assert_eq!(list.history(&other.seal), None);
    let der = list.as_der();
    for at in 0..der.len() {
        let mut flipped = der.to_vec();
        flipped[at] ^= 1;
        // The certificate's own signature is the path's matter; the rest must not pass.
        let passed = StatusList::from_der(&flipped).is_ok_and(|read| read.maker() == list.maker());
        assert!(!passed, "a flip at {at} passes");
    }
    let two = [der, der].concat();
    assert_eq!(StatusList::read_all(&two).unwrap().len(), 2);
    assert!(matches!(StatusList::read_all(&two[..two.len() - 1]), Err(StatusListError::Malformed { .. })));
    let wrong = StatusList::issue(&listed, period, &world.maker.certificate, &world.signer.key);
    assert_eq!(wrong, Err(StatusListError::OtherKey));
}
