//! `eseal timestamp reply`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::TimestampReply;
use crate::cli::commands::overwrite;
use crate::cli::messages::escape;
use crate::cli::session::Session;
use crate::operations::{OperationError, answer_timestamp};

pub(crate) fn run(args: &TimestampReply, session: &Session<'_>) -> Result<Exit, OperationError> {
    let target = (args.output.as_path(), overwrite(args.force));
    let answered = answer_timestamp(&session.context(None), &args.file, &args.cert, target)?;
    let (path, time) = (answered.output.display().to_string(), answered.time.to_string());
    session.confirm(
        || json!({ "file": path, "time": time, "serial": answered.serial }),
        |m| m.say("done-timestamp-reply", &[("path", &escape(&path)), ("time", &time)]),
    );
    Ok(Exit::Done)
}
