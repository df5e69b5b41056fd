//! Round seals: company, government, special.

use crate::drawing::design::around::{Around, Ellipse, Half};
use crate::drawing::design::frame::{Sheet, star};
use crate::drawing::design::letters::Lettering;
use crate::drawing::design::line::Line;
use crate::drawing::design::{DesignError, Part, SealDesign, SealStyle, Specimen};
use crate::drawing::{Drawing, Font};

/// The diameter for which the measures below are given.
const BASE: f64 = 42.0;
/// Circle of the star's tips, half of it.
const STAR: f64 = 7.0;
/// Side of the box that an emblem fills.
const EMBLEM: f64 = 15.0;
/// From the ring to the outer end of the letters.
const GAP: f64 = 1.0;
/// Free on each side between number and name, in degrees.
const APART: f64 = 8.0;

pub(in crate::drawing) fn draw(design: &SealDesign, diameter: f64) -> Result<Drawing, DesignError> {
    let k = diameter / BASE;
    let ring = if design.style == SealStyle::Special { 1.0 } else { 1.2 };
    // The rules give the ring for 38 mm and more; below, it shrinks with the seal.
    let (mut sheet, inner) = Sheet::elliptic(diameter, diameter, ring * (diameter / 38.0).min(1.0));
    let lower = match &design.number {
        Some(number) => rim_number(&mut sheet, number, inner, k)?,
        None => 0.0,
    };
    let name = Lettering::set(&design.text, &design.font, Part::Name)?;
    sheet.letters(around(&name, design, inner, k, lower).place(&name, Part::Name)?.path);
    let side = match &design.emblem {
        Some(raster) => {
            sheet.emblem(raster, EMBLEM * k);
            EMBLEM / 2.0
        }
        None => {
            sheet.ornament(star(STAR * k));
            STAR
        }
    };
    if let Some(purpose) = &design.purpose {
        let text = Lettering::set(purpose, &design.font, Part::Purpose)?;
        // The lower tips of the star end at cos 36° of its radius; an emblem ends with its box.
        let below = if design.emblem.is_some() { side + 0.9 } else { STAR * 0.81 + 1.5 };
        straight(&mut sheet, &text, inner, (below, k))?;
    }
    if design.specimen == Specimen::Marked {
        specimen(&mut sheet, &design.font, inner, (side, k))?;
    }
    Ok(sheet.finish())
}

/// How the name runs: higher letters for short names, a longer arc for long ones.
fn around(name: &Lettering, design: &SealDesign, border: Ellipse, k: f64, lower: f64) -> Around {
    let count = name.advance();
    let height = match count {
        n if n <= 6.5 => 6.0,
        n if n <= 10.5 => 5.5,
        n if n <= 16.5 => 5.0,
        n if n <= 22.5 => 4.6,
        _ => 4.2,
    };
    let span: f64 = match count {
        n if design.purpose.is_some() && n <= 16.5 => 230.0,
        n if n <= 16.5 => 250.0,
        _ => 270.0,
    };
    let span = if lower > 0.0 { span.min(360.0 - lower - 2.0 * APART) } else { span };
    Around {
        border,
        gap: GAP * k,
        height: height * k,
        span,
        half: Half::Upper,
        ratio: 0.85,
        spread: 1.6,
        narrowest: 1.5 * k,
    }
}

/// The number along the lower rim, 1.2 high; gives the central angle that it takes, in degrees.
fn rim_number(sheet: &mut Sheet, number: &str, border: Ellipse, k: f64) -> Result<f64, DesignError> {
    let text = Lettering::set(number, &Font::digits(), Part::Number)?;
    let around = Around {
        border,
        gap: 0.6 * k,
        height: 1.2 * k,
        span: 110.0,
        half: Half::Lower,
        ratio: 1.0,
        spread: 1.3,
        narrowest: 0.6 * k,
    };
    let placed = around.place(&text, Part::Number)?;
    let half = placed.points.iter().map(|p| p.x.atan2(p.y).abs()).fold(0.0, f64::max);
    sheet.letters(placed.path);
    Ok(2.0 * half.to_degrees())
}

/// The purpose below the star or emblem, as high as it can be.
fn straight(sheet: &mut Sheet, text: &Lettering, border: Ellipse, at: (f64, f64)) -> Result<(), DesignError> {
    let (below, k) = at;
    let mut last = None;
    for height in [4.2, 3.8, 3.4, 3.0, 2.6] {
        let (top, height) = (below * k, height * k);
        let room = 2.0 * sheet.free(border, top, top + height, 1.0 * k);
        let line =
            Line { x: 0.0, top, height, width: height * 0.85, space: height * 0.14, room, narrowest: height * 0.5 };
        match line.place(text, Part::Purpose) {
            Ok(path) => {
                sheet.letters(path);
                return Ok(());
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or(DesignError::Empty { part: Part::Purpose }))
}

/// 样 and 章 on both sides of the star or emblem.
fn specimen(sheet: &mut Sheet, font: &Font, border: Ellipse, at: (f64, f64)) -> Result<(), DesignError> {
    let (side, k) = at;
    let height = 4.2 * k;
    let outer = sheet.free(border, -height / 2.0, height / 2.0, 0.9 * k);
    let inner = side * k + 0.5 * k;
    for (letter, sign) in [("样", -1.0), ("章", 1.0)] {
        let text = Lettering::set(letter, font, Part::Specimen)?;
        let line = Line {
            x: sign * (inner + outer) / 2.0,
            top: -height / 2.0,
            height,
            width: height * 0.9,
            space: 0.0,
            room: outer - inner,
            narrowest: height * 0.3,
        };
        sheet.letters(line.place(&text, Part::Specimen)?);
    }
    Ok(())
}
