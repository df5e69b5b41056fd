//! `eseal seal issue`.

use crate::cli::Exit;
use crate::cli::args::SealIssue;
use crate::cli::args::{CertListKind, SealStandard};
use crate::cli::output::seal_json;
use crate::cli::session::Session;
use crate::operations::{HolderKind, OperationError, SealOrder, Term, issue_seal};

pub(crate) fn run(args: &SealIssue, session: &Session<'_>) -> Result<Exit, OperationError> {
    let order = SealOrder {
        label: args.label.clone(),
        maker: args.maker.clone(),
        holders: args.holder.clone(),
        standard: match args.standard {
            SealStandard::V4 => crate::operations::SealStandard::V4,
            SealStandard::V5 => crate::operations::SealStandard::V5,
        },
        list: match args.cert_list {
            CertListKind::Certs => HolderKind::Certificates,
            CertListKind::Digests => HolderKind::Digests,
        },
        title: args.title.clone(),
        picture: args.picture.clone(),
        width: args.size.width,
        height: args.size.height,
        number: args.number.clone(),
        kind: u64::from(args.kind),
        term: Term { from: args.valid_from, days: args.days },
        owner: args.owner_code.clone(),
    };
    let seal = issue_seal(&session.context(None), &order)?;
    if !seal.owner_code_right {
        session.warn("warn-owner-code", &[("code", seal.owner_code.as_deref().unwrap_or_default())]);
    }
    let until = seal.validity.not_after.to_string();
    session.confirm(
        || seal_json(&seal),
        |m| m.say("done-seal", &[("name", &seal.label), ("number", &seal.number), ("until", &until)]),
    );
    Ok(Exit::Done)
}
