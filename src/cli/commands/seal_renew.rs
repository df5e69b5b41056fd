//! `eseal seal renew`.

use crate::cli::Exit;
use crate::cli::args::SealRenew;
use crate::cli::output::seal_json;
use crate::cli::session::Session;
use crate::operations::{OperationError, Term, renew_seal};

pub(crate) fn run(args: &SealRenew, session: &Session<'_>) -> Result<Exit, OperationError> {
    let term = Term { from: None, days: args.days };
    let seal = renew_seal(&session.context(None), &args.name, args.renewed.as_ref(), term)?;
    let (old, until) = (args.name.to_string(), seal.validity.not_after.to_string());
    session.confirm(
        || seal_json(&seal),
        |m| m.say("done-seal-renew", &[("name", &old), ("renewed", &seal.label), ("until", &until)]),
    );
    Ok(Exit::Done)
}
