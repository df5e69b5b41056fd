//! The store from outside: modes, owners, locks, the trail in the same transaction, and what a crash leaves behind.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a fault here should stop the test")]

use std::fs::{self, Permissions};
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eseal::audit::{Act, Draft, FaultKind, Macs};
use eseal::crypto::protect::ProtectionKind;
use eseal::crypto::{Digest, DigestAlgorithm, KeyKind, PrivateKey, SecretBytes};
use eseal::files::{Access, OutputFile, Overwrite, SystemRandom};
use eseal::seal::{SealChange, SealState};
use eseal::store::{
    AnchorRecord, CaRecord, CertificateRecord, Changes, CrlRecord, Custody, EmbeddedStore, EvidenceRecord, Finality,
    Name, NewSealing, Purpose, Revocation, Role, SealRecord, Store, StoreError, Unlock, UnlockedStore,
};
use eseal::time::Time;
use rusqlite::Connection;

fn at(seconds: i64) -> Time {
    Time::from_unix(1_795_000_000 + seconds)
}

fn draft(act: Act, seconds: i64) -> Draft {
    Draft::new(act, at(seconds), "clerk", "host")
}

fn key() -> SecretBytes {
    SecretBytes::new(vec![7; 32])
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn sha256(bytes: &[u8]) -> Digest {
    DigestAlgorithm::Sha256.digest(bytes)
}

/// A store with a key file in a folder that goes away.
fn made() -> (tempfile::TempDir, PathBuf, UnlockedStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store =
        EmbeddedStore::create(&path, Unlock::KeyFile(&key()), &SystemRandom, draft(Act::StoreCreated, 0)).unwrap();
    (folder, path, store)
}

fn reopened(path: &Path) -> UnlockedStore {
    EmbeddedStore::open(path).unwrap().unlock(Unlock::KeyFile(&key())).unwrap()
}

fn acts(store: &dyn Store) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut take = |record: eseal::audit::Record| {
        acts.push(record.entry().unwrap().act);
        ControlFlow::Continue(())
    };
    store.trail(1, &mut take).unwrap();
    acts
}

fn whole(store: &dyn Store, count: u64) {
    assert_eq!(store.verify_trail().unwrap().unwrap().link.count, count);
}

fn certificate(certificate: &str, issuer: Option<&str>, serial: u8) -> CertificateRecord {
    CertificateRecord {
        name: name(certificate),
        der: vec![0x30, serial],
        chain: vec![vec![1, 2, 3], Vec::new(), vec![4]],
        role: if issuer.is_some() { Role::Signer } else { Role::Ca },
        issuer: issuer.map(name),
        serial: vec![serial],
        added: at(1),
    }
}

fn add_root(changes: &mut dyn Changes) -> Result<(), StoreError> {
    changes.add_certificate(&certificate("root", None, 1))?;
    changes.add_ca(&CaRecord { name: name("root"), crl_url: None, next_crl: 1, parent: None })
}

