//! `eseal audit verify`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::AuditVerify;
use crate::cli::session::Session;
use crate::operations::{Marks, OperationError, verify_trail};

pub(crate) fn run(args: &AuditVerify, session: &Session<'_>) -> Result<Exit, OperationError> {
    let AuditVerify {} = args;
    let summary = verify_trail(&session.context(None))?;
    let count = summary.records.to_string();
    let id = match summary.marks {
        Marks::Checked => "trail-whole",
        Marks::NotChecked => "trail-whole-hashes",
    };
    session.show(
        || json!({ "records": summary.records, "marks_checked": summary.marks == Marks::Checked }),
        |m| m.say(id, &[("count", &count)]),
    );
    Ok(Exit::Done)
}
