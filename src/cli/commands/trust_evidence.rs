//! `eseal trust evidence`.

use crate::cli::Exit;
use crate::cli::args::{EvidenceCommand, EvidenceList, TrustEvidence};
use crate::cli::commands::certificate_files;
use crate::cli::messages::escape;
use crate::cli::output::{evidence_json, evidence_text};
use crate::cli::session::Session;
use crate::operations::{EvidenceView, OperationError, keep_evidence, list_evidence, remove_evidence};

pub(crate) fn run(args: &TrustEvidence, session: &Session<'_>) -> Result<Exit, OperationError> {
    let context = session.context(None);
    match &args.command {
        EvidenceCommand::Add(args) => {
            let files = args.paths.iter().map(|path| certificate_files(path)).collect::<Result<Vec<_>, _>>()?;
            let kept = keep_evidence(&context, &files)?;
            for file in &kept.passed_over {
                session.warn("warn-no-evidence", &[("path", &file.display().to_string())]);
            }
            kept.added.iter().for_each(|one| confirm("done-evidence", one, session));
            kept.known.iter().for_each(|one| confirm("done-evidence-known", one, session));
        }
        EvidenceCommand::List(EvidenceList {}) => {
            for one in list_evidence(&context)? {
                session.show(|| evidence_json(&one), |_| evidence_text(&one));
            }
        }
        EvidenceCommand::Remove(args) => {
            confirm("done-evidence-removed", &remove_evidence(&context, &args.id)?, session)
        }
    }
    Ok(Exit::Done)
}

fn confirm(id: &str, one: &EvidenceView, session: &Session<'_>) {
    let (issuer, time) = (escape(&one.issuer), one.this_update.to_string());
    let short = one.id.get(..16).unwrap_or(&one.id);
    let values = [("kind", one.kind), ("issuer", issuer.as_str()), ("time", time.as_str()), ("id", short)];
    session.confirm(|| evidence_json(one), |m| m.say(id, &values));
}
