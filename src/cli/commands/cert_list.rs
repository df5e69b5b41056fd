//! `eseal cert list`.

use crate::cli::Exit;
use crate::cli::args::CertList;
use crate::cli::output::{certificate_json, certificate_line};
use crate::cli::session::Session;
use crate::operations::{OperationError, list_certificates};

pub(crate) fn run(args: &CertList, session: &Session<'_>) -> Result<Exit, OperationError> {
    let CertList {} = args;
    for certificate in list_certificates(&session.context(None))? {
        session.show(|| certificate_json(&certificate), |_| certificate_line(&certificate));
    }
    Ok(Exit::Done)
}
