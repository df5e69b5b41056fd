//! `eseal cert revoke`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::CertRevoke;
use crate::cli::args::RevokeReason;
use crate::cli::session::Session;
use crate::operations::{OperationError, RevocationReason, revoke_certificate};

pub(crate) fn run(args: &CertRevoke, session: &Session<'_>) -> Result<Exit, OperationError> {
    let reason = match args.reason {
        RevokeReason::Unspecified => RevocationReason::Unspecified,
        RevokeReason::KeyCompromise => RevocationReason::KeyCompromise,
        RevokeReason::AffiliationChanged => RevocationReason::AffiliationChanged,
        RevokeReason::Superseded => RevocationReason::Superseded,
        RevokeReason::Cessation => RevocationReason::CessationOfOperation,
    };
    revoke_certificate(&session.context(None), &args.name, reason)?;
    let name = args.name.to_string();
    session.confirm(|| json!({ "revoked": name }), |m| m.say("done-revoked", &[("name", &name)]));
    Ok(Exit::Done)
}
