//! The oval seal of foreign-invested companies.

use crate::drawing::Drawing;
use crate::drawing::design::around::{Around, Half};
use crate::drawing::design::frame::Sheet;
use crate::drawing::design::letters::Lettering;
use crate::drawing::design::line::Line;
use crate::drawing::design::{DesignError, Part, SealDesign, Specimen};
use crate::drawing::font::Font;
use crate::geometry::Size;

/// The height for which the measures below are given.
const BASE: f64 = 30.0;

pub(in crate::drawing) fn draw(design: &SealDesign, size: Size) -> Result<Drawing, DesignError> {
    let k = size.height.0 / BASE;
    let (mut sheet, inner) = Sheet::elliptic(size.width.0, size.height.0, 1.0_f64.min(k));
    let mut lower: f64 = 0.0;
    if let Some(number) = &design.number {
        let text = Lettering::set(number, &Font::digits(), Part::Number)?;
        let around = Around {
            border: inner,
            gap: 0.6 * k,
            height: 1.2 * k,
            span: 100.0,
            half: Half::Lower,
            ratio: 1.0,
            spread: 1.3,
            narrowest: 0.6 * k,
        };
        let placed = around.place(&text, Part::Number)?;
        lower = placed.points.iter().map(|p| p.x.atan2(p.y).abs()).fold(0.0, f64::max).to_degrees() * 2.0;
        sheet.letters(placed.path);
    }
    let name = Lettering::set(&design.text, &design.font, Part::Name)?;
    let (height, span) = match name.advance() {
        n if n <= 10.5 => (4.6, 220.0),
        n if n <= 16.5 => (4.2, 240.0),
        _ => (3.6, 260.0),
    };
    let span = if lower > 0.0 { f64::min(span, 360.0 - lower - 16.0) } else { span };
    let around = Around {
        border: inner,
        gap: 0.9 * k,
        height: height * k,
        span,
        half: Half::Upper,
        ratio: 0.85,
        spread: 1.6,
        narrowest: 1.3 * k,
    };
    sheet.letters(around.place(&name, Part::Name)?.path);
    let middle = |sheet: &mut Sheet, text: &Lettering, (top, height): (f64, f64), space: f64, part: Part| {
        let room = 2.0 * sheet.free(inner, top, top + height, 0.8 * k);
        let line =
            Line { x: 0.0, top, height, width: height * 0.85, space: height * space, room, narrowest: height * 0.4 };
        line.place(text, part).map(|path| sheet.letters(path))
    };
    let mut next = -1.9 * k;
    if let Some(purpose) = &design.purpose {
        let text = Lettering::set(purpose, &design.font, Part::Purpose)?;
        middle(&mut sheet, &text, (next, 3.8 * k), 0.15, Part::Purpose)?;
        next = 3.2 * k;
    }
    if design.specimen == Specimen::Marked {
        let text = Lettering::set("样章", &design.font, Part::Specimen)?;
        middle(&mut sheet, &text, (next, 3.6 * k), 1.0, Part::Specimen)?;
    }
    Ok(sheet.finish())
}
