//! `eseal sign`.

use crate::cli::Exit;
use crate::cli::args::Sign;
use crate::cli::commands::documents::{self, Documents, Unplaced};
use crate::cli::session::Session;
use crate::operations::{Instrument, OperationError};

pub(crate) fn run(args: &Sign, session: &Session<'_>) -> Result<Exit, OperationError> {
    let documents = Documents {
        files: &args.files,
        output: &args.output,
        placement: &args.placement,
        signing: &args.signing,
        password: &args.password,
        instrument: Instrument::Certificate(args.cert.clone()),
        word: "signed",
        unplaced: Unplaced::Invisible,
    };
    documents::run(&documents, session)
}
