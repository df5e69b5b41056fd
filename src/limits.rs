//! What an untrusted file may cost: one [`Budget`] for each document, spent while it is read.
//!
//! Every parser of this program takes a `&Budget`; running out is an error of its own and stops the work at once.
//! The numbers are those of the threat model in `man/eseal-threats.md`; each constant names its source.

use std::cell::Cell;
use std::fmt;

/// Deepest nesting of arrays, dictionaries and page trees in a PDF file. Threat model: 256.
pub const PDF_NESTING: u32 = 256;
/// Deepest nesting of XML elements in an OFD file. Threat model: 128.
pub const XML_DEPTH: u32 = 128;
/// Deepest nesting of ASN.1 values. Threat model: 64.
pub const ASN1_DEPTH: u32 = 64;
/// Longest certificate path, anchor included. Threat model: 10.
pub const PATH_LENGTH: usize = 10;
/// Most entries of a ZIP package. Threat model: 10 000.
pub const ZIP_ENTRIES: u64 = 10_000;
/// Most revisions of a PDF file. Threat model: 1 000.
pub const REVISIONS: u64 = 1_000;
/// Most signatures of one OFD package. Joint seals (联合签章) of real documents stay below 20.
pub const SIGNATURES: u64 = 1_000;
/// Bytes that one document may inflate to, all streams together. Threat model: 1 GiB.
pub const INFLATED_BYTES: u64 = 1 << 30;
/// Largest certificate, seal, signature value or picture that is taken into memory: 16 MiB.
/// A seal's picture of 600 dpi stays below 1 MiB; sixteen times that leaves room for vendors' habits.
pub const VALUE_BYTES: u64 = 16 << 20;

/// A kind of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes produced by decompression.
    InflatedBytes,
    /// Depth of nesting.
    Nesting,
    /// Objects or elements read.
    Objects,
    /// Entries of a package.
    Entries,
    /// Revisions of a document.
    Revisions,
    /// Signatures of a package.
    Signatures,
    /// Signature values checked while paths are built.
    SignatureChecks,
    /// Complete certificate paths judged.
    Paths,
    /// Names compared with name constraints.
    NameComparisons,
    /// Bytes of one value held in memory.
    ValueBytes,
}

/// A limit was reached: which one, and how much of it there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {allowed} {limit} is exhausted")]
pub struct Exhausted {
    /// What ran out.
    pub limit: Limit,
    /// How much of it was allowed.
    pub allowed: u64,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::InflatedBytes => "inflated bytes",
            Limit::Nesting => "levels of nesting",
            Limit::Objects => "objects",
            Limit::Entries => "entries",
            Limit::Revisions => "revisions",
            Limit::Signatures => "signatures",
            Limit::SignatureChecks => "signature checks",
            Limit::Paths => "certificate paths",
            Limit::NameComparisons => "comparisons with name constraints",
            Limit::ValueBytes => "bytes in one value",
        })
    }
}

/// What one document may still cost. Shared by reference while the document is read.
#[derive(Debug)]
pub struct Budget {
    inflated: Cell<u64>,
    objects: Cell<u64>,
    entries: Cell<u64>,
    revisions: Cell<u64>,
    signatures: Cell<u64>,
    signature_checks: Cell<u64>,
    paths: Cell<u64>,
    name_comparisons: Cell<u64>,
}

/// Most objects or elements read for one document: 10 million, far above the 200 000 of large real files.
const OBJECTS: u64 = 10_000_000;
/// Most signature values checked in path building for one document. Threat model: 1 000.
const SIGNATURE_CHECKS: u64 = 1_000;
/// Most complete paths judged for one question: the meshes of real bridges offer a dozen.
const PATHS: u64 = 200;
/// Most names compared with name constraints: 250 000, as in rustls-webpki.
const NAME_COMPARISONS: u64 = 250_000;

impl Default for Budget {
    fn default() -> Self {
        Budget {
            inflated: Cell::new(INFLATED_BYTES),
            objects: Cell::new(OBJECTS),
            entries: Cell::new(ZIP_ENTRIES),
            revisions: Cell::new(REVISIONS),
            signatures: Cell::new(SIGNATURES),
            signature_checks: Cell::new(SIGNATURE_CHECKS),
            paths: Cell::new(PATHS),
            name_comparisons: Cell::new(NAME_COMPARISONS),
        }
    }
}

impl Budget {
    /// Takes `amount` of a countable limit.
    ///
    /// # Errors
    /// [`Exhausted`] when less than `amount` is left; nothing is left afterwards.
    pub fn spend(&self, limit: Limit, amount: u64) -> Result<(), Exhausted> {
        let (cell, allowed) = match limit {
            Limit::InflatedBytes => (&self.inflated, INFLATED_BYTES),
            Limit::Entries => (&self.entries, ZIP_ENTRIES),
            Limit::Revisions => (&self.revisions, REVISIONS),
            Limit::Signatures => (&self.signatures, SIGNATURES),
            Limit::SignatureChecks => (&self.signature_checks, SIGNATURE_CHECKS),
            Limit::Paths => (&self.paths, PATHS),
            Limit::NameComparisons => (&self.name_comparisons, NAME_COMPARISONS),
            Limit::Objects | Limit::Nesting | Limit::ValueBytes => (&self.objects, OBJECTS),
        };
        match cell.get().checked_sub(amount) {
            Some(left) => {
                cell.set(left);
                Ok(())
            }
            None => {
                cell.set(0);
                Err(Exhausted { limit, allowed })
            }
        }
    }

    /// How many more bytes may be inflated.
    #[must_use]
    pub fn inflated_left(&self) -> u64 {
        self.inflated.get()
    }
}

#[cfg(test)]
mod tests {
    use crate::limits::{Budget, Exhausted, INFLATED_BYTES, Limit};

    #[test]
    fn a_budget_ends() {
        let budget = Budget::default();
        assert_eq!(budget.spend(Limit::InflatedBytes, INFLATED_BYTES), Ok(()));
        let end = budget.spend(Limit::InflatedBytes, 1);
        assert_eq!(end, Err(Exhausted { limit: Limit::InflatedBytes, allowed: INFLATED_BYTES }));
    }
}
