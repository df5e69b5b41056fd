//! `eseal seal resume`.

use crate::cli::Exit;
use crate::cli::args::SealResume;
use crate::cli::output::seal_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, SealStep, change_seal};

pub(crate) fn run(args: &SealResume, session: &Session<'_>) -> Result<Exit, OperationError> {
    let seal = change_seal(&session.context(None), &args.name, SealStep::Resume, &args.reason)?;
    session.confirm(|| seal_json(&seal), |m| m.say("done-seal-resume", &[("name", &seal.label)]));
    Ok(Exit::Done)
}
