//! `eseal unseal`.

use std::path::Path;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::Unseal;
use crate::cli::commands::documents::{same_path, target};
use crate::cli::messages::escape;
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{Context, EvidenceRequest, Gathered, OperationError, Target, UnsealRequest, Unsealed, unseal};

pub(crate) fn run(args: &Unseal, session: &Session<'_>) -> Result<Exit, OperationError> {
    if args.output.output.is_some() && args.files.len() > 1 {
        return Err(OperationError::OutputForSeveral {});
    }
    // Usage errors come before anything is unlocked.
    for file in &args.files {
        if let Target::File { path, .. } = target(&args.output, "unsealed", file)
            && same_path(&path, file)
        {
            return Err(OperationError::OutputIsInput { path: path.display().to_string() });
        }
    }
    let operator = args.operator.as_ref().map(ToString::to_string);
    let context = session.context(operator.as_deref());
    let passwords = password(&args.password)?.into_iter().collect();
    let gathered = Gathered::gather(&context, &EvidenceRequest::default())?.with_passwords(passwords);
    let mut worst = Exit::Done;
    for file in &args.files {
        let exit = match one(args, file, &context, &gathered) {
            Ok(unsealed) => {
                show(&unsealed, session);
                Exit::Done
            }
            Err(error) => {
                session.complain(&error);
                Exit::from(error.reason())
            }
        };
        worst = worst.worst(exit);
    }
    Ok(worst)
}

fn one(args: &Unseal, file: &Path, context: &Context<'_>, gathered: &Gathered) -> Result<Unsealed, OperationError> {
    let request = UnsealRequest { input: file.to_path_buf(), target: target(&args.output, "unsealed", file) };
    unseal(context, &request, gathered)
}

fn show(unsealed: &Unsealed, session: &Session<'_>) {
    let output = unsealed.output.display().to_string();
    session.confirm(
        || {
            json!({
                "schema": "eseal-unsealed/1",
                "file": unsealed.input.display().to_string(),
                "output": output,
                "id": unsealed.id,
                "seal": unsealed.seal,
                "bytes": unsealed.length,
                "sha256": unsealed.sha256,
                "signatures_left": unsealed.report.signatures.len(),
                "indication": unsealed.report.indication.name(),
            })
        },
        |m| m.say("done-unsealed", &[("path", &escape(&output)), ("id", &escape(&unsealed.id))]),
    );
}
