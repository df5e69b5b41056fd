//! What one record says, and its canonical form.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crypto::Digest;
use crate::time::Time;

/// What was done. The words are written in the trail: add to them, never change them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Act {
    /// The store was made.
    StoreCreated,
    /// A certification authority was made.
    CaCreated,
    /// A certificate was issued.
    CertificateIssued,
    /// A certificate was requested from an outside authority.
    CertificateRequested,
    /// A certificate, with or without its key, was taken in.
    CertificateImported,
    /// A certificate was revoked.
    CertificateRevoked,
    /// A revocation list was issued.
    CrlIssued,
    /// A seal was issued (制作).
    SealIssued,
    /// A seal was taken in.
    SealImported,
    /// A seal was written to a file.
    SealExported,
    /// A seal was suspended (停用).
    SealSuspended,
    /// A seal was resumed (恢复).
    SealResumed,
    /// A seal was cancelled (注销).
    SealCancelled,
    /// A signed list of seal states was written.
    StatusListIssued,
    /// A signed list of seal states was taken in.
    StatusListImported,
    /// A trust anchor was added.
    TrustAdded,
    /// A trust anchor was removed.
    TrustRemoved,
    /// Evidence of revocation from outside was kept.
    EvidenceAdded,
    /// Evidence of revocation from outside was removed.
    EvidenceRemoved,
    /// A sealed document is ready; it is about to be put in its place.
    SealingPrepared,
    /// The sealed document is in its place.
    SealingDone,
    /// The sealed document was discarded before it reached its place.
    SealingVoided,
    /// After a crash the sealed document was neither at its place nor aside: it may exist elsewhere.
    SealingUnaccounted,
    /// A signed document is ready; it is about to be put in its place.
    SigningPrepared,
    /// The signed document is in its place.
    SigningDone,
    /// The signed document was discarded before it reached its place.
    SigningVoided,
    /// After a crash the signed document was neither at its place nor aside: it may exist elsewhere.
    SigningUnaccounted,
    /// A seal or signature was asked for and refused or failed before anything was prepared.
    SealingRefused,
    /// A signature was asked for and refused or failed before anything was prepared.
    SigningRefused,
    /// Another act was asked for and refused or failed; the details name it.
    Refused,
    /// A document was verified and the result recorded on request.
    Verified,
    /// A signed document with evidence or timestamps added is ready; it is about to be put in its place.
    ExtensionPrepared,
    /// It is in its place.
    ExtensionDone,
    /// It was discarded before it reached its place.
    ExtensionVoided,
    /// A document with its last seal or signature taken off is ready; it is about to be put in its place.
    UnsealingPrepared,
    /// It is in its place.
    UnsealingDone,
    /// It was discarded before it reached its place.
    UnsealingVoided,
    /// A timestamp was issued.
    TimestampIssued,
    /// A private key was written to a file.
    KeyExported,
    /// The way in which the store is unlocked was changed.
    ProtectionChanged,
    /// A signed checkpoint of the trail was written.
    CheckpointWritten,
    /// A backup was written.
    BackupWritten,
    /// The store was restored from a backup.
    Restored,
}

/// How it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As asked.
    #[default]
    Done,
    /// Refused by state or policy.
    Refused,
    /// A fault stopped it.
    Failed,
}

/// A digest of a document, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentDigest {
    /// `SM3`, `SHA-256`, ...
    pub algorithm: String,
    /// Lower-case hexadecimal.
    pub hex: String,
}

impl From<&Digest> for DocumentDigest {
    fn from(digest: &Digest) -> Self {
        DocumentDigest { algorithm: digest.algorithm().name().to_owned(), hex: digest.to_hex() }
    }
}

/// An entry before the store gives it its number. Set what applies; the rest stays out of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// When, by the clock of the machine where it was done.
    pub time: Time,
    /// Who asked for it.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// What was done.
    pub act: Act,
    /// How it ended.
    pub outcome: Outcome,
    /// Reason code of a refusal or fault, as the report and the messages name it.
    pub code: Option<String>,
    /// Name of the seal.
    pub seal: Option<String>,
    /// Name of the certificate or CA.
    pub certificate: Option<String>,
    /// Name of the file, without judging whether it is still there.
    pub file: Option<String>,
    /// Digest of the document as it came.
    pub before: Option<DocumentDigest>,
    /// Digest of the document as it went.
    pub after: Option<DocumentDigest>,
    /// The caller's business number.
    pub reference: Option<String>,
    /// Further facts, in the order given: serial number, subject, reason.
    pub details: Vec<(String, String)>,
}