#[test]
fn a_new_store_is_private_whole_and_never_replaced() {
    let (folder, path, store) = made();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for entry in fs::read_dir(&path).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    assert_eq!(store.verify_trail().unwrap().unwrap().macs, Macs::Checked);
    drop(store);
    let before = fs::read(path.join("store.db")).unwrap();
    let again = EmbeddedStore::create(&path, Unlock::KeyFile(&key()), &SystemRandom, draft(Act::StoreCreated, 0));
    assert!(matches!(again, Err(StoreError::Exists { .. })));
    assert_eq!(fs::read(path.join("store.db")).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let on_file = EmbeddedStore::create(&file, Unlock::KeyFile(&key()), &SystemRandom, draft(Act::StoreCreated, 0));
    assert!(matches!(on_file, Err(StoreError::Exists { .. })));
    let empty = folder.path().join("deep/er/empty");
    fs::create_dir_all(&empty).unwrap();
    EmbeddedStore::create(&empty, Unlock::KeyFile(&key()), &SystemRandom, draft(Act::StoreCreated, 0)).unwrap();
    assert_eq!(mode(&empty), 0o700);
}

#[test]
fn a_store_that_others_can_reach_is_refused() {
    let (folder, path, store) = made();
    drop(store);
    for (target, good) in [(path.clone(), 0o700), (path.join("store.db"), 0o600)] {
        for bad in [good | 0o040, good | 0o010, good | 0o004, good | 0o022] {
            fs::set_permissions(&target, Permissions::from_mode(bad)).unwrap();
            let got = EmbeddedStore::open(&path);
            assert!(matches!(got, Err(StoreError::TooOpen { mode, .. }) if mode == bad), "{bad:o}");
        }
        fs::set_permissions(&target, Permissions::from_mode(good)).unwrap();
    }
    EmbeddedStore::open(&path).unwrap();
    assert!(matches!(EmbeddedStore::open(&folder.path().join("none")), Err(StoreError::Missing { .. })));
    let bare = folder.path().join("bare");
    fs::create_dir(&bare).unwrap();
    fs::set_permissions(&bare, Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(EmbeddedStore::open(&bare), Err(StoreError::NotAStore { .. })));
    for junk in [&b""[..], &[b'x'; 5000][..]] {
        fs::write(bare.join("store.db"), junk).unwrap();
        fs::set_permissions(bare.join("store.db"), Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(EmbeddedStore::open(&bare), Err(StoreError::NotAStore { .. })));
    }
}

#[test]
fn a_store_of_another_owner_is_refused() {
    let (_folder, path, store) = made();
    drop(store);
    // Only root can give a file away; any other user finds a foreign folder in the root of the file system.
    if std::os::unix::fs::chown(path.join("store.db"), Some(12_345), None).is_ok() {
        assert!(matches!(EmbeddedStore::open(&path), Err(StoreError::ForeignOwner { owner: 12_345, .. })));
        std::os::unix::fs::chown(&path, Some(12_345), None).unwrap();
        assert!(matches!(EmbeddedStore::open(&path), Err(StoreError::ForeignOwner { owner: 12_345, .. })));
    } else {
        assert!(matches!(EmbeddedStore::open(Path::new("/usr")), Err(StoreError::ForeignOwner { owner: 0, .. })));
    }
}

#[test]
fn a_store_of_a_later_version_is_not_touched() {
    let (_folder, path, store) = made();
    drop(store);
    Connection::open(path.join("store.db")).unwrap().pragma_update(None, "user_version", 5).unwrap();
    assert!(matches!(EmbeddedStore::open(&path), Err(StoreError::Newer { found: 5, known: 4 })));
}

#[test]
fn a_store_of_the_first_version_is_brought_up_to_this_one() {
    let (_folder, path, store) = made();
    drop(store);
    let connection = Connection::open(path.join("store.db")).unwrap();
    connection
        .execute_batch("DROP TABLE status_lists; DROP TABLE companions; DROP TABLE tokens; DROP TABLE evidence; PRAGMA user_version = 1;")
        .unwrap();
    drop(connection);
    assert_eq!(EmbeddedStore::open(&path).unwrap().status_lists().unwrap(), Vec::<Vec<u8>>::new());
    let connection = Connection::open(path.join("store.db")).unwrap();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 4);
}

