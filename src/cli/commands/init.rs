//! `eseal init`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::Init;
use crate::cli::session::Session;
use crate::operations::OperationError;

pub(crate) fn run(args: &Init, session: &Session<'_>) -> Result<Exit, OperationError> {
    let Init {} = args;
    let folder = session.context(None).init()?.display().to_string();
    let key = session.global.key_file.as_ref().map(|path| path.display().to_string());
    session.confirm(
        || json!({ "store": folder, "key_file": key }),
        |m| match &key {
            Some(key) => m.say("done-store-key-file", &[("path", &folder), ("key", key)]),
            None => m.say("done-store", &[("path", &folder)]),
        },
    );
    Ok(Exit::Done)
}
