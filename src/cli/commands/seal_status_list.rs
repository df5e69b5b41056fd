//! `eseal seal status-list`.

use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::args::{SealStatusList, StatusListCommand};
use crate::cli::commands::overwrite;
use crate::cli::messages::{Messages, escape};
use crate::cli::session::Session;
use crate::operations::{OperationError, StatusListView, export_status_list, import_status_list};

pub(crate) fn run(args: &SealStatusList, session: &Session<'_>) -> Result<Exit, OperationError> {
    let context = session.context(None);
    let (lists, done, path) = match &args.command {
        StatusListCommand::Export(args) => {
            let lists = export_status_list(&context, &args.output, args.days, overwrite(args.force))?;
            (lists, "done-status-list-export", args.output.display().to_string())
        }
        StatusListCommand::Import(args) => {
            let lists = import_status_list(&context, &args.file)?;
            (lists, "done-status-list-import", args.file.display().to_string())
        }
    };
    session.confirm(
        || json!({ "file": path, "lists": lists.iter().map(list_json).collect::<Vec<_>>() }),
        |m| {
            let head = m.say(done, &[("path", &path)]);
            let lines = lists.iter().map(|list| list_line(list, m));
            std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
        },
    );
    Ok(Exit::Done)
}

fn list_json(list: &StatusListView) -> Value {
    json!({
        "maker": list.maker,
        "issued": list.issued.to_string(),
        "next": list.next.to_string(),
        "seals": list.seals,
    })
}

fn list_line(list: &StatusListView, m: &Messages) -> String {
    let values = [
        ("maker", escape(&list.maker)),
        ("count", list.seals.to_string()),
        ("issued", list.issued.to_string()),
        ("next", list.next.to_string()),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    format!("  {}", m.say("status-list-line", &values))
}
