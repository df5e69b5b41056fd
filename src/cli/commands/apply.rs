//! `eseal apply`.

use crate::cli::Exit;
use crate::cli::args::Apply;
use crate::cli::commands::documents::{self, Documents, Unplaced};
use crate::cli::session::Session;
use crate::operations::{Instrument, OperationError};

pub(crate) fn run(args: &Apply, session: &Session<'_>) -> Result<Exit, OperationError> {
    let documents = Documents {
        files: &args.files,
        output: &args.output,
        placement: &args.placement,
        signing: &args.signing,
        password: &args.password,
        instrument: Instrument::Seal { name: args.seal.clone(), holder: args.signer.clone() },
        word: "sealed",
        unplaced: Unplaced::Gongwen,
    };
    documents::run(&documents, session)
}
