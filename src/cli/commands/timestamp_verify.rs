//! `eseal timestamp verify`.

use crate::cli::Exit;
use crate::cli::args::TimestampVerify;
use crate::cli::commands::gather;
use crate::cli::output::{Colours, report_json, report_text};
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{OperationError, Retrieval, TokenFiles, verify_timestamp};

pub(crate) fn run(args: &TimestampVerify, session: &Session<'_>) -> Result<Exit, OperationError> {
    let passwords = password(&args.password)?.into_iter().collect();
    let mut gathered = gather(&args.evidence, session)?.with_passwords(passwords);
    let context = session.context(None);
    let mut retrieval = args.evidence.online.then(|| Retrieval::new(&context));
    let files = TokenFiles { token: &args.file, data: &args.data, request: args.request.as_deref() };
    let report = verify_timestamp(files, &mut gathered, retrieval.as_mut())?;
    let colours = if session.colours() { Colours::Yes } else { Colours::No };
    session.show(|| report_json(&report, session.messages), |m| report_text(&report, m, colours));
    Ok(Exit::from_status(report.exit_status))
}