#[test]
fn only_the_right_secret_unlocks() {
    let (folder, path, store) = made();
    drop(store);
    let open = || EmbeddedStore::open(&path).unwrap();
    assert_eq!(open().protection().unwrap(), ProtectionKind::KeyFile);
    let other = SecretBytes::new(vec![8; 32]);
    assert!(matches!(open().unlock(Unlock::KeyFile(&other)), Err(StoreError::WrongSecret)));
    let got = open().unlock(Unlock::Passphrase(&other));
    assert!(matches!(got, Err(StoreError::OtherSecret { needed: ProtectionKind::KeyFile })));
    let path = folder.path().join("by passphrase");
    let passphrase = SecretBytes::new("口令".into());
    EmbeddedStore::create(&path, Unlock::Passphrase(&passphrase), &SystemRandom, draft(Act::StoreCreated, 0)).unwrap();
    let open = || EmbeddedStore::open(&path).unwrap();
    assert!(matches!(open().unlock(Unlock::Passphrase(&other)), Err(StoreError::WrongSecret)));
    whole(&open().unlock(Unlock::Passphrase(&passphrase)).unwrap(), 1);
}

#[test]
fn a_store_of_the_third_version_keeps_evidence_from_now_on() {
    let (_folder, path, store) = made();
    drop(store);
    let raw = || Connection::open(path.join("store.db")).unwrap();
    raw().execute_batch("DROP TABLE evidence; PRAGMA user_version = 3;").unwrap();
    let mut store = EmbeddedStore::open(&path).unwrap().unlock(Unlock::KeyFile(&key())).unwrap();
    whole(&store, 1);
    let piece = |byte, issued| EvidenceRecord { der: vec![byte], issued: at(issued), source: "a".into(), added: at(9) };
    let (old, new) = (piece(1, 3), piece(2, 7));
    let kept = [&old, &new];
    let act = draft(Act::EvidenceAdded, 9);
    store.act::<_, StoreError>(act, |changes, _| kept.iter().try_for_each(|one| changes.add_evidence(one))).unwrap();
    let again = store.act::<_, StoreError>(draft(Act::EvidenceAdded, 9), |changes, _| changes.add_evidence(&old));
    assert!(matches!(again, Err(StoreError::AlreadyThere)));
    drop(store);
    let open = || EmbeddedStore::open(&path).unwrap();
    assert_eq!(open().evidence().unwrap(), [new.clone(), old.clone()], "the newest first");
    whole(&open().unlock(Unlock::KeyFile(&key())).unwrap(), 2);
    let mut store = open().unlock(Unlock::KeyFile(&key())).unwrap();
    let remove = |changes: &mut dyn Changes, _: &mut Draft| changes.remove_evidence(&new.id());
    let removed = store.act::<_, StoreError>(draft(Act::EvidenceRemoved, 10), remove).unwrap();
    assert_eq!(removed, Some(new.clone()));
    let removed = store.act::<_, StoreError>(draft(Act::EvidenceRemoved, 10), remove).unwrap();
    assert_eq!(removed, None);
    drop(store);
    // A piece that is not as it was kept is damage, not a piece less.
    raw().execute_batch("UPDATE evidence SET der = x'00'").unwrap();
    assert!(matches!(open().evidence(), Err(StoreError::Damaged)));
}

