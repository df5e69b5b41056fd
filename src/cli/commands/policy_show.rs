//! `eseal policy show`.

use crate::cli::Exit;
use crate::cli::args::PolicyShow;
use crate::cli::output::policy_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, find_policy};

pub(crate) fn run(args: &PolicyShow, session: &Session<'_>) -> Result<Exit, OperationError> {
    let policy = find_policy(&args.name)?;
    // As it is, so that what was printed can be changed and used.
    session.show(|| policy_json(&policy), |_| policy.text().trim_end_matches('\n').to_owned());
    Ok(Exit::Done)
}
