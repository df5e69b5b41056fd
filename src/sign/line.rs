//! Lines of text as they are seen: characters of all pieces, put in order by their places alone.

use crate::geometry::{Glyph, Rect, TextRun};

/// Characters that follow one another at a distance at which they are read as one.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// In reading order.
    pub(crate) glyphs: Vec<Glyph>,
}

/// A gap of more ems ends a line: columns of a table, fields of a form.
const GAP: f64 = 4.0;
/// Base lines that differ by less of the em are one: subscripts end theirs.
const BASE: f64 = 0.25;
/// A character again within this share of the em is the same, drawn twice to look bold.
const AGAIN: f64 = 0.2;
/// Directions within one degree are one.
const DIRECTIONS: f64 = 360.0;

/// A character with its place in the direction in which it runs.
struct Laid {
    glyph: Glyph,
    /// Direction in steps of a degree.
    direction: i32,
    /// Where its base line lies across the direction, and where it begins and ends along it.
    across: f64,
    from: f64,
    to: f64,
    em: f64,
}

/// The lines of a page, from the top down and from left to right as far as they run that way.
pub(crate) fn lines(runs: &[TextRun]) -> Vec<Line> {
    let mut laid: Vec<Laid> = runs.iter().flat_map(|run| &run.glyphs).filter_map(lay).collect();
    laid.sort_by(|a, b| a.direction.cmp(&b.direction).then(a.across.total_cmp(&b.across)));
    let mut lines = Vec::new();
    let mut band: Vec<Laid> = Vec::new();
    for one in laid {
        let same = band.last().is_none_or(|last| {
            last.direction == one.direction && one.across - last.across <= BASE * last.em.min(one.em)
        });
        if !same {
            cut(std::mem::take(&mut band), &mut lines);
        }
        band.push(one);
    }
    cut(band, &mut lines);
    lines
}

#[allow(clippy::cast_possible_truncation, reason = "a direction has at most 360 degrees")]
fn lay(glyph: &Glyph) -> Option<Laid> {
    let em = glyph.em().0;
    let (x, y) = (glyph.start.x.0, glyph.start.y.0);
    let [low_start, low_end, ..] = glyph.corners;
    let along = (low_end.x.0 - low_start.x.0, low_end.y.0 - low_start.y.0);
    let length = along.0.hypot(along.1);
    // A mark without a width has no direction of its own.
    if em <= 0.0 || length <= 1e-9 {
        return None;
    }
    let turn = along.1.atan2(along.0).to_degrees().round().rem_euclid(DIRECTIONS);
    let (sin, cos) = turn.to_radians().sin_cos();
    let from = x * cos + y * sin;
    Some(Laid { glyph: *glyph, direction: turn as i32, across: y * cos - x * sin, from, to: from + length, em })
}

/// Puts a band of one base line in order and cuts it at its gaps.
fn cut(mut band: Vec<Laid>, lines: &mut Vec<Line>) {
    band.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut line: Vec<Laid> = Vec::new();
    for one in band {
        let repeated = line.iter().rev().take(4).any(|before| {
            before.glyph.character == one.glyph.character && (one.from - before.from).abs() < AGAIN * one.em
        });
        if repeated {
            continue;
        }
        let apart = line.last().is_some_and(|last| one.from - last.to > GAP * last.em.max(one.em));
        if apart {
            lines.push(Line::of(&line));
            line.clear();
        }
        line.push(one);
    }
    if !line.is_empty() {
        lines.push(Line::of(&line));
    }
}

impl Line {
    fn of(laid: &[Laid]) -> Self {
        Line { glyphs: laid.iter().map(|one| one.glyph).collect() }
    }

    /// Its text, white space left out.
    pub(crate) fn compact(&self) -> String {
        self.glyphs.iter().map(|glyph| glyph.character).filter(|c| !c.is_whitespace()).collect()
    }

    /// The rectangle around its visible characters.
    pub(crate) fn bounds(&self) -> Rect {
        bounds(self.glyphs.iter().filter(|glyph| !glyph.character.is_whitespace()))
    }
}

/// The rectangle around characters.
pub(crate) fn bounds<'a>(glyphs: impl IntoIterator<Item = &'a Glyph>) -> Rect {
    let corners: Vec<_> = glyphs.into_iter().flat_map(|glyph| glyph.corners).collect();
    Rect::around(&corners)
}
