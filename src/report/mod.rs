//! The result of a verification as plain data.
//!
//! [`Report`] is what `verify` returns for one file. Findings carry a [`Code`] and arguments, never a sentence: the edge
//! turns them into Chinese or English. Which level a code has, and which sub-indication of EN 319 102-1 it stands for,
//! is said once, in the table of [`Code`].

mod certificate;
mod code;
mod indication;
mod json;
mod reliability;

pub use certificate::{CertificateReport, CertificateStatus};
pub use code::{Code, Effect, Level};
pub use indication::{Indication, SubIndication};
pub use json::Describe;
pub use reliability::{Condition, Reliability, Reliable};

use crate::geometry::Rect;
use crate::time::Time;

/// One file judged.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the file as the user gave it.
    pub file: String,
    /// Format found, if any.
    pub format: Option<Format>,
    /// The time at which the verdict is given.
    pub validation_time: Time,
    /// The policy that was applied.
    pub policy: PolicyUsed,
    /// Verdict: the worst of the signatures and of the document's findings.
    pub indication: Indication,
    /// Exit status that a program returns for this file alone.
    pub exit_status: u8,
    /// Findings of the document as a whole, or why it was refused.
    pub findings: Vec<Finding>,
    /// Every signature found, in the order of signing.
    pub signatures: Vec<SignatureReport>,
}

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Pdf,
    Ofd,
    Detached,
}

/// Name and digest of a policy, and what it loosens.
#[derive(Clone, Debug, Default)]
pub struct PolicyUsed {
    /// Name.
    pub name: String,
    /// SHA-256 of its text, in hexadecimal.
    pub sha256: String,
    /// Every loosening against the default, in words of the policy file.
    pub loosened: Vec<String>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// Values for the sentence, by name.
    pub arguments: Vec<(&'static str, String)>,
    /// Clause of a standard or line of the reference that asks for it.
    pub clause: Option<&'static str>,
    /// Where: a path in the package, an object, an offset, a page.
    pub place: Option<String>,
}

impl Finding {
    /// A finding without arguments.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Finding { code, arguments: Vec::new(), clause: None, place: None }
    }

    /// With the place it concerns.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// With the clause that asks for it.
    #[must_use]
    pub fn clause(mut self, clause: &'static str) -> Self {
        self.clause = Some(clause);
        self
    }

    /// With a value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }
}

/// What a signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Seal,
    Signature,
    Timestamp,
}

/// One signature judged.
#[derive(Clone, Debug)]
pub struct SignatureReport {
    /// Field name or signature ID.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Container told by content: `cms`, `ses-v4`, `gbt35275`, ...
    pub container: &'static str,
    /// PDF SubFilter or OFD SignatureMethod, as found.
    pub sub_filter: Option<String>,
    /// Number of the revision that it signs, from 1.
    pub revision: Option<u32>,
    /// Verdict.
    pub indication: Indication,
    /// EN 319 102-1 sub-indication of the first decisive finding.
    pub sub_indication: Option<SubIndication>,
    /// Everything found about it.
    pub findings: Vec<Finding>,
    /// `SM2-SM3` and so on.
    pub algorithm: Option<String>,
    /// Digest of the signed content, in hexadecimal, with its algorithm.
    pub digest: Option<String>,
    /// The signer's certificate.
    pub signer: Option<CertificateSummary>,
    /// Subjects from the signer to the anchor.
    pub path: Vec<String>,
    /// Subject of the anchor that was reached.
    pub anchor: Option<String>,
    /// The seal.
    pub seal: Option<SealSummary>,
    /// Time that the signer claims.
    pub claimed_time: Option<Time>,
    /// Time that evidence proves.
    pub proven_time: Option<Time>,
    /// Timestamps that belong to it.
    pub timestamps: Vec<TimestampSummary>,
    /// Statements of the signer.
    pub statements: Statements,
    /// What of the document it covers.
    pub coverage: Coverage,
    /// What it does not cover.
    pub uncovered: Vec<String>,
    /// Identifiers of earlier signatures that this one covers, their values included, so that it confirms that they were
    /// there before it.
    pub covers: Vec<String>,
    /// Identifiers of later signatures that cover this one.
    pub covered_by: Vec<String>,
    /// Highest level of what came later.
    pub later_changes: LaterChanges,
    /// Each later change.
    pub changes: Vec<Change>,
    /// Every step with its result.
    pub steps: Vec<Step>,
    /// Article 13 of the Electronic Signature Law.
    pub reliability: Reliability,
    /// Where it is shown.
    pub placements: Vec<Placement>,
}