impl Draft {
    /// An entry of an act that was done, with nothing else said yet.
    #[must_use]
    pub fn new(act: Act, time: Time, operator: &str, host: &str) -> Self {
        Draft {
            time,
            operator: operator.to_owned(),
            host: host.to_owned(),
            act,
            outcome: Outcome::Done,
            code: None,
            seal: None,
            certificate: None,
            file: None,
            before: None,
            after: None,
            reference: None,
            details: Vec::new(),
        }
    }

    /// The same, with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.details.push((name.to_owned(), value.to_owned()));
        self
    }

    /// This draft as the entry of that number.
    #[must_use]
    pub fn numbered(self, sequence: u64) -> Entry {
        Entry {
            sequence,
            time: self.time,
            operator: self.operator,
            host: self.host,
            act: self.act,
            outcome: self.outcome,
            code: self.code,
            seal: self.seal,
            certificate: self.certificate,
            file: self.file,
            before: self.before,
            after: self.after,
            reference: self.reference,
            details: self.details,
        }
    }
}

/// One record of the trail. Field order is the canonical order; see [`Draft`] for what the fields mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of Draft, documented there")]
pub struct Entry {
    /// Counts from 1, without a gap.
    pub sequence: u64,
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub time: Time,
    pub operator: String,
    pub host: String,
    pub act: Act,
    #[serde(rename = "result")]
    pub outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<DocumentDigest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<DocumentDigest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<(String, String)>,
}

/// Bytes are no entry of the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an entry of the trail")]
pub struct EntryError;

impl Entry {
    /// The canonical line: JSON without white space, fields in the order of this type, absent ones left out.
    ///
    /// # Errors
    /// [`EntryError`] should the serialiser fail, which it has no cause to.
    pub fn to_line(&self) -> Result<Vec<u8>, EntryError> {
        serde_json::to_vec(self).map_err(|_| EntryError)
    }

    /// Reads a line; only the canonical form is an entry.
    ///
    /// # Errors
    /// [`EntryError`].
    pub fn from_line(line: &[u8]) -> Result<Self, EntryError> {
        let entry: Entry = serde_json::from_slice(line).map_err(|_| EntryError)?;
        if entry.to_line()? == line { Ok(entry) } else { Err(EntryError) }
    }
}

fn write_time<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    Time::parse_rfc3339(&text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::audit::{Act, DocumentDigest, Draft, Entry, Outcome};
    use crate::time::Time;

    #[test]
    fn the_line_is_pinned_and_comes_back() {
        let mut draft =
            Draft::new(Act::SealingDone, Time::from_unix(1_795_325_675), "经办人", "host\n1").with("page", "1");
        draft.seal = Some("office".into());
        draft.after = Some(DocumentDigest { algorithm: "SM3".into(), hex: "00ff".into() });
        draft.outcome = Outcome::Done;
        let entry = draft.numbered(7);
        let line = entry.to_line().unwrap();
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            "{\"sequence\":7,\"time\":\"2026-11-22T05:34:35Z\",\"operator\":\"经办人\",\"host\":\"host\\n1\",\
             \"act\":\"sealing-done\",\"result\":\"done\",\"seal\":\"office\",\
             \"after\":{\"algorithm\":\"SM3\",\"hex\":\"00ff\"},\"details\":[[\"page\",\"1\"]]}"
        );
        assert_eq!(Entry::from_line(&line).unwrap(), entry);
    }

    #[test]
    fn another_form_of_the_same_is_no_entry() {
        let line = Draft::new(Act::Refused, Time::from_unix(0), "a", "b").numbered(1).to_line().unwrap();
        let text = String::from_utf8(line).unwrap();
        for other in [text.replace(":1,", ": 1,"), text.replace('Z', "+00:00"), format!("{text} "), String::new()] {
            assert!(Entry::from_line(other.as_bytes()).is_err(), "{other}");
        }
    }
}
