//! `eseal locate`.

use crate::cli::Exit;
use crate::cli::args::{Locate, PageList};
use crate::cli::commands::documents::{keyword, whole_number};
use crate::cli::output::hits_json;
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{LocateRequest, OperationError, locate};

pub(crate) fn run(args: &Locate, session: &Session<'_>) -> Result<Exit, OperationError> {
    let passwords: Vec<_> = password(&args.password)?.into_iter().collect();
    let keyword = keyword(&args.keyword, args.whole_word, args.page.as_ref().unwrap_or(&PageList::All));
    let document = whole_number(args.document);
    let hits = locate(LocateRequest { path: &args.file, document, keyword: &keyword, passwords: &passwords })?;
    session.show(
        || hits_json(&args.file, &hits),
        |messages| {
            let line = |hit: &crate::operations::Hit| {
                let (rect, page) = (hit.rect, hit.page.saturating_add(1).to_string());
                let mm = [rect.middle().x, rect.middle().y, rect.width, rect.height].map(|mm| format!("{:.2}", mm.0));
                let [x, y, width, height] = &mm;
                let number = hit.number.to_string();
                let values =
                    [("hit", &number), ("page", &page), ("x", x), ("y", y), ("width", width), ("height", height)];
                messages.say("located", &values.map(|(name, value)| (name, value.as_str())))
            };
            hits.iter().map(line).collect::<Vec<_>>().join("\n")
        },
    );
    Ok(Exit::Done)
}
