//! The document security store: certificates, revocation lists and OCSP responses that travel in a PDF (ISO 32000-2
//! 12.8.4.3, ETSI EN 319 142-1 5.4.2).
//!
//! ```text
//! DSS ::= << /Type /DSS  /VRI << /<SHA-1 of the value> VRI ... >>  /Certs [ streams ]  /OCSPs [ streams ]  /CRLs [ streams ] >>
//! VRI ::= << /Type /VRI  /Cert [ streams ]  /CRL [ streams ]  /OCSP [ streams ]  /TU date  /TS stream >>
//! ```
//!
//! Nothing in it is believed here: it is bytes and places. What is malformed is left out and told.

use std::collections::HashSet;

use crate::crypto::DigestAlgorithm;
use crate::limits::VALUE_BYTES;
use crate::pdf::error::PdfError;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::text::decode_text;
use crate::pdf::view::View;
use crate::time::Time;

/// Most values of one kind that are read: stores of real documents hold some dozen, and each costs a check.
const VALUES: usize = 1_000;
/// Bytes of all values together; the lists of a few large authorities reach some ten million bytes.
const BYTES: u64 = 8 * VALUE_BYTES;
/// Most faults that are told one by one.
const FAULTS: usize = 50;

/// What one revision's document security store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityStore {
    /// Certificates in DER.
    pub certificates: Vec<StoredValue>,
    /// Revocation lists in DER.
    pub crls: Vec<StoredValue>,
    /// OCSP responses in DER.
    pub responses: Vec<StoredValue>,
    /// Which of them belong to which signature.
    pub related: Vec<RelatedValues>,
    /// What was left out.
    pub faults: Vec<StoreFault>,
}

/// One stream of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredValue {
    /// Its object.
    pub id: ObjectId,
    /// Its decoded data.
    pub data: Vec<u8>,
}

/// What was gathered for one signature (a VRI dictionary).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedValues {
    /// SHA-1 over the signature's value as it lies in /Contents, in upper-case hexadecimal.
    pub key: String,
    /// Objects of certificates.
    pub certificates: Vec<ObjectId>,
    /// Objects of revocation lists.
    pub crls: Vec<ObjectId>,
    /// Objects of OCSP responses.
    pub responses: Vec<ObjectId>,
    /// /TU: when it was gathered, by its maker's word.
    pub gathered: Option<Time>,
    /// /TS: a timestamp token in DER, by which its maker wants to prove that.
    pub timestamp: Option<StoredValue>,
}

/// A part of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StorePart {
    Store,
    Certificates,
    Crls,
    Responses,
    Related,
}

/// Something in the store that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFault {
    /// A value that must be a dictionary, an array or a stream is something else, or cannot be read.
    #[error("{part:?} of the document security store is malformed")]
    Malformed {
        /// Which.
        part: StorePart,
    },
    /// More values, or more bytes, than any honest store has.
    #[error("{part:?} of the document security store holds too much")]
    TooMuch {
        /// Which.
        part: StorePart,
    },
}

/// The key of a signature's VRI dictionary: "the base-16-encoded (uppercase) SHA1 digest of the signature", its padding
/// included (ISO 32000-2 table 262).
#[must_use]
pub fn related_key(contents: &[u8]) -> String {
    DigestAlgorithm::Sha1.digest(contents).to_hex().to_uppercase()
}

impl View<'_> {
    /// The document security store that this revision's catalog names; `None` where it names none.
    ///
    /// # Errors
    /// [`PdfError::Limit`], [`PdfError::Read`], and those of [`View::catalog`]. What is malformed inside the store is a
    /// fault of the result.
    pub fn security_store(&self) -> Result<Option<SecurityStore>, PdfError> {
        let mut reading = Reading { view: self, store: SecurityStore::default(), seen: HashSet::new(), left: BYTES };
        let dss = match reading.lookup(&self.catalog()?, "DSS", StorePart::Store)? {
            Object::Dictionary(dss) => dss,
            Object::Null => return Ok((!reading.store.faults.is_empty()).then_some(reading.store)),
            _ => {
                reading.fault(StoreFault::Malformed { part: StorePart::Store });
                return Ok(Some(reading.store));
            }
        };
        for (key, part) in
            [("Certs", StorePart::Certificates), ("CRLs", StorePart::Crls), ("OCSPs", StorePart::Responses)]
        {
            reading.list(&dss, key, part)?;
        }
        reading.all_related(&dss)?;
        Ok(Some(reading.store))
    }
}

/// A store being read.
struct Reading<'v, 'd> {
    view: &'v View<'d>,
    store: SecurityStore,
    /// Streams that were taken, or could not be.
    seen: HashSet<(u8, ObjectId)>,
    left: u64,
}

