//! Square seals of persons: letters in columns, read from the right and from the top.

use crate::drawing::Drawing;
use crate::drawing::design::frame::Sheet;
use crate::drawing::design::letters::{Lettering, stamped};
use crate::drawing::design::line::Line;
use crate::drawing::design::{DesignError, Part, SealDesign, Specimen};
use crate::drawing::shape::Spot;
use crate::geometry::Size;

/// The side for which the measures below are given.
const BASE: f64 = 20.0;
/// Width of the border.
const BORDER: f64 = 1.0;
/// Free between border and letters.
const GAP: f64 = 0.6;
/// Free between letters.
const BETWEEN: f64 = 0.4;
/// Smallest side of a letter.
const SMALLEST: f64 = 2.0;

pub(in crate::drawing) fn draw(design: &SealDesign, size: Size) -> Result<Drawing, DesignError> {
    let k = size.width.0.min(size.height.0) / BASE;
    let mut sheet = Sheet::rectangular(size.width.0, size.height.0, BORDER * k.min(1.0));
    let inset = (BORDER.min(BORDER * k)) + GAP * k;
    let (half, mut low) = (size.width.0 / 2.0 - inset, size.height.0 / 2.0 - inset);
    let top = -low;
    if design.specimen == Specimen::Marked {
        let height = 3.4 * k;
        let text = Lettering::set("样章", &design.font, Part::Specimen)?;
        let line = Line {
            x: 0.0,
            top: low - height,
            height,
            width: height * 0.95,
            space: height,
            room: 2.0 * half,
            narrowest: 1.0 * k,
        };
        sheet.letters(line.place(&text, Part::Specimen)?);
        low -= height + BETWEEN * 2.0 * k;
    }
    let text = Lettering::set(&design.text, &design.font, Part::Name)?;
    let area = Area { left: -half, top, right: half, bottom: low };
    if text.square {
        columns(&mut sheet, text, &area, k)?
    } else {
        rows(&mut sheet, design, &area, k)?
    }
    Ok(sheet.finish())
}

/// Where letters may stand.
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

fn columns(sheet: &mut Sheet, mut text: Lettering, area: &Area, k: f64) -> Result<(), DesignError> {
    text.glyphs.retain(|glyph| glyph.bounds.is_some());
    let count = text.glyphs.len();
    let columns = match count {
        0..=2 => 1,
        3..=6 => 2,
        7..=12 => 3,
        _ => 4,
    };
    #[allow(clippy::cast_precision_loss, reason = "some dozens of letters")]
    let number = |n: usize| n as f64;
    let between = BETWEEN * k;
    let width = (area.right - area.left - between * number(columns - 1)) / number(columns);
    let most = count.div_ceil(columns);
    let lowest = (area.bottom - area.top - between * number(most.saturating_sub(1))) / number(most.max(1));
    let smallest = SMALLEST * k;
    if width < smallest || lowest < smallest {
        let needed = (smallest + between) * number(most) - between;
        return Err(DesignError::TooLong { part: Part::Name, needed, available: area.bottom - area.top });
    }
    let mut glyphs = text.glyphs.iter();
    for column in 0..columns {
        // The columns at the left take what does not divide.
        let own = (count + column) / columns;
        let height = (area.bottom - area.top - between * number(own.saturating_sub(1))) / number(own.max(1));
        let x = area.right - width / 2.0 - number(column) * (width + between);
        for (row, glyph) in glyphs.by_ref().take(own).enumerate() {
            let y = area.top + height / 2.0 + number(row) * (height + between);
            let middle = Spot::new(glyph.advance / 2.0, (text.top + text.bottom) / 2.0);
            let scale = (width / text.widest, height / text.height());
            sheet.letters(stamped(glyph, middle, scale, 0.0, Spot::new(x, y)));
        }
    }
    Ok(())
}

/// Latin names: a line for each word.
fn rows(sheet: &mut Sheet, design: &SealDesign, area: &Area, k: f64) -> Result<(), DesignError> {
    let words: Vec<&str> = design.text.split_whitespace().collect();
    #[allow(clippy::cast_precision_loss, reason = "some dozens of letters")]
    let count = words.len().max(1) as f64;
    let between = BETWEEN * 2.0 * k;
    let row = (area.bottom - area.top - between * (count - 1.0)) / count;
    if row < SMALLEST * k {
        let needed = (SMALLEST * k + between) * count - between;
        return Err(DesignError::TooLong { part: Part::Name, needed, available: area.bottom - area.top });
    }
    let mut top = area.top;
    for word in words {
        let text = Lettering::set(word, &design.font, Part::Name)?;
        let height = row.min(6.0 * k);
        let line = Line {
            x: (area.left + area.right) / 2.0,
            top: top + (row - height) / 2.0,
            height,
            width: height * 0.8,
            space: 0.0,
            room: area.right - area.left,
            narrowest: 0.5 * k,
        };
        sheet.letters(line.place(&text, Part::Name)?);
        top += row + between;
    }
    Ok(())
}
