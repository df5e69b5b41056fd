//! `eseal audit show`.

use crate::cli::Exit;
use crate::cli::args::AuditShow;
use crate::cli::output::{entry_json, entry_text};
use crate::cli::session::Session;
use crate::operations::{OperationError, TrailFilter, show_trail};

pub(crate) fn run(args: &AuditShow, session: &Session<'_>) -> Result<Exit, OperationError> {
    let filter = TrailFilter {
        seal: args.seal.clone(),
        document: args.document.clone(),
        operator: args.operator.clone(),
        since: args.since,
        until: args.until,
        result: args.result.clone(),
    };
    show_trail(&session.context(None), &filter, &mut |entry| {
        session.show(|| entry_json(entry), |_| entry_text(entry));
    })?;
    Ok(Exit::Done)
}
