//! Writing to the embedded store, within an act.

use std::os::unix::ffi::OsStrExt;

use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::audit::{ChainFault, ChainHead, Draft, FaultKind, Macs, Record, RecordMac};
use crate::crypto::protect::MasterKey;
use crate::crypto::{self, Digest, PrivateKey, RandomSource, Signer};
use crate::files::SystemRandom;
use crate::seal::{SealChange, SealState};
use crate::store::reading::{Connected, anchor, chain_bytes, evidence, genesis, head, signed, trail_record};
use crate::store::{
    AnchorId, AnchorRecord, CaRecord, CertificateRecord, Changes, CrlRecord, Custody, EvidenceId, EvidenceRecord, Name,
    Revocation, SealRecord, Store, StoreError, TokenRecord,
};
use crate::time::Time;

/// How far the clock may stand behind the last record: two machines' clocks, or a clock being set, differ by seconds.
const CLOCK_TOLERANCE: i64 = 300;

/// A transaction with what it needs to wrap and open keys.
pub(in crate::store) struct Acting<'a> {
    pub(in crate::store) transaction: Transaction<'a>,
    pub(in crate::store) master: &'a MasterKey,
    pub(in crate::store) trail_key: &'a dyn RecordMac,
}

impl Connected for Acting<'_> {
    fn connection(&self) -> &Connection {
        &self.transaction
    }

    fn trail_key(&self) -> Option<&dyn RecordMac> {
        Some(self.trail_key)
    }
}

impl Acting<'_> {
    /// Number of the record that this act will have. Refuses to build upon a head that is not the store's own, and to
    /// write a time before that of the last record.
    pub(in crate::store) fn next_record(&self, now: Time) -> Result<u64, StoreError> {
        let damaged = |sequence, kind| Err(StoreError::Trail(ChainFault { sequence, kind }));
        let Some(head) = head(&self.transaction)? else { return damaged(0, FaultKind::HeadForged) };
        let count = head.link.count;
        if head.standing(self.trail_key) != Macs::Checked {
            return damaged(count, FaultKind::HeadForged);
        }
        if count == 0 {
            return Ok(1);
        }
        let Some(record) = trail_record(&self.transaction, count)? else { return damaged(count, FaultKind::TailLost) };
        if record.hash != head.link.hash {
            return damaged(count, FaultKind::Edited);
        }
        let last = record.entry()?.time;
        if now.plus_seconds(CLOCK_TOLERANCE) < last {
            return Err(StoreError::ClockBehind { now, last });
        }
        count.checked_add(1).ok_or(StoreError::Damaged)
    }

    /// Writes the act's record and the new head.
    pub(in crate::store) fn record(&self, draft: Draft) -> Result<u64, StoreError> {
        let last = match head(&self.transaction)? {
            Some(head) => head.link,
            None => genesis(&self.transaction)?,
        };
        let sequence = last.count.checked_add(1).ok_or(StoreError::Damaged)?;
        let (record, link) = Record::append(&last, &draft.numbered(sequence), self.trail_key)?;
        let head = ChainHead::new(link, self.trail_key);
        let sql = "INSERT INTO trail (sequence, line, hash, mac) VALUES (?1, ?2, ?3, ?4)";
        let row = (signed(record.sequence), record.line, record.hash.as_slice(), record.mac.as_slice());
        self.transaction.prepare_cached(sql)?.execute(row)?;
        let sql = "INSERT OR REPLACE INTO trail_head (one, count, hash, mac) VALUES (1, ?1, ?2, ?3)";
        let row = (signed(link.count), link.hash.as_slice(), head.mac.as_slice());
        self.transaction.prepare_cached(sql)?.execute(row)?;
        Ok(sequence)
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params, otherwise: StoreError) -> Result<(), StoreError> {
        let done = self.transaction.prepare_cached(sql)?.execute(params);
        done.map(drop).map_err(|fault| StoreError::duplicate(fault, otherwise))
    }
}

