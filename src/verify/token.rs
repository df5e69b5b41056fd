//! A timestamp that stands by itself, beside what it stamps (RFC 3161 2.2).

use crate::crypto::Digest;
use crate::pki::timestamp::{ResponseError, TimestampToken};
use crate::report::{Code, Coverage, Finding, Format, Indication, Kind, Report};
use crate::signature::detect as detect_container;
use crate::source::SharedSource;
use crate::verify::draft::Draft;
use crate::verify::timestamps::{self, Around};
use crate::verify::{Evidence, certificates, exit_status, report, verify};

const ANSWER: (&str, &str) = ("request", "RFC 3161 2.2");

/// What a token is said to stamp.
pub enum Stamps<'a> {
    /// The bytes of a file, of this digest by the algorithm that the token names; `None` where that is not known here.
    File(Option<Digest>),
    /// The value of one signature of a document. The document is judged along: a token over the value says nothing of
    /// the rest.
    Value {
        /// The signature.
        id: &'a str,
        /// Digest of the value.
        digest: Digest,
        /// The document.
        document: &'a SharedSource,
    },
}

/// Judges a token; `answer` is what was found when it was compared with its request, where that is at hand, and `file`
/// its name for the report. Over a value it is only as good as the document: one that fails, fails the whole.
#[must_use]
pub fn judge_token(
    token: TimestampToken,
    stamps: &Stamps<'_>,
    answer: Option<Result<(), ResponseError>>,
    file: &str,
    evidence: &Evidence<'_>,
) -> Report {
    let mut draft = Draft::new("timestamp", Kind::Timestamp);
    draft.report.container = detect_container(token.as_der()).name();
    draft.report.signer = token.certificate(evidence.untrusted).as_ref().map(certificates::summary);
    match answer {
        None => {}
        Some(Ok(())) => draft.pass(ANSWER.0, ANSWER.1),
        Some(Err(error)) => {
            draft.end(ANSWER.0, ANSWER.1, Finding::new(Code::TimestampNotOfRequest).with("detail", error));
        }
    }
    let digest = match stamps {
        Stamps::File(digest) => digest.as_ref(),
        Stamps::Value { digest, .. } => Some(digest),
    };
    timestamps::of_document(&mut draft, evidence, Ok(token), digest, &Around::default());
    if let Stamps::Value { id, .. } = stamps {
        draft.report.covers = vec![(*id).to_owned()];
        draft.report.timestamps.iter_mut().for_each(|stamp| stamp.kind = "signature");
    } else {
        draft.report.coverage = Coverage::WholeDocument;
    }
    draft.conclude();
    let own = report(file, Some(Format::Detached), evidence, Vec::new(), vec![draft]);
    match stamps {
        Stamps::File(_) => own,
        Stamps::Value { document, .. } => beside(own, verify(document, file, evidence)),
    }
}

/// The token's report with that of the document that holds the value.
fn beside(own: Report, document: Report) -> Report {
    let fails = matches!(document.indication, Indication::TotalFailed | Indication::Refused);
    let indication = if fails { own.indication.worst(Indication::TotalFailed) } else { own.indication };
    let mut signatures = document.signatures;
    signatures.extend(own.signatures);
    Report {
        indication,
        exit_status: exit_status(indication),
        format: document.format,
        findings: document.findings,
        signatures,
        ..own
    }
}
