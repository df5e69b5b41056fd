//! `eseal seal import`.

use crate::cli::Exit;
use crate::cli::args::SealImport;
use crate::cli::output::seal_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, import_seal};

pub(crate) fn run(args: &SealImport, session: &Session<'_>) -> Result<Exit, OperationError> {
    let seal = import_seal(&session.context(None), &args.name, &args.file, &args.cert)?;
    session.confirm(
        || seal_json(&seal),
        |m| m.say("done-seal-imported", &[("name", &seal.label), ("number", &seal.number)]),
    );
    Ok(Exit::Done)
}
