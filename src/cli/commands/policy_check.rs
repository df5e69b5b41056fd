//! `eseal policy check`.

use crate::cli::Exit;
use crate::cli::args::PolicyCheck;
use crate::cli::output::{checked_json, checked_text};
use crate::cli::session::Session;
use crate::operations::{OperationError, check_policy};

pub(crate) fn run(args: &PolicyCheck, session: &Session<'_>) -> Result<Exit, OperationError> {
    let checked = check_policy(&args.file)?;
    session.show(|| checked_json(&checked, session.messages), |m| checked_text(&checked, m));
    Ok(if checked.policy.is_ok() { Exit::Done } else { Exit::Input })
}
