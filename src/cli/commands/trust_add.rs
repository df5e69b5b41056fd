//! `eseal trust add`.

use crate::cli::Exit;
use crate::cli::args::TrustAdd;
use crate::cli::args::TrustPurpose;
use crate::cli::commands::files_of;
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
    for anchor in add_anchors(&session.context(None), &files_of(&args.path)?, purpose)? {
        let id = anchor.id.get(..16).unwrap_or(&anchor.id);
        session
            .confirm(|| anchor_json(&anchor), |m| m.say("done-trusted", &[("subject", &anchor.subject), ("id", id)]));
    }
    Ok(Exit::Done)
}
