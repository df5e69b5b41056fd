//! `eseal seal list`.

use crate::cli::Exit;
use crate::cli::args::SealList;
use crate::cli::output::{seal_json, seal_line};
use crate::cli::session::Session;
use crate::operations::{OperationError, list_seals};

pub(crate) fn run(args: &SealList, session: &Session<'_>) -> Result<Exit, OperationError> {
    let SealList {} = args;
    for seal in list_seals(&session.context(None))? {
        session.show(|| seal_json(&seal), |_| seal_line(&seal));
    }
    Ok(Exit::Done)
}
