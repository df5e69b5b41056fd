//! `eseal ca crl`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::CaCrl;
use crate::cli::commands::overwrite;
use crate::cli::session::Session;
use crate::operations::{OperationError, issue_crl};

pub(crate) fn run(args: &CaCrl, session: &Session<'_>) -> Result<Exit, OperationError> {
    let target = (args.output.as_path(), overwrite(args.force));
    let number = issue_crl(&session.context(None), &args.name, args.days, target)?;
    let (name, path) = (args.name.to_string(), args.output.display().to_string());
    session.confirm(
        || json!({ "ca": name, "number": number, "file": path }),
        |m| m.say("done-crl", &[("name", &name), ("number", &number.to_string()), ("path", &path)]),
    );
    Ok(Exit::Done)
}
