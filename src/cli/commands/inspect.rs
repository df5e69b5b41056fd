//! `eseal inspect`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::Inspect;
use crate::cli::commands::overwrite;
use crate::cli::messages::escape;
use crate::cli::output::tree;
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{Inspected, OperationError, Part, extract, extract_revision, inspect};

pub(crate) fn run(args: &Inspect, session: &Session<'_>) -> Result<Exit, OperationError> {
    let passwords: Vec<_> = password(&args.password)?.into_iter().collect();
    let document = Inspected { path: &args.file, passwords: &passwords };
    let parts = [(Part::Seal, &args.extract_seal), (Part::Picture, &args.extract_picture)];
    let mut extracted = false;
    for (part, target) in parts {
        let Some(target) = target else { continue };
        let bytes = extract(document, args.signature.as_deref(), part, target, overwrite(args.force))?;
        let path = target.display().to_string();
        session.confirm(
            || json!({ "output": path, "bytes": bytes }),
            |m| m.say("done-extracted", &[("path", &escape(&path)), ("bytes", &bytes.to_string())]),
        );
        extracted = true;
    }
    if let (Some(number), Some(target)) = (args.extract_revision, &args.output) {
        let bytes = extract_revision(&args.file, number, target, overwrite(args.force))?;
        let path = target.display().to_string();
        session.confirm(
            || json!({ "output": path, "bytes": bytes }),
            |m| m.say("done-extracted", &[("path", &escape(&path)), ("bytes", &bytes.to_string())]),
        );
        extracted = true;
    }
    if !extracted {
        let value = inspect(document)?;
        session.show(|| value.clone(), |_| tree(&value));
    }
    Ok(Exit::Done)
}
