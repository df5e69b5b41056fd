//! `eseal seal draw`.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::{Drawn, PictureSize, SealDraw, SealForm};
use crate::cli::commands::overwrite;
use crate::cli::session::Session;
use crate::operations::{CheckCharacter, DrawingOrder, OperationError, OwnerCode, SealStyle, Specimen, draw_seal};

pub(crate) fn run(args: &SealDraw, session: &Session<'_>) -> Result<Exit, OperationError> {
    let order =
        DrawingOrder { number: args.number.clone(), ..drawing_order(args.style, &args.text, args.size, &args.drawn) };
    let made = draw_seal(&order, &args.output, overwrite(args.force))?;
    if let (SealForm::Invoice, Some(code)) = (args.style, &args.number) {
        warn_code(code, session);
    }
    let path = made.path.display().to_string();
    let size = format!("{} x {}", made.size.width, made.size.height);
    session.confirm(
        || json!({ "file": path, "bytes": made.bytes, "size_mm": [made.size.width.0, made.size.height.0] }),
        |m| m.say("done-drawn", &[("path", &path), ("size", &size), ("bytes", &made.bytes.to_string())]),
    );
    Ok(Exit::Done)
}

/// What is to be drawn, without its number.
pub(crate) fn drawing_order(form: SealForm, text: &str, size: Option<PictureSize>, drawn: &Drawn) -> DrawingOrder {
    DrawingOrder {
        style: match form {
            SealForm::Company => SealStyle::Company,
            SealForm::Government => SealStyle::Government,
            SealForm::Special => SealStyle::Special,
            SealForm::Oval => SealStyle::Oval,
            SealForm::Invoice => SealStyle::Invoice,
            SealForm::Square => SealStyle::Square,
            SealForm::Personal => SealStyle::Personal,
        },
        text: text.to_owned(),
        size: size.map(|size| (size.width, size.height)),
        purpose: drawn.purpose.clone(),
        number: None,
        serial: drawn.serial.clone(),
        emblem: drawn.emblem.clone(),
        font: drawn.font.clone(),
        specimen: if drawn.sample { Specimen::Marked } else { Specimen::No },
    }
}

/// Tells where eighteen characters are meant as a unified social credit code and do not end in its check character.
fn warn_code(code: &str, session: &Session<'_>) {
    let wrong = OwnerCode::parse(code).is_ok_and(|code| code.check() == CheckCharacter::Wrong);
    if wrong {
        session.warn("warn-owner-code", &[("code", code)]);
    }
}
