//! `eseal cert show`.

use crate::cli::Exit;
use crate::cli::args::CertShow;
use crate::cli::output::{certificate_json, certificate_text};
use crate::cli::session::Session;
use crate::operations::{OperationError, show_certificate};

pub(crate) fn run(args: &CertShow, session: &Session<'_>) -> Result<Exit, OperationError> {
    let certificate = show_certificate(&session.context(None), &args.name)?;
    session.show(|| certificate_json(&certificate), |m| certificate_text(&certificate, m));
    Ok(Exit::Done)
}
