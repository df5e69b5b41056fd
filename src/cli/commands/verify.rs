//! `eseal verify`.

use crate::cli::Exit;
use crate::cli::args::Verify;
use crate::cli::commands::gather;
use crate::cli::output::{Colours, Judged, report_html, report_json, report_text};
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{Inspected, OperationError, Retrieval, seal_images, verify_document, verify_document_online};

pub(crate) fn run(args: &Verify, session: &Session<'_>) -> Result<Exit, OperationError> {
    let passwords = password(&args.password)?.into_iter().collect();
    let mut gathered = gather(&args.evidence, session)?.with_passwords(passwords);
    let context = session.context(None);
    let mut retrieval = args.evidence.online.then(|| Retrieval::new(&context));
    let colours = if session.colours() { Colours::Yes } else { Colours::No };
    let mut worst = Exit::Done;
    let mut page = Vec::new();
    for file in &args.files {
        let report = match &mut retrieval {
            Some(retrieval) => verify_document_online(file, &mut gathered, retrieval),
            None => verify_document(file, &gathered),
        };
        worst = worst.worst(Exit::from_status(report.exit_status));
        if session.html() {
            let images = seal_images(Inspected { path: file, passwords: gathered.passwords() });
            page.push(Judged { report, images });
            continue;
        }
        session.show(|| report_json(&report, session.messages), |m| report_text(&report, m, colours));
    }
    if session.html() {
        session.print(&report_html(&page, session.messages));
    }
    Ok(worst)
}