impl Reading<'_, '_> {
    fn fault(&mut self, fault: StoreFault) {
        if self.store.faults.len() < FAULTS && !self.store.faults.contains(&fault) {
            self.store.faults.push(fault);
        }
    }

    /// What is fatal for the whole document goes up; anything else is a fault of the part.
    fn forgiven<T>(&mut self, result: Result<T, PdfError>, part: StorePart) -> Result<Option<T>, PdfError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => Err(error),
            Err(_) => {
                self.fault(StoreFault::Malformed { part });
                Ok(None)
            }
        }
    }

    fn lookup(&mut self, dictionary: &Dictionary, key: &str, part: StorePart) -> Result<Object, PdfError> {
        let value = self.view.lookup(dictionary, key);
        Ok(self.forgiven(value, part)?.unwrap_or(Object::Null))
    }

    /// An array of streams; gives their objects in order.
    fn list(&mut self, dictionary: &Dictionary, key: &str, part: StorePart) -> Result<Vec<ObjectId>, PdfError> {
        let items = match self.lookup(dictionary, key, part)? {
            Object::Array(items) => items,
            Object::Null => return Ok(Vec::new()),
            _ => {
                self.fault(StoreFault::Malformed { part });
                return Ok(Vec::new());
            }
        };
        if items.len() > VALUES {
            self.fault(StoreFault::TooMuch { part });
        }
        let mut ids = Vec::new();
        for item in items.iter().take(VALUES) {
            // A stream is always an object of its own (ISO 32000-1 7.3.8.1).
            let Some(id) = item.as_reference() else {
                self.fault(StoreFault::Malformed { part });
                continue;
            };
            if self.take(id, part)? {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Takes a stream into its list unless it is there; tells whether it is there now.
    fn take(&mut self, id: ObjectId, part: StorePart) -> Result<bool, PdfError> {
        let known = |list: &[StoredValue]| list.iter().any(|value| value.id == id);
        let list = match part {
            StorePart::Certificates => &self.store.certificates,
            StorePart::Crls => &self.store.crls,
            _ => &self.store.responses,
        };
        if !self.seen.insert((part as u8, id)) {
            return Ok(known(list));
        }
        if list.len() >= VALUES {
            self.fault(StoreFault::TooMuch { part });
            return Ok(false);
        }
        let Some(value) = self.stream(id, part)? else { return Ok(false) };
        match part {
            StorePart::Certificates => self.store.certificates.push(value),
            StorePart::Crls => self.store.crls.push(value),
            _ => self.store.responses.push(value),
        }
        Ok(true)
    }

    fn stream(&mut self, id: ObjectId, part: StorePart) -> Result<Option<StoredValue>, PdfError> {
        let object = self.view.resolve(&Object::Reference(id));
        let stream = match self.forgiven(object, part)? {
            Some(Object::Stream(stream)) => stream,
            Some(_) => {
                self.fault(StoreFault::Malformed { part });
                return Ok(None);
            }
            None => return Ok(None),
        };
        let limit = VALUE_BYTES.min(self.left);
        let data = match self.view.stream_data(&stream, limit) {
            // The document's own budget says how much it may inflate to; one value that is too large is no more than that.
            Err(PdfError::Limit(_)) if self.view.budget().inflated_left() > 0 => {
                self.fault(StoreFault::TooMuch { part });
                return Ok(None);
            }
            other => self.forgiven(other, part)?,
        };
        let Some(data) = data else { return Ok(None) };
        self.left = self.left.saturating_sub(data.len() as u64);
        Ok(Some(StoredValue { id, data }))
    }

    fn all_related(&mut self, dss: &Dictionary) -> Result<(), PdfError> {
        let part = StorePart::Related;
        let all = match self.lookup(dss, "VRI", part)? {
            Object::Dictionary(all) => all,
            Object::Null => return Ok(()),
            _ => {
                self.fault(StoreFault::Malformed { part });
                return Ok(());
            }
        };
        if all.len() > VALUES {
            self.fault(StoreFault::TooMuch { part });
        }
        for (key, value) in all.iter().filter(|(key, _)| *key != b"Type").take(VALUES) {
            let value = self.view.resolve(value);
            let Some(Object::Dictionary(entry)) = self.forgiven(value, part)? else {
                self.fault(StoreFault::Malformed { part });
                continue;
            };
            let key = String::from_utf8_lossy(key).into_owned();
            let related = self.related(key, &entry)?;
            self.store.related.push(related);
        }
        Ok(())
    }

    fn related(&mut self, key: String, entry: &Dictionary) -> Result<RelatedValues, PdfError> {
        let part = StorePart::Related;
        let certificates = self.list(entry, "Cert", StorePart::Certificates)?;
        let crls = self.list(entry, "CRL", StorePart::Crls)?;
        let responses = self.list(entry, "OCSP", StorePart::Responses)?;
        let gathered = match self.lookup(entry, "TU", part)? {
            Object::String(text) => Time::parse_pdf(&decode_text(&text)).ok(),
            _ => None,
        };
        let timestamp = match entry.get("TS").and_then(Object::as_reference) {
            Some(id) => self.stream(id, part)?,
            None => None,
        };
        Ok(RelatedValues { key, certificates, crls, responses, gathered, timestamp })
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use crate::limits::Budget;
    use crate::pdf::{Document, SecurityStore, StoreFault, StorePart, related_key};
    use crate::source::Bytes;

    /// A document whose catalog has this entry, and further objects from number 3 on.
    fn read(dss: &str, objects: &[&str]) -> Option<SecurityStore> {
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        let catalog = format!("<</Type/Catalog/Pages 2 0 R {dss}>>");
        let bodies = [catalog.as_str(), "<</Type/Pages/Kids[]/Count 0>>"];
        for (number, body) in bodies.iter().chain(objects).enumerate() {
            offsets.push(file.len());
            file.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", number + 1).as_bytes());
        }
        let xref = file.len();
        let mut tail = format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1);
        for offset in &offsets {
            tail.push_str(&format!("{offset:010} 00000 n \n"));
        }
        tail.push_str(&format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n", offsets.len() + 1));
        file.extend_from_slice(tail.as_bytes());
        let document = Document::open(Bytes::shared(file), Rc::new(Budget::default())).unwrap();
        document.current().unwrap().security_store().unwrap()
    }

    const ONE: &str = "<</Length 3>>stream\nabc\nendstream";
    const TWO: &str = "<</Length 2>>stream\nxy\nendstream";

    #[test]
    fn lists_and_related_values_are_read_each_stream_once() {
        let vri = "/VRI<</Type/VRI/ABCD<</Cert[3 0 R]/CRL[4 0 R 4 0 R]/TU(D:20260102030405Z)/TS 4 0 R>>>>";
        let store = read(&format!("/DSS<</Certs[3 0 R]/OCSPs[4 0 R]{vri}>>"), &[ONE, TWO]).unwrap();
        assert_eq!(store.faults, []);
        assert_eq!(store.certificates.len(), 1);
        assert_eq!(store.certificates[0].data, b"abc");
        assert_eq!((store.crls.len(), store.responses.len()), (1, 1), "also what only a VRI names");
        let related = &store.related[0];
        assert_eq!((related.key.as_str(), related.certificates.len(), related.crls.len()), ("ABCD", 1, 2));
        assert_eq!(related.gathered.unwrap().to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(related.timestamp.as_ref().unwrap().data, b"xy");
    }

    #[test]
    fn a_document_without_a_store_has_none() {
        assert_eq!(read("", &[]), None);
        assert_eq!(read("/DSS null", &[]), None);
        assert_eq!(read("/DSS<<>>", &[]), Some(SecurityStore::default()));
    }

    #[test]
    fn what_is_malformed_is_left_out_and_told() {
        let malformed = |part| vec![StoreFault::Malformed { part }];
        for (dss, part) in [
            ("/DSS 7", StorePart::Store),
            ("/DSS<</Certs 7>>", StorePart::Certificates),
            ("/DSS<</CRLs[7 (x) null]>>", StorePart::Crls),
            ("/DSS<</OCSPs[2 0 R]>>", StorePart::Responses),
            ("/DSS<</OCSPs[99 0 R]>>", StorePart::Responses),
            ("/DSS<</VRI 7>>", StorePart::Related),
            ("/DSS<</VRI<</AB 7>>>>", StorePart::Related),
        ] {
            let store = read(dss, &[ONE]).unwrap();
            assert_eq!(store.faults, malformed(part), "{dss}");
            assert!(store.certificates.is_empty() && store.crls.is_empty() && store.responses.is_empty(), "{dss}");
        }
        let bad = "<</Length 3/Filter/Nope>>stream\nabc\nendstream";
        let store = read("/DSS<</Certs[4 0 R 3 0 R]>>", &[ONE, bad]).unwrap();
        assert_eq!(store.certificates.len(), 1, "the sound one stays");
        assert_eq!(store.faults, malformed(StorePart::Certificates));
    }

    #[test]
    fn a_store_is_bounded() {
        let many = "3 0 R ".repeat(2_000);
        let store = read(&format!("/DSS<</Certs[{many}]>>"), &[ONE]).unwrap();
        assert_eq!(store.certificates.len(), 1);
        assert_eq!(store.faults, [StoreFault::TooMuch { part: StorePart::Certificates }]);
    }

    #[test]
    fn the_key_of_a_value_is_its_sha_1_in_capitals() {
        assert_eq!(related_key(b"abc"), "A9993E364706816ABA3E25717850C26C9CD0D89D");
    }
}
