//! Reading from the embedded store: one implementation for the open, the unlocked and the acting store.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::audit::{ChainFault, ChainHead, Link, Record, RecordMac, Summary, Tag, verify_chain};
use crate::crypto::{Digest, DigestAlgorithm};
use crate::seal::{SealChange, SealState};
use crate::store::{
    AnchorRecord, CaRecord, CertificateRecord, CompanionRecord, CrlRecord, Custody, EvidenceRecord, Finality, Name,
    Purpose, Revocation, Role, SealRecord, SealingRecord, Store, StoreError, TokenRecord,
};
use crate::time::Time;

/// Something with a connection to the embedded database, and the key of the trail where it is unlocked.
pub(in crate::store) trait Connected {
    fn connection(&self) -> &Connection;
    fn trail_key(&self) -> Option<&dyn RecordMac>;
}

const CERTIFICATE: &str = "SELECT name, der, chain, role, issuer, serial, added FROM certificates";
const CA: &str = "SELECT name, crl_url, next_crl, parent FROM cas";
const SEAL: &str = "SELECT name, der, number, maker, state, added FROM seals";
const REVOCATION: &str = "SELECT ca, serial, time, reason FROM revocations";
const SEALING: &str = "SELECT id, finality, time, seal, certificate, before, after, value, temporary, target, \
                       prepared_by FROM sealings";

impl<T: Connected> Store for T {
    fn certificate(&self, name: &Name) -> Result<Option<CertificateRecord>, StoreError> {
        first(self.connection(), &format!("{CERTIFICATE} WHERE name = ?1"), [name.as_str()], certificate)
    }

    fn certificates(&self) -> Result<Vec<CertificateRecord>, StoreError> {
        all(self.connection(), &format!("{CERTIFICATE} ORDER BY name"), [], certificate)
    }

    fn custody(&self, name: &Name) -> Result<Custody, StoreError> {
        let mut statement = self.connection().prepare_cached("SELECT 1 FROM keys WHERE name = ?1")?;
        if statement.exists([name.as_str()])? {
            return Ok(Custody::Here);
        }
        Ok(if self.token(name)?.is_some() { Custody::Token } else { Custody::Elsewhere })
    }

    fn companion(&self, name: &Name) -> Result<Option<CompanionRecord>, StoreError> {
        let sql = "SELECT name, der, wrapped IS NOT NULL FROM companions WHERE name = ?1";
        first(self.connection(), sql, [name.as_str()], |row| {
            let custody = if row.get(2)? { Custody::Here } else { Custody::Elsewhere };
            Ok(CompanionRecord { name: self::name(row, 0)?, der: row.get(1)?, custody })
        })
    }

    fn token(&self, name: &Name) -> Result<Option<TokenRecord>, StoreError> {
        first(self.connection(), "SELECT name, module, uri FROM tokens WHERE name = ?1", [name.as_str()], |row| {
            let module: Vec<u8> = row.get(1)?;
            let module = PathBuf::from(OsString::from_vec(module));
            Ok(TokenRecord { name: self::name(row, 0)?, module, uri: row.get(2)? })
        })
    }

    fn ca(&self, name: &Name) -> Result<Option<CaRecord>, StoreError> {
        first(self.connection(), &format!("{CA} WHERE name = ?1"), [name.as_str()], ca)
    }

    fn cas(&self) -> Result<Vec<CaRecord>, StoreError> {
        all(self.connection(), &format!("{CA} ORDER BY name"), [], ca)
    }

    fn seal(&self, name: &Name) -> Result<Option<SealRecord>, StoreError> {
        let found = first(self.connection(), &format!("{SEAL} WHERE name = ?1"), [name.as_str()], seal)?;
        found.map(|seal| with_holders(self.connection(), seal)).transpose()
    }

    fn seals(&self) -> Result<Vec<SealRecord>, StoreError> {
        let found = all(self.connection(), &format!("{SEAL} ORDER BY name"), [], seal)?;
        found.into_iter().map(|seal| with_holders(self.connection(), seal)).collect()
    }

    fn seals_by_number(&self, number: &str) -> Result<Vec<SealRecord>, StoreError> {
        let found = all(self.connection(), &format!("{SEAL} WHERE number = ?1 ORDER BY name"), [number], seal)?;
        found.into_iter().map(|seal| with_holders(self.connection(), seal)).collect()
    }

