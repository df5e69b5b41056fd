//! `eseal ca create`.

use crate::cli::Exit;
use crate::cli::args::CaCreate;
use crate::cli::args::CaSuite;
use crate::cli::output::certificate_json;
use crate::cli::session::Session;
use crate::crypto::KeyKind;
use crate::operations::{CaRequest, OperationError, Term, create_ca};

pub(crate) fn run(args: &CaCreate, session: &Session<'_>) -> Result<Exit, OperationError> {
    let request = CaRequest {
        name: args.name.clone(),
        subject: args.subject.clone(),
        key: args.suite.map(|suite| match suite {
            CaSuite::Sm2 => KeyKind::Sm2,
            CaSuite::P256 => KeyKind::P256,
        }),
        term: Term { from: args.valid_from, days: args.days },
        parent: args.parent.clone(),
        crl_url: args.crl_url.clone(),
    };
    let made = create_ca(&session.context(None), &request)?;
    session
        .confirm(|| certificate_json(&made), |m| m.say("done-ca", &[("name", &made.name), ("subject", &made.subject)]));
    Ok(Exit::Done)
}
