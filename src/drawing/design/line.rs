//! Text in a straight line.

use crate::drawing::design::letters::{LEAST_ADVANCE, Lettering, stamped};
use crate::drawing::design::{DesignError, Part};
use crate::drawing::shape::{Path, Spot};

/// A straight line of letters, centred.
#[derive(Clone, Copy, Debug)]
pub(in crate::drawing) struct Line {
    /// Middle.
    pub(in crate::drawing) x: f64,
    /// Upper end of the letters.
    pub(in crate::drawing) top: f64,
    /// Their height.
    pub(in crate::drawing) height: f64,
    /// Width of the widest.
    pub(in crate::drawing) width: f64,
    /// Free space between letters.
    pub(in crate::drawing) space: f64,
    /// Length that there is.
    pub(in crate::drawing) room: f64,
    /// Narrowest that the widest may become.
    pub(in crate::drawing) narrowest: f64,
}

impl Line {
    /// Sets a text.
    pub(in crate::drawing) fn place(&self, text: &Lettering, part: Part) -> Result<Path, DesignError> {
        let scale = self.height / text.height();
        let natural = self.width / text.widest;
        // Letters in ems: Chinese ones and digits have cells of one width, others as much as they advance.
        let equal = text.square || text.glyphs.iter().all(|g| (g.advance - first_advance(text)).abs() < 1e-6);
        let cells: Vec<f64> =
            text.glyphs.iter().map(|g| if equal { text.widest } else { g.advance.max(LEAST_ADVANCE) }).collect();
        #[allow(clippy::cast_precision_loss, reason = "some dozens of letters")]
        let gaps = (cells.len().saturating_sub(1)) as f64;
        let space = self.space / natural;
        let length = cells.iter().sum::<f64>() + gaps * space;
        let width = natural.min(self.room / length);
        if width * text.widest < self.narrowest {
            let needed = self.narrowest / text.widest * length;
            return Err(DesignError::TooLong { part, needed, available: self.room.max(0.0) });
        }
        let mut path = Path::default();
        let mut along = -length / 2.0;
        for (glyph, cell) in text.glyphs.iter().zip(&cells) {
            let to = Spot::new(self.x + (along + cell / 2.0) * width, self.top + self.height / 2.0);
            along += cell + space;
            let middle = Spot::new(middle(text, glyph, equal), (text.top + text.bottom) / 2.0);
            path.append(stamped(glyph, middle, (width, scale), 0.0, to));
        }
        Ok(path)
    }

    /// Sets a text so that its ink is exactly `total` long where its letters leave room for that; longer texts are
    /// squeezed into it, shorter ones keep the spacing that `full` letters have.
    pub(in crate::drawing) fn place_exactly(
        &self,
        text: &Lettering,
        total: f64,
        full: usize,
        part: Part,
    ) -> Result<Path, DesignError> {
        #[allow(clippy::cast_precision_loss, reason = "some dozens of letters")]
        let (gaps, count) = (text.glyphs.len().max(full).saturating_sub(1) as f64, text.glyphs.len() as f64);
        let width = self.width.min(total / count.max(1.0) * 0.92);
        if width < self.narrowest {
            return Err(DesignError::TooLong { part, needed: self.narrowest * count / 0.92, available: total });
        }
        let scale = (width / text.widest, self.height / text.height());
        // The outer letters may be narrower than the widest: the pitch makes up for it.
        let half = |glyph: Option<&crate::drawing::font::Glyph>| {
            glyph.and_then(|g| g.bounds).map_or(width, |ink| ink.width() * scale.0) / 2.0
        };
        let pitch = (total - half(text.glyphs.first()) - half(text.glyphs.last())) / gaps.max(1.0);
        let mut path = Path::default();
        let mut along = -pitch * (count - 1.0) / 2.0;
        along += (half(text.glyphs.first()) - half(text.glyphs.last())) / 2.0;
        for glyph in &text.glyphs {
            let middle = Spot::new(middle(text, glyph, true), (text.top + text.bottom) / 2.0);
            let to = Spot::new(self.x + along, self.top + self.height / 2.0);
            path.append(stamped(glyph, middle, scale, 0.0, to));
            along += pitch;
        }
        Ok(path)
    }
}

fn first_advance(text: &Lettering) -> f64 {
    text.glyphs.first().map_or(0.0, |glyph| glyph.advance)
}

/// Middle of a letter in ems: of its em where it fills that, of its ink where cells are made for ink.
fn middle(text: &Lettering, glyph: &crate::drawing::font::Glyph, equal: bool) -> f64 {
    match glyph.bounds {
        Some(ink) if equal && !text.square => (ink.left + ink.right) / 2.0,
        _ => glyph.advance / 2.0,
    }
}