    fn seal_picture(&self, name: &Name) -> Result<Option<Vec<u8>>, StoreError> {
        first(self.connection(), "SELECT picture FROM seal_pictures WHERE seal = ?1", [name.as_str()], |row| {
            Ok(row.get(0)?)
        })
    }

    fn seal_history(&self, name: &Name) -> Result<Vec<SealChange>, StoreError> {
        let sql = "SELECT time, state, reason FROM seal_changes WHERE seal = ?1 ORDER BY id";
        all(self.connection(), sql, [name.as_str()], |row| {
            Ok(SealChange { time: time(row, 0)?, state: seal_state(&text(row, 1)?)?, reason: row.get(2)? })
        })
    }

    fn status_lists(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        all(self.connection(), "SELECT der FROM status_lists ORDER BY maker", [], |row| Ok(row.get(0)?))
    }

    fn anchors(&self) -> Result<Vec<AnchorRecord>, StoreError> {
        all(self.connection(), "SELECT der, purposes, source, added FROM anchors ORDER BY added, id", [], anchor)
    }

    fn revocations(&self, ca: &Name) -> Result<Vec<Revocation>, StoreError> {
        all(self.connection(), &format!("{REVOCATION} WHERE ca = ?1 ORDER BY serial"), [ca.as_str()], revocation)
    }

    fn revocation(&self, ca: &Name, serial: &[u8]) -> Result<Option<Revocation>, StoreError> {
        let sql = format!("{REVOCATION} WHERE ca = ?1 AND serial = ?2");
        first(self.connection(), &sql, (ca.as_str(), serial), revocation)
    }

    fn evidence(&self) -> Result<Vec<EvidenceRecord>, StoreError> {
        let sql = "SELECT id, der, issued, source, added FROM evidence ORDER BY issued DESC, id";
        all(self.connection(), sql, [], |row| {
            let record = evidence(row)?;
            if record.id().0 == text(row, 0)? { Ok(record) } else { Err(StoreError::Damaged) }
        })
    }

    fn crls(&self) -> Result<Vec<CrlRecord>, StoreError> {
        let sql = "SELECT ca, max(number), der, issued FROM crls GROUP BY ca ORDER BY ca";
        all(self.connection(), sql, [], |row| {
            Ok(CrlRecord { ca: name(row, 0)?, number: unsigned(row, 1)?, der: row.get(2)?, issued: time(row, 3)? })
        })
    }

    fn sealing_by_value(&self, value: &Digest) -> Result<Option<SealingRecord>, StoreError> {
        let sql = format!("{SEALING} WHERE value = ?1 ORDER BY id LIMIT 1");
        first(self.connection(), &sql, [digest_text(value)], sealing)
    }

    fn sealings_by_document(&self, after: &Digest) -> Result<Vec<SealingRecord>, StoreError> {
        all(self.connection(), &format!("{SEALING} WHERE after = ?1 ORDER BY id"), [digest_text(after)], sealing)
    }

    fn open_sealings(&self) -> Result<Vec<SealingRecord>, StoreError> {
        // The word stands in the text, not in a parameter, so that the partial index serves.
        all(self.connection(), &format!("{SEALING} WHERE finality = 'prepared' ORDER BY id"), [], sealing)
    }

