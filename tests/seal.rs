//! Seals made by other programs, and seals of our own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a fault here should stop the test")]

mod support;

use eseal::seal::{CertList, Listed, Seal, SealError, SealVersion, ValueForm};

fn sample(name: &str) -> Option<Vec<u8>> {
    support::samples().map(|folder| std::fs::read(folder.join("seals").join(name)).unwrap())
}

#[test]
fn seals_of_three_standards_verify() {
    for (name, version) in
        [("UserV1.esl", SealVersion::V1), ("UserV4.esl", SealVersion::V4), ("UserV5.esl", SealVersion::V5)]
    {
        let Some(bytes) = sample(name) else { return };
        let seal = Seal::from_der(&bytes).unwrap();
        assert_eq!((seal.version(), seal.as_der()), (version, bytes.as_slice()), "{name}");
        assert_eq!(seal.picture().kind, "PNG");
        assert_eq!((seal.picture().width_mm, seal.picture().height_mm), (40, 40));
        assert_eq!(seal.verify_maker().unwrap().value_form(), ValueForm::Standard);
        let CertList::Certificates(list) = seal.list() else { panic!("{name}: no certificates") };
        assert_eq!(seal.lists_certificate(&list[0]), Listed::Yes);
        assert_eq!(seal.lists_certificate(seal.maker_certificate()), Listed::No);
    }
}

#[test]
fn the_bad_seal_is_read_and_does_not_verify() {
    let Some(bytes) = sample("SESealData.DER") else { return };
    let seal = Seal::from_der(&bytes).unwrap();
    assert_eq!(seal.extensions().len(), 3);
    assert_eq!(seal.extensions().iter().filter(|extension| extension.critical).count(), 1);
    assert_eq!(seal.picture().kind, "GIF");
    assert!(matches!(seal.verify_maker(), Err(SealError::Signature(_))));
}

/// No flip of a bit and no cut gives a seal that verifies. Bytes of the picture are sampled: there are many of them.
#[test]
fn no_flip_verifies() {
    for name in ["UserV1.esl", "UserV4.esl", "UserV5.esl"] {
        let Some(bytes) = sample(name) else { return };
        // The maker's certificate is not covered by the signature of V4 and V5, but its key is what verifies, and the
        // path decides on the rest: only flips outside it are tried here.
        let seal = Seal::from_der(&bytes).unwrap();
        let maker = bytes.windows(seal.maker_certificate().len()).position(|w| w == seal.maker_certificate()).unwrap();
        let maker = maker..maker + seal.maker_certificate().len();
        for at in (0..bytes.len()).filter(|at| (*at < 750 || at % 97 == 0 || *at > 16_300) && !maker.contains(at)) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let verified = Seal::from_der(&damaged).and_then(|seal| seal.verify_maker());
            assert!(verified.is_err(), "{name} at {at}");
        }
        for length in (0..bytes.len()).step_by(61) {
            assert!(Seal::from_der(&bytes[..length]).is_err(), "{name} cut to {length}");
        }
        assert!(Seal::from_der(&[bytes.as_slice(), &[0]].concat()).is_err(), "{name} with a byte behind");
    }
}
