//! The chain: each record hashes the one before, each is guarded by a MAC, and the head is kept apart.

use subtle::ConstantTimeEq;

use crate::audit::{Entry, EntryError};
use crate::crypto::DigestAlgorithm;
use crate::crypto::protect::Mac;
use crate::time::Time;

/// A hash or MAC of the chain: 256 bits.
pub type Tag = [u8; 32];

/// Makes the MACs of a trail: HMAC-SHA256 under a key that only the unlocked store has.
pub trait RecordMac {
    /// The MAC of a message.
    fn tag(&self, message: &[u8]) -> Tag;
}

impl RecordMac for Mac {
    fn tag(&self, message: &[u8]) -> Tag {
        Mac::tag(self, message)
    }
}

/// Keeps the four uses of hash and MAC apart, so that a value of one never passes for another.
const GENESIS: &[u8] = b"eseal-trail-1 genesis\0";
const LINK: &[u8] = b"eseal-trail-1 record\0";
const RECORD_MAC: &[u8] = b"eseal-trail-1 record mac\0";
const HEAD_MAC: &[u8] = b"eseal-trail-1 head mac\0";

/// The end of a chain so far: what the next record builds upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Records so far.
    pub count: u64,
    /// Hash of the last record.
    pub hash: Tag,
}

impl Link {
    /// Before the first record of the store with this identifier: chains of two stores share no record.
    #[must_use]
    pub fn genesis(store_id: &[u8]) -> Self {
        Link { count: 0, hash: sha256(&[GENESIS, store_id]) }
    }
}

/// The head of a chain, kept apart from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// Count and hash.
    pub link: Link,
    /// MAC over both.
    pub mac: Tag,
}

impl ChainHead {
    /// The head of a chain that ends so.
    #[must_use]
    pub fn new(link: Link, key: &dyn RecordMac) -> Self {
        ChainHead { link, mac: head_mac(&link, key) }
    }

    /// Whether this head was made with that key: the last thing to ask before the chain is continued.
    #[must_use]
    pub fn standing(&self, key: &dyn RecordMac) -> Macs {
        if same(&self.mac, &head_mac(&self.link, key)) { Macs::Checked } else { Macs::Forged }
    }
}

/// Whether MACs were checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Macs {
    /// With the store's key, and they hold.
    Checked,
    /// With the store's key, and one does not.
    Forged,
    /// Without the key only the hashes could be.
    NotChecked,
}

/// A record as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The number under which it is stored.
    pub sequence: u64,
    /// The canonical line.
    pub line: Vec<u8>,
    /// Hash over the hash before and the line.
    pub hash: Tag,
    /// MAC over the hash.
    pub mac: Tag,
}

impl Record {
    /// Chains an entry to `last`; its number must be the next one, which [`Link::count`] tells.
    ///
    /// # Errors
    /// [`EntryError`] where the number is another or the entry cannot be written.
    pub fn append(last: &Link, entry: &Entry, key: &dyn RecordMac) -> Result<(Self, Link), EntryError> {
        if Some(entry.sequence) != last.count.checked_add(1) {
            return Err(EntryError);
        }
        let line = entry.to_line()?;
        let hash = link_hash(&last.hash, &line);
        let record = Record { sequence: entry.sequence, line, hash, mac: record_mac(&hash, key) };
        Ok((record, Link { count: entry.sequence, hash }))
    }

    /// What the record says.
    ///
    /// # Errors
    /// [`EntryError`].
    pub fn entry(&self) -> Result<Entry, EntryError> {
        Entry::from_line(&self.line)
    }
}

/// What is wrong with a trail, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {sequence} of the trail: {kind}")]
pub struct ChainFault {
    /// Number of the first record that is not as it was written.
    pub sequence: u64,
    /// What happened to it.
    pub kind: FaultKind,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// Its line or hash was changed.
    #[error("edited")]
    Edited,
    /// It is missing, and later ones are there.
    #[error("removed")]
    Removed,
    /// It stands at another place.
    #[error("reordered")]
    Reordered,
    /// A record stands here that never belonged to the trail, or does so twice.
    #[error("inserted")]
    Inserted,
    /// Its hash fits but its MAC was not made with the store's key: rewritten by somebody without the key.
    #[error("forged")]
    Forged,
    /// It and all after it are missing.
    #[error("the tail is lost")]
    TailLost,
    /// There is no head, or its MAC was not made with the store's key.
    #[error("the head is missing or forged")]
    HeadForged,
}

/// A trail that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many records, and the hash of the last.
    pub link: Link,
    /// Time of the first and last record.
    pub period: Option<(Time, Time)>,
    /// Whether the MACs were checked too.
    pub macs: Macs,
}

