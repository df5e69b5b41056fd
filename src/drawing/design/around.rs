//! Text along an ellipse, letters upright to it, fitted by measuring.

use crate::drawing::design::letters::{LEAST_ADVANCE, Lettering, stamped};
use crate::drawing::design::{DesignError, Part};
use crate::drawing::shape::{Path, Spot};

/// An ellipse around the drawing's middle, by its half axes in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::drawing) struct Ellipse {
    pub(in crate::drawing) a: f64,
    pub(in crate::drawing) b: f64,
}

/// On which half text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::drawing) enum Half {
    /// Around 12 o'clock, feet to the middle.
    Upper,
    /// Around 6 o'clock, heads to the middle.
    Lower,
}

/// How text runs along the inside of a border.
#[derive(Clone, Copy, Debug)]
pub(in crate::drawing) struct Around {
    /// The border's inner edge.
    pub(in crate::drawing) border: Ellipse,
    /// Between it and the outermost ink.
    pub(in crate::drawing) gap: f64,
    /// Height of the letters.
    pub(in crate::drawing) height: f64,
    /// Largest central angle, in degrees.
    pub(in crate::drawing) span: f64,
    /// Which half.
    pub(in crate::drawing) half: Half,
    /// Width of a letter that has room, as a share of its height.
    pub(in crate::drawing) ratio: f64,
    /// From letter to letter where there is room, as a multiple of the width.
    pub(in crate::drawing) spread: f64,
    /// Narrowest em, in mm.
    pub(in crate::drawing) narrowest: f64,
}

/// Text in its place, around the origin.
pub(in crate::drawing) struct Placed {
    pub(in crate::drawing) path: Path,
    /// Points on its outline.
    pub(in crate::drawing) points: Vec<Spot>,
    /// Where the upper edges of its letters' boxes are: a flat letter, as 一 is, keeps its place in the box.
    boxes: Vec<Spot>,
}

/// Letters leave at least this share of their cell free at their inner end.
const FILLED: f64 = 0.96;

impl Around {
    /// Sets a text around the origin.
    pub(in crate::drawing) fn place(&self, text: &Lettering, part: Part) -> Result<Placed, DesignError> {
        // The corners of a letter reach further out than its middle, and each by its own shape: set, measure, move.
        let mut shift = 0.0;
        let mut placed = self.set(text, part, shift)?;
        for _ in 0..4 {
            let edges = placed.points.iter().chain(&placed.boxes);
            let Some(nearest) = edges.map(|p| self.border.inside(*p)).reduce(f64::min) else { break };
            shift += self.gap - nearest;
            placed = self.set(text, part, shift)?;
        }
        Ok(placed)
    }

    /// Sets it with the letters' outer ends at the gap and a shift from the border.
    fn set(&self, text: &Lettering, part: Part, shift: f64) -> Result<Placed, DesignError> {
        let inset = self.gap + shift + self.height / 2.0;
        let guide = Ellipse { a: self.border.a - inset, b: self.border.b - inset };
        let scale = self.height / text.height();
        let wish = scale * self.ratio;
        let track = Track::new(guide);
        let room = 2.0 * track.length_to(guide.parameter(self.span.to_radians() / 2.0));
        let advance = text.advance();
        let cell = (wish * self.spread).min(room / advance);
        // The feet stand on a shorter curve than the middle.
        let feet = 1.0 - self.height / 2.0 / guide.sharpest(track.parameter_at(cell * advance / 2.0));
        let width = (cell * feet * FILLED).min(wish);
        if guide.a.min(guide.b) <= 0.0 || feet <= 0.0 || width < self.narrowest {
            let needed = self.narrowest * advance / (feet.max(0.05) * FILLED);
            return Err(DesignError::TooLong { part, needed, available: room.max(0.0) });
        }
        let (mut path, mut boxes) = (Path::default(), Vec::new());
        let mut along = -cell * advance / 2.0;
        for glyph in &text.glyphs {
            let own = glyph.advance.max(LEAST_ADVANCE);
            let parameter = track.parameter_at(along + cell * own / 2.0);
            along += cell * own;
            let (at, outward) = guide.at(parameter);
            let (to, turn) = match self.half {
                Half::Upper => (at, outward),
                // Mirrored at the horizontal axis, then turned so that the head shows inward.
                Half::Lower => (Spot::new(at.x, -at.y), -outward),
            };
            let middle = Spot::new(glyph.advance / 2.0, (text.top + text.bottom) / 2.0);
            path.append(stamped(glyph, middle, (width, scale), turn, to));
            let half = self.height / 2.0;
            let (sin, cos) = outward.sin_cos();
            let outer = Spot::new(at.x + half * sin, at.y - half * cos);
            boxes.push(if self.half == Half::Upper { outer } else { Spot::new(outer.x, -outer.y) });
        }
        let points = path.points();
        Ok(Placed { path, points, boxes })
    }
}

