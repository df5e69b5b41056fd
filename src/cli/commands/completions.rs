//! `eseal completions`.

use clap::CommandFactory;

use crate::cli::Exit;
use crate::cli::args::{Arguments, Completions};
use crate::cli::session::Session;
use crate::operations::OperationError;

pub(crate) fn run(args: &Completions, session: &Session<'_>) -> Result<Exit, OperationError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "eseal", &mut script);
    session.print(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Done)
}
