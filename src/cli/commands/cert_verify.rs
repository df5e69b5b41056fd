//! `eseal cert verify`.

use crate::cli::Exit;
use crate::cli::args::CertVerify;
use crate::cli::commands::{anchor_purpose, gather};
use crate::cli::output::{Colours, path_json, path_text};
use crate::cli::session::Session;
use crate::operations::{
    AnyPolicy, ExplicitPolicy, OperationError, PolicyMapping, PolicyWish, Retrieval, verify_certificate,
};

pub(crate) fn run(args: &CertVerify, session: &Session<'_>) -> Result<Exit, OperationError> {
    let mut gathered = gather(&args.evidence, session)?;
    let wish = PolicyWish {
        accepted: args.policies.policy_oid.clone(),
        explicit: if args.policies.explicit_policy { ExplicitPolicy::Required } else { ExplicitPolicy::ByCertificates },
        mapping: if args.policies.inhibit_policy_mapping { PolicyMapping::Inhibited } else { PolicyMapping::Allowed },
        any: if args.policies.inhibit_any_policy { AnyPolicy::Inhibited } else { AnyPolicy::Allowed },
    };
    let context = session.context(None);
    let mut retrieval = args.evidence.online.then(|| Retrieval::new(&context));
    let purpose = anchor_purpose(args.purpose);
    let report = verify_certificate(&args.file, purpose, &wish, &mut gathered, retrieval.as_mut())?;
    let colours = if session.colours() { Colours::Yes } else { Colours::No };
    session.show(|| path_json(&report, session.messages), |m| path_text(&report, m, colours));
    Ok(Exit::from_status(report.exit_status))
}