#[test]
fn what_is_kept_comes_back_without_a_passphrase() {
    let (_folder, path, mut store) = made();
    let private = PrivateKey::generate(KeyKind::P256, &SystemRandom).unwrap();
    let leaf = certificate("经办人", Some("root"), 2);
    let seal = SealRecord {
        name: name("office"),
        der: vec![1],
        number: "20260000000000000001".into(),
        maker: Some(name("root")),
        holders: vec![name("经办人"), name("root")],
        state: SealState::Active,
        added: at(2),
    };
    let anchor =
        AnchorRecord { der: vec![9], purposes: vec![Purpose::Signer, Purpose::Tsa], source: "a".into(), added: at(3) };
    let revocation = Revocation { ca: name("root"), serial: vec![2], time: at(4), reason: 1 };
    let crl = |number| CrlRecord { ca: name("root"), number, der: vec![5], issued: at(5) };
    let change = SealChange { time: at(6), state: SealState::Suspended, reason: "换证".into() };
    store
        .act::<_, StoreError>(draft(Act::CaCreated, 6), |changes, _| {
            add_root(changes)?;
            changes.add_certificate(&leaf)?;
            changes.add_key(&leaf.name, &private)?;
            changes.add_seal(&seal, b"picture")?;
            changes.add_anchor(&anchor)?;
            changes.add_revocation(&revocation)?;
            changes.add_crl(&crl(1))?;
            changes.add_crl(&crl(2))?;
            changes.set_seal_state(&seal.name, &change)
        })
        .unwrap();
    let signature = store.signer(&leaf.name).unwrap().sign(b"message").unwrap();
    let public = eseal::crypto::Signer::public_key(&private);
    public.verify(eseal::crypto::Signer::algorithm(&private), b"message", &signature).unwrap();
    drop(store);
    let store = EmbeddedStore::open(&path).unwrap();
    assert_eq!(store.certificate(&leaf.name).unwrap().unwrap(), leaf);
    assert_eq!(store.certificates().unwrap().len(), 2);
    assert_eq!(store.custody(&leaf.name).unwrap(), Custody::Here);
    assert_eq!(store.custody(&name("root")).unwrap(), Custody::Elsewhere);
    assert_eq!(store.ca(&name("root")).unwrap().unwrap().next_crl, 3);
    assert_eq!(store.cas().unwrap().len(), 1);
    let suspended = SealRecord { state: SealState::Suspended, ..seal.clone() };
    assert_eq!(store.seals().unwrap(), std::slice::from_ref(&suspended));
    assert_eq!(store.seals_by_number(&seal.number).unwrap(), [suspended]);
    assert_eq!(store.seal_picture(&seal.name).unwrap().unwrap(), b"picture");
    assert_eq!(store.seal_history(&seal.name).unwrap()[1], change);
    assert_eq!(store.anchors().unwrap(), [anchor]);
    assert_eq!(store.revocations(&name("root")).unwrap(), std::slice::from_ref(&revocation));
    assert_eq!(store.revocation(&name("root"), &[2]).unwrap().unwrap(), revocation);
    assert_eq!(store.crls().unwrap(), [crl(2)]);
    assert_eq!(store.seal(&name("none")).unwrap(), None);
}

#[test]
fn an_act_that_fails_changes_and_records_nothing() {
    let (_folder, _path, mut store) = made();
    store.act(draft(Act::CaCreated, 1), |changes, _| add_root(changes)).unwrap();
    let mut refused = |work: &dyn Fn(&mut dyn Changes) -> Result<(), StoreError>| {
        store.act(draft(Act::CertificateIssued, 2), |changes, _| work(changes)).unwrap_err()
    };
    let leaf = certificate("leaf", Some("root"), 7);
    let fault = refused(&|changes| {
        changes.add_certificate(&leaf)?;
        changes.add_certificate(&certificate("other", Some("root"), 7))
    });
    assert!(matches!(fault, StoreError::SerialTaken));
    let fault = refused(&|changes| changes.add_certificate(&certificate("root", None, 9)));
    assert!(matches!(fault, StoreError::NameTaken { .. }));
    let fault = refused(&|changes| changes.add_certificate(&certificate("x", Some("nobody"), 9)));
    assert!(matches!(fault, StoreError::Unknown { .. }));
    let revocation = Revocation { ca: name("root"), serial: vec![7], time: at(2), reason: 0 };
    let fault = refused(&|changes| {
        changes.add_revocation(&revocation)?;
        changes.add_revocation(&revocation)
    });
    assert!(matches!(fault, StoreError::AlreadyRevoked));
    let change = SealChange { time: at(2), state: SealState::Active, reason: String::new() };
    assert!(matches!(refused(&|changes| changes.set_seal_state(&name("x"), &change)), StoreError::Unknown { .. }));
    assert!(matches!(refused(&|changes| changes.signer(&name("root")).map(drop)), StoreError::NoKey { .. }));
    assert_eq!(store.certificate(&leaf.name).unwrap(), None);
    assert!(store.revocations(&name("root")).unwrap().is_empty());
    assert_eq!(acts(&store), [Act::StoreCreated, Act::CaCreated]);
    whole(&store, 2);
}

