//! `eseal cert issue`.

use crate::cli::Exit;
use crate::cli::args::CertIssue;
use crate::cli::args::{CertProfile, Suite};
use crate::cli::output::certificate_json;
use crate::cli::session::Session;
use crate::crypto::KeyKind;
use crate::operations::{CertificateProfile, IssueRequest, OperationError, Term, issue_certificate};

pub(crate) fn run(args: &CertIssue, session: &Session<'_>) -> Result<Exit, OperationError> {
    let request = IssueRequest {
        name: args.name.clone(),
        ca: args.ca.clone(),
        subject: args.subject.clone(),
        profile: match args.profile {
            CertProfile::SealMaker => CertificateProfile::SealMaker,
            CertProfile::Signer => CertificateProfile::Signer,
            CertProfile::Tsa => CertificateProfile::Tsa,
        },
        key: args.suite.map(|suite| match suite {
            Suite::Sm2 => KeyKind::Sm2,
            Suite::P256 => KeyKind::P256,
            Suite::Rsa2048 => KeyKind::Rsa2048,
        }),
        term: Term { from: args.valid_from, days: args.days },
    };
    let made = issue_certificate(&session.context(None), &request)?;
    session.confirm(
        || certificate_json(&made),
        |m| m.say("done-cert", &[("name", &made.name), ("subject", &made.subject)]),
    );
    Ok(Exit::Done)
}
