//! `eseal trust remove`.

use crate::cli::Exit;
use crate::cli::args::TrustRemove;
use crate::cli::output::anchor_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, remove_anchor};

pub(crate) fn run(args: &TrustRemove, session: &Session<'_>) -> Result<Exit, OperationError> {
    let anchor = remove_anchor(&session.context(None), &args.id)?;
    session.confirm(|| anchor_json(&anchor), |m| m.say("done-untrusted", &[("subject", &anchor.subject)]));
    Ok(Exit::Done)
}
