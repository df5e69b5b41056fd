//! The invoice seal (发票专用章), by the figures of the tax administration's notice 2011 no. 7.

use crate::drawing::Drawing;
use crate::drawing::design::around::{Around, Half};
use crate::drawing::design::frame::Sheet;
use crate::drawing::design::letters::Lettering;
use crate::drawing::design::line::Line;
use crate::drawing::design::{DesignError, Part, SealDesign, Specimen};
use crate::drawing::font::Font;

/// What it is for, unless said otherwise.
const PURPOSE: &str = "发票专用章";
/// Width, height, border.
const FORM: (f64, f64, f64) = (40.0, 30.0, 1.0);
/// Letters of the name: height, distance from the border.
const NAME: (f64, f64) = (4.2, 0.5);
/// The arc of the name: from, to, in degrees.
const ARC: (f64, f64) = (210.0, 260.0);
/// The code: height and width of a digit, length of the whole, how many digits that is meant for.
const CODE: (f64, f64, f64, usize) = (3.7, 1.3, 26.0, 18);
/// The purpose: height and width of a letter, its upper end below the middle.
const BELOW: (f64, f64, f64) = (4.6, 3.0, 4.2);
/// The serial number: the same.
const SERIAL: (f64, f64, f64) = (2.2, 1.7, 10.0);

pub(in crate::drawing) fn draw(design: &SealDesign) -> Result<Drawing, DesignError> {
    let name = Lettering::set(&design.text, &design.font, Part::Name)?;
    let purpose = Lettering::set(design.purpose.as_deref().unwrap_or(PURPOSE), &design.font, Part::Purpose)?;
    // Names with more letters take more of the arc, as long as the purpose keeps its place.
    let wanted = (ARC.0 + (name.advance() - 10.0) * 5.0).clamp(ARC.0, ARC.1);
    let mut span = wanted;
    loop {
        match compose(design, &name, &purpose, span) {
            Err(DesignError::TooLong { part: Part::Purpose, .. }) if span > ARC.0 => span = (span - 5.0).max(ARC.0),
            done => return done,
        }
    }
}

fn compose(design: &SealDesign, name: &Lettering, purpose: &Lettering, span: f64) -> Result<Drawing, DesignError> {
    let (mut sheet, inner) = Sheet::elliptic(FORM.0, FORM.1, FORM.2);
    let around = Around {
        border: inner,
        gap: NAME.1,
        height: NAME.0,
        span,
        half: Half::Upper,
        ratio: 0.85,
        // However few letters, they take the arc.
        spread: f64::INFINITY,
        narrowest: 1.2,
    };
    sheet.letters(around.place(name, Part::Name)?.path);
    let line = |top: f64, height: f64, width: f64| Line {
        x: 0.0,
        top,
        height,
        width,
        space: 0.0,
        room: 0.0,
        narrowest: width,
    };
    if let Some(number) = &design.number {
        let code = Lettering::set(number, &Font::digits(), Part::Number)?;
        let (height, width, total, full) = CODE;
        let exact = Line { narrowest: width * 0.6, ..line(-height / 2.0, height, width) };
        sheet.letters(exact.place_exactly(&code, total, full, Part::Number)?);
    }
    let (height, width, top) = BELOW;
    let room = 2.0 * sheet.free(inner, top, top + height, 0.4);
    // Of five letters each is 3 wide; the space between them is what the arc above leaves, but not more than 0.8.
    #[allow(clippy::cast_precision_loss, reason = "some dozens of letters")]
    let count = purpose.glyphs.len() as f64;
    let space = ((room - width * count) / (count - 1.0).max(1.0)).clamp(0.2, 0.8);
    let narrowest = if count <= 5.0 { width - 1e-6 } else { 1.5 };
    sheet.letters(Line { room, space, narrowest, ..line(top, height, width) }.place(purpose, Part::Purpose)?);
    if let Some(serial) = &design.serial {
        let text = Lettering::set(serial, &Font::digits(), Part::Serial)
            .or_else(|_| Lettering::set(serial, &design.font, Part::Serial))?;
        let (height, width, top) = SERIAL;
        let room = 2.0 * sheet.free(inner, top, top + height, 0.4);
        sheet
            .letters(Line { room, space: 0.3, narrowest: 0.6, ..line(top, height, width) }.place(&text, Part::Serial)?);
    }
    if design.specimen == Specimen::Marked {
        let text = Lettering::set("样章", &design.font, Part::Specimen)?;
        let (top, height) = (-6.6, 3.6);
        let room = 2.0 * sheet.free(inner, top, top + height, 0.5);
        sheet
            .letters(Line { room, space: 3.0, narrowest: 1.2, ..line(top, height, 3.2) }.place(&text, Part::Specimen)?);
    }
    Ok(sheet.finish())
}
