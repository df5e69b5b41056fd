//! `eseal cert verify`.

use crate::cli::Exit;
use crate::cli::args::CertVerify;
use crate::cli::commands::{anchor_purpose, certificate_files, warn_passed_over};
use crate::cli::output::{Colours, path_json, path_text};
use crate::cli::session::Session;
use crate::operations::{
    AnyPolicy, EvidenceRequest, ExplicitPolicy, Gathered, OperationError, PolicyMapping, PolicyWish, StoreTrust,
    find_policy, verify_certificate,
};

pub(crate) fn run(args: &CertVerify, session: &Session<'_>) -> Result<Exit, OperationError> {
    let request = EvidenceRequest {
        trust: args.trust.iter().map(|path| certificate_files(path)).collect::<Result<_, _>>()?,
        store_trust: if args.no_store_trust { StoreTrust::Ignored } else { StoreTrust::Counts },
        untrusted: args.untrusted.clone(),
        revocation: args.revocation.clone(),
        at: args.at,
    };
    let rules = args.policy.as_deref().map(find_policy).transpose()?.unwrap_or_default();
    let mut gathered = Gathered::gather(&session.context(None), &request)?.with_policy(rules);
    warn_passed_over(gathered.passed_over(), session);
    let wish = PolicyWish {
        accepted: args.policies.policy_oid.clone(),
        explicit: if args.policies.explicit_policy { ExplicitPolicy::Required } else { ExplicitPolicy::ByCertificates },
        mapping: if args.policies.inhibit_policy_mapping { PolicyMapping::Inhibited } else { PolicyMapping::Allowed },
        any: if args.policies.inhibit_any_policy { AnyPolicy::Inhibited } else { AnyPolicy::Allowed },
    };
    let report = verify_certificate(&args.file, anchor_purpose(args.purpose), &wish, &mut gathered)?;
    let colours = if session.colours() { Colours::Yes } else { Colours::No };
    session.show(|| path_json(&report, session.messages), |m| path_text(&report, m, colours));
    Ok(Exit::from_status(report.exit_status))
}