    fn trail(&self, from: u64, take: &mut dyn FnMut(Record) -> ControlFlow<()>) -> Result<(), StoreError> {
        let sql = "SELECT sequence, line, hash, mac FROM trail WHERE sequence >= ?1 ORDER BY sequence";
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query([signed(from)])?;
        while let Some(row) = rows.next()? {
            if take(record(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn verify_trail(&self) -> Result<Result<Summary, ChainFault>, StoreError> {
        // Within an act a transaction is open already; else one gives head and records of the same moment.
        let connection = self.connection();
        let view = if connection.is_autocommit() { Some(connection.unchecked_transaction()?) } else { None };
        let start = genesis(connection)?;
        let head = head(connection)?;
        let mut statement = connection.prepare("SELECT sequence, line, hash, mac FROM trail ORDER BY sequence")?;
        let records = statement.query_and_then([], record)?;
        let judged = verify_chain(start, records, head.as_ref(), self.trail_key())?;
        drop(view);
        Ok(judged)
    }
}

/// The chain before its first record.
pub(in crate::store) fn genesis(connection: &Connection) -> Result<Link, StoreError> {
    Ok(Link::genesis(&meta(connection, "store-id")?))
}

/// A value of the table `meta`.
pub(in crate::store) fn meta(connection: &Connection, key: &str) -> Result<Vec<u8>, StoreError> {
    let found = first(connection, "SELECT value FROM meta WHERE key = ?1", [key], |row| Ok(row.get(0)?))?;
    found.ok_or(StoreError::Damaged)
}

/// The head of the trail.
pub(in crate::store) fn head(connection: &Connection) -> Result<Option<ChainHead>, StoreError> {
    first(connection, "SELECT count, hash, mac FROM trail_head WHERE one = 1", [], |row| {
        let link = Link { count: unsigned(row, 0)?, hash: tag(row, 1)? };
        Ok(ChainHead { link, mac: tag(row, 2)? })
    })
}

/// One record of the trail.
pub(in crate::store) fn trail_record(connection: &Connection, sequence: u64) -> Result<Option<Record>, StoreError> {
    let sql = "SELECT sequence, line, hash, mac FROM trail WHERE sequence = ?1";
    first(connection, sql, [signed(sequence)], record)
}

/// One sealing by its number.
pub(in crate::store) fn sealing_by_id(connection: &Connection, id: u64) -> Result<Option<SealingRecord>, StoreError> {
    first(connection, &format!("{SEALING} WHERE id = ?1"), [signed(id)], sealing)
}

/// A digest as the tables hold it: dotted identifier, colon, hexadecimal.
pub(in crate::store) fn digest_text(digest: &Digest) -> String {
    format!("{}:{}", digest.algorithm().oid(), digest.to_hex())
}

/// DER values one after the other, each with its length before it in four bytes.
pub(in crate::store) fn chain_bytes(chain: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for der in chain {
        bytes.extend_from_slice(&u32::try_from(der.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(der);
    }
    bytes
}

fn chain(bytes: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut chain = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(StoreError::Damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| StoreError::Damaged)?;
        let (der, after) = after.split_at_checked(length).ok_or(StoreError::Damaged)?;
        chain.push(der.to_vec());
        rest = after;
    }
    Ok(chain)
}

fn all<T, P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params, read)?.collect()
}

fn first<T, P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(params, |row| Ok(read(row))).optional()?.transpose()
}

fn certificate(row: &Row<'_>) -> Result<CertificateRecord, StoreError> {
    Ok(CertificateRecord {
        name: name(row, 0)?,
        der: row.get(1)?,
        chain: chain(&row.get::<_, Vec<u8>>(2)?)?,
        role: Role::from_word(&text(row, 3)?)?,
        issuer: optional_name(row, 4)?,
        serial: row.get(5)?,
        added: time(row, 6)?,
    })
}

fn ca(row: &Row<'_>) -> Result<CaRecord, StoreError> {
    let parent = optional_name(row, 3)?;
    Ok(CaRecord { name: name(row, 0)?, crl_url: row.get(1)?, next_crl: unsigned(row, 2)?, parent })
}

fn seal(row: &Row<'_>) -> Result<SealRecord, StoreError> {
    Ok(SealRecord {
        name: name(row, 0)?,
        der: row.get(1)?,
        number: row.get(2)?,
        maker: optional_name(row, 3)?,
        holders: Vec::new(),
        state: seal_state(&text(row, 4)?)?,
        added: time(row, 5)?,
    })
}

fn with_holders(connection: &Connection, mut seal: SealRecord) -> Result<SealRecord, StoreError> {
    let sql = "SELECT certificate FROM seal_holders WHERE seal = ?1 ORDER BY position";
    seal.holders = all(connection, sql, [seal.name.as_str()], |row| name(row, 0))?;
    Ok(seal)
}

/// A trust anchor: DER, purposes, source, time.
pub(in crate::store) fn anchor(row: &Row<'_>) -> Result<AnchorRecord, StoreError> {
    let purposes = text(row, 1)?;
    let purposes = purposes.split(',').map(Purpose::from_word).collect::<Result<_, _>>()?;
    Ok(AnchorRecord { der: row.get(0)?, purposes, source: row.get(2)?, added: time(row, 3)? })
}

/// A piece of evidence: identifier, DER, time of issue, source, time.
pub(in crate::store) fn evidence(row: &Row<'_>) -> Result<EvidenceRecord, StoreError> {
    Ok(EvidenceRecord { der: row.get(1)?, issued: time(row, 2)?, source: row.get(3)?, added: time(row, 4)? })
}

fn revocation(row: &Row<'_>) -> Result<Revocation, StoreError> {
    Ok(Revocation { ca: name(row, 0)?, serial: row.get(1)?, time: time(row, 2)?, reason: row.get(3)? })
}

fn sealing(row: &Row<'_>) -> Result<SealingRecord, StoreError> {
    let before: Option<String> = row.get(5)?;
    let path = |index| Ok::<_, StoreError>(PathBuf::from(OsString::from_vec(row.get(index)?)));
    Ok(SealingRecord {
        id: unsigned(row, 0)?,
        finality: Finality::from_word(&text(row, 1)?)?,
        time: time(row, 2)?,
        seal: optional_name(row, 3)?,
        certificate: name(row, 4)?,
        before: before.map(|text| digest(&text)).transpose()?,
        after: digest(&text(row, 6)?)?,
        value: digest(&text(row, 7)?)?,
        temporary: path(8)?,
        target: path(9)?,
        prepared_by: unsigned(row, 10)?,
    })
}

fn record(row: &Row<'_>) -> Result<Record, StoreError> {
    Ok(Record { sequence: unsigned(row, 0)?, line: bytes(row, 1)?, hash: tag(row, 2)?, mac: tag(row, 3)? })
}

/// A tag of another length cannot be one of ours; as zeros it fails its check, where the trail is judged.
fn tag(row: &Row<'_>, index: usize) -> Result<Tag, StoreError> {
    Ok(Tag::try_from(bytes(row, index)?.as_slice()).unwrap_or_default())
}

/// Bytes of a record, whatever type a meddler gave them: the trail is judged, not given up.
fn bytes(row: &Row<'_>, index: usize) -> Result<Vec<u8>, StoreError> {
    Ok(match row.get_ref(index)? {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    })
}

/// A number as SQLite holds it, with a sign. None of ours comes near the end.
pub(in crate::store) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that the tables never hold below zero.
pub(in crate::store) fn unsigned(row: &Row<'_>, index: usize) -> Result<u64, StoreError> {
    u64::try_from(row.get::<_, i64>(index)?).map_err(|_| StoreError::Damaged)
}

fn text(row: &Row<'_>, index: usize) -> Result<String, StoreError> {
    Ok(row.get(index)?)
}

fn name(row: &Row<'_>, index: usize) -> Result<Name, StoreError> {
    text(row, index)?.parse().map_err(|_| StoreError::Damaged)
}

fn optional_name(row: &Row<'_>, index: usize) -> Result<Option<Name>, StoreError> {
    let text: Option<String> = row.get(index)?;
    text.map(|text| text.parse().map_err(|_| StoreError::Damaged)).transpose()
}

fn time(row: &Row<'_>, index: usize) -> Result<Time, StoreError> {
    Ok(Time::from_unix(row.get(index)?))
}

fn digest(text: &str) -> Result<Digest, StoreError> {
    let (oid, hex) = text.split_once(':').ok_or(StoreError::Damaged)?;
    let algorithm = DigestAlgorithm::from_oid(oid).ok_or(StoreError::Damaged)?;
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    bytes.and_then(|bytes| Digest::from_stored(algorithm, &bytes)).ok_or(StoreError::Damaged)
}

fn seal_state(word: &str) -> Result<SealState, StoreError> {
    let all = [SealState::Active, SealState::Suspended, SealState::Cancelled];
    all.into_iter().find(|state| state.word() == word).ok_or(StoreError::Damaged)
}

/// Words of the tables for the values of a type.
macro_rules! words {
    ($type:ty { $($value:path = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word by which tables and lists name it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($value => $word),+ }
            }

            pub(in crate::store) fn from_word(word: &str) -> Result<Self, StoreError> {
                match word { $($word => Ok($value),)+ _ => Err(StoreError::Damaged) }
            }
        }
    };
}

words!(Role {
    Role::Ca = "ca",
    Role::SealMaker = "seal-maker",
    Role::Signer = "signer",
    Role::Tsa = "tsa",
    Role::Imported = "imported",
});
words!(Purpose {
    Purpose::Any = "any",
    Purpose::SealMaker = "seal-maker",
    Purpose::Signer = "signer",
    Purpose::Tsa = "tsa",
});
words!(Finality {
    Finality::Prepared = "prepared",
    Finality::Done = "done",
    Finality::Voided = "voided",
    Finality::Unaccounted = "unaccounted",
});
