//! `eseal trust add`.

use crate::cli::Exit;
use crate::cli::args::TrustAdd;
use crate::cli::commands::{anchor_purpose, certificate_files, warn_passed_over};
use crate::cli::output::anchor_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, add_anchors};

pub(crate) fn run(args: &TrustAdd, session: &Session<'_>) -> Result<Exit, OperationError> {
    let added = add_anchors(&session.context(None), &certificate_files(&args.path)?, anchor_purpose(args.purpose))?;
    warn_passed_over(&added.passed_over, session);
    for anchor in added.added {
        let id = anchor.id.get(..16).unwrap_or(&anchor.id);
        let purposes = anchor.purposes.join(", ");
        let values = [("subject", anchor.subject.as_str()), ("id", id), ("purposes", &purposes)];
        session.confirm(|| anchor_json(&anchor), |m| m.say("done-trusted", &values));
    }
    Ok(Exit::Done)
}