impl SignatureReport {
    /// A signature of which nothing is known yet.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: Kind) -> Self {
        SignatureReport {
            id: id.into(),
            kind,
            container: "unknown",
            sub_filter: None,
            revision: None,
            indication: Indication::Indeterminate,
            sub_indication: None,
            findings: Vec::new(),
            algorithm: None,
            digest: None,
            signer: None,
            path: Vec::new(),
            anchor: None,
            seal: None,
            claimed_time: None,
            proven_time: None,
            timestamps: Vec::new(),
            statements: Statements::default(),
            coverage: Coverage::None,
            uncovered: Vec::new(),
            covers: Vec::new(),
            covered_by: Vec::new(),
            later_changes: LaterChanges::None,
            changes: Vec::new(),
            steps: Vec::new(),
            reliability: Reliability::default(),
            placements: Vec::new(),
        }
    }
}

/// What a certificate says, for the reader of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CertificateSummary {
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub not_before: Time,
    pub not_after: Time,
}

/// What a seal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealSummary {
    /// Number, esID.
    pub id: String,
    /// Title.
    pub name: String,
    /// Raw type.
    pub kind: u64,
    /// Version of the header.
    pub version: u64,
    /// Subject of the maker.
    pub maker: String,
    /// Start of its validity.
    pub valid_from: Time,
    /// End of its validity.
    pub valid_to: Time,
    /// Width and height in mm.
    pub size_mm: (u64, u64),
    /// State in the register or a status list: `active`, `suspended`, ...
    pub state: Option<String>,
}

/// A timestamp seen.
#[derive(Clone, Debug, PartialEq)]
pub struct TimestampSummary {
    /// What it stamps: `signature`, `document` or `seal`.
    pub kind: &'static str,
    /// Its time; none where the token cannot be read.
    pub time: Option<Time>,
    /// How far the time may be off, in seconds, as the authority states.
    pub accuracy_seconds: Option<f64>,
    /// Subject of the authority's certificate; empty where that is not at hand.
    pub authority: String,
    /// Digest algorithm of the imprint.
    pub imprint: Option<String>,
    /// The authority's policy, dotted.
    pub policy: Option<String>,
    /// Serial number, hexadecimal.
    pub serial: Option<String>,
    /// `Passed`: it holds and its authority is trusted. `Failed`: it does not hold. `Indeterminate`: it proves nothing here.
    pub result: StepResult,
}

impl Default for TimestampSummary {
    fn default() -> Self {
        TimestampSummary {
            kind: "",
            time: None,
            accuracy_seconds: None,
            authority: String::new(),
            imprint: None,
            policy: None,
            serial: None,
            result: StepResult::NotRun,
        }
    }
}

/// What the signer stated inside the signed bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Statements {
    pub reason: Option<String>,
    pub location: Option<String>,
    pub role: Option<String>,
    pub on_behalf_of: Option<String>,
    pub reference: Option<String>,
}

/// How much of the document a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Coverage {
    WholeDocument,
    WholeRevision,
    Partial,
    None,
}

/// Highest level of later changes, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum LaterChanges {
    None,
    LongTermData,
    FormFilling,
    Annotations,
    Other,
}

/// One later change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Reason code.
    pub code: Code,
    /// Its level.
    pub level: LaterChanges,
    /// Page it shows on, from 1.
    pub page: Option<u32>,
    /// Form field concerned.
    pub field: Option<String>,
    /// Value before.
    pub before: Option<String>,
    /// Value after.
    pub after: Option<String>,
    /// The rule that allowed it, or refused it.
    pub rule: &'static str,
}

/// One step of the procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Name, stable.
    pub step: &'static str,
    /// Clause that asks for it.
    pub clause: &'static str,
    /// Result.
    pub result: StepResult,
    /// Code of the finding that decided it.
    pub code: Option<Code>,
}

/// Result of a step. `NotRun` makes a signature INDETERMINATE; `NotApplicable` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StepResult {
    Passed,
    Failed,
    Indeterminate,
    NotRun,
    NotApplicable,
}

/// Where a signature is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Page, from 1.
    pub page: u32,
    /// Rectangle on the page as viewed.
    pub rectangle: Rect,
    /// Visible part, relative to the rectangle.
    pub clip: Option<Rect>,
}