/// Checks a whole trail, record by record, against its head. Without `key` the hashes alone are checked.
///
/// # Errors
/// The first [`ChainFault`], or what the iterator says.
pub fn verify_chain<E>(
    start: Link,
    records: impl IntoIterator<Item = Result<Record, E>>,
    head: Option<&ChainHead>,
    key: Option<&dyn RecordMac>,
) -> Result<Result<Summary, ChainFault>, E> {
    let mut records = records.into_iter();
    let mut last = start;
    let mut period: Option<(Time, Time)> = None;
    while let Some(record) = records.next().transpose()? {
        let expected = last.count.saturating_add(1);
        let past_head = head.is_some_and(|head| expected > head.link.count);
        match check(&record, &last, key) {
            Ok(time) if !past_head => {
                period = Some((period.map_or(time, |(first, _)| first), time));
                last = Link { count: expected, hash: record.hash };
            }
            // Beyond the head nothing was ever written by the store.
            Ok(_) => return Ok(Err(ChainFault { sequence: expected, kind: FaultKind::Inserted })),
            Err(Oddity::Ahead) => {
                let kind = displaced(expected, records)?;
                return Ok(Err(ChainFault { sequence: expected, kind }));
            }
            Err(Oddity::Is(kind)) => return Ok(Err(ChainFault { sequence: expected, kind })),
        }
    }
    Ok(ending(last, period, head, key))
}

enum Oddity {
    Is(FaultKind),
    Ahead,
}

/// One record at its place.
fn check(record: &Record, last: &Link, key: Option<&dyn RecordMac>) -> Result<Time, Oddity> {
    let expected = last.count.saturating_add(1);
    if record.sequence > expected {
        return Err(Oddity::Ahead);
    }
    if record.sequence < expected {
        return Err(Oddity::Is(FaultKind::Inserted));
    }
    let Ok(entry) = record.entry() else { return Err(Oddity::Is(FaultKind::Edited)) };
    let hash_fits = same(&record.hash, &link_hash(&last.hash, &record.line));
    let mac_fits = key.map(|key| same(&record.mac, &record_mac(&record.hash, key)));
    if entry.sequence != expected {
        // The line of another record under this number. Its own hash tells whether it was moved or made up.
        return Err(Oddity::Is(if hash_fits { FaultKind::Edited } else { FaultKind::Reordered }));
    }
    match (hash_fits, mac_fits) {
        (true, None | Some(true)) => Ok(entry.time),
        (true, Some(false)) => Err(Oddity::Is(FaultKind::Forged)),
        (false, _) => Err(Oddity::Is(FaultKind::Edited)),
    }
}

/// Record `expected` is not here: it was moved if it comes later, else removed.
fn displaced<E>(expected: u64, mut rest: impl Iterator<Item = Result<Record, E>>) -> Result<FaultKind, E> {
    while let Some(record) = rest.next().transpose()? {
        if record.sequence == expected {
            return Ok(FaultKind::Reordered);
        }
    }
    Ok(FaultKind::Removed)
}

/// The head against what was read.
fn ending(
    last: Link,
    period: Option<(Time, Time)>,
    head: Option<&ChainHead>,
    key: Option<&dyn RecordMac>,
) -> Result<Summary, ChainFault> {
    let fault = |sequence, kind| Err(ChainFault { sequence, kind });
    let Some(head) = head else { return fault(last.count, FaultKind::HeadForged) };
    if key.is_some_and(|key| head.standing(key) != Macs::Checked) {
        return fault(head.link.count, FaultKind::HeadForged);
    }
    if head.link.count > last.count {
        return fault(last.count.saturating_add(1), FaultKind::TailLost);
    }
    if !same(&head.link.hash, &last.hash) {
        return fault(last.count, FaultKind::Edited);
    }
    let macs = if key.is_some() { Macs::Checked } else { Macs::NotChecked };
    Ok(Summary { link: last, period, macs })
}

fn link_hash(last: &Tag, line: &[u8]) -> Tag {
    sha256(&[LINK, last, line])
}

fn record_mac(hash: &Tag, key: &dyn RecordMac) -> Tag {
    key.tag(&[RECORD_MAC, hash].concat())
}

fn head_mac(link: &Link, key: &dyn RecordMac) -> Tag {
    key.tag(&[HEAD_MAC, &link.count.to_be_bytes(), &link.hash].concat())
}

fn same(one: &Tag, other: &Tag) -> bool {
    one.ct_eq(other).into()
}