impl Changes for Acting<'_> {
    fn add_certificate(&mut self, certificate: &CertificateRecord) -> Result<(), StoreError> {
        let name = &certificate.name;
        if self.certificate(name)?.is_some() {
            return Err(StoreError::NameTaken { name: name.clone() });
        }
        let sql = "INSERT INTO certificates (name, der, chain, role, issuer, serial, added) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let issuer = certificate.issuer.as_ref();
        if let Some(issuer) = issuer
            && self.ca(issuer)?.is_none()
        {
            return Err(StoreError::Unknown { name: issuer.clone() });
        }
        let row = (
            name.as_str(),
            &certificate.der,
            chain_bytes(&certificate.chain),
            certificate.role.word(),
            issuer.map(Name::as_str),
            &certificate.serial,
            certificate.added.unix(),
        );
        self.execute(sql, row, StoreError::SerialTaken)
    }

    fn add_ca(&mut self, ca: &CaRecord) -> Result<(), StoreError> {
        for name in [Some(&ca.name), ca.parent.as_ref()].into_iter().flatten() {
            if self.certificate(name)?.is_none() {
                return Err(StoreError::Unknown { name: name.clone() });
            }
        }
        let sql = "INSERT INTO cas (name, crl_url, next_crl, parent) VALUES (?1, ?2, ?3, ?4)";
        let row = (ca.name.as_str(), &ca.crl_url, signed(ca.next_crl), ca.parent.as_ref().map(Name::as_str));
        self.execute(sql, row, StoreError::NameTaken { name: ca.name.clone() })
    }

    fn add_key(&mut self, name: &Name, key: &PrivateKey) -> Result<(), StoreError> {
        let wrapped = self.master.wrap(&key.to_pkcs8(), &key_label(name), &SystemRandom as &dyn RandomSource)?;
        let sql = "INSERT INTO keys (name, wrapped) VALUES (?1, ?2)";
        self.execute(sql, (name.as_str(), wrapped), StoreError::NameTaken { name: name.clone() })
    }

    fn add_companion(&mut self, name: &Name, der: &[u8], key: Option<&PrivateKey>) -> Result<(), StoreError> {
        if self.certificate(name)?.is_none() {
            return Err(StoreError::Unknown { name: name.clone() });
        }
        let label = companion_label(name);
        let wrap = |key: &PrivateKey| self.master.wrap(&key.to_pkcs8(), &label, &SystemRandom as &dyn RandomSource);
        let wrapped = key.map(wrap).transpose()?;
        let sql = "INSERT INTO companions (name, der, wrapped) VALUES (?1, ?2, ?3)";
        self.execute(sql, (name.as_str(), der, wrapped), StoreError::AlreadyThere)
    }

    fn add_token(&mut self, token: &TokenRecord) -> Result<(), StoreError> {
        let taken = || StoreError::NameTaken { name: token.name.clone() };
        if self.custody(&token.name)? != Custody::Elsewhere {
            return Err(taken());
        }
        let sql = "INSERT INTO tokens (name, module, uri) VALUES (?1, ?2, ?3)";
        self.execute(sql, (token.name.as_str(), token.module.as_os_str().as_bytes(), &token.uri), taken())
    }

    fn open_enveloped(&self, name: &Name, enveloped: &[u8]) -> Result<PrivateKey, StoreError> {
        Ok(crypto::open_enveloped(&private_key(&self.transaction, self.master, name)?, enveloped)?)
    }

    fn signer(&self, name: &Name) -> Result<Box<dyn Signer>, StoreError> {
        signer(&self.transaction, self.master, name)
    }

    fn add_seal(&mut self, seal: &SealRecord, picture: &[u8]) -> Result<(), StoreError> {
        let name = seal.name.as_str();
        let sql = "INSERT INTO seals (name, der, number, maker, state, added) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let maker = seal.maker.as_ref().map(Name::as_str);
        let row = (name, &seal.der, &seal.number, maker, seal.state.word(), seal.added.unix());
        self.execute(sql, row, StoreError::NameTaken { name: seal.name.clone() })?;
        self.execute("INSERT INTO seal_pictures VALUES (?1, ?2)", (name, picture), StoreError::Damaged)?;
        for (position, holder) in (0_i64..).zip(&seal.holders) {
            let row = (name, position, holder.as_str());
            self.execute("INSERT INTO seal_holders VALUES (?1, ?2, ?3)", row, StoreError::Damaged)?;
        }
        self.add_change(name, &SealChange { time: seal.added, state: seal.state, reason: String::new() })
    }

    fn set_seal_state(&mut self, name: &Name, change: &SealChange) -> Result<(), StoreError> {
        let seal = self.seal(name)?.ok_or_else(|| StoreError::Unknown { name: name.clone() })?;
        if seal.state == change.state || seal.state == SealState::Cancelled {
            return Err(StoreError::SealState);
        }
        let row = (name.as_str(), change.state.word());
        self.execute("UPDATE seals SET state = ?2 WHERE name = ?1", row, StoreError::Damaged)?;
        self.add_change(name.as_str(), change)
    }

    fn put_status_list(&mut self, maker: &Digest, der: &[u8], now: Time) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO status_lists (maker, der, added) VALUES (?1, ?2, ?3)";
        self.execute(sql, (maker.to_hex(), der, now.unix()), StoreError::Damaged)
    }

    fn add_anchor(&mut self, anchor: &AnchorRecord) -> Result<(), StoreError> {
        let purposes: Vec<&str> = anchor.purposes.iter().map(|purpose| purpose.word()).collect();
        let sql = "INSERT INTO anchors (id, der, purposes, source, added) VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = (anchor.id().0, &anchor.der, purposes.join(","), &anchor.source, anchor.added.unix());
        self.execute(sql, row, StoreError::AlreadyThere)
    }

    fn remove_anchor(&mut self, id: &AnchorId) -> Result<Option<AnchorRecord>, StoreError> {
        let sql = "DELETE FROM anchors WHERE id = ?1 RETURNING der, purposes, source, added";
        let mut statement = self.transaction.prepare_cached(sql)?;
        statement.query_row([&id.0], |row| Ok(anchor(row))).optional()?.transpose()
    }

    fn add_evidence(&mut self, evidence: &EvidenceRecord) -> Result<(), StoreError> {
        let sql = "INSERT INTO evidence (id, der, issued, source, added) VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = (evidence.id().0, &evidence.der, evidence.issued.unix(), &evidence.source, evidence.added.unix());
        self.execute(sql, row, StoreError::AlreadyThere)
    }

    fn remove_evidence(&mut self, id: &EvidenceId) -> Result<Option<EvidenceRecord>, StoreError> {
        let sql = "DELETE FROM evidence WHERE id = ?1 RETURNING id, der, issued, source, added";
        let mut statement = self.transaction.prepare_cached(sql)?;
        statement.query_row([&id.0], |row| Ok(evidence(row))).optional()?.transpose()
    }

    fn add_revocation(&mut self, revocation: &Revocation) -> Result<(), StoreError> {
        if self.ca(&revocation.ca)?.is_none() {
            return Err(StoreError::Unknown { name: revocation.ca.clone() });
        }
        let sql = "INSERT INTO revocations (ca, serial, time, reason) VALUES (?1, ?2, ?3, ?4)";
        let row = (revocation.ca.as_str(), &revocation.serial, revocation.time.unix(), revocation.reason);
        self.execute(sql, row, StoreError::AlreadyRevoked)
    }

    fn add_crl(&mut self, crl: &CrlRecord) -> Result<(), StoreError> {
        let next = crl.number.checked_add(1).ok_or(StoreError::Damaged)?;
        let sql = "UPDATE cas SET next_crl = max(next_crl, ?2) WHERE name = ?1";
        if self.transaction.prepare_cached(sql)?.execute((crl.ca.as_str(), signed(next)))? == 0 {
            return Err(StoreError::Unknown { name: crl.ca.clone() });
        }
        let sql = "INSERT INTO crls (ca, number, der, issued) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, (crl.ca.as_str(), signed(crl.number), &crl.der, crl.issued.unix()), StoreError::AlreadyThere)
    }
}

