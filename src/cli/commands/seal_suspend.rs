//! `eseal seal suspend`.

use crate::cli::Exit;
use crate::cli::args::SealSuspend;
use crate::cli::output::seal_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, SealStep, change_seal};

pub(crate) fn run(args: &SealSuspend, session: &Session<'_>) -> Result<Exit, OperationError> {
    let seal = change_seal(&session.context(None), &args.name, SealStep::Suspend, &args.reason)?;
    session.confirm(|| seal_json(&seal), |m| m.say("done-seal-suspend", &[("name", &seal.label)]));
    Ok(Exit::Done)
}
