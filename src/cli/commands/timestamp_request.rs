//! `eseal timestamp request`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::{ImprintDigest, TimestampRequest};
use crate::cli::commands::overwrite;
use crate::cli::messages::escape;
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::crypto::DigestAlgorithm;
use crate::operations::{OperationError, Over, request_timestamp};

pub(crate) fn run(args: &TimestampRequest, session: &Session<'_>) -> Result<Exit, OperationError> {
    let passwords: Vec<_> = password(&args.password)?.into_iter().collect();
    let over = match (&args.signature, args.whole) {
        (Some(id), _) => Over::Signature(id.clone()),
        (None, true) => Over::Whole,
        (None, false) => Over::Fitting,
    };
    let digest = args.digest.map(|digest| match digest {
        ImprintDigest::Sm3 => DigestAlgorithm::Sm3,
        ImprintDigest::Sha256 => DigestAlgorithm::Sha256,
        ImprintDigest::Sha384 => DigestAlgorithm::Sha384,
        ImprintDigest::Sha512 => DigestAlgorithm::Sha512,
    });
    let target = (args.output.as_path(), overwrite(args.force));
    let asked = request_timestamp(&session.context(None), (&args.file, &passwords), &over, digest, target)?;
    let path = asked.output.display().to_string();
    session.confirm(
        || {
            json!({
                "file": path,
                "signature": asked.signature,
                "digest": asked.digest.algorithm().name(),
                "imprint": asked.digest.to_hex(),
            })
        },
        |m| {
            let over = match &asked.signature {
                Some(id) => m.say("word-over-signature", &[("id", &escape(id))]),
                None => m.say("word-over-file", &[]),
            };
            m.say("done-timestamp-request", &[("path", &escape(&path)), ("over", &over)])
        },
    );
    Ok(Exit::Done)
}
