//! `eseal seal cancel`.

use crate::cli::Exit;
use crate::cli::args::SealCancel;
use crate::cli::output::seal_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, SealStep, change_seal};

pub(crate) fn run(args: &SealCancel, session: &Session<'_>) -> Result<Exit, OperationError> {
    let seal = change_seal(&session.context(None), &args.name, SealStep::Cancel, &args.reason)?;
    session.confirm(|| seal_json(&seal), |m| m.say("done-seal-cancel", &[("name", &seal.label)]));
    Ok(Exit::Done)
}