impl Ellipse {
    /// The point of a parameter, 0 at 12 o'clock and growing clockwise, and by how much its outward normal is turned
    /// from upright, clockwise.
    fn at(&self, parameter: f64) -> (Spot, f64) {
        let (sin, cos) = parameter.sin_cos();
        (Spot::new(self.a * sin, -self.b * cos), (self.b * sin).atan2(self.a * cos))
    }

    /// The parameter of a central angle from 12 o'clock.
    fn parameter(&self, angle: f64) -> f64 {
        let (sin, cos) = angle.sin_cos();
        (self.b * sin).atan2(self.a * cos)
    }

    /// Smallest radius of curvature from 12 o'clock to a parameter on either side.
    fn sharpest(&self, parameter: f64) -> f64 {
        let at = |t: f64| {
            let (sin, cos) = t.sin_cos();
            ((self.a * cos).powi(2) + (self.b * sin).powi(2)).powf(1.5) / (self.a * self.b)
        };
        let reach = parameter.abs().min(std::f64::consts::FRAC_PI_2);
        at(0.0).min(at(reach))
    }

    /// How far inside a point lies: its distance from the curve, negative outside.
    pub(in crate::drawing) fn inside(&self, p: Spot) -> f64 {
        let mut t = (p.x / self.a).atan2(-p.y / self.b);
        // Newton's method for the nearest point; from the scaled angle it is there after a few turns.
        for _ in 0..8 {
            let (sin, cos) = t.sin_cos();
            let (dx, dy) = (self.a * sin - p.x, -self.b * cos - p.y);
            let slope = dx * self.a * cos + dy * self.b * sin;
            let bend = (self.a * cos).powi(2) + (self.b * sin).powi(2) - dx * self.a * sin + dy * self.b * cos;
            if bend.abs() < 1e-9 {
                break;
            }
            t -= slope / bend;
        }
        let (on, _) = self.at(t);
        let distance = (on.x - p.x).hypot(on.y - p.y);
        if (p.x / self.a).powi(2) + (p.y / self.b).powi(2) <= 1.0 { distance } else { -distance }
    }
}

/// Steps in which half an ellipse is measured.
const STEPS: u32 = 2048;

/// Lengths along half an ellipse from 12 o'clock.
struct Track {
    lengths: Vec<f64>,
}

impl Track {
    fn new(ellipse: Ellipse) -> Self {
        let mut lengths = vec![0.0];
        let (mut before, mut sum) = (ellipse.at(0.0).0, 0.0);
        for step in 1..=STEPS {
            let (on, _) = ellipse.at(std::f64::consts::PI * f64::from(step) / f64::from(STEPS));
            sum += (on.x - before.x).hypot(on.y - before.y);
            lengths.push(sum);
            before = on;
        }
        Track { lengths }
    }

    /// Length from 12 o'clock to a parameter between 0 and half a turn.
    fn length_to(&self, parameter: f64) -> f64 {
        let place = (parameter / std::f64::consts::PI).clamp(0.0, 1.0) * f64::from(STEPS);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and STEPS")]
        let step = place.floor() as usize;
        let at = |step: usize| self.lengths.get(step).copied();
        let low = at(step).unwrap_or_default();
        low + (at(step + 1).unwrap_or(low) - low) * place.fract()
    }

    /// The parameter at a length from 12 o'clock, to either side.
    fn parameter_at(&self, length: f64) -> f64 {
        let whole = length.abs();
        let step = self.lengths.partition_point(|l| *l <= whole).saturating_sub(1);
        let at = |step: usize| self.lengths.get(step).copied();
        let low = at(step).unwrap_or_default();
        let piece = at(step + 1).map_or(0.0, |high| high - low);
        let share = if piece > 0.0 { (whole - low) / piece } else { 0.0 };
        #[allow(clippy::cast_precision_loss, reason = "at most STEPS")]
        let place = step as f64 + share;
        place / f64::from(STEPS) * std::f64::consts::PI * length.signum()
    }
}
