//! `eseal verify`.

use crate::cli::Exit;
use crate::cli::args::Verify;
use crate::cli::commands::gather;
use crate::cli::output::{Colours, report_json, report_text};
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{OperationError, Retrieval, verify_document, verify_document_online};

pub(crate) fn run(args: &Verify, session: &Session<'_>) -> Result<Exit, OperationError> {
    let passwords = password(&args.password)?.into_iter().collect();
    let mut gathered = gather(&args.evidence, session)?.with_passwords(passwords);
    let context = session.context(None);
    let mut retrieval = args.evidence.online.then(|| Retrieval::new(&context));
    let colours = if session.colours() { Colours::Yes } else { Colours::No };
    let mut worst = Exit::Done;
    for file in &args.files {
        let report = match &mut retrieval {
            Some(retrieval) => verify_document_online(file, &mut gathered, retrieval),
            None => verify_document(file, &gathered),
        };
        session.show(|| report_json(&report, session.messages), |m| report_text(&report, m, colours));
        worst = worst.worst(Exit::from_status(report.exit_status));
    }
    Ok(worst)
}