impl Acting<'_> {
    fn add_change(&self, seal: &str, change: &SealChange) -> Result<(), StoreError> {
        let sql = "INSERT INTO seal_changes (seal, time, state, reason) VALUES (?1, ?2, ?3, ?4)";
        let row = (seal, change.time.unix(), change.state.word(), &change.reason);
        self.execute(sql, row, StoreError::Damaged)
    }
}

/// Opens a private key: it signs, and never leaves this room as bytes.
pub(in crate::store) fn signer(
    connection: &Connection,
    master: &MasterKey,
    name: &Name,
) -> Result<Box<dyn Signer>, StoreError> {
    Ok(Box::new(private_key(connection, master, name)?))
}

fn private_key(connection: &Connection, master: &MasterKey, name: &Name) -> Result<PrivateKey, StoreError> {
    let mut statement = connection.prepare_cached("SELECT wrapped FROM keys WHERE name = ?1")?;
    let wrapped: Option<Vec<u8>> = statement.query_row([name.as_str()], |row| row.get(0)).optional()?;
    let wrapped = wrapped.ok_or_else(|| StoreError::NoKey { name: name.clone() })?;
    // The master key is right, or the store would not be open: so this can only be damage.
    let der = master.unwrap(&wrapped, &key_label(name)).map_err(|_| StoreError::Damaged)?;
    Ok(PrivateKey::from_der(der.expose())?)
}

/// Associated data of the wrapped key of an encryption certificate: it cannot take the place of a signing key.
fn companion_label(name: &Name) -> Vec<u8> {
    format!("encryption key\0{name}").into_bytes()
}

/// Associated data of a wrapped key: a key cannot be put under another name.
fn key_label(name: &Name) -> Vec<u8> {
    format!("private key\0{name}").into_bytes()
}
