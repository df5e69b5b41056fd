//! `eseal seal issue`.

use crate::cli::Exit;
use crate::cli::args::SealIssue;
use crate::cli::args::{CertListKind, SealForm, SealStandard};
use crate::cli::commands::seal_draw::drawing_order;
use crate::cli::output::seal_json;
use crate::cli::session::Session;
use crate::geometry::Millimetres;
use crate::operations::{DrawingOrder, HolderKind, OperationError, PictureOrder, SealOrder, Term, issue_seal};

pub(crate) fn run(args: &SealIssue, session: &Session<'_>) -> Result<Exit, OperationError> {
    let order = SealOrder {
        label: args.label.clone(),
        maker: args.maker.clone(),
        holders: args.holder.clone(),
        standard: match args.standard {
            SealStandard::V4 => crate::operations::SealStandard::V4,
            SealStandard::V5 => crate::operations::SealStandard::V5,
        },
        list: match args.cert_list {
            CertListKind::Certs => HolderKind::Certificates,
            CertListKind::Digests => HolderKind::Digests,
        },
        title: args.title.clone(),
        picture: picture(args),
        number: args.number.clone(),
        kind: u64::from(args.kind),
        term: Term { from: args.valid_from, days: args.days },
        owner: args.owner_code.clone(),
    };
    let seal = issue_seal(&session.context(None), &order)?;
    if !seal.owner_code_right {
        session.warn("warn-owner-code", &[("code", seal.owner_code.as_deref().unwrap_or_default())]);
    }
    if let Some(asked) = seal.rounded_from {
        let asked = format!("{} x {}", asked.width, asked.height);
        let size = format!("{} x {}", seal.size_mm.0, seal.size_mm.1);
        session.warn("warn-size-rounded", &[("asked", &asked), ("size", &size)]);
    }
    let until = seal.validity.not_after.to_string();
    session.confirm(
        || seal_json(&seal),
        |m| m.say("done-seal", &[("name", &seal.label), ("number", &seal.number), ("until", &until)]),
    );
    Ok(Exit::Done)
}

/// Width of a picture unless given.
const USUAL: Millimetres = Millimetres(42.0);

/// The picture: of the two sources one is there, as the arguments demand.
fn picture(args: &SealIssue) -> PictureOrder {
    let Some(form) = args.draw else {
        return PictureOrder::File {
            path: args.picture.clone().unwrap_or_default(),
            width: args.size.map_or(USUAL, |size| size.width),
            height: args.size.and_then(|size| size.height),
        };
    };
    let owner = args.owner_code.as_ref().map(|code| code.as_str().to_owned());
    let number = match form {
        SealForm::Invoice => owner.or_else(|| args.number.clone()),
        // These have no rim for it; the number is inside the seal all the same.
        SealForm::Square | SealForm::Personal => None,
        _ => args.number.clone(),
    };
    let text = args.text.as_deref().unwrap_or(&args.title);
    PictureOrder::Drawn(DrawingOrder { number, ..drawing_order(form, text, args.size, &args.drawn) })
}
