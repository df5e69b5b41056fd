//! `eseal cert export`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::CertExport;
use crate::cli::commands::overwrite;
use crate::cli::session::Session;
use crate::operations::{ChainExport, OperationError, export_certificate};

pub(crate) fn run(args: &CertExport, session: &Session<'_>) -> Result<Exit, OperationError> {
    let chain = if args.chain { ChainExport::Whole } else { ChainExport::Leaf };
    let target = (args.output.as_path(), overwrite(args.force));
    let path = export_certificate(&session.context(None), &args.name, chain, target)?.display().to_string();
    session.confirm(|| json!({ "file": path }), |m| m.say("done-exported", &[("path", &path)]));
    Ok(Exit::Done)
}
