//! `eseal cert request`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::{CertRequest, Suite};
use crate::cli::commands::overwrite;
use crate::cli::session::Session;
use crate::crypto::KeyKind;
use crate::operations::{KeyRequest, OperationError, request_certificate};

pub(crate) fn run(args: &CertRequest, session: &Session<'_>) -> Result<Exit, OperationError> {
    let request = KeyRequest {
        name: args.name.clone(),
        subject: args.subject.clone(),
        key: match args.suite {
            Suite::Sm2 => KeyKind::Sm2,
            Suite::P256 => KeyKind::P256,
            Suite::Rsa2048 => KeyKind::Rsa2048,
        },
    };
    let made = request_certificate(&session.context(None), &request, (&args.output, overwrite(args.force)))?;
    let (path, name) = (made.display().to_string(), args.name.to_string());
    session.confirm(
        || json!({ "file": path, "name": name }),
        |m| m.say("done-request", &[("path", &path), ("name", &name)]),
    );
    Ok(Exit::Done)
}
