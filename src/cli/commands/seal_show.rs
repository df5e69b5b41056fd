//! `eseal seal show`.

use crate::cli::Exit;
use crate::cli::args::SealShow;
use crate::cli::output::{seal_json, seal_text};
use crate::cli::session::Session;
use crate::operations::{OperationError, show_seal};

pub(crate) fn run(args: &SealShow, session: &Session<'_>) -> Result<Exit, OperationError> {
    let seal = show_seal(&session.context(None), &args.name)?;
    session.show(|| seal_json(&seal), |m| seal_text(&seal, m));
    Ok(Exit::Done)
}
