//! `eseal seal export`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::SealExport;
use crate::cli::commands::overwrite;
use crate::cli::session::Session;
use crate::operations::{OperationError, export_seal};

pub(crate) fn run(args: &SealExport, session: &Session<'_>) -> Result<Exit, OperationError> {
    let made = export_seal(&session.context(None), &args.name, &args.output, overwrite(args.force))?;
    let path = made.display().to_string();
    session.confirm(|| json!({ "file": path }), |m| m.say("done-exported", &[("path", &path)]));
    Ok(Exit::Done)
}