#[test]
fn a_key_under_another_name_does_not_open() {
    let (_folder, path, mut store) = made();
    let private = PrivateKey::generate(KeyKind::P256, &SystemRandom).unwrap();
    store.act(draft(Act::CertificateImported, 1), |changes, _| changes.add_key(&name("clerk"), &private)).unwrap();
    let raw = Connection::open(path.join("store.db")).unwrap();
    let der = private.to_pkcs8();
    let wrapped: Vec<u8> = raw.query_row("SELECT wrapped FROM keys", [], |row| row.get(0)).unwrap();
    assert!(!wrapped.windows(16).any(|piece| der.expose().windows(16).any(|secret| secret == piece)));
    raw.execute("UPDATE keys SET name = 'director'", []).unwrap();
    assert!(matches!(store.signer(&name("director")), Err(StoreError::Damaged)));
    assert!(matches!(store.signer(&name("clerk")), Err(StoreError::NoKey { .. })));
}

#[test]
fn a_locked_store_says_so_after_waiting() {
    let (_folder, path, mut store) = made();
    let raw = Connection::open(path.join("store.db")).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = EmbeddedStore::open_waiting(&path, Duration::from_millis(20)).unwrap();
    let mut waiting = waiting.unlock(Unlock::KeyFile(&key())).unwrap();
    assert!(matches!(waiting.note(draft(Act::Refused, 1)), Err(StoreError::Locked)));
    whole(&waiting, 1);
    raw.execute_batch("ROLLBACK").unwrap();
    waiting.note(draft(Act::Refused, 1)).unwrap();
    store.note(draft(Act::Refused, 2)).unwrap();
    whole(&store, 3);
}

#[test]
fn many_writers_make_one_chain() {
    let (_folder, path, store) = made();
    drop(store);
    std::thread::scope(|scope| {
        for writer in 0..4_u8 {
            let path = &path;
            scope.spawn(move || {
                let mut store = reopened(path);
                for n in 0..10_u8 {
                    let certificate = certificate(&format!("{writer}-{n}"), None, n);
                    let done = store
                        .act(draft(Act::CertificateImported, 1), |changes, _| changes.add_certificate(&certificate));
                    done.unwrap();
                }
            });
        }
    });
    let store = reopened(&path);
    assert_eq!(store.certificates().unwrap().len(), 40);
    whole(&store, 41);
}

#[test]
fn every_change_of_the_trail_in_the_database_is_found() {
    let (_folder, path, mut store) = made();
    for n in 1..6 {
        store.note(draft(Act::Refused, n)).unwrap();
    }
    drop(store);
    let database = path.join("store.db");
    let original = fs::read(&database).unwrap();
    let judge = |sql: &str| {
        fs::write(&database, &original).unwrap();
        let raw = Connection::open(&database).unwrap();
        raw.execute_batch(sql).unwrap();
        drop(raw);
        let fault = reopened(&path).verify_trail().unwrap().unwrap_err();
        (fault.sequence, fault.kind)
    };
    assert_eq!(judge("DELETE FROM trail WHERE sequence = 3"), (3, FaultKind::Removed));
    assert_eq!(judge("DELETE FROM trail WHERE sequence = 6"), (6, FaultKind::TailLost));
    assert_eq!(judge("DELETE FROM trail"), (1, FaultKind::TailLost));
    assert_eq!(judge("DELETE FROM trail_head"), (6, FaultKind::HeadForged));
    let edit = "UPDATE trail SET line = replace(CAST(line AS TEXT), 'clerk', 'clark') WHERE sequence = 4";
    assert_eq!(judge(edit), (4, FaultKind::Edited));
    let swap = "UPDATE trail SET sequence = 100 WHERE sequence = 2; UPDATE trail SET sequence = 2 WHERE sequence = 3; \
                UPDATE trail SET sequence = 3 WHERE sequence = 100";
    assert_eq!(judge(swap), (2, FaultKind::Reordered));
    let insert = "INSERT INTO trail SELECT 7, line, hash, mac FROM trail WHERE sequence = 6";
    assert!(matches!(judge(insert), (7, _)));
    assert_eq!(judge("UPDATE trail SET mac = zeroblob(32) WHERE sequence = 5"), (5, FaultKind::Forged));
    assert_eq!(judge("UPDATE trail SET mac = x'00' WHERE sequence = 5"), (5, FaultKind::Forged));
    let cut = "DELETE FROM trail WHERE sequence = 6; UPDATE trail_head SET count = 5, \
               hash = (SELECT hash FROM trail WHERE sequence = 5)";
    assert_eq!(judge(cut), (5, FaultKind::HeadForged));
    // A damaged trail is not built upon.
    assert!(matches!(reopened(&path).note(draft(Act::Refused, 9)), Err(StoreError::Trail(_))));
}