fn sha256(parts: &[&[u8]]) -> Tag {
    let digest = DigestAlgorithm::Sha256.digest(&parts.concat());
    // SHA-256 gives 32 bytes.
    digest.as_bytes().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use crate::audit::{
        Act, ChainFault, ChainHead, Draft, FaultKind, Link, Macs, Record, RecordMac, Summary, Tag, verify_chain,
    };
    use crate::crypto::DigestAlgorithm;
    use crate::time::Time;

    /// Not HMAC, but keyed and good enough to tell keys apart in a test.
    struct Key(u8);

    impl RecordMac for Key {
        fn tag(&self, message: &[u8]) -> Tag {
            let digest = DigestAlgorithm::Sha256.digest(&[&[self.0], message].concat());
            digest.as_bytes().try_into().unwrap()
        }
    }

    const KEY: Key = Key(1);

    fn chain(count: u64, key: &Key) -> (Vec<Record>, ChainHead) {
        let mut last = Link::genesis(b"store");
        let mut records = Vec::new();
        for n in 1..=count {
            let time = Time::from_unix(1_000_000 + i64::try_from(n).unwrap());
            let entry = Draft::new(Act::SealingDone, time, "clerk", "host").with("n", &n.to_string()).numbered(n);
            let (record, next) = Record::append(&last, &entry, key).unwrap();
            records.push(record);
            last = next;
        }
        (records, ChainHead::new(last, key))
    }

    fn judge(records: &[Record], head: &ChainHead, key: Option<&dyn RecordMac>) -> Result<Summary, ChainFault> {
        let records = records.iter().cloned().map(Ok::<_, Infallible>);
        verify_chain(Link::genesis(b"store"), records, Some(head), key).unwrap()
    }

    fn fault(sequence: u64, kind: FaultKind) -> Result<Summary, ChainFault> {
        Err(ChainFault { sequence, kind })
    }

    #[test]
    fn a_whole_chain_verifies_with_and_without_the_key() {
        for count in [0, 1, 9] {
            let (records, head) = chain(count, &KEY);
            assert_eq!(judge(&records, &head, Some(&KEY)).unwrap().macs, Macs::Checked);
            let summary = judge(&records, &head, None).unwrap();
            assert_eq!((summary.link.count, summary.macs), (count, Macs::NotChecked));
        }
        let (records, head) = chain(3, &KEY);
        assert_eq!(judge(&records, &head, Some(&Key(2))), fault(1, FaultKind::Forged));
        let other = records.iter().cloned().map(Ok::<_, Infallible>);
        let other = verify_chain(Link::genesis(b"other"), other, Some(&head), None).unwrap();
        assert_eq!(other, fault(1, FaultKind::Edited));
    }

    #[test]
    fn every_mutation_at_every_position_is_found_and_placed() {
        const COUNT: u64 = 8;
        let (records, head) = chain(COUNT, &KEY);
        for key in [None, Some(&KEY as &dyn RecordMac)] {
            for at in 0..records.len() {
                let number = at as u64 + 1;
                let mut removed = records.clone();
                removed.remove(at);
                let kind = if number == COUNT { FaultKind::TailLost } else { FaultKind::Removed };
                assert_eq!(judge(&removed, &head, key), fault(number, kind));
                assert_eq!(judge(&records[..at], &head, key), fault(number, FaultKind::TailLost));
                for byte in 0..records[at].line.len() {
                    let mut edited = records.clone();
                    edited[at].line[byte] ^= 1;
                    assert!(judge(&edited, &head, key).is_err_and(|fault| fault.sequence == number), "{at} {byte}");
                }
                let mut edited = records.clone();
                edited[at].hash[0] ^= 1;
                assert_eq!(judge(&edited, &head, key), fault(number, FaultKind::Edited));
                for other in (0..records.len()).filter(|other| *other != at) {
                    let mut moved = records.clone();
                    let record = moved.remove(at);
                    moved.insert(other, record);
                    let first = at.min(other) as u64 + 1;
                    assert_eq!(judge(&moved, &head, key), fault(first, FaultKind::Reordered), "{at} {other}");
                    // The same with the stored numbers put right again.
                    moved.iter_mut().zip(1..).for_each(|(record, n)| record.sequence = n);
                    assert_eq!(judge(&moved, &head, key), fault(first, FaultKind::Reordered), "{at} {other}");
                }
                let mut doubled = records.clone();
                doubled.insert(at + 1, records[at].clone());
                assert_eq!(judge(&doubled, &head, key), fault(number + 1, FaultKind::Inserted));
            }
        }
    }

    #[test]
    fn macs_and_head_are_guarded() {
        let (records, head) = chain(5, &KEY);
        for at in 0..records.len() {
            let mut edited = records.clone();
            edited[at].mac[31] ^= 1;
            assert_eq!(judge(&edited, &head, Some(&KEY)), fault(at as u64 + 1, FaultKind::Forged));
        }
        // All rewritten by somebody without the key: the hashes fit, the MACs cannot.
        let (forged, forged_head) = chain(5, &Key(2));
        assert_eq!(judge(&forged, &forged_head, Some(&KEY)), fault(1, FaultKind::Forged));
        // A tail cut off together with the head's count.
        let (short, _) = chain(4, &KEY);
        let link = Link { count: 4, hash: short[3].hash };
        let cut = ChainHead { link, mac: head.mac };
        assert_eq!(judge(&records[..4], &cut, Some(&KEY)), fault(4, FaultKind::HeadForged));
        // A record appended without telling the head.
        let (long, _) = chain(6, &KEY);
        assert_eq!(judge(&long, &head, Some(&KEY)), fault(6, FaultKind::Inserted));
        let none = verify_chain(Link::genesis(b"store"), records.into_iter().map(Ok::<_, Infallible>), None, None);
        assert_eq!(none.unwrap(), fault(5, FaultKind::HeadForged));
    }
}
