//! `eseal man`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::Man;
use crate::cli::pages::manual;
use crate::cli::session::Session;
use crate::files::{Access, OutputError, OutputFile, Overwrite};
use crate::operations::OperationError;

pub(crate) fn run(args: &Man, session: &Session<'_>) -> Result<Exit, OperationError> {
    use std::io::Write;
    let pages = manual();
    for (name, text) in &pages {
        let target = args.folder.join(name);
        let mut file = OutputFile::create(&target, Overwrite::Replace, Access::Shared, &[])?;
        file.write_all(text.as_bytes()).map_err(|fault| OutputError::new(&target, fault))?;
        file.commit()?;
    }
    let (count, path) = (pages.len(), args.folder.display().to_string());
    session.confirm(
        || json!({ "pages": count, "folder": path }),
        |m| m.say("done-man", &[("count", &count.to_string()), ("path", &path)]),
    );
    Ok(Exit::Done)
}
