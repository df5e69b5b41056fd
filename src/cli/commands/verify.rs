//! `eseal verify`.

use crate::cli::Exit;
use crate::cli::args::Verify;
use crate::cli::commands::{certificate_files, warn_passed_over};
use crate::cli::output::{Colours, report_json, report_text};
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{EvidenceRequest, Gathered, OperationError, StoreTrust, find_policy, verify_document};

pub(crate) fn run(args: &Verify, session: &Session<'_>) -> Result<Exit, OperationError> {
    let request = EvidenceRequest {
        trust: args.trust.iter().map(|path| certificate_files(path)).collect::<Result<_, _>>()?,
        store_trust: if args.no_store_trust { StoreTrust::Ignored } else { StoreTrust::Counts },
        untrusted: args.untrusted.clone(),
        revocation: args.revocation.clone(),
        at: args.at,
    };
    let passwords = password(&args.password)?.into_iter().collect();
    let policy = args.policy.as_deref().map(find_policy).transpose()?.unwrap_or_default();
    let gathered = Gathered::gather(&session.context(None), &request)?.with_passwords(passwords).with_policy(policy);
    warn_passed_over(gathered.passed_over(), session);
    let colours = if session.colours() { Colours::Yes } else { Colours::No };
    let mut worst = Exit::Done;
    for file in &args.files {
        let report = verify_document(file, &gathered);
        session.show(|| report_json(&report, session.messages), |m| report_text(&report, m, colours));
        worst = worst.worst(Exit::from_status(report.exit_status));
    }
    Ok(worst)
}
