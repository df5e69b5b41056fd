//! `eseal trust add`.

use crate::cli::Exit;
use crate::cli::args::TrustAdd;
use crate::cli::args::TrustPurpose;
use crate::cli::commands::{certificate_files, warn_passed_over};
use crate::cli::output::anchor_json;
use crate::cli::session::Session;
use crate::operations::{AnchorPurpose, OperationError, add_anchors};

pub(crate) fn run(args: &TrustAdd, session: &Session<'_>) -> Result<Exit, OperationError> {
    let purpose = match args.purpose {
        TrustPurpose::Any => AnchorPurpose::Any,
        TrustPurpose::SealMaker => AnchorPurpose::SealMaker,
        TrustPurpose::Signer => AnchorPurpose::Signer,
        TrustPurpose::Tsa => AnchorPurpose::Tsa,
    };
    let added = add_anchors(&session.context(None), &certificate_files(&args.path)?, purpose)?;
    warn_passed_over(&added.passed_over, session);
    for anchor in added.added {
        let id = anchor.id.get(..16).unwrap_or(&anchor.id);
        let purposes = anchor.purposes.join(", ");
        let values = [("subject", anchor.subject.as_str()), ("id", id), ("purposes", &purposes)];
        session.confirm(|| anchor_json(&anchor), |m| m.say("done-trusted", &values));
    }
    Ok(Exit::Done)
}
