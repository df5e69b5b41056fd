//! `eseal trust list`.

use crate::cli::Exit;
use crate::cli::args::TrustList;
use crate::cli::output::{anchor_json, anchor_text};
use crate::cli::session::Session;
use crate::operations::{OperationError, list_anchors};

pub(crate) fn run(args: &TrustList, session: &Session<'_>) -> Result<Exit, OperationError> {
    let TrustList {} = args;
    for anchor in list_anchors(&session.context(None))? {
        session.show(|| anchor_json(&anchor), |_| anchor_text(&anchor));
    }
    Ok(Exit::Done)
}
