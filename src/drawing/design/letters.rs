//! A text as glyphs with a common height.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::drawing::design::{DesignError, Part};
use crate::drawing::font::{Font, Glyph};
use crate::drawing::shape::{Path, Spot, Transform};

/// A text ready to be placed, in units of the em.
pub(in crate::drawing) struct Lettering {
    pub(in crate::drawing) glyphs: Vec<Glyph>,
    /// Upper edge of the letters' common box, negative above the base line.
    pub(in crate::drawing) top: f64,
    /// Lower edge.
    pub(in crate::drawing) bottom: f64,
    /// Width of the widest ink.
    pub(in crate::drawing) widest: f64,
    /// Whether a letter fills the em, as Chinese ones do.
    pub(in crate::drawing) square: bool,
}

/// Fills its em as no other: letters beside it get its height though they be flat, as 一 is.
const FULL: char = '国';
/// No text is taken for lower than this share of the em.
const LEAST_HEIGHT: f64 = 0.5;
/// Longest text that is looked at; no seal holds more than some dozens of letters.
const LONGEST: usize = 200;

impl Lettering {
    /// The glyphs of a text.
    pub(in crate::drawing) fn set(text: &str, font: &Font, part: Part) -> Result<Self, DesignError> {
        let letters: Vec<char> =
            text.trim().nfc().map(|c| if c.is_whitespace() { plain_space(c) } else { c }).collect();
        if letters.is_empty() {
            return Err(DesignError::Empty { part });
        }
        if letters.len() > LONGEST {
            #[allow(clippy::cast_precision_loss, reason = "a length of text for a message")]
            let needed = letters.len() as f64;
            return Err(DesignError::TooLong { part, needed, available: 0.0 });
        }
        let wrong = each_once(letters.iter().copied().filter(|c| !stands_alone(*c)));
        if !wrong.is_empty() {
            return Err(DesignError::NotDrawable { characters: wrong });
        }
        let found: Vec<(char, Option<Glyph>)> = letters.iter().map(|c| (*c, font.glyph(*c))).collect();
        let lacking = each_once(found.iter().filter(|(_, glyph)| glyph.is_none()).map(|(c, _)| *c));
        if !lacking.is_empty() {
            return Err(DesignError::Lacking { characters: lacking });
        }
        let glyphs: Vec<Glyph> = found.into_iter().filter_map(|(_, glyph)| glyph).collect();
        // From here on Unicode has Chinese characters, their marks and what is as wide.
        let square = letters.iter().any(|c| *c >= '\u{2E80}');
        Ok(Lettering::measured(glyphs, square, font))
    }

    fn measured(glyphs: Vec<Glyph>, square: bool, font: &Font) -> Self {
        let full = if square { font.glyph(FULL).and_then(|glyph| glyph.bounds) } else { None };
        let ink = glyphs.iter().filter_map(|glyph| glyph.bounds).chain(full).reduce(|a, b| a.with(b));
        let (top, bottom) = ink.map_or((-LEAST_HEIGHT, 0.0), |ink| (ink.top, ink.bottom));
        let missing = (LEAST_HEIGHT - (bottom - top)).max(0.0) / 2.0;
        let widths = glyphs.iter().filter_map(|glyph| glyph.bounds).chain(full).map(|ink| ink.width());
        let widest = widths.fold(0.1, f64::max);
        Lettering { glyphs, top: top - missing, bottom: bottom + missing, widest, square }
    }

    /// Height of the common box.
    pub(in crate::drawing) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Sum of all advances.
    pub(in crate::drawing) fn advance(&self) -> f64 {
        self.glyphs.iter().map(|glyph| glyph.advance.max(LEAST_ADVANCE)).sum()
    }
}

/// A mark without advance still gets a place.
pub(in crate::drawing) const LEAST_ADVANCE: f64 = 0.05;

/// A glyph scaled and turned around the middle of its box, which comes to lie on `to`.
pub(in crate::drawing) fn stamped(glyph: &Glyph, middle: Spot, scale: (f64, f64), turn: f64, to: Spot) -> Path {
    let turned = Transform::placed(scale, turn, Spot::default());
    let back = turned.apply(middle);
    glyph.outline.mapped(&Transform { e: to.x - back.x, f: to.y - back.y, ..turned })
}

fn plain_space(c: char) -> char {
    // Line ends and tabs are controls, refused below; the ideographic space keeps its width.
    if c.is_control() || c == '\u{3000}' { c } else { ' ' }
}

/// Whether a character makes sense set by itself, from left to right.
fn stands_alone(c: char) -> bool {
    let leftwards = matches!(u32::from(c),
        0x0590..=0x08FF | 0x200E..=0x200F | 0x202A..=0x202E | 0x2066..=0x2069 | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF
        | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF);
    let unseen = matches!(u32::from(c), 0x200B..=0x200D | 0x2060..=0x2064 | 0xFE00..=0xFE0F | 0xE_0000..=0xE_0FFF);
    !c.is_control() && !is_combining_mark(c) && !leftwards && !unseen
}

fn each_once(characters: impl Iterator<Item = char>) -> Vec<char> {
    let mut seen = Vec::new();
    for c in characters {
        if !seen.contains(&c) {
            seen.push(c);
        }
    }
    seen
}