#[test]
fn a_clock_that_went_back_is_noticed() {
    let (_folder, _path, mut store) = made();
    store.note(draft(Act::Refused, 1000)).unwrap();
    store.note(draft(Act::Refused, 990)).unwrap();
    assert!(matches!(store.note(draft(Act::Refused, 100)), Err(StoreError::ClockBehind { .. })));
    whole(&store, 3);
}

/// Writes a file aside and records it as about to be put in its place.
fn prepared(store: &mut UnlockedStore, target: &Path) -> (OutputFile, NewSealing, eseal::store::OpenSealing) {
    let mut output = OutputFile::create(target, Overwrite::Refuse, Access::Shared, &[]).unwrap();
    let bytes = target.display().to_string().into_bytes();
    output.write_all(&bytes).unwrap();
    output.sync_and_reopen().unwrap();
    let sealing = NewSealing {
        seal: Some(name("office")),
        certificate: name("clerk"),
        before: Some(sha256(b"before")),
        after: sha256(&bytes),
        value: sha256(&[bytes, vec![1]].concat()),
        temporary: output.temporary().to_path_buf(),
        target: output.target().to_path_buf(),
    };
    let mut draft = draft(Act::SealingPrepared, 1);
    draft.reference = Some("B-1".into());
    let open = store.prepare_sealing(draft, &sealing).unwrap();
    (output, sealing, open)
}

/// What a killed process leaves: the file under another name of ours, no lock, no clean-up.
fn crash(output: OutputFile) {
    let kept = output.temporary().with_extension("kept");
    fs::hard_link(output.temporary(), &kept).unwrap();
    let temporary = output.temporary().to_path_buf();
    drop(output);
    fs::rename(kept, temporary).unwrap();
}

#[test]
fn a_sealing_is_recorded_before_and_after_it_is_in_place() {
    let (folder, _path, mut store) = made();
    let target = folder.path().join("out.pdf");
    let (output, sealing, open) = prepared(&mut store, &target);
    assert_eq!(store.open_sealings().unwrap().len(), 1);
    let placed = output.commit().unwrap();
    store.finish_sealing(open, at(2)).unwrap();
    drop(placed);
    let found = store.sealing_by_value(&sealing.value).unwrap().unwrap();
    assert_eq!((found.finality, found.time, found.after.clone()), (Finality::Done, at(1), sealing.after.clone()));
    assert_eq!(store.sealings_by_document(&sealing.after).unwrap(), [found]);
    assert_eq!(store.sealing_by_value(&sha256(b"other")).unwrap(), None);
    assert_eq!(acts(&store), [Act::StoreCreated, Act::SealingPrepared, Act::SealingDone]);
    assert!(store.recover(&draft(Act::Refused, 3)).unwrap().is_empty());
    whole(&store, 3);
}

#[test]
fn a_crash_at_any_moment_is_settled_by_the_next_start() {
    let (folder, path, mut store) = made();
    let aside = prepared(&mut store, &folder.path().join("aside"));
    let placed = prepared(&mut store, &folder.path().join("placed"));
    let gone = prepared(&mut store, &folder.path().join("gone"));
    let replaced = prepared(&mut store, &folder.path().join("replaced"));
    let alive = prepared(&mut store, &folder.path().join("alive"));
    let (aside_path, aside_target) = (aside.0.temporary().to_path_buf(), aside.0.target().to_path_buf());
    crash(aside.0);
    drop(placed.0.commit().unwrap());
    drop(gone.0);
    drop(replaced.0);
    fs::write(folder.path().join("replaced"), "something else").unwrap();
    drop(store);
    let mut store = reopened(&path);
    let settled = store.recover(&draft(Act::Refused, 3)).unwrap();
    let outcome: Vec<Finality> = settled.iter().map(|settled| settled.finality).collect();
    let wanted = [Finality::Voided, Finality::Done, Finality::Unaccounted, Finality::Unaccounted];
    assert_eq!(outcome, wanted);
    assert!(!aside_path.exists() && !aside_target.exists());
    assert_eq!(fs::read(folder.path().join("replaced")).unwrap(), b"something else");
    assert!(store.recover(&draft(Act::Refused, 4)).unwrap().is_empty(), "nothing is settled twice");
    let tail = [Act::SealingVoided, Act::SealingDone, Act::SealingUnaccounted, Act::SealingUnaccounted];
    assert_eq!(acts(&store)[6..], tail);
    let mut references = Vec::new();
    let mut take = |record: eseal::audit::Record| {
        references.push(record.entry().unwrap().reference);
        ControlFlow::Continue(())
    };
    store.trail(7, &mut take).unwrap();
    assert!(references.iter().all(|reference| reference.as_deref() == Some("B-1")));
    // The one that was still at work goes on undisturbed.
    let committed = alive.0.commit().unwrap();
    assert!(store.recover(&draft(Act::Refused, 5)).unwrap().is_empty());
    store.finish_sealing(alive.2, at(5)).unwrap();
    drop(committed);
    assert_eq!(store.sealing_by_value(&alive.1.value).unwrap().unwrap().finality, Finality::Done);
    whole(&store, 11);
}

#[test]
fn a_failed_commit_is_settled_at_once() {
    let (folder, _path, mut store) = made();
    let target = folder.path().join("out");
    let (output, sealing, open) = prepared(&mut store, &target);
    fs::write(&target, "theirs").unwrap();
    output.commit().unwrap_err();
    assert_eq!(store.settle_sealing(open, at(2)).unwrap().finality, Finality::Voided);
    assert_eq!(fs::read(&target).unwrap(), b"theirs");
    assert_eq!(store.sealing_by_value(&sealing.value).unwrap().unwrap().finality, Finality::Voided);
    // One that a recovery finished first may be finished again.
    let (output, _, open) = prepared(&mut store, &folder.path().join("second"));
    drop(output.commit().unwrap());
    assert_eq!(store.recover(&draft(Act::Refused, 3)).unwrap()[0].finality, Finality::Done);
    store.finish_sealing(open, at(3)).unwrap();
    whole(&store, 5);
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let (_folder, path, mut store) = made();
    drop(store.note(draft(Act::Refused, 1)));
    // SQLite's own limit stands for the disk's.
    let raw = Connection::open(path.join("store.db")).unwrap();
    let pages: i64 = raw.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    raw.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0)).unwrap();
    let fault = raw.execute("INSERT INTO meta VALUES ('x', zeroblob(100000))", []).unwrap_err();
    assert!(matches!(StoreError::from(fault), StoreError::Full));
    whole(&store, 2);
}
